// The broker's password stays where it belongs.

#include "tests/support/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace firefinder::test::secrets_test {
namespace {

using namespace std::chrono_literals;

TEST(secrets, a_crash_leaves_no_core) {
  const temporary_directory directory;
  const auto folder = directory.path() / "work";
  std::filesystem::create_directory(folder);
  child_process subject{{"sh", "-c",
                         "ulimit -H -c unlimited; ulimit -S -c \"$(ulimit -H -c)\"; cd '"
                             + folder.string() + "' && exec '" FIREFINDER_BINARY "' run"},
                        {{"MQTT_BROKER", "127.0.0.1"}, {"MQTT_PORT", std::to_string(free_port())}},
                        directory.path() / "daemon"};
  ASSERT_TRUE(poll_until(patience, [&] {
    return subject.standard_error().find("no connection") != std::string::npos;
  })) << subject.standard_error();
  // Where the kernel hands cores to a program, that goes by this limit.
  const auto limits = read_file("/proc/" + std::to_string(subject.pid()) + "/limits");
  const auto at = limits.find("Max core file size");
  ASSERT_NE(at, std::string::npos);
  std::istringstream line{limits.substr(at + std::string{"Max core file size"}.size())};
  std::string soft;
  std::string hard;
  line >> soft >> hard;
  EXPECT_EQ(soft, "0");
  EXPECT_EQ(hard, "0");
  subject.signal(SIGABRT);
  const auto state = subject.wait(patience);
  ASSERT_TRUE(state);
  EXPECT_EQ(*state, (exit_state{-1, SIGABRT}));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

// As systemd hands it over: `LoadCredential=mqtt.password:…`.
TEST(secrets, a_credential_opens_the_broker_and_is_shown_nowhere) {
  constexpr auto password = "s3cret-in-a-file";
  const broker mosquitto{{.users = {{"fire", password}}}};
  const temporary_directory credentials;
  credentials.write("mqtt.password", std::string{password} + '\n');
  const environment env{{"CREDENTIALS_DIRECTORY", credentials.path()},
                        {"MQTT_USERNAME", "fire"},
                        {"LOG_LEVEL", "debug"}};
  daemon subject{FIREFINDER_BINARY, mosquitto.port(), env};
  ASSERT_TRUE(poll_until(patience, [&] { return subject.logged("connected to"); }))
      << subject.log();
  const auto folder = std::filesystem::path{"/proc"} / std::to_string(subject.process().pid());
  for (const char* file : {"cmdline", "environ"}) {
    const auto text = read_file(folder / file);
    EXPECT_FALSE(text.empty()) << file;
    EXPECT_EQ(text.find(password), std::string::npos) << file;
  }
  EXPECT_EQ(subject.terminate(SIGTERM).state, (exit_state{0, 0}));
  EXPECT_EQ(subject.log().find(password), std::string::npos);
  const auto checked = run({FIREFINDER_BINARY, "check"}, env, patience);
  EXPECT_EQ(checked.state.code, 0) << checked.error;
  EXPECT_NE(checked.output.find("credential"), std::string::npos) << checked.output;
  EXPECT_EQ((checked.output + checked.error).find(password), std::string::npos);
}

} // namespace
} // namespace firefinder::test::secrets_test
