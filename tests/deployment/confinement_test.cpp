// The daemon with as little of the machine as config/firefinder.service leaves it: a user
// of its own, no capability, a file system that it cannot write.

#include "tests/deployment/service_manager.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

namespace firefinder::test::confinement_test {
namespace {

using namespace std::chrono_literals;

// Nobody's, as systemd's dynamic users are.
constexpr auto user = 64'123;

// What systemd does before it starts the program, as far as a shell can: $1 is the state
// directory, $2 the user, then the program.
constexpr auto confine = R"(
  set -e
  mount --make-rprivate /
  mount --bind "$1" "$1"
  for place in $(awk '{ print $5 }' /proc/self/mountinfo | sort -u); do
    case $place in "$1" | /proc | /proc/* | /dev) ;; *)
      mount -o remount,bind,ro "$place" 2>/dev/null || : ;;
    esac
  done
  if touch "${1%/*}/written" 2>/dev/null; then echo 'can write' >&2; exit 99; fi
  state=$1 user=$2
  shift 2
  cd /
  exec setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all \
    --bounding-set=-all --no-new-privs --pdeathsig KILL env STATE_DIRECTORY="$state" "$@"
)";

std::string field(const std::string& status, const std::string& name) {
  std::istringstream lines{status};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + ":\t"))
      return line.substr(name.size() + 2);
  return {};
}

TEST(confinement, an_alarm_needs_no_rights) {
  if (geteuid() != 0 || run({"unshare", "-m", "true"}, {}, 10s).state.code != 0)
    GTEST_SKIP() << "needs a mount namespace of its own, so root";
  const temporary_directory directory;
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  // Where the build lies, this user may not be able to look.
  const auto binary = directory.path() / "firefinder";
  std::filesystem::copy_file(FIREFINDER_BINARY, binary);
  const auto state = directory.path() / "state";
  ASSERT_EQ(::mkdir(state.c_str(), 0700), 0);
  ASSERT_EQ(::chown(state.c_str(), user, user), 0);
  broker mosquitto;
  mqtt_peer peer{mosquitto.port()};
  peer.subscribe("fire/trigger");
  peer.subscribe("system/#");

  child_process subject{
      {"unshare", "-m", "sh", "-c", confine, "sh", state, std::to_string(user), binary, "run"},
      {{"MQTT_BROKER", "127.0.0.1"},
       {"MQTT_PORT", std::to_string(mosquitto.port())},
       {"ONVIF_ENABLED", "false"},
       {"MDNS_ENABLED", "false"}},
      directory.path() / "daemon"};
  ASSERT_TRUE(poll_until(patience, [&] {
    return !subject.running() || peer.count("system/fire_consensus/health") > 0;
  }));
  ASSERT_TRUE(subject.running()) << subject.standard_error();

  const auto status = read_file("/proc/" + std::to_string(subject.pid()) + "/status");
  EXPECT_EQ(field(status, "Uid"), "64123\t64123\t64123\t64123");
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    EXPECT_EQ(field(status, set), "0000000000000000") << set;
  EXPECT_EQ(field(status, "NoNewPrivs"), "1");

  // What it reads of /proc is there.
  const auto report = nlohmann::json::parse(
      peer.messages("system/fire_consensus/health").front().payload, nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_GT(report.at("resources").at("memory_mb").get<double>(), 0) << report;
  EXPECT_GT(report.at("system").at("memory_percent").get<double>(), 0) << report;

  for (const char* camera : {"north", "south"})
    for (const auto& one : growing_fire(camera))
      peer.publish("fire/detection/" + std::string{camera}, one.dump());
  EXPECT_TRUE(peer.wait_for("fire/trigger", patience)) << subject.standard_error();
  subject.signal(SIGTERM);
  const auto end = subject.wait(patience);
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, (exit_state{0, 0})) << subject.standard_error();
}

} // namespace
} // namespace firefinder::test::confinement_test
