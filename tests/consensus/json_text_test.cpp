// What is read is what nlohmann's parser reads, for good input and bad.

#include "actors/consensus/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

namespace firefinder::json_text_test {
namespace {

namespace dom = simdjson::dom;
using nlohmann::json;

json value_of(const dom::element& x) {
  if (const auto members = object_of(x)) {
    auto result = json::object();
    for (const auto& [key, value] : *members)
      result[std::string{key}] = value_of(value);
    return result;
  }
  if (x.is_array()) {
    auto result = json::array();
    for (const auto value : x.get_array())
      result.push_back(value_of(value));
    return result;
  }
  if (const auto text = text_of(x))
    return std::string{*text};
  return json::parse(written(x));
}

void expect_same(const std::string& text) {
  // One for all, as a decoder has it.
  static json_reader reader{1000};
  const auto slow = json::parse(text, nullptr, false);
  const auto quick = reader.read(text);
  ASSERT_EQ(slow.is_discarded(), std::holds_alternative<json_fault>(quick)) << text;
  if (slow.is_discarded())
    return;
  const auto value = value_of(std::get<dom::element>(quick));
  ASSERT_EQ(slow, value) << text;
  // Also the kinds of numbers, which tell how they are written.
  const auto text_again
      = [](const json& x) { return x.dump(-1, ' ', false, json::error_handler_t::replace); };
  ASSERT_EQ(text_again(slow), text_again(value)) << text;
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
                           "\xef\xbb\xbf{\"a\":1}",
                           "{\"a\":[18446744073709551616,1,0.5,\"\\u0000\",null,true],\"a\":-0}",
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

std::string nested(std::size_t depth, const std::string& core) {
  return std::string(depth, '[') + core + std::string(depth, ']');
}

TEST(json_text, NestsAsDeepAsItMayAndNoDeeper) {
  json_reader reader{64};
  const auto is_read = [&reader](const std::string& x) {
    return std::holds_alternative<dom::element>(reader.read(x));
  };
  const auto is_too_deep = [&reader](const std::string& x) {
    const auto answer = reader.read(x);
    const auto* fault = std::get_if<json_fault>(&answer);
    return fault != nullptr && *fault == json_fault::too_deep;
  };
  for (const char* core : {"", "1", "\"]]]]\"", "{\"a\":1}", "[]"}) {
    const std::size_t own = std::string_view{core}.find_first_of("[{") == 0 ? 1 : 0;
    EXPECT_TRUE(is_read(nested(63 - own, core))) << core;
    EXPECT_TRUE(is_read(nested(64 - own, core))) << core;
    EXPECT_TRUE(is_too_deep(nested(65 - own, core))) << core;
    EXPECT_TRUE(is_read(nested(10, core))) << core;
  }
  // Whatever else is wrong with it, and what closes too often does not make room.
  EXPECT_TRUE(is_too_deep(std::string(65, '[')));
  EXPECT_TRUE(is_too_deep(nested(65, "\xff")));
  EXPECT_TRUE(is_too_deep(nested(65, std::string(1, '\0'))));
  EXPECT_FALSE(is_too_deep("]]" + nested(65, "")));
}

TEST(json_text, TellsWhatIsWrong) {
  json_reader reader{64};
  const auto fault
      = [&reader](const std::string& x) { return std::get<json_fault>(reader.read(x)); };
  EXPECT_EQ(fault("{"), json_fault::malformed);
  EXPECT_EQ(fault("{\"a\":1e400}"), json_fault::malformed);
  EXPECT_EQ(fault("{\"a\":\"\xc0\xaf\"}"), json_fault::not_utf8);
  EXPECT_EQ(fault(std::string("{}\0", 3)), json_fault::malformed);
  EXPECT_EQ(fault(std::string("{}\0\xff", 4)), json_fault::malformed);
}

TEST(json_text, FindsWhatIsAskedFor) {
  json_reader reader{64};
  const auto read = [&reader](const char* x) { return std::get<dom::element>(reader.read(x)); };
  const auto object = object_of(read(
      R"({"a":1,"b":null,"a":2,"c":3,"c":null,"path":[1,[0.5,-2]],"none":[],"flag":true,"ab":"x"})"));
  ASSERT_TRUE(object);
  EXPECT_EQ(number_of(member(*object, "a")), 2);
  EXPECT_FALSE(member(*object, "b"));
  EXPECT_FALSE(member(*object, "c"));
  EXPECT_FALSE(member(*object, "d"));
  EXPECT_EQ(text_of(member(*object, "ab")), "x");
  const auto [b, ab, a, d, c] = members(*object, {"b", "ab", "a", "d", "c"});
  EXPECT_EQ(number_of(a), 2);
  EXPECT_EQ(text_of(ab), "x");
  EXPECT_FALSE(b);
  EXPECT_FALSE(c);
  EXPECT_FALSE(d);
  EXPECT_FALSE(text_of(member(*object, "a")));
  EXPECT_FALSE(number_of(member(*object, "flag")));
  EXPECT_TRUE(is_true(*member(*object, "flag")));
  EXPECT_FALSE(is_true(*member(*object, "a")));
  EXPECT_FALSE(last_of(member(*object, "none")));
  EXPECT_FALSE(last_of(member(*object, "a")));
  const auto last = last_of(member(*object, "path"));
  ASSERT_TRUE(last);
  const auto [first, second] = pair_in(*last);
  EXPECT_EQ(number_of(first), 0.5);
  EXPECT_EQ(number_of(second), -2);
  EXPECT_FALSE(pair_in(*member(*object, "none")).first);
  EXPECT_FALSE(pair_in(*member(*object, "a")).first);
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
    // nlohmann takes a zero byte for the end.
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
} // namespace firefinder::json_text_test
