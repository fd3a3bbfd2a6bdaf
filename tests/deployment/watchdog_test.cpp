// What the daemon tells the service manager that runs it.

#include "tests/deployment/service_manager.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

namespace firefinder::test::watchdog_test {
namespace {

using namespace std::chrono_literals;

// Holds the threads of a process that have this name, like a lock that never comes
// free. The process itself and its other threads go on.
class held_threads {
public:
  held_threads(pid_t process, const std::string& name) {
    for (const auto& entry :
         std::filesystem::directory_iterator{"/proc/" + std::to_string(process) + "/task"}) {
      if (read_file(entry.path() / "comm") != name + '\n')
        continue;
      const auto thread = static_cast<pid_t>(std::stol(entry.path().filename()));
      if (::ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0)
        continue;
      ::ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr);
      int status = 0;
      ::waitpid(thread, &status, __WALL);
      threads_.push_back(thread);
    }
  }
  ~held_threads() { release(); }
  held_threads(const held_threads&) = delete;
  held_threads& operator=(const held_threads&) = delete;

  void release() {
    for (const auto thread : threads_)
      ::ptrace(PTRACE_DETACH, thread, nullptr, nullptr);
    threads_.clear();
  }

  [[nodiscard]] bool empty() const { return threads_.empty(); }

private:
  std::vector<pid_t> threads_;
};

TEST(service_manager_contract, readiness_needs_no_broker) {
  service_manager systemd;
  auto env = systemd.variables(10min);
  const auto port = free_port();
  daemon subject{FIREFINDER_BINARY, port, env};
  ASSERT_TRUE(systemd.wait_for("READY=1")) << subject.log();
  EXPECT_EQ(systemd.count("MAINPID=" + std::to_string(subject.process().pid())), 1u);
  EXPECT_TRUE(poll_until(patience, [&] {
    return systemd.transcript().find("STATUS=no connection to 127.0.0.1:" + std::to_string(port))
           != std::string::npos;
  })) << systemd.transcript();
  EXPECT_EQ(systemd.count("STOPPING=1"), 0u);
  EXPECT_EQ(subject.terminate(SIGTERM).state, (exit_state{0, 0}));
  EXPECT_EQ(systemd.count("STOPPING=1"), 1u);
  EXPECT_EQ(systemd.count("READY=1"), 1u);
}

TEST(service_manager_contract, the_status_is_the_link_and_the_cameras) {
  service_manager systemd;
  std::optional<broker> mosquitto{std::in_place};
  const auto place = "127.0.0.1:" + std::to_string(mosquitto->port());
  auto env = systemd.variables(1500ms);
  daemon subject{FIREFINDER_BINARY, mosquitto->port(), env};
  ASSERT_TRUE(systemd.wait_for("STATUS=connected to " + place + ", 0 cameras online"));
  mqtt_peer camera{mosquitto->port()};
  camera.publish("fire/detection/north", detection_of("north", 0.1).dump());
  EXPECT_TRUE(systemd.wait_for("STATUS=connected to " + place + ", 1 camera online"))
      << systemd.transcript();
  // It is asked for all the time, and told when it has changed.
  ASSERT_TRUE(systemd.wait_for("WATCHDOG=1", systemd.count("WATCHDOG=1") + 2));
  EXPECT_EQ(systemd.count("STATUS=connected to " + place + ", 1 camera online"), 1u);
  mosquitto->kill();
  EXPECT_TRUE(systemd.wait_for("STATUS=no connection to " + place + ": connection lost"))
      << systemd.transcript();
}

TEST(service_manager_contract, the_watchdog_is_fed_three_times_in_its_interval) {
  service_manager systemd;
  const temporary_directory directory;
  auto env = systemd.variables(1500ms);
  env["MQTT_BROKER"] = "127.0.0.1";
  env["MQTT_PORT"] = std::to_string(free_port());
  // Systemd says for whom the watchdog is; only a shell knows that beforehand.
  child_process subject{{"sh", "-c", "WATCHDOG_PID=$$ exec '" FIREFINDER_BINARY "' run"},
                        env,
                        directory.path() / "daemon"};
  ASSERT_TRUE(systemd.wait_for("READY=1"));
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(systemd.wait_for("WATCHDOG=1", 6)) << subject.standard_error();
  EXPECT_GE(std::chrono::steady_clock::now() - start, 2500ms) << "no more often than needed";
  subject.signal(SIGTERM);
  const auto state = subject.wait(patience);
  ASSERT_TRUE(state);
  EXPECT_EQ(*state, (exit_state{0, 0}));
}

// The threads on which trackers, consensus and health work stand still.
TEST(service_manager_contract, a_stuck_actor_starves_the_watchdog_until_it_answers_again) {
  service_manager systemd;
  broker mosquitto;
  daemon subject{FIREFINDER_BINARY, mosquitto.port(), systemd.variables(1500ms)};
  ASSERT_TRUE(systemd.wait_for("WATCHDOG=1")) << subject.log();
  const auto both_are_stuck = [&] {
    return subject.logged("critical supervisor: consensus is stuck")
           && subject.logged("critical supervisor: health is stuck");
  };
  // Idle workers wait at a condition variable. One that is held between two of its groups
  // of waiters also holds whoever wakes the other (glibc lets that one wait), so the
  // supervisor: what no actor that is stuck can do. Then they are held at another moment.
  std::optional<held_threads> workers;
  ASSERT_TRUE(poll_until(2 * patience, [&] {
    workers.emplace(subject.process().pid(), "caf.multiplexer");
    if (workers->empty() || poll_until(3s, both_are_stuck))
      return true;
    workers->release();
    return false;
  })) << subject.log();
  if (workers->empty())
    GTEST_SKIP() << "this machine lets nobody hold a thread of another process (ptrace)";
  EXPECT_FALSE(subject.logged("connection is stuck"));
  const auto fed = systemd.count("WATCHDOG=1");
  // Longer than systemd would wait.
  std::this_thread::sleep_for(1800ms);
  EXPECT_EQ(systemd.count("WATCHDOG=1"), fed);
  workers->release();
  EXPECT_TRUE(systemd.wait_for("WATCHDOG=1", fed + 2)) << subject.log();
  EXPECT_TRUE(poll_until(patience, [&] { return subject.logged("consensus answers again"); }));
  EXPECT_EQ(subject.terminate(SIGTERM).state, (exit_state{0, 0}));
}

// paho looks up names under a lock that our connection actor needs: it is silent as long
// as that takes. The interval in config/firefinder.service is 3.2 times the longest look-up.
// Here both are fifty times smaller.
TEST(service_manager_contract, a_dead_name_server_does_not_starve_the_watchdog) {
  if (geteuid() != 0 || run({"unshare", "-m", "true"}, {}, 10s).state.code != 0)
    GTEST_SKIP() << "needs a mount namespace of its own, so root";
  constexpr auto interval = 3200ms;
  const temporary_directory directory;
  const auto resolver
      = directory.write("resolv.conf", "nameserver 127.0.0.251\noptions attempts:1 timeout:1\n");
  const auto mute = descriptor{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(53);
  inet_pton(AF_INET, "127.0.0.251", &address.sin_addr);
  if (bind(mute.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    GTEST_SKIP() << "port 53 of 127.0.0.251 is taken";
  service_manager systemd;
  auto env = systemd.variables(interval);
  env["MQTT_BROKER"] = "broker.example.org";
  child_process subject{{"unshare", "-m", "sh", "-c",
                         "mount --bind '" + resolver.string()
                             + "' /etc/resolv.conf && exec '" FIREFINDER_BINARY "' run"},
                        env,
                        directory.path() / "daemon"};
  ASSERT_TRUE(systemd.wait_for("READY=1")) << subject.standard_error();
  pollfd question{mute.get(), POLLIN, 0};
  ASSERT_EQ(poll(&question, 1, 20'000), 1) << subject.standard_error();
  // By the eighth time several look-ups of all three connections have failed.
  ASSERT_TRUE(systemd.wait_for("WATCHDOG=1", 8)) << subject.standard_error();
  auto last = systemd.messages().front().arrived;
  for (const auto& m : systemd.messages()) {
    if (m.text != "WATCHDOG=1" && m.text.find("READY=1") == std::string::npos)
      continue;
    EXPECT_LT(m.arrived - last, interval) << subject.standard_error();
    last = m.arrived;
  }
}

} // namespace
} // namespace firefinder::test::watchdog_test
