// The finder as an actor: what it is told, tells, and how it ends.

#include "actors/camera_detection/finder.hpp"

#include "messages/types.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

#include <chrono>

namespace firefinder::finder_test {
namespace {

using namespace std::chrono_literals;

struct configuration : caf::actor_system_config {
  configuration() { register_types(*this); }
};

// Gives what the finder tells to the test.
finding_listener::behavior_type pass_on(finding_listener::pointer, const caf::actor& to) {
  return {
      [to](const finding& x) { caf::anon_send(to, x); },
      [to](const search_progress& x) { caf::anon_send(to, x); },
  };
}

class finder_actor_test : public ::testing::Test {
protected:
  ~finder_actor_test() override {
    caf::anon_send_exit(subject, caf::exit_reason::kill);
    caf::anon_send_exit(ear, caf::exit_reason::kill);
    subject = nullptr;
    ear = nullptr;
  }

  configuration settings;
  caf::actor_system system{settings};
  caf::scoped_actor self{system};
  finding_listener ear = system.spawn(pass_on, caf::actor_cast<caf::actor>(self));
  finder_actor subject = system.spawn<caf::detached>(finder, finder_limits{});
};

// Nothing is to be asked for, so nothing leaves this machine.
search_order silent(std::uint64_t number) {
  search_order result;
  result.number = number;
  result.onvif = false;
  result.mdns = false;
  return result;
}

TEST_F(finder_actor_test, ends_each_search_once) {
  caf::anon_send(subject, listen_atom_v, ear);
  for (std::uint64_t i = 1; i <= 3; ++i)
    caf::anon_send(subject, silent(i));
  std::vector<std::uint64_t> finished;
  while (finished.size() < 3) {
    bool in_time = true;
    self->receive(
        [&](const search_progress& x) {
          if (x.finished)
            finished.push_back(x.number);
          EXPECT_EQ(x.methods.size(), 4U);
        },
        [](const finding&) {}, caf::after(test::patience) >> [&] { in_time = false; });
    ASSERT_TRUE(in_time);
  }
  EXPECT_EQ(finished, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(finder_actor_test, ends_fast) {
  self->monitor(subject);
  const auto asked = std::chrono::steady_clock::now();
  caf::anon_send_exit(subject, caf::exit_reason::kill);
  bool in_time = true;
  self->receive([](const caf::down_msg&) {},
                caf::after(test::patience) >> [&] { in_time = false; });
  EXPECT_TRUE(in_time);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 1s);
}

} // namespace
} // namespace firefinder::finder_test
