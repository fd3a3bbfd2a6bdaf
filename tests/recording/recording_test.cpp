// Reading and writing recordings, good and bad.

#include "messages/link.hpp"
#include "src/recording/reader.hpp"
#include "src/recording/writer.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace firefinder::recording::recording_test {
namespace {

using test::read_file;
using test::temporary_directory;

constexpr auto plain
    = R"({"t": 1.5, "topic": "fire/detection/a", "payload": {"x": [1, {"y": "}\""}]}})";

class recordings : public ::testing::Test {
protected:
  /// Reads these files to their end.
  std::vector<message> read(const std::vector<std::string>& files) {
    reader in{problems};
    const auto opened = in.open(files);
    EXPECT_TRUE(opened) << opened.why();
    std::vector<message> result;
    for (message one; in.next(one);)
      result.push_back(one);
    problems.finish();
    return result;
  }

  std::vector<message> read_text(const std::string& text) {
    return read({directory.write("recording.jsonl", text).string()});
  }

  /// Expects that this line, between two good ones, is passed over and told.
  void expect_fault(const std::string& line, problem kind) {
    const auto before = problems.count(kind);
    told.str({});
    EXPECT_EQ(read_text(std::string{plain} + '\n' + line + '\n' + plain + '\n').size(), 2U) << line;
    EXPECT_EQ(problems.count(kind), before + 1) << line << '\n' << told.str();
    EXPECT_NE(told.str().find(std::string{"recording.jsonl:2: "} + to_string(kind)),
              std::string::npos)
        << told.str();
  }

  void write_gzip(const std::string& name, const std::string& text) {
    const auto path = (directory.path() / name).string();
    auto* file = gzopen(path.c_str(), "wb");
    ASSERT_EQ(gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
              static_cast<int>(text.size()));
    ASSERT_EQ(gzclose(file), Z_OK);
  }

  [[nodiscard]] std::string at(const std::string& name) const {
    return (directory.path() / name).string();
  }

  const temporary_directory directory;
  std::ostringstream told;
  problem_log problems{told};
};

TEST_F(recordings, TakesThePayloadWithItsBytes) {
  const auto all = read_text(std::string{plain} + '\n');
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].t, 1.5);
  EXPECT_EQ(all[0].topic, "fire/detection/a");
  EXPECT_EQ(all[0].payload, R"({"x": [1, {"y": "}\""}]})");
  EXPECT_EQ(all[0].size, all[0].payload.size());
  EXPECT_EQ(all[0].qos, 1);
  EXPECT_FALSE(all[0].retain);
  EXPECT_EQ(problems.total(), 0U) << told.str();
}

TEST_F(recordings, TakesMembersInAnyOrderAndPassesOverOthers) {
  const auto all = read_text(
      R"( { "payload" : "a\"b\u00e9" , "more": {"payload": 1}, "retain": true, "qos" : 2 , "topic":"x","t":3 } )"
      "\r\n");
  ASSERT_EQ(all.size(), 1U) << told.str();
  EXPECT_EQ(all[0].payload, "a\"b\xc3\xa9");
  EXPECT_EQ(all[0].qos, 2);
  EXPECT_TRUE(all[0].retain);
}

TEST_F(recordings, TakesPayloadsOfEveryType) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"[]", "[]"},
      {"{}", "{}"},
      {"12.50", "12.50"},
      {"true", "true"},
      {"null", "null"},
      {"\"\"", ""},
      {"[[1,2],[\"]\"]]", "[[1,2],[\"]\"]]"},
      {"\"\\\\\"", "\\"},
      {"-1e3", "-1e3"}};
  for (const auto& [written, expected] : cases) {
    const auto all = read_text(R"({"t":1,"topic":"x","payload":)" + written + "}");
    ASSERT_EQ(all.size(), 1U) << written << told.str();
    EXPECT_EQ(all[0].payload, expected);
  }
}

TEST_F(recordings, TakesNamesHoweverTheyAreWritten) {
  const auto all = read_text(R"({"t":1,"caf\u00e9":{},"topic":"x","\u0070ayload":{"a":[1,2]}})"
                             "\n"
                             R"({"t":1,"topic":"x","\u0070ayload":[1],"payload":[2]})");
  ASSERT_EQ(all.size(), 2U) << told.str();
  EXPECT_EQ(all[0].payload, R"({"a":[1,2]})");
  EXPECT_EQ(all[1].payload, "[1]");
}

TEST_F(recordings, PassesOverBrokenLines) {
  for (const auto* line :
       {"{", "}", "nonsense", "{\"t\":1,\"topic\":\"x\",\"payload\":{\"a\":tru}}",
        "{\"t\":1,\"topic\":\"x\",\"payload\":{}} more", "[1]", "5", "\"text\"",
        "{\"t\":1 \"topic\":\"x\",\"payload\":{}}"})
    expect_fault(line, problem::broken_line);
}

TEST_F(recordings, PassesOverWrongMembers) {
  for (const auto* line :
       {R"({"topic":"x","payload":{}})", R"({"t":"1","topic":"x","payload":{}})",
        R"({"t":-1,"topic":"x","payload":{}})", R"({"t":1e300,"topic":"x","payload":{}})",
        R"({"t":null,"topic":"x","payload":{}})", R"({"t":1,"payload":{}})",
        R"({"t":1,"topic":"","payload":{}})", R"({"t":1,"topic":7,"payload":{}})",
        R"({"t":1,"topic":"x"})", R"({"t":1,"topic":"x","payload":{},"qos":3})",
        R"({"t":1,"topic":"x","payload":{},"qos":-1})",
        R"({"t":1,"topic":"x","payload":{},"qos":"1"})",
        R"({"t":1,"topic":"x","payload":{},"retain":1})",
        R"({"t":1,"topic":"x","payload":{},"size":"many"})"})
    expect_fault(line, problem::wrong_member);
}

TEST_F(recordings, PassesOverWhatIsNotUtf8) {
  expect_fault("{\"t\":1,\"topic\":\"\xff\",\"payload\":{}}", problem::line_not_utf8);
}

TEST_F(recordings, PassesOverLinesThatAreTooLong) {
  const std::string longest(max_line_bytes + 1, 'x');
  expect_fault(longest, problem::line_too_long);
  expect_fault(std::string(5 * max_line_bytes, 'x'), problem::line_too_long);
  // The end of such a line may be missing.
  told.str({});
  EXPECT_EQ(read_text(std::string{plain} + '\n' + longest).size(), 1U);
  EXPECT_NE(told.str().find(":2: line_too_long"), std::string::npos);
}

TEST_F(recordings, TakesTheLongestLine) {
  const std::string head = R"({"t":1,"topic":"x","payload":")";
  const auto line = head + std::string(max_line_bytes - head.size() - 2, 'y') + "\"}";
  ASSERT_EQ(line.size(), max_line_bytes);
  EXPECT_EQ(read_text(line + '\n' + line).size(), 2U) << told.str();
}

TEST_F(recordings, PassesOverEmptyLinesButCountsThem) {
  EXPECT_EQ(read_text(std::string{"\n\r\n  \n"} + plain + "\n\nx").size(), 1U);
  EXPECT_NE(told.str().find(":6: broken_line"), std::string::npos) << told.str();
  EXPECT_EQ(problems.total(), 1U);
}

TEST_F(recordings, HasNothingInAnEmptyFile) {
  EXPECT_TRUE(read_text("").empty());
  EXPECT_EQ(problems.total(), 0U);
}

TEST_F(recordings, TakesWhatGoesBackAtTheLatestTime) {
  const auto all = read_text(R"({"t":5,"topic":"x","payload":{}})"
                             "\n"
                             R"({"t":3,"topic":"x","payload":{}})"
                             "\n"
                             R"({"t":4,"topic":"x","payload":{}})"
                             "\n"
                             R"({"t":6,"topic":"x","payload":{}})");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[1].t, 5);
  EXPECT_EQ(all[2].t, 5);
  EXPECT_EQ(all[3].t, 6);
  EXPECT_EQ(problems.count(problem::time_backwards), 2U);
}

TEST_F(recordings, TellsTheFirstOfAKindAndCountsTheRest) {
  std::string text;
  for (int i = 0; i < 50; ++i)
    text += "x\n";
  EXPECT_TRUE(read_text(text).empty());
  EXPECT_EQ(problems.count(problem::broken_line), 50U);
  EXPECT_NE(told.str().find(":20: "), std::string::npos);
  EXPECT_EQ(told.str().find(":21: "), std::string::npos);
  EXPECT_NE(told.str().find("broken_line: 30 more, 50 in all"), std::string::npos);
}

TEST_F(recordings, ReadsGzipWhateverItsName) {
  const std::string text = std::string{plain} + '\n' + plain + '\n';
  write_gzip("a.gz", text);
  write_gzip("a.jsonl", text);
  directory.write("plain.gz", text);
  EXPECT_EQ(read({at("a.gz"), at("a.jsonl"), at("plain.gz")}).size(), 6U);
  EXPECT_EQ(problems.total(), 0U) << told.str();
}

TEST_F(recordings, ReadsWhatIsThereOfACutGzipFile) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += R"({"t":)" + std::to_string(i) + R"(,"topic":"x","payload":{"n":)"
            + std::to_string(i * 7919 % 10007) + "}}\n";
  write_gzip("whole.gz", text);
  const auto bytes = read_file(directory.path() / "whole.gz");
  directory.write("cut.gz", bytes.substr(0, bytes.size() / 2));
  const auto all = read({at("cut.gz")});
  EXPECT_GT(all.size(), 5'000U);
  EXPECT_LT(all.size(), 20'000U);
  EXPECT_EQ(problems.count(problem::damaged_file), 1U) << told.str();
}

TEST_F(recordings, ReadsEveryLineBeforeTheDamageOfAGzipFile) {
  std::string text;
  for (int i = 0; i < 20'000; ++i)
    text += R"({"t":)" + std::to_string(i) + R"(,"topic":"x","payload":{"n":)"
            + std::to_string(i * 7919 % 10007) + "}}\n";
  write_gzip("whole.gz", text);
  auto bytes = read_file(directory.path() / "whole.gz");
  // Its checksum is wrong: every line is good.
  bytes[bytes.size() - 8] = static_cast<char>(bytes[bytes.size() - 8] ^ 1);
  directory.write("checksum.gz", bytes);
  EXPECT_EQ(read({at("checksum.gz")}).size(), 20'000U);
  EXPECT_EQ(problems.count(problem::damaged_file), 1U) << told.str();
  // What a flush wrote, then a block of a kind that there is not.
  auto* file = gzopen(at("flushed.gz").c_str(), "wb");
  ASSERT_GT(gzputs(file, text.c_str()), 0);
  ASSERT_EQ(gzflush(file, Z_FULL_FLUSH), Z_OK);
  const auto flushed = read_file(directory.path() / "flushed.gz");
  ASSERT_EQ(gzclose(file), Z_OK);
  directory.write("block.gz", flushed + std::string(100, '\xff'));
  EXPECT_EQ(read({at("block.gz")}).size(), 20'000U);
  EXPECT_EQ(problems.count(problem::damaged_file), 2U) << told.str();
  EXPECT_EQ(problems.total(), 2U) << told.str();
}

TEST_F(recordings, ReadsGzipStreamsOneBehindTheOther) {
  const auto one = std::string{plain} + '\n';
  write_gzip("one.gz", one);
  const auto bytes = read_file(directory.path() / "one.gz");
  directory.write("two.gz", bytes + bytes);
  EXPECT_EQ(read({at("two.gz")}).size(), 2U);
  EXPECT_EQ(problems.total(), 0U) << told.str();
  // As after `cat night.jsonl >> night.jsonl.gz`.
  directory.write("tail.gz", bytes + one);
  EXPECT_EQ(read({at("tail.gz")}).size(), 1U);
  EXPECT_EQ(problems.count(problem::damaged_file), 1U) << told.str();
  directory.write("cut.gz", bytes + bytes.substr(0, 5));
  EXPECT_EQ(read({at("cut.gz")}).size(), 1U);
  EXPECT_EQ(problems.count(problem::damaged_file), 2U) << told.str();
}

TEST_F(recordings, ReadsAPipe) {
  const auto pipe = at("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread source{[&pipe] { std::ofstream{pipe} << plain << '\n' << plain << '\n'; }};
  EXPECT_EQ(read({pipe}).size(), 2U);
  source.join();
  EXPECT_EQ(problems.total(), 0U) << told.str();
}

TEST_F(recordings, TellsWhichFileCannotBeRead) {
  reader in{problems};
  const auto missing = in.open({directory.write("there", "").string(), at("missing")});
  EXPECT_FALSE(missing);
  EXPECT_NE(missing.why().find("missing"), std::string::npos);
  EXPECT_FALSE(in.open({directory.path().string()}));
}

TEST_F(recordings, CountsLinesOfEachFileAnew) {
  directory.write("a", std::string{plain} + '\n');
  directory.write("b", "\nx\n");
  EXPECT_EQ(read({at("a"), at("b")}).size(), 1U);
  EXPECT_NE(told.str().find("b:2: broken_line"), std::string::npos) << told.str();
}

// -- writing ------------------------------------------------------------------------

std::vector<message> some_messages() {
  std::vector<message> result;
  for (const std::string payload :
       {R"({"a": 1.50})", "{\n  \"a\": [1,\r\n2]\n}", "text \"quoted\"\n\ttab", "", "{broken", "[]",
        "17", "online"}) {
    message one;
    one.t = 1732212000.125 + static_cast<double>(result.size());
    one.topic = "fire/detection/\xc3\xa9 \"north\"";
    one.payload = payload;
    one.size = payload.size();
    one.qos = static_cast<std::uint8_t>(result.size() % 3);
    one.retain = result.size() % 2 == 1;
    result.push_back(one);
  }
  return result;
}

TEST_F(recordings, ReadsBackWhatItWrote) {
  for (const auto* name : {"out.jsonl", "out.jsonl.gz"}) {
    writer out;
    ASSERT_TRUE(out.open(at(name), false));
    for (const auto& one : some_messages())
      ASSERT_TRUE(out.write(one));
    ASSERT_TRUE(out.close());
    auto expected = some_messages();
    // Line ends between the parts of JSON become blanks.
    expected[1].payload = "{   \"a\": [1,  2] }";
    const auto all = read({at(name)});
    ASSERT_EQ(all.size(), expected.size()) << told.str();
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(all[i], expected[i]) << i << ' ' << all[i].payload;
  }
  EXPECT_EQ(problems.total(), 0U) << told.str();
  const auto bytes = read_file(directory.path() / "out.jsonl.gz");
  EXPECT_EQ(bytes.substr(0, 2), "\x1f\x8b");
}

TEST_F(recordings, KeepsTheLengthOfWhatWasTooLong) {
  message one;
  one.t = 1;
  one.topic = "x";
  one.size = 300'000;
  directory.write("long", line_of(one));
  const auto all = read({at("long")});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0], one);
}

TEST_F(recordings, WritesWhatIsNotUtf8AsText) {
  message one;
  one.topic = "x";
  one.payload = "{\"a\": \"\xff\"}";
  directory.write("bytes", line_of(one));
  const auto all = read({at("bytes")});
  ASSERT_EQ(all.size(), 1U) << told.str();
  EXPECT_EQ(all[0].payload, "{\"a\": \"\xef\xbf\xbd\"}");
}

TEST_F(recordings, WritesAsTextWhatTheReaderDoesNotTakeAsJson) {
  for (const auto& payload :
       {std::string{R"({"n": 123456789012345678901234567890})"},
        std::string(2'000, '[') + std::string(2'000, ']'), std::string{R"({"n": 1e400})"},
        // It would make a line with two payloads.
        std::string{R"({"a": 1}, "payload": {"b": 2})"},
        std::string{R"({"a": 1})"} + '\0' + R"({"b": 2})"}) {
    message one;
    one.topic = "x";
    one.payload = payload;
    one.size = payload.size();
    directory.write("text", line_of(one));
    const auto all = read({at("text")});
    ASSERT_EQ(all.size(), 1U) << payload << told.str();
    EXPECT_EQ(all[0], one);
  }
  EXPECT_EQ(problems.total(), 0U) << told.str();
}

TEST_F(recordings, WritesTheLongestPayloadSoThatItCanBeRead) {
  message one;
  one.t = latest_moment;
  one.topic = std::string(65'535, '\1');
  one.payload = std::string(max_payload_bytes, '\2');
  one.size = one.payload.size();
  directory.write("longest", line_of(one));
  const auto all = read({at("longest")});
  ASSERT_EQ(all.size(), 1U) << told.str();
  EXPECT_EQ(all[0], one);
}

TEST_F(recordings, CanBeReadUpToTheLastFlush) {
  for (const auto* name : {"open.jsonl", "open.jsonl.gz"}) {
    writer out;
    ASSERT_TRUE(out.open(at(name), false));
    for (const auto& one : some_messages())
      ASSERT_TRUE(out.write(one));
    ASSERT_TRUE(out.flush());
    // As if the writer were killed now.
    EXPECT_EQ(read({at(name)}).size(), some_messages().size()) << told.str();
    ASSERT_TRUE(out.close());
  }
}

TEST_F(recordings, ReplacesNothingUnasked) {
  directory.write("there", "precious");
  writer out;
  const auto refused = out.open(at("there"), false);
  EXPECT_FALSE(refused);
  EXPECT_NE(refused.why().find("exists"), std::string::npos) << refused.why();
  EXPECT_EQ(read_file(directory.path() / "there"), "precious");
  ASSERT_TRUE(out.open(at("there"), true));
  ASSERT_TRUE(out.close());
  EXPECT_EQ(read_file(directory.path() / "there"), "");
}

TEST_F(recordings, TellsThatTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full"))
    GTEST_SKIP() << "there is no /dev/full";
  writer out;
  ASSERT_TRUE(out.open("/dev/full", true));
  ASSERT_TRUE(out.write(some_messages().front()));
  const auto flushed = out.flush();
  EXPECT_FALSE(flushed);
  EXPECT_NE(flushed.why().find("No space left"), std::string::npos) << flushed.why();
}

} // namespace
} // namespace firefinder::recording::recording_test
