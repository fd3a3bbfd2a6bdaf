#include "actors/consensus/decode.hpp"
#include "actors/consensus/vigilance.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firefinder::vigilance_test {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

consensus_settings settings(std::uint32_t threshold = 2,
                            degraded_policy policy = degraded_policy::trouble) {
  consensus_settings result;
  result.threshold = threshold;
  result.policy = policy;
  return result;
}

// "code" or "code subject" of each, in order.
names codes(const std::vector<vigilance::finding>& all) {
  names result;
  for (const auto& x : all)
    result.push_back(x.what.code + (x.what.subject.empty() ? "" : ' ' + x.what.subject));
  return result;
}

frigate_sign statistics(names cameras) { return {"frigate", true, true, true, std::move(cameras)}; }

monotonic since(const vigilance& x, const std::string& code) {
  for (const auto& found : x.findings())
    if (found.what.code == code)
      return found.since;
  return monotonic::max();
}

// -- cameras -----------------------------------------------------------------------------

TEST(vigilance, cameras_are_not_judged_before_their_timeout_has_passed_since_the_link) {
  vigilance x{settings(), 100s};
  EXPECT_EQ(codes(x.troubles()), names{"link_down"});
  x.link_up(110s);
  EXPECT_EQ(x.next_change(), 170s);
  x.advance(170s - 1ns);
  EXPECT_EQ(codes(x.troubles()), names{});
  x.advance(170s);
  EXPECT_EQ(codes(x.troubles()), names{"no_cameras"});
  EXPECT_EQ(since(x, "no_cameras"), 100s);
  EXPECT_FALSE(x.next_change());
}

TEST(vigilance, a_camera_keeps_the_name_that_it_was_told_first) {
  for (const std::string first : {"aabbccddeeff", "AA:BB:CC:DD:EE:FF"}) {
    vigilance x{settings(), 0s};
    x.link_up(0s);
    EXPECT_TRUE(x.camera("aabbccddeeff", true, 1s));
    static_cast<void>(x.take_changed());
    x.name("aabbccddeeff", first);
    EXPECT_EQ(x.shown("aabbccddeeff"), first);
    EXPECT_EQ(x.take_changed().size(), 1U);
    for (const std::string later : {"cam_aabbccddeeff", "aabbccddeeff"}) {
      x.name("aabbccddeeff", later);
      EXPECT_EQ(x.shown("aabbccddeeff"), first);
      EXPECT_TRUE(x.take_changed().empty()) << first << " " << later;
    }
  }
}

TEST(vigilance, too_few_cameras_are_trouble_and_none_at_all_is_another) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  x.advance(100s);
  EXPECT_TRUE(x.camera("north", true, 100s));
  EXPECT_EQ(codes(x.troubles()), names{"cameras_below_threshold"});
  EXPECT_TRUE(x.camera("south", true, 101s));
  EXPECT_EQ(codes(x.troubles()), names{});
  EXPECT_TRUE(x.camera("south", false, 200s));
  EXPECT_EQ(codes(x.findings()), (names{"cameras_below_threshold", "camera_offline south"}));
  EXPECT_EQ(since(x, "cameras_below_threshold"), 200s);
  EXPECT_TRUE(x.camera("north", false, 300s));
  EXPECT_EQ(codes(x.troubles()), names{"no_cameras"});
  EXPECT_EQ(since(x, "no_cameras"), 300s);
}

TEST(vigilance, what_says_nothing_new_changes_nothing) {
  vigilance x{settings(), 0s};
  EXPECT_TRUE(x.camera("north", true, 1s));
  EXPECT_FALSE(x.camera("north", true, 2s));
  EXPECT_EQ(x.online(), 1U);
}

TEST(vigilance, a_configured_camera_is_expected_unless_it_is_switched_off) {
  auto s = settings(1);
  s.acceptance.cameras["north"].enabled = true;
  s.acceptance.cameras["south"].enabled = false;
  vigilance x{s, 5s};
  x.link_up(5s);
  x.camera("west", true, 6s);
  x.advance(65s);
  EXPECT_EQ(codes(x.findings()), names{"camera_offline north"});
  EXPECT_EQ(since(x, "camera_offline"), 5s);
  EXPECT_EQ(x.cameras().size(), 2U);
  EXPECT_TRUE(x.cameras().at("west").first);
}

TEST(vigilance, a_zone_is_blind_since_the_last_of_its_cameras_went) {
  auto s = settings(1);
  s.acceptance.cameras["off"].enabled = false;
  s.zones = {{"north", {"\"barn\"", "3", "\"barn\""}}, {"south", {"\"barn\""}}, {"off", {"9"}}};
  vigilance x{s, 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.camera("south", true, 1s);
  x.camera("west", true, 1s);
  x.advance(100s);
  EXPECT_EQ(x.zones().size(), 2U) << "nobody waits for what is switched off";
  EXPECT_EQ(x.zones().at("barn").cameras, (names{"north", "south"}));
  EXPECT_EQ(codes(x.troubles()), names{});
  x.camera("north", false, 110s);
  EXPECT_EQ(codes(x.troubles()), names{"zone_blind 3"});
  x.camera("south", false, 120s);
  EXPECT_EQ(codes(x.troubles()), (names{"zone_blind 3", "zone_blind barn"}));
  EXPECT_EQ(x.zones().at("3").blind_since, 110s);
  EXPECT_EQ(x.zones().at("barn").blind_since, 120s);
  x.camera("south", true, 130s);
  EXPECT_EQ(codes(x.troubles()), names{"zone_blind 3"});
}

TEST(vigilance, names_only_so_many_cameras) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  for (std::size_t i = 0; i <= vigilance::max_named + 5; ++i)
    x.camera(std::to_string(i), false, 1s);
  x.camera("x", true, 1s);
  x.advance(100s);
  EXPECT_EQ(x.findings().size(), vigilance::max_named);
}

// -- the threshold -----------------------------------------------------------------------

TEST(vigilance, trouble_never_changes_the_threshold) {
  vigilance x{settings(2, degraded_policy::trouble), 0s};
  x.link_up(0s);
  x.camera("north", true, 100s);
  x.advance(1000s);
  EXPECT_EQ(x.threshold(), 2U);
  EXPECT_FALSE(x.reduced());
}

TEST(vigilance, reduce_needs_only_those_that_are_online_and_all_again_when_they_return) {
  vigilance x{settings(3, degraded_policy::reduce), 0s};
  x.link_up(0s);
  for (const auto* camera : {"a", "b", "c", "d"})
    x.camera(camera, true, 1s);
  x.advance(100s);
  EXPECT_EQ(x.threshold(), 3U);
  x.camera("a", false, 101s);
  EXPECT_EQ(x.threshold(), 3U);
  x.camera("b", false, 101s);
  EXPECT_EQ(x.threshold(), 2U);
  EXPECT_TRUE(x.reduced());
  EXPECT_EQ(codes(x.troubles()), names{"cameras_below_threshold"}) << "it is told all the same";
  x.camera("c", false, 102s);
  EXPECT_EQ(x.threshold(), 1U);
  x.camera("d", false, 103s);
  EXPECT_EQ(x.threshold(), 3U) << "nobody is no majority";
  x.camera("a", true, 104s);
  EXPECT_EQ(x.threshold(), 1U);
  x.camera("b", true, 104s);
  x.camera("c", true, 104s);
  EXPECT_EQ(x.threshold(), 3U);
}

TEST(vigilance, counts_votes_and_not_cameras) {
  auto mast = settings(2, degraded_policy::reduce);
  mast.witnesses = {{"a", "mast"}, {"b", "mast"}};
  // A witness may be called as a camera is.
  auto namesake = settings(2, degraded_policy::reduce);
  namesake.witnesses = {{"a", "b"}};
  auto registered = settings(2, degraded_policy::reduce);
  registered.tracking.registered = {"a"};
  auto by_zone = settings(2, degraded_policy::reduce);
  by_zone.agree_by_zone = true;
  by_zone.zones = {{"a", {"1"}}, {"b", {"2"}}};
  for (const auto& which : {mast, namesake, registered, by_zone}) {
    vigilance x{which, 0s};
    x.link_up(0s);
    for (const char* camera : {"a", "b"})
      EXPECT_TRUE(x.camera(camera, true, 1s));
    x.advance(100s);
    EXPECT_EQ(x.online(), 2U);
    EXPECT_EQ(x.threshold(), 1U) << "two that cannot agree with each other";
    EXPECT_EQ(codes(x.troubles()).front(), "cameras_below_threshold");
    EXPECT_TRUE(x.camera("a", false, 101s));
    EXPECT_TRUE(x.camera("a", true, 102s));
    EXPECT_EQ(x.threshold(), 1U);
  }
  vigilance free{settings(2, degraded_policy::reduce), 0s};
  free.link_up(0s);
  for (const char* camera : {"a", "b"})
    EXPECT_TRUE(free.camera(camera, true, 1s));
  free.advance(100s);
  EXPECT_EQ(free.threshold(), 2U);
}

TEST(vigilance, reduce_waits_for_the_others_after_a_start_and_after_every_link) {
  vigilance x{settings(2, degraded_policy::reduce), 0s};
  x.camera("north", true, 1s);
  x.advance(100s);
  EXPECT_EQ(x.threshold(), 2U) << "without a link nobody else can be heard";
  x.link_up(100s);
  x.advance(160s - 1ns);
  EXPECT_EQ(x.threshold(), 2U);
  EXPECT_EQ(x.next_change(), 160s);
  x.advance(160s);
  EXPECT_EQ(x.threshold(), 1U);
  x.link_down("cut", 200s);
  EXPECT_EQ(x.threshold(), 2U);
  x.link_up(201s);
  EXPECT_EQ(x.threshold(), 2U);
  EXPECT_EQ(x.next_change(), 261s);
  x.advance(261s);
  EXPECT_EQ(x.threshold(), 1U);
}

// -- Frigate -----------------------------------------------------------------------------

TEST(vigilance, a_frigate_that_was_never_heard_is_not_missed) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.advance(10'000s);
  EXPECT_EQ(codes(x.troubles()), names{});
}

TEST(vigilance, frigate_is_offline_at_once) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.frigate({"frigate", false, false, false, {}}, 2s);
  x.frigate({"another", false, false, false, {}}, 2s);
  EXPECT_EQ(codes(x.troubles()), names{"frigate_offline frigate"});
  x.frigate({"frigate", false, false, false, {}}, 9s);
  EXPECT_EQ(since(x, "frigate_offline"), 2s);
  x.frigate({"frigate", true, true, false, {}}, 10s);
  EXPECT_EQ(codes(x.troubles()), names{});
}

TEST(vigilance, frigate_is_silent_after_its_time_also_when_online_is_retained) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.frigate({"frigate", true, false, false, {}}, 10s);
  x.frigate({"frigate", true, false, false, {}}, 100s);
  EXPECT_EQ(x.next_change(), 60s + 40s + 90s) << "190 s, from when it was first told of";
  x.advance(190s - 1ns);
  EXPECT_EQ(codes(x.troubles()), names{});
  x.advance(190s);
  EXPECT_EQ(codes(x.troubles()), names{"frigate_silent frigate"});
  EXPECT_EQ(since(x, "frigate_silent"), 10s);
  x.frigate({"frigate", true, true, false, {}}, 200s);
  EXPECT_EQ(codes(x.troubles()), names{});
  EXPECT_EQ(x.next_change(), 380s);
}

TEST(vigilance, a_new_link_does_not_excuse_a_silence_that_was_before) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.frigate({"frigate", true, true, false, {}}, 10s);
  x.advance(300s);
  x.link_down("cut", 301s);
  x.link_up(302s);
  EXPECT_EQ(codes(x.troubles()), names{"frigate_silent frigate"});
  EXPECT_EQ(since(x, "frigate_silent"), 10s);
}

TEST(vigilance, a_link_that_comes_and_goes_does_not_put_the_judgement_off) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  for (const auto when : {20s, 40s, 55s}) {
    x.link_down("cut", when);
    x.link_up(when + 1s);
  }
  x.advance(60s);
  EXPECT_EQ(codes(x.troubles()), names{"no_cameras"});
}

TEST(vigilance, a_camera_that_is_counted_twice_is_gone_when_it_goes) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.frigate(statistics({"north", "north"}), 10s);
  EXPECT_EQ(x.online(), 1U);
  x.frigate(statistics({}), 70s);
  EXPECT_EQ(x.online(), 0U);
}

TEST(vigilance, watches_so_many_cameras_at_the_most) {
  vigilance x{settings(), 0s};
  for (std::size_t i = 0; i < vigilance::max_cameras + 5; ++i)
    x.camera(std::to_string(i), true, 1s);
  EXPECT_EQ(x.cameras().size(), vigilance::max_cameras);
  EXPECT_EQ(x.online(), vigilance::max_cameras);
}

TEST(vigilance, frigate_cannot_be_heard_without_a_link) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.frigate(statistics({}), 10s);
  x.link_down("cut", 20s);
  x.advance(500s);
  EXPECT_EQ(codes(x.troubles()), names{"link_down"});
  x.link_up(500s);
  x.advance(679s);
  EXPECT_EQ(codes(x.troubles()), names{});
  x.advance(680s);
  EXPECT_EQ(codes(x.troubles()), names{"frigate_silent frigate"});
}

TEST(vigilance, cameras_that_frigate_watches_are_online_though_nothing_burns) {
  vigilance x{settings(2, degraded_policy::reduce), 0s};
  x.link_up(0s);
  x.frigate(statistics({"north", "south"}), 10s);
  x.advance(100s);
  EXPECT_EQ(x.online(), 2U);
  EXPECT_EQ(codes(x.findings()), names{});
  // A tracker heard it, and then nothing for its timeout: Frigate still sees it.
  x.camera("north", true, 101s);
  x.camera("north", false, 161s);
  EXPECT_EQ(x.online(), 2U);
  EXPECT_EQ(x.threshold(), 2U);
  x.frigate(statistics({"south"}), 170s);
  EXPECT_EQ(x.online(), 1U);
  EXPECT_EQ(x.cameras().at("north"), (std::pair{false, monotonic{170s}}));
  EXPECT_EQ(x.threshold(), 1U);
  EXPECT_EQ(x.next_change(), 350s);
  x.advance(350s);
  EXPECT_EQ(x.online(), 0U) << "what it counted holds for as long as it may be silent";
  x.frigate(statistics({"north", "south"}), 400s);
  EXPECT_EQ(x.online(), 2U);
  x.frigate({"frigate", false, false, false, {}}, 401s);
  EXPECT_EQ(x.online(), 0U);
}

// -- the link and the store --------------------------------------------------------------

TEST(vigilance, the_link_is_down_since_it_went_down) {
  vigilance x{settings(1), 0s};
  x.link_up(1s);
  x.link_down("cut", 5s);
  x.link_down("refused", 9s);
  EXPECT_EQ(codes(x.troubles()), names{"link_down"});
  EXPECT_EQ(since(x, "link_down"), 5s);
  EXPECT_NE(x.troubles()[0].what.text.find("refused"), std::string::npos);
}

TEST(vigilance, the_store_s_trouble_ends_and_a_damaged_file_stays_known) {
  vigilance x{settings(1), 0s};
  x.link_up(0s);
  x.store(store_figures{}, 1s);
  EXPECT_EQ(codes(x.findings()), names{});
  store_figures full;
  full.problem = "disk full";
  full.set_aside = "x.damaged";
  x.store(full, 2s);
  x.store(full, 3s);
  EXPECT_EQ(codes(x.findings()), (names{"store_cannot_write", "store_set_aside"}));
  EXPECT_EQ(codes(x.troubles()), names{"store_cannot_write"});
  EXPECT_EQ(since(x, "store_cannot_write"), 2s);
  x.store(std::nullopt, 4s);
  EXPECT_EQ(codes(x.troubles()), names{"store_silent"});
  EXPECT_EQ(since(x, "store_silent"), 4s);
  x.store(store_figures{}, 5s);
  EXPECT_EQ(codes(x.findings()), names{"store_set_aside"});
}

// -- what Frigate's API tells --------------------------------------------------------------

frigate_camera seeing(const std::string& name, double threshold = .7) {
  return {name, 1280, 720, 5, true, true, threshold};
}

TEST(vigilance, a_camera_that_cannot_see_fire_is_trouble) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  auto undetecting = seeing("south");
  undetecting.detects = false;
  auto blind = seeing("west");
  blind.sees_fire = false;
  x.frigate_api({"frigate", "", "0.16", {seeing("north"), undetecting, blind}}, 5s);
  EXPECT_EQ(codes(x.troubles()),
            (names{"camera_cannot_see_fire south", "camera_cannot_see_fire west"}));
  EXPECT_NE(x.troubles()[0].what.text.find("detect.enabled"), std::string::npos);
  EXPECT_NE(x.troubles()[1].what.text.find("objects.track"), std::string::npos);
  x.frigate_api({"frigate", "", "0.16", {seeing("south"), blind}}, 9s);
  EXPECT_EQ(codes(x.troubles()), names{"camera_cannot_see_fire west"});
  EXPECT_EQ(since(x, "camera_cannot_see_fire"), 5s);
  // What was told holds while nobody answers.
  x.frigate_api({"frigate", "why", "", {}}, 10s);
  EXPECT_EQ(codes(x.troubles()),
            (names{"frigate_api_unreachable frigate", "camera_cannot_see_fire west"}));
  x.frigate_api({"frigate", "", "0.16", {}}, 11s);
  EXPECT_TRUE(x.troubles().empty());
}

TEST(vigilance, a_camera_that_is_switched_off_here_need_not_see_fire) {
  auto s = settings();
  s.acceptance.cameras["door"].enabled = false;
  vigilance x{s, 0s};
  x.link_up(0s);
  auto door = seeing("door", .9);
  door.sees_fire = false;
  x.frigate_api({"frigate", "", "0.16", {door}}, 5s);
  EXPECT_TRUE(x.findings().empty());
}

TEST(vigilance, a_threshold_of_frigates_above_ours_is_worth_knowing) {
  auto s = settings();
  s.acceptance.min_confidence = .7;
  vigilance x{s, 0s};
  x.link_up(0s);
  x.frigate_api({"frigate", "", "0.16", {seeing("a", .7), seeing("b", .8), seeing("c", 0)}}, 5s);
  EXPECT_TRUE(x.troubles().empty());
  EXPECT_EQ(codes(x.findings()), names{"frigate_threshold_above_ours b"});
  const auto text = x.findings()[0].what.text;
  EXPECT_NE(text.find("0.80"), std::string::npos) << text;
  EXPECT_NE(text.find("0.70"), std::string::npos) << text;
}

TEST(vigilance, an_api_that_cannot_be_asked_is_trouble_since_it_was_told) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  x.frigate_api({"frigate", "refused", "", {}}, 5s);
  x.frigate_api({"frigate", "it asks for a login", "", {}}, 35s);
  x.frigate_api({"another", "refused", "", {}}, 35s);
  EXPECT_EQ(codes(x.troubles()), names{"frigate_api_unreachable frigate"});
  EXPECT_EQ(since(x, "frigate_api_unreachable"), 5s);
  const auto text = x.troubles()[0].what.text;
  EXPECT_NE(text.find("it asks for a login"), std::string::npos) << text;
  EXPECT_NE(text.find("frigate.api_url"), std::string::npos) << text;
  x.frigate_api({"frigate", "", "", {}}, 55s);
  EXPECT_TRUE(x.troubles().empty());
}

TEST(vigilance, there_is_a_limit_to_what_the_api_tells_and_troubles_go_first) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  frigate_cameras told{"frigate", "", "", {}};
  for (std::size_t i = 0; i < vigilance::max_against_cameras; ++i)
    told.cameras.push_back(seeing(std::to_string(i), .9));
  told.cameras.push_back({"blind", 1280, 720, 5, true, false, 0});
  x.frigate_api(told, 5s);
  EXPECT_EQ(codes(x.troubles()), names{"camera_cannot_see_fire blind"});
  EXPECT_EQ(x.findings().size(), vigilance::max_against_cameras);
}

// -- what Frigate says ---------------------------------------------------------------------

decoded hear(const std::string& topic, const std::string& payload, bool retained = false,
             unix_seconds waited_before = 0) {
  inbound x;
  x.topic = topic;
  x.payload = payload;
  x.size = payload.size();
  x.retained = retained;
  x.waited_before = waited_before;
  acceptance_settings s;
  s.cameras["off"].enabled = false;
  return decoder{s}.decode(x);
}

TEST(decode_frigate, availability_is_believed_when_it_is_retained) {
  const auto online = hear("frigate/available", "online", true);
  ASSERT_TRUE(online.frigate);
  EXPECT_TRUE(online.frigate->online);
  EXPECT_FALSE(online.frigate->alive);
  EXPECT_EQ(online.frigate->prefix, "frigate");
  EXPECT_TRUE(hear("frigate/available", "online").frigate->alive);
  for (const auto* gone : {"offline", "stopped"})
    EXPECT_FALSE(hear("frigate/available", gone, true).frigate->online) << gone;
  EXPECT_FALSE(hear("frigate/available", "perhaps").frigate);
  EXPECT_EQ(hear("frigate/available", "perhaps").dropped.size(), 1U);
  EXPECT_FALSE(hear("other/available", "offline").frigate);
}

TEST(decode_frigate, statistics_tell_which_cameras_are_watched) {
  const auto* now = R"({"cameras": {"north": {"camera_fps": 5.1, "detection_enabled": true},
    "south": {"camera_fps": 0.0, "detection_enabled": true},
    "east": {"camera_fps": 5, "detection_enabled": false}, "off": {"camera_fps": 5},
    "_replay_north": {"camera_fps": 5}, "a/+": {"camera_fps": 5}, "odd": 7, "west":
    {"camera_fps": 4, "detection_enabled": 1}}, "detection_fps": 12.6})";
  const auto x = hear("frigate/stats", now);
  ASSERT_TRUE(x.frigate);
  EXPECT_TRUE(x.frigate->counted);
  EXPECT_EQ(x.frigate->cameras, (names{"north", "west"}));
  EXPECT_FALSE(x.seen);
  const auto old = hear("frigate/stats", R"({"north": {"camera_fps": 5}, "detectors": {"a": {}}})");
  EXPECT_EQ(old.frigate->cameras, names{"north"});
}

TEST(decode_frigate, what_was_kept_for_us_does_not_make_it_alive) {
  EXPECT_FALSE(hear("frigate/stats", "{}", true).frigate);
  EXPECT_FALSE(hear("frigate/stats", "{}", false, 7).frigate);
  EXPECT_FALSE(hear("frigate/stats", "no JSON").frigate);
  EXPECT_FALSE(hear("frigate/events", "{}", false, 7).frigate);
  EXPECT_TRUE(hear("frigate/events", "{}").frigate->alive);
}

// -- names that mean other cameras -----------------------------------------------------------

std::uint32_t count_online(const vigilance& x) {
  std::uint32_t result = 0;
  x.each_camera([&](const std::string&, bool online, monotonic) { result += online ? 1 : 0; });
  return result;
}

// The yard's camera is to be called gate, and the barn's device is called gate already.
TEST(vigilance, counts_nobody_who_is_gone_when_a_name_means_what_means_another) {
  vigilance x{settings(), 0s};
  x.link_up(0s);
  x.lost({.id = "yard", .successor = "gate"}, 10s);
  x.camera("yard", true, 20s);
  ASSERT_EQ(x.online(), 1U);
  camera_facts barn;
  barn.id = "barn";
  barn.aliases = {"gate"};
  x.found(barn, 30s);
  EXPECT_EQ(x.online(), count_online(x));
  EXPECT_EQ(x.present(), count_online(x));
}

} // namespace
} // namespace firefinder::vigilance_test
