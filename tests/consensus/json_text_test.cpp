// The quick parser gives what nlohmann's gives, for good input and bad.

#include "actors/consensus/json_text.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

namespace firefinder {
namespace {

using nlohmann::json;

void expect_same(const std::string& text) {
  const auto slow = json::parse(text, nullptr, false);
  const auto quick = parsed_json(text);
  ASSERT_EQ(slow.is_discarded(), quick.is_discarded()) << text;
  if (slow.is_discarded())
    return;
  ASSERT_EQ(slow, quick) << text;
  // Also the kinds of numbers, which tell how they are written.
  const auto written
      = [](const json& x) { return x.dump(-1, ' ', false, json::error_handler_t::replace); };
  ASSERT_EQ(written(slow), written(quick)) << text;
}

TEST(json_text, AgreesOnValues) {
  for (const char* text : {"{}",
                           "[]",
                           "0",
                           "-0",
                           "-0.0",
                           "1",
                           "-1",
                           "1.0",
                           "1e2",
                           "1E-400",
                           "1e400",
                           "0.1",
                           "5e-324",
                           "9223372036854775807",
                           "9223372036854775808",
                           "18446744073709551615",
                           "18446744073709551616",
                           "-9223372036854775808",
                           "-9223372036854775809",
                           "123456789012345678901234567890",
                           "\"\"",
                           "\"\\u00e9\\n\\/\"",
                           "\"\\ud83d\\ude00\"",
                           "\"\\ud800\"",
                           "\"\\u0000\"",
                           "true",
                           "false",
                           "null",
                           "{\"a\":1,\"a\":2}",
                           "{\"a\":{\"b\":[1,{\"c\":null}]}}",
                           " [1 , 2 ]\n",
                           "1732212000.125"})
    expect_same(text);
}

TEST(json_text, AgreesOnWhatIsNone) {
  for (const char* text :
       {"",        " ",        "{",     "}",     "[1,]",     "{\"a\":}",     "{\"a\" 1}",
        "{a:1}",   "'a'",      "01",    "+1",    "1.",       ".5",           "0x1",
        "NaN",     "Infinity", "nul",   "truee", "\"\t\"",   "\"\\x\"",      "\"\\u12\"",
        "\"",      "[1]]",     "{} {}", "\xff",  "\"\xff\"", "\"\xc0\xaf\"", "\xef\xbb\xbf{}",
        "// a\n{}"})
    expect_same(text);
}

TEST(json_text, AgreesOnBrokenMessages) {
  std::vector<std::string> seeds{
      R"({"camera_id":"n\u00f6rth","confidence":0.91,"bbox":[0.1,0.2,0.35,4.0e-1],"n":-12,"s":[{}]})"};
  for (const auto* folder : {"direct", "frigate"})
    for (const auto& file : std::filesystem::directory_iterator{
             std::filesystem::path{FIREFINDER_SOURCE_DIR} / "tests/fuzz/corpus" / folder}) {
      std::stringstream content;
      content << std::ifstream{file.path(), std::ios::binary}.rdbuf();
      seeds.push_back(content.str());
    }
  std::mt19937 dice{7};
  constexpr std::string_view bits = "{}[]\",:0123456789.eE+-\\u tfn\xc3\xa9\xff";
  for (const auto& seed : seeds) {
    // The decoder refuses these before.
    if (seed.find('\0') != std::string::npos || seed.size() > 20'000)
      continue;
    expect_same(seed);
    for (int round = 0; round < 200 && !seed.empty(); ++round) {
      auto text = seed;
      for (auto changes = 1 + dice() % 3; changes > 0 && !text.empty(); --changes) {
        const auto at = dice() % text.size();
        const auto bit = bits[dice() % bits.size()];
        if (dice() % 3 == 0)
          text.erase(at, 1 + dice() % 4);
        else if (dice() % 2 == 0)
          text.insert(at, 1, bit);
        else
          text[at] = bit;
      }
      expect_same(text);
    }
  }
}

} // namespace
} // namespace firefinder
