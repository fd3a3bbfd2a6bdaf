#include "src/service_manager.hpp"

#include "tests/deployment/service_manager.hpp"

#include <gtest/gtest.h>

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

} // namespace
} // namespace firefinder::service_manager_test
