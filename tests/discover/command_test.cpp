#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

namespace firefinder::test::command_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

outcome discover(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), SCRIPTED_DISCOVER);
  return run(std::move(arguments), {}, patience);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(discover_command, tells_progress_the_table_and_what_was_left_out) {
  const auto done = discover({"found"});
  EXPECT_EQ(done.state.code, 0);
  EXPECT_TRUE(has(done.output, "02:77:00:00:00:0A  10.0.0.9")) << done.output;
  EXPECT_TRUE(has(done.output, "1 camera in 1.5 s: 1 online"));
  EXPECT_TRUE(has(done.output, "--scan, or NETWORK_SCAN_ENABLED=true"));
  EXPECT_FALSE(has(done.error, "\x1b")) << "no terminal, nothing that moves a cursor";
  EXPECT_FALSE(has(done.output, "…")) << "no terminal, nothing to shorten for";
}

TEST(discover_command, finds_nothing_with_success) {
  const auto done = discover({"empty"});
  EXPECT_EQ(done.state.code, 0);
  EXPECT_TRUE(has(done.output, "no camera found in"));
}

TEST(discover_command, writes_one_json_object) {
  const auto done = discover({"found", "--json"});
  EXPECT_EQ(done.state.code, 0);
  const auto told = json::parse(done.output, nullptr, false);
  ASSERT_TRUE(told.is_object()) << done.output;
  EXPECT_EQ(told["cameras"][0]["id"], "02770000000a");
  EXPECT_EQ(told["took_s"], 1.5);
}

TEST(discover_command, says_why_a_search_failed) {
  const auto done = discover({"fails"});
  EXPECT_EQ(done.state.code, 70);
  EXPECT_EQ(done.output, "");
  EXPECT_TRUE(has(done.error, "no network at all")) << done.error;
}

TEST(discover_command, tells_what_it_knows_when_the_time_is_over) {
  const auto done = discover({"endless", "--timeout", "0.3"});
  EXPECT_EQ(done.state.code, 0);
  EXPECT_TRUE(has(done.output, "02:77:00:00:00:0A")) << done.output;
  EXPECT_TRUE(has(done.output, "the time was over"));
  EXPECT_EQ(discover({"mute", "--timeout", "0.1"}).state.code, 70);
  const auto told = json::parse(discover({"endless", "--json", "--timeout", "0.2"}).output);
  EXPECT_EQ(told["complete"], false);
}

TEST(discover_command, tells_a_log_how_far_it_is_and_says_nothing_twice) {
  const auto done = discover({"endless", "--timeout", "2.5"});
  std::istringstream lines(done.error);
  std::string line;
  std::vector<std::string> all;
  while (std::getline(lines, line))
    all.push_back(line);
  ASSERT_EQ(all.size(), 1U) << done.error;
  EXPECT_TRUE(has(all.back(), "asking 254 addresses of 10.0.0.0/24, 100 of 254 addresses"))
      << done.error;
}

TEST(discover_command, ends_at_once_with_a_signal) {
  for (const int number : {SIGINT, SIGTERM}) {
    const temporary_directory directory;
    child_process one({SCRIPTED_DISCOVER, "endless"}, {}, directory.path() / "log");
    ASSERT_TRUE(poll_until(patience, [&] { return has(one.standard_error(), "asking 254"); }));
    const auto began = std::chrono::steady_clock::now();
    one.signal(number);
    const auto ended = one.wait(patience);
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, (exit_state{130, 0}));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    EXPECT_EQ(one.standard_output(), "");
  }
}

TEST(discover_command, waits_for_no_worker_that_hangs) {
  const temporary_directory directory;
  child_process one({SCRIPTED_DISCOVER, "stuck"}, {}, directory.path() / "log");
  ASSERT_TRUE(poll_until(patience, [&] { return has(one.standard_error(), "asking 254"); }));
  one.signal(SIGINT);
  const auto ended = one.wait(patience);
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, (exit_state{130, 0}));
  // Nor does a result wait for it.
  const auto done = discover({"stuck", "--timeout", "0.2"});
  EXPECT_EQ(done.state.code, 0);
  EXPECT_TRUE(has(done.output, "02:77:00:00:00:0A"));
}

TEST(discover_command, draws_one_line_in_a_terminal_and_fits_into_it) {
  const auto done = run(
      {"script", "-qec", "stty cols 100; " SCRIPTED_DISCOVER " endless --timeout 0.6", "/dev/null"},
      {{"SHELL", "/bin/sh"}}, patience);
  if (has(done.error, "failed to create pseudo-terminal"))
    GTEST_SKIP() << done.error;
  EXPECT_EQ(done.state.code, 0) << done.output << done.error;
  EXPECT_TRUE(has(done.output, "\r\x1b[Kasking 254 addresses")) << done.output;
  const auto table = done.output.substr(done.output.rfind("ID  "));
  EXPECT_TRUE(has(table, "…")) << table;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line) && line != "\r";)
    EXPECT_LE(std::count_if(line.begin(), line.end(),
                            [](char c) { return c != '\r' && (c & 0xc0) != 0x80; }),
              100)
        << line;
}

} // namespace
} // namespace firefinder::test::command_test
