// The chaos test itself: planted faults are found, and what is right is not blamed.

#include "tests/chaos/round.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace firefinder::chaos::self_test {
namespace {

using namespace std::chrono_literals;

/// The kinds of what was found, sorted; each once.
std::set<std::string> kinds(const std::vector<finding>& all, bool violations = true) {
  std::set<std::string> result;
  for (const auto& f : all)
    if (f.violation == violations)
      result.insert(f.kind);
  return result;
}

using words = std::set<std::string>;

// -- whole rounds with an impostor ---------------------------------------------------

outcome play_with(const std::string& misdeed, const plan& p) {
  const std::atomic<bool> stop = false;
  limits bounds;
  bounds.delivered = 2s;
  bounds.right_state = 2s;
  bounds.resident_bytes = 280UL << 20U;
  return play(p, {FAKE_DAEMON, {}, {{"MISDEED", misdeed}}}, stop, bounds);
}

plan calm() {
  plan p;
  p.seed = 1;
  return p;
}

TEST(Impostor, PassesWithoutAMisdeed) {
  const auto o = play_with("", calm());
  EXPECT_EQ(kinds(o.findings), words{}) << o.history;
  EXPECT_TRUE(o.kept_every_promise());
  EXPECT_EQ(o.delivered, 1U);
}

struct misdeed {
  const char* what;
  /// Violations that must be found, and no others.
  words found;
  friend std::ostream& operator<<(std::ostream& out, const misdeed& x) { return out << x.what; }
};

class Misdeed : public ::testing::TestWithParam<misdeed> {};

TEST_P(Misdeed, IsFound) {
  const auto o = play_with(GetParam().what, calm());
  EXPECT_EQ(kinds(o.findings), GetParam().found) << o.history;
  EXPECT_FALSE(o.kept_every_promise());
}

INSTANTIATE_TEST_SUITE_P(
    Each, Misdeed,
    ::testing::Values(misdeed{"lost", {"lost"}}, misdeed{"repeated", {"repeated"}},
                      misdeed{"second", {"second"}}, misdeed{"late", {"late"}},
                      misdeed{"retained", {"state", "retained"}}, misdeed{"quality", {"quality"}},
                      misdeed{"false camera", {"false camera"}},
                      misdeed{"needless report", {"lost", "needless report"}},
                      misdeed{"crash", {"crash", "lost", "state"}}, misdeed{"says so", {"crash"}},
                      misdeed{"malformed", {"malformed"}}, misdeed{"memory", {"memory"}},
                      misdeed{"state", {"state"}}, misdeed{"stop", {"stop"}},
                      misdeed{"exit code", {"stop"}}, misdeed{"presence", {"presence"}}),
    [](const auto& p) {
      std::string name = p.param.what;
      name.erase(std::remove(name.begin(), name.end(), ' '), name.end());
      return name;
    });

TEST(Misdeed, OfForgettingTheAlarmInAKillIsFound) {
  auto p = calm();
  p.steps = {{fault::kill, 0.4, 0.1}};
  const auto o = play_with("", p);
  EXPECT_TRUE(kinds(o.findings).contains("second")) << o.history;
  EXPECT_EQ(o.injected.at(fault::kill), 1);
}

TEST(Misdeed, OfSendingWhatHasExpiredIsFound) {
  auto p = calm();
  p.ttl_s = 1;
  p.steps = {{fault::expiry, -1, 2, trap{packet_type::publish, point::before}}};
  const auto o = play_with("", p);
  EXPECT_TRUE(kinds(o.findings).contains("late")) << o.history;
}

TEST(Round, EndsSoonWhenInterrupted) {
  const std::atomic<bool> stop = true;
  EXPECT_THROW((void)play(calm(), {FAKE_DAEMON}, stop), interrupted);
}

// -- verdicts ------------------------------------------------------------------------

constexpr double start = 1'795'000'000;

heard arrival(const std::string& id, double at, double expires = 60) {
  const nlohmann::json payload{{"trigger_id", id},
                               {"timestamp", start},
                               {"expires_at", start + expires},
                               {"consensus_cameras", {"north", "south"}}};
  return {"fire/trigger", payload.dump(), 2, false, start + at};
}

heard report(const std::string& id, double at, double expires) {
  const nlohmann::json payload{
      {"trigger_id", id}, {"missed_at", start + at}, {"expires_at", start + expires}};
  return {"fire/trigger_missed", payload.dump(), 1, false, start + at};
}

wire_event event(packet_type type, const std::string& id, double seen, bool passed = true,
                 double expires = 60) {
  wire_event e;
  e.type = type;
  e.trigger_id = id;
  e.seen = start + seen;
  if (passed)
    e.passed = start + seen;
  if (type == packet_type::publish)
    e.expires_at = start + expires;
  return e;
}

/// A whole handshake.
void hand_over(evidence& e, const std::string& id, double at) {
  e.wire.push_back(event(packet_type::publish, id, at));
  e.wire.push_back(event(packet_type::pubrec, id, at + 0.01));
  e.wire.push_back(event(packet_type::pubrel, id, at + 0.02));
  e.wire.push_back(event(packet_type::pubcomp, id, at + 0.03));
}

evidence quiet_scene() {
  evidence e;
  e.fire_cameras = {"north", "south"};
  return e;
}

TEST(Verdict, OneDeliveryIsRight) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  e.triggers = {arrival("a", 0.05)};
  EXPECT_TRUE(judge(e).empty());
  ASSERT_EQ(stand_of(e).latencies.size(), 1U);
  EXPECT_NEAR(stand_of(e).latencies.front(), 0.05, 1e-6);
}

TEST(Verdict, ABrokerThatRepeatsByItselfIsNotTheDaemon) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  e.triggers = {arrival("a", 0.05), arrival("a", 1)};
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"repeated by the broker"});
}

TEST(Verdict, ASecondHandoverIsExcusedOnlyByALossOfMemory) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  hand_over(e, "a", 1);
  e.triggers = {arrival("a", 0.05), arrival("a", 1.05)};
  EXPECT_EQ(kinds(judge(e)), words{"repeated"});
  e.memory_losses = {start + 0.5};
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"repeated, broker lost its memory"});
}

TEST(Verdict, HandoversSideBySideAreTwo) {
  auto e = quiet_scene();
  for (const auto type :
       {packet_type::publish, packet_type::pubrec, packet_type::pubrel, packet_type::pubcomp})
    for (const std::uint16_t id : {std::uint16_t{1}, std::uint16_t{2}}) {
      e.wire.push_back(event(type, "a", 0));
      e.wire.back().packet_id = id;
    }
  e.triggers = {arrival("a", 0.05), arrival("a", 0.05)};
  EXPECT_EQ(kinds(judge(e)), words{"repeated"});
}

TEST(Verdict, ARepeatedPubrelIsNoSecondHandover) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  e.wire.push_back(event(packet_type::pubrel, "a", 1));
  e.triggers = {arrival("a", 0.05)};
  EXPECT_TRUE(judge(e).empty());
}

TEST(Verdict, WhatDiedWithTheBrokerIsNotLostByTheDaemon) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  EXPECT_EQ(kinds(judge(e)), (words{"lost", "abandoned"}));
  e.memory_losses = {start + 0.1};
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"lost by the broker"});
  e.memory_losses = {start + 5};
  EXPECT_EQ(kinds(judge(e)), (words{"lost", "abandoned"}));
  e.wire.push_back(event(packet_type::pubcomp, "a", 4.9));
  EXPECT_EQ(kinds(judge(e)), words{}) << "it was frozen";
}

TEST(Verdict, WhatTheBrokerForgotBetweenItsPubrecAndThePubrelIsNotLostByTheDaemon) {
  auto e = quiet_scene();
  e.wire = {event(packet_type::publish, "a", 0), event(packet_type::pubrec, "a", 0),
            event(packet_type::pubrel, "a", 3), event(packet_type::pubcomp, "a", 3)};
  EXPECT_EQ(kinds(judge(e)), (words{"lost", "abandoned"}));
  e.memory_losses = {start + 1};
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"lost by the broker"});
  // It was published anew afterwards.
  e.wire.insert(e.wire.begin() + 2,
                {event(packet_type::publish, "a", 2.5), event(packet_type::pubrec, "a", 2.5)});
  EXPECT_EQ(kinds(judge(e)), (words{"lost", "abandoned"}));
}

TEST(Verdict, AMissedTriggerMayBeFollowedByAnother) {
  auto e = quiet_scene();
  e.wire = {event(packet_type::publish, "a", 0, false, 3)};
  e.reports = {report("a", 3.01, 3), report("a", 3.01, 3)};
  hand_over(e, "b", 4);
  e.triggers = {arrival("b", 4.05)};
  EXPECT_TRUE(judge(e).empty());
}

TEST(Verdict, AReportIsMadeOnceAndInTime) {
  auto e = quiet_scene();
  hand_over(e, "b", 4);
  e.triggers = {arrival("b", 4.05)};
  e.reports = {report("a", 3.01, 3), report("a", 3.5, 3)};
  EXPECT_EQ(kinds(judge(e)), words{"report repeated"});
  e.reports = {report("a", 1, 3)};
  EXPECT_EQ(kinds(judge(e)), words{"needless report"});
}

TEST(Verdict, WhatWasReportedMustNotCome) {
  auto e = quiet_scene();
  e.reports = {report("a", 3.01, 3)};
  e.triggers = {arrival("a", 5, 3), arrival("b", 5)};
  EXPECT_EQ(kinds(judge(e)), words{"sent after its report"});
  // Unless the daemon could not know that it had arrived.
  e.wire = {event(packet_type::publish, "a", 0, true, 3), event(packet_type::pubrel, "a", 0.1)};
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"delivered and reported"});
}

TEST(Verdict, WhatTheLinkHeldBackIsNotLate) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  e.triggers = {arrival("a", 61)};
  e.wire[2].passed = start + 61;
  EXPECT_EQ(kinds(judge(e)), words{});
  EXPECT_EQ(kinds(judge(e), false), words{"late by the link"});
  e.wire[2].seen = start + 61;
  EXPECT_EQ(kinds(judge(e)), words{"late"});
}

TEST(Verdict, WhatIsNoTriggerIsMalformed) {
  auto e = quiet_scene();
  hand_over(e, "a", 0);
  e.triggers = {arrival("a", 0.05), {"fire/trigger", "\xff{", 2, false, start}};
  EXPECT_TRUE(kinds(judge(e)).contains("malformed"));
}

// -- plans -----------------------------------------------------------------------------

TEST(Plan, IsDeterminedByItsSeed) {
  const auto all = chosen_faults("");
  EXPECT_EQ(describe(make_plan(7, all)), describe(make_plan(7, all)));
  EXPECT_NE(describe(make_plan(7, all)), describe(make_plan(8, all)));
}

TEST(Plan, LeavesNoFaultOut) {
  const auto all = chosen_faults("");
  EXPECT_EQ(all.size(), fault_kinds().size());
  std::set<fault> seen;
  std::set<ending> endings;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const auto p = make_plan(seed, all);
    ASSERT_FALSE(p.steps.empty());
    endings.insert(p.end);
    for (const auto& s : p.steps)
      seen.insert(s.what);
  }
  EXPECT_EQ(seen, all);
  EXPECT_EQ(endings.size(), 5U);
}

TEST(Plan, KeepsToTheFaultsAskedFor) {
  const auto some = chosen_faults("link,duplicate");
  EXPECT_EQ(some.size(), 7U);
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    for (const auto& s : make_plan(seed, some).steps)
      EXPECT_TRUE(some.contains(s.what)) << seed;
  EXPECT_THROW((void)chosen_faults("link,flood"), std::invalid_argument);
}

} // namespace
} // namespace firefinder::chaos::self_test
