// The daemon as a process: what it writes to its log, how it can be inspected, and
// that it stops while a name server keeps it waiting.

#include "tests/support/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace firefinder::test::daemon_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  return result;
}

struct running : testing::Test {
  temporary_directory directory;
  broker mosquitto;
  std::optional<child_process> subject;

  void start(std::vector<std::string> options) {
    options.insert(options.begin(), {FIREFINDER_BINARY, "run"});
    subject.emplace(std::move(options),
                    environment{{"MQTT_BROKER", "127.0.0.1"},
                                {"MQTT_PORT", std::to_string(mosquitto.port())},
                                {"ONVIF_ENABLED", "false"},
                                {"MDNS_ENABLED", "false"}},
                    directory.path() / "daemon");
    ASSERT_TRUE(poll_until(20s, [&] {
      return retained_payload(mosquitto.port(), "system/fire_consensus/lwt") == "online";
    })) << subject->standard_error();
  }

  void stop() {
    subject->signal(SIGTERM);
    const auto state = subject->wait(5s);
    ASSERT_TRUE(state);
    EXPECT_EQ(state->code, 0);
  }
};

TEST_F(running, logs_each_event_once_as_text) {
  start({});
  stop();
  const auto log = subject->standard_error();
  int connected = 0;
  for (const auto& line : lines(log))
    connected += line.find(" info connection: connected to ") != std::string::npos ? 1 : 0;
  EXPECT_EQ(connected, 1) << log;
}

TEST_F(running, logs_json_lines_that_foreign_text_cannot_break) {
  start({"--set", "log.format=json"});
  mqtt_peer peer{mosquitto.port()};
  peer.publish("fire/detection",
               R"({"camera_id": "x\"}\n{\"level\": \"critical", "confidence": 0.9})");
  peer.publish("fire/detection/caf\xc3\xa9 \"north\"", "{}");
  ASSERT_TRUE(poll_until(10s, [&] {
    return subject->standard_error().find("missing_") != std::string::npos;
  })) << subject->standard_error();
  stop();
  for (const auto& line : lines(subject->standard_error())) {
    const auto entry = json::parse(line, nullptr, false);
    ASSERT_TRUE(entry.is_object()) << line;
    for (const auto* key : {"time", "level", "component", "message"})
      EXPECT_TRUE(entry.contains(key)) << line;
    EXPECT_NE(entry["level"], "critical") << line;
  }
}

TEST_F(running, is_inspected_by_actor_and_component_with_caf_s_logger) {
  const auto file = directory.path() / "caf.log";
  start({"--set", "caf.logger.file-name=" + file.string(), "--set", "caf.logger.verbosity=debug",
         "--set", "caf.logger.component-blacklist=[supervisor]", "--log-level", "critical"});
  stop();
  const auto log = text_of(file);
  int connected = 0;
  for (const auto& line : lines(log)) {
    if (line.find("connected to") == std::string::npos)
      continue;
    ++connected;
    EXPECT_NE(line.find(" connection INFO actor"), std::string::npos) << line;
  }
  EXPECT_EQ(connected, 1) << log;
  EXPECT_EQ(log.find(" supervisor "), std::string::npos) << "filtered by component";
  EXPECT_EQ(subject->standard_error(), "") << "the levels of both are their own";
}

TEST_F(running, refuses_a_caf_log_file_that_would_freeze_it) {
  const auto result = run(
      {FIREFINDER_BINARY, "run", "--set", "caf.logger.file-name=/nonexistent/caf.log"}, {}, 10s);
  EXPECT_EQ(result.state.code, 78);
  EXPECT_NE(result.error.find("caf.logger.file-name"), std::string::npos) << result.error;
}

TEST_F(running, names_the_caf_key_that_cannot_be_read) {
  for (const auto* command : {"run", "check"}) {
    const auto result
        = run({FIREFINDER_BINARY, command, "--set", "caf.scheduler.max-threads=many"}, {}, 10s);
    EXPECT_EQ(result.state.code, 78) << command;
    EXPECT_NE((result.error + result.output).find("scheduler.max-threads"), std::string::npos)
        << result.error;
  }
}

TEST_F(running, ignores_a_terminal_that_goes_away) {
  start({});
  subject->signal(SIGHUP);
  mqtt_peer peer{mosquitto.port()};
  peer.subscribe("system/fire_consensus/lwt");
  EXPECT_TRUE(subject->running());
  stop();
}

// A name server that hears the question and says nothing. The stop does not wait for it.
TEST(name_lookup, that_hangs_does_not_delay_the_stop) {
  if (geteuid() != 0 || run({"unshare", "-m", "true"}, {}, 10s).state.code != 0)
    GTEST_SKIP() << "needs a mount namespace of its own, so root";
  temporary_directory directory;
  const auto resolver = directory.path() / "resolv.conf";
  // Nobody reads what arrives there: the port is bound, so nothing is refused either.
  std::ofstream{resolver} << "nameserver 127.0.0.250\noptions attempts:5 timeout:10\n";
  const auto mute = descriptor{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  inet_pton(AF_INET, "127.0.0.250", &address.sin_addr);
  if (bind(mute.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    GTEST_SKIP() << "port 53 of 127.0.0.250 is taken";
  child_process subject{{"unshare", "-m", "sh", "-c",
                         "mount --bind '" + resolver.string()
                             + "' /etc/resolv.conf && exec '" FIREFINDER_BINARY "' run"},
                        {{"MQTT_BROKER", "broker.example.org"}, {"LOG_LEVEL", "debug"}},
                        directory.path() / "daemon"};
  // The question has been asked when it lies in the socket.
  pollfd question{mute.get(), POLLIN, 0};
  ASSERT_EQ(poll(&question, 1, 20'000), 1) << subject.standard_error();
  const auto start = std::chrono::steady_clock::now();
  subject.signal(SIGTERM);
  const auto state = subject.wait(10s);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->code, 0) << *state << subject.standard_error();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

} // namespace
} // namespace firefinder::test::daemon_test
