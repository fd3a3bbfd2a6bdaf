// A trigger is neither lost nor repeated, whatever the link does meanwhile.

#include "tests/integration/fixture.hpp"

#include <algorithm>

namespace firefinder::test::delivery_test {
namespace {

using namespace std::chrono_literals;

class delivery : public scene {
protected:
  /// The fire, up to the detection that decides.
  void nearly_decide() {
    see(growing_fire("north"));
    const auto fire = growing_fire("south");
    see({fire.begin(), fire.end() - 1});
  }

  void decide() { see({growing_fire("south").back()}); }

  /// Cuts the link once the trap of the proxy has sprung, and expects one trigger.
  void expect_one_trigger_after_the_trap() {
    ASSERT_TRUE(poll_until(patience, [&] { return proxy().trap_sprung(); }))
        << "the trigger never came by";
    quiet(200ms);
    proxy().cut();
    proxy().hold(direction::upstream, false);
    proxy().hold(direction::downstream, false);
    expect_online();
    EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
    // What would be a second one has had its chance when a later message is through.
    cut_and_expect_online_keeping_messages();
    quiet(300ms);
    EXPECT_EQ(triggers().size(), 1U);
  }

  void cut_and_expect_online_keeping_messages() {
    const auto before = watcher().count("system/fire_consensus/lwt");
    proxy().cut();
    EXPECT_TRUE(poll_until(patience, [&] {
      const auto all = watcher().messages("system/fire_consensus/lwt");
      return all.size() > before && all.back().payload == "online";
    }));
  }
};

TEST_F(delivery, ATriggerThatNeverLeftIsSentAfterTheCut) {
  play({}, {.proxied = true});
  nearly_decide();
  proxy().hold_when_upstream_has("fire/trigger", direction::upstream);
  decide();
  expect_one_trigger_after_the_trap();
}

TEST_F(delivery, ATriggerWhoseReceiptIsLostIsNotRepeated) {
  play({}, {.proxied = true});
  nearly_decide();
  proxy().hold_when_upstream_has("fire/trigger", direction::downstream);
  decide();
  expect_one_trigger_after_the_trap();
}

TEST_F(delivery, ATriggerWhoseCompletionIsLostIsNotRepeated) {
  play({}, {.proxied = true});
  nearly_decide();
  // PUBREL: the broker hands the trigger on; its PUBCOMP does not arrive.
  proxy().hold_when_upstream_has("\x62\x02", direction::downstream);
  decide();
  expect_one_trigger_after_the_trap();
}

TEST_F(delivery, ATriggerInFlightSurvivesTheSameIn311) {
  play({{"MQTT_PROTOCOL", "3.1.1"}}, {.proxied = true});
  nearly_decide();
  proxy().hold_when_upstream_has("\x62\x02", direction::downstream);
  decide();
  expect_one_trigger_after_the_trap();
}

class each_protocol : public delivery, public ::testing::WithParamInterface<const char*> {};

TEST_P(each_protocol, DetectionsSentWhileTheLinkWasDownCount) {
  play({{"MQTT_PROTOCOL", GetParam()}}, {.proxied = true});
  see(growing_fire("north"));
  proxy().refuse(true);
  proxy().cut();
  see(growing_fire("south"));
  proxy().refuse(false);
  // Both have waited, so their own timestamps order them.
  auto cameras = cameras_of(trigger());
  std::ranges::sort(cameras);
  EXPECT_EQ(cameras, (names{"north", "south"}));
  quiet(300ms);
  EXPECT_EQ(triggers().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(spoken, each_protocol, ::testing::Values("5", "3.1.1"),
                         [](const auto& p) { return std::string{p.param} == "5" ? "V5" : "V311"; });

TEST_F(delivery, AFireThatGrowsAcrossACutIsOneFire) {
  play({}, {.proxied = true});
  const auto north = growing_fire("north");
  const auto south = growing_fire("south");
  see({north.begin(), north.begin() + 3});
  see({south.begin(), south.begin() + 3});
  cut_and_expect_online();
  see({north.begin() + 3, north.end()});
  see({south.begin() + 3, south.end()});
  // What has waited is ordered by its own timestamps.
  auto cameras = cameras_of(trigger());
  std::ranges::sort(cameras);
  EXPECT_EQ(cameras, (names{"north", "south"}));
}

TEST_F(delivery, TheCooldownOutlivesACut) {
  play({}, {.proxied = true});
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  cut_and_expect_online();
  see(growing_fire("east"));
  see(growing_fire("west"));
  quiet(300ms);
  EXPECT_TRUE(triggers().empty());
}

TEST_F(delivery, AnExpiredTriggerIsReportedAndNotSent) {
  // Without a session: the broker would send the deciding detection again.
  play({{"TRIGGER_TTL", "1"}, {"MQTT_SESSION_EXPIRY", "0"}}, {.proxied = true});
  nearly_decide();
  proxy().hold_when_upstream_has("fire/trigger", direction::upstream);
  decide();
  ASSERT_TRUE(poll_until(patience, [&] { return proxy().trap_sprung(); }));
  proxy().refuse(true);
  proxy().cut();
  proxy().hold(direction::upstream, false);
  // Its time runs out meanwhile.
  quiet(1500ms);
  watcher().clear();
  proxy().refuse(false);
  expect_online();
  const auto missed = watcher().wait_for("fire/trigger_missed", patience);
  ASSERT_TRUE(missed);
  EXPECT_NE(missed->payload.find("north"), std::string::npos) << missed->payload;
  EXPECT_FALSE(missed->retained);
  EXPECT_TRUE(triggers().empty());
  // The cooldown is given back: the fire still triggers.
  see({detection_of("south", 0.061)});
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

} // namespace
} // namespace firefinder::test::delivery_test
