#include "src/service_manager.hpp"

#include "tests/deployment/service_manager.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <string>

namespace firefinder::service_manager_test {
namespace {

using namespace std::chrono_literals;

struct told_to_systemd : testing::Test {
  test::service_manager systemd;
  outside_world uut;

  told_to_systemd() {
    for (const auto& [key, value] : systemd.variables(30s))
      setenv(key.c_str(), value.c_str(), 1);
    uut = service_manager("broker:1883");
  }

  ~told_to_systemd() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }
};

TEST_F(told_to_systemd, the_status_once) {
  condition now;
  now.link_up = true;
  uut.status(now);
  uut.status(now);
  EXPECT_EQ(systemd.messages().size(), 1U);
  now.cameras_online = 1;
  uut.status(now);
  EXPECT_EQ(systemd.count("STATUS=connected to broker:1883, 1 camera online"), 1U);
}

TEST_F(told_to_systemd, nothing_that_a_foreign_reason_says) {
  condition now;
  now.down_reason = "refused\nWATCHDOG=1";
  uut.status(now);
  EXPECT_EQ(systemd.messages().size(), 1U);
  EXPECT_EQ(systemd.count("WATCHDOG=1"), 0U) << systemd.transcript();
  uut.alive();
  EXPECT_EQ(systemd.count("WATCHDOG=1"), 1U);
}

TEST_F(told_to_systemd, no_interval_when_it_has_none) {
  EXPECT_EQ(watchdog_of_service_manager(), 30s);
  unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(watchdog_of_service_manager());
}

TEST_F(told_to_systemd, no_interval_that_is_meant_for_another_process) {
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  EXPECT_EQ(watchdog_of_service_manager(), 30s);
  setenv("WATCHDOG_PID", std::to_string(getppid()).c_str(), 1);
  EXPECT_FALSE(watchdog_of_service_manager());
  unsetenv("WATCHDOG_PID");
  for (const auto* const text : {"0", "", "-1", "30s"}) {
    setenv("WATCHDOG_USEC", text, 1);
    EXPECT_FALSE(watchdog_of_service_manager()) << text;
  }
}

// Such as systemd's own in the initial RAM disk: '@' stands for a null byte.
TEST_F(told_to_systemd, at_an_abstract_address) {
  const auto name = "firefinder-test-" + std::to_string(getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(&address.sun_path[1], name.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())),
            0);
  setenv("NOTIFY_SOCKET", ('@' + name).c_str(), 1);
  uut.alive();
  std::array<char, 100> told{};
  EXPECT_EQ(::recv(fd, told.data(), told.size(), MSG_DONTWAIT), 10);
  EXPECT_STREQ(told.data(), "WATCHDOG=1");
  ::close(fd);
}

TEST_F(told_to_systemd, nothing_where_nobody_listens) {
  for (const auto& where : {std::string{}, std::string{"/"}, std::string{"relative"},
                            std::string{"/nowhere/at/all"}, std::string(200, '/')}) {
    setenv("NOTIFY_SOCKET", where.c_str(), 1);
    uut.alive();
  }
  EXPECT_TRUE(systemd.messages().empty());
}

} // namespace
} // namespace firefinder::service_manager_test
