// When libcurl is loaded, and what is said where it is missing.

#include "actors/camera_detection/device_http.hpp"
#include "actors/frigate/http.hpp"
#include "messages/device.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace firefinder::curl_test {
namespace {

using namespace std::chrono_literals;

bool loaded() { return test::read_file("/proc/self/maps").find("libcurl.so") != std::string::npos; }

// Nobody listens there.
std::string nowhere() { return "http://127.0.0.1:" + std::to_string(test::free_port()) + "/"; }

template <class Client, class Answer>
void wait_for(Client& client, const std::optional<Answer>& answer) {
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return answer.has_value();
  }));
  EXPECT_TRUE(client.idle());
}

std::string failure_of_device() {
  device_http client{{}};
  device_question question;
  question.protocol = device_protocol::soap;
  question.url = nowhere();
  question.deadline = 10s;
  std::optional<device_answer> answer;
  client.ask(question, [&answer](device_answer x) { answer = std::move(x); });
  wait_for(client, answer);
  return answer ? answer->why : "";
}

std::string failure_of_server(const std::string& method) {
  http_client client{{2s, 2s, 1'000}};
  std::optional<http_answer> answer;
  const auto take = [&answer](http_answer x) { answer = std::move(x); };
  if (method == "GET")
    client.get(nowhere(), take);
  else
    client.send(method, nowhere(), "text/plain", "text", take);
  wait_for(client, answer);
  return answer ? answer->failure : "";
}

TEST(curl, is_loaded_when_there_is_something_to_ask) {
  if (loaded())
    GTEST_SKIP() << "another test of this process was first";
  {
    const device_http devices{{}};
    const http_client servers{{2s, 2s, 1'000}};
    EXPECT_FALSE(loaded());
  }
  EXPECT_NE(failure_of_server("GET"), "");
  EXPECT_TRUE(loaded());
}

// Runs itself in a process that does not find the library.
TEST(curl, who_asks_is_told_that_it_is_missing) {
  if (std::getenv("FIREFINDER_TEST_CHILD") != nullptr) {
    for (const auto& why :
         {failure_of_server("GET"), failure_of_server("POST"), failure_of_device()}) {
      EXPECT_NE(why.find("Debian's package libcurl4"), std::string::npos) << why;
      // What the loader says.
      EXPECT_NE(why.find("invalid ELF header"), std::string::npos) << why;
    }
    // It is tried again: what was short may be there later.
    std::filesystem::remove(std::getenv("FIREFINDER_TEST_CHILD"));
    EXPECT_EQ(failure_of_server("GET").find("libcurl4"), std::string::npos);
    EXPECT_TRUE(loaded());
    return;
  }
  const test::temporary_directory folder;
  // Longer than a header, or it would only be too short.
  const auto fake = folder.write("libcurl.so.4", std::string(1'000, 'x'));
  test::child_process child{
      {"/proc/self/exe", "--gtest_filter=curl.who_asks_is_told_that_it_is_missing"},
      {{"LD_LIBRARY_PATH", folder.path()}, {"FIREFINDER_TEST_CHILD", fake}},
      folder.path() / "log"};
  EXPECT_EQ(child.wait(test::patience), test::exit_state{0}) << child.standard_output();
  EXPECT_NE(child.standard_output().find("[  PASSED  ] 1 test."), std::string::npos);
}

} // namespace
} // namespace firefinder::curl_test
