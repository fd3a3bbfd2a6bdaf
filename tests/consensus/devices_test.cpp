#include "actors/consensus/agreement.hpp"
#include "actors/consensus/decode.hpp"
#include "actors/consensus/devices.hpp"
#include "actors/consensus/tracking.hpp"
#include "actors/consensus/vigilance.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace firefinder::devices_test {
namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

constexpr auto wired = "02770000000a";
constexpr auto wireless = "02770000000b";

camera_facts camera(const std::string& id, names aliases = {},
                    camera_condition condition = camera_condition::online) {
  camera_facts result;
  result.id = id;
  result.aliases = std::move(aliases);
  result.condition = condition;
  return result;
}

camera_facts sized(const std::string& id, std::uint32_t width, std::uint32_t height) {
  auto result = camera(id);
  result.streams = {{"main", "rtsp://10.0.0.1/1", width, height, 10, "h264", {}},
                    {"sub", "rtsp://10.0.0.1/2", 320, 180, 5, "h264", {}}};
  return result;
}

// -- which name means which camera --------------------------------------------------------

TEST(learned_identity, ids_and_aliases_of_a_found_camera_are_one) {
  camera_identity x{{}};
  EXPECT_TRUE(x.learn(camera(wired, {"02:77:00:00:00:0B", "onvif-1234"})));
  EXPECT_EQ(x.of(wired).id, wired);
  EXPECT_TRUE(x.of(wired).many_spellings);
  for (const auto* name : {"02:77:00:00:00:0b", "cam_02770000000b", "onvif-1234"}) {
    EXPECT_EQ(x.of(name).id, wired) << name;
    EXPECT_EQ(x.of(name, "frigate").id, wired) << name;
    EXPECT_FALSE(x.of(name).many_spellings) << "it is not called so";
  }
  EXPECT_EQ(x.of("onvif-12345").id, "onvif-12345");
}

TEST(learned_identity, what_is_told_again_is_no_news) {
  camera_identity x{{}};
  EXPECT_FALSE(x.learn(camera(wired)));
  EXPECT_TRUE(x.learn(camera(wired, {wireless})));
  EXPECT_FALSE(x.learn(camera(wired, {wireless})));
  EXPECT_TRUE(x.learn(camera(wired))) << "it was taken back";
  EXPECT_EQ(x.of(wireless).id, wireless);
}

TEST(learned_identity, the_configuration_wins) {
  std::map<std::string, camera_settings> cameras;
  cameras["north"].aliases = {wireless};
  cameras["south"].aliases = {"sn-7"};
  camera_identity x{cameras};
  EXPECT_TRUE(x.learn(camera(wired, {wireless, "onvif-1", "sn-7"})));
  EXPECT_EQ(x.of(wired).id, "north") << "one of its ids is an alias of it";
  EXPECT_EQ(x.of("onvif-1").id, "north");
  EXPECT_EQ(x.of(wireless).id, "north");
  EXPECT_EQ(x.of("sn-7").id, "south") << "what the owner says of a name holds";
}

TEST(learned_identity, a_camera_is_not_taken_over_by_the_alias_of_another) {
  camera_identity x{{}};
  x.learn(camera(wired));
  EXPECT_FALSE(x.learn(camera("sn-evil", {wired})));
  EXPECT_EQ(x.of(wired).id, wired);
}

TEST(learned_identity, a_provisional_id_leads_to_its_successor_from_then_on) {
  camera_identity x{{}};
  x.learn(camera("UNKNOWN-10-0-0-7"));
  EXPECT_TRUE(x.forget({"UNKNOWN-10-0-0-7", "onvif-9"}));
  EXPECT_EQ(x.of("UNKNOWN-10-0-0-7").id, "onvif-9");
  EXPECT_FALSE(x.learn(camera("onvif-9"))) << "also when it says nothing of its older id";
  EXPECT_TRUE(x.forget({"onvif-9", wired}));
  x.learn(camera(wired));
  EXPECT_EQ(x.of("UNKNOWN-10-0-0-7").id, wired);
  EXPECT_EQ(x.of("onvif-9").id, wired);
  EXPECT_TRUE(x.forget({wired, ""}));
  EXPECT_EQ(x.of("onvif-9").id, "onvif-9") << "it was forgotten";
}

TEST(learned_identity, a_successor_of_the_configuration_is_the_configured_camera) {
  std::map<std::string, camera_settings> cameras;
  cameras["north"].aliases = {"sn-7"};
  camera_identity x{cameras};
  x.learn(camera("sn-7"));
  EXPECT_TRUE(x.forget({"sn-7", wired}));
  EXPECT_EQ(x.of(wired).id, "north");
  x.learn(camera(wired));
  EXPECT_EQ(x.of(wired).id, "north");
}

TEST(learned_identity, what_a_network_tells_is_bounded) {
  camera_identity x{{}};
  names many;
  for (int i = 0; i < 1'000; ++i)
    many.push_back("alias-" + std::to_string(i));
  x.learn(camera(wired, many));
  EXPECT_EQ(x.synonyms().size(), camera_identity::max_aliases);
  for (std::size_t i = 0; i < 2 * max_known_cameras; ++i)
    x.learn(camera("sn-" + std::to_string(i), {"x-" + std::to_string(i)}));
  EXPECT_LE(x.synonyms().size(), max_known_cameras + camera_identity::max_aliases);
}

TEST(known_devices, tell_the_main_stream_and_how_a_camera_is) {
  known_devices x{{}};
  EXPECT_TRUE(x.learn(sized(wired, 2560, 1440), 10s).facts);
  EXPECT_FALSE(x.learn(sized(wired, 2560, 1440), 20s).any());
  EXPECT_EQ(x.frames().at(wired), (frame_size{2560, 1440}));
  auto gone = sized(wired, 2560, 1440);
  gone.condition = camera_condition::offline;
  gone.streams.clear();
  EXPECT_TRUE(x.learn(gone, 30s).facts);
  EXPECT_EQ(x.frames().at(wired), (frame_size{2560, 1440})) << "what was known of it still holds";
  EXPECT_TRUE(x.cameras().at(wired).is_missing());
  EXPECT_EQ(x.cameras().at(wired).since, 30s);
  // One camera that was found as two devices is there while one of them is.
  EXPECT_TRUE(x.learn(camera(wireless), 40s).any());
  EXPECT_TRUE(x.forget({wireless, wired}).any());
  EXPECT_TRUE(x.cameras().at(wired).is_missing());
  EXPECT_TRUE(x.forget({wired, ""}).any());
  EXPECT_TRUE(x.cameras().empty());
  EXPECT_FALSE(x.forget({wired, ""}).any());
}

TEST(known_devices, of_one_configured_camera_are_there_while_one_is) {
  std::map<std::string, camera_settings> cameras;
  cameras["north"].aliases = {wired, wireless};
  known_devices x{cameras};
  static_cast<void>(x.learn(camera(wired, {}, camera_condition::offline), 1s));
  EXPECT_TRUE(x.cameras().at("north").is_missing());
  static_cast<void>(x.learn(camera(wireless), 2s));
  EXPECT_FALSE(x.cameras().at("north").is_missing());
}

// -- one witness --------------------------------------------------------------------------

verdict growing(const std::string& camera, monotonic at) {
  verdict v;
  v.camera = camera;
  v.first_seen = at;
  v.online = true;
  v.standing.agrees = true;
  v.evidence = {{"tree", "growth", 6, .1, .2, .9, 5}};
  v.evidence_until = at + 30s;
  v.by_detection = true;
  v.at = at;
  return v;
}

decision_reason add(agreement& x, const verdict& v) {
  return x.add(v, v.at, 1'700'000'000 + to_seconds(v.at)).reason;
}

consensus_settings needing(std::uint32_t threshold) {
  consensus_settings result;
  result.threshold = threshold;
  return result;
}

TEST(witness, a_camera_under_two_ids_counts_once) {
  agreement x{needing(2)};
  x.identify({{wireless, wired}});
  EXPECT_EQ(add(x, growing(wired, 10s)), decision_reason::too_few_cameras);
  EXPECT_EQ(add(x, growing(wireless, 11s)), decision_reason::too_few_cameras);
  const auto how = x.add(growing("barn", 12s), 12s, 0);
  ASSERT_TRUE(how.fire);
  EXPECT_EQ(how.agreeing, 2U);
  ASSERT_EQ(how.fire->cameras.size(), 2U) << "one physical camera is told once";
  EXPECT_EQ(how.fire->cameras[0].id, wired);
  EXPECT_EQ(how.fire->cameras[0].objects.size(), 2U);
}

TEST(witness, is_one_also_when_that_is_learned_while_both_agree) {
  agreement x{needing(3)};
  add(x, growing(wired, 10s));
  add(x, growing(wireless, 11s));
  EXPECT_EQ(x.look(11s).agreeing, 2U);
  x.identify({{wireless, wired}});
  EXPECT_EQ(x.look(11s).agreeing, 1U);
  EXPECT_EQ(add(x, growing("barn", 12s)), decision_reason::too_few_cameras);
  // The old id falls silent, and the camera still counts.
  auto over = growing(wireless, 11s);
  over.standing.agrees = false;
  over.by_detection = false;
  static_cast<void>(x.add(over, 13s, 0));
  EXPECT_EQ(x.look(13s).agreeing, 2U);
  EXPECT_EQ(add(x, growing("mill", 14s)), decision_reason::agreement);
}

verdict silent(const std::string& camera, monotonic first_seen, monotonic at) {
  auto v = growing(camera, first_seen);
  v.standing.agrees = false;
  v.evidence.clear();
  v.by_detection = false;
  v.at = at;
  return v;
}

TEST(witness, that_becomes_two_stays_one_until_neither_of_them_agrees) {
  agreement x{needing(2)};
  x.identify({{wireless, wired}});
  add(x, growing(wired, 10s));
  add(x, growing(wireless, 11s));
  x.identify({});
  EXPECT_EQ(x.look(11s).agreeing, 1U);
  auto more = growing(wired, 10s);
  more.at = 12s;
  EXPECT_EQ(add(x, more), decision_reason::too_few_cameras);
  // One of them ends, and begins again.
  static_cast<void>(x.add(silent(wireless, 11s, 13s), 13s, 0));
  EXPECT_EQ(add(x, growing(wireless, 14s)), decision_reason::too_few_cameras);
  // It is no other camera's vote that is lost meanwhile.
  EXPECT_EQ(x.look(14s).agreeing, 1U);
  static_cast<void>(x.add(silent(wireless, 14s, 15s), 15s, 0));
  static_cast<void>(x.add(silent(wired, 10s, 16s), 16s, 0));
  EXPECT_EQ(x.look(16s).agreeing, 0U);
  add(x, growing(wired, 17s));
  EXPECT_EQ(add(x, growing(wireless, 18s)), decision_reason::agreement);
}

TEST(witness, that_becomes_two_while_nothing_burns_is_two_at_once) {
  agreement x{needing(2)};
  x.identify({{wireless, wired}});
  add(x, growing("barn", 9s));
  static_cast<void>(x.add(silent("barn", 9s, 10s), 10s, 0));
  x.identify({});
  add(x, growing(wired, 11s));
  EXPECT_EQ(add(x, growing(wireless, 12s)), decision_reason::agreement);
}

TEST(witness, whose_alias_moves_to_another_camera_is_one_with_both_for_a_while) {
  agreement x{needing(2)};
  x.identify({{"sn-7", wired}});
  add(x, growing(wired, 10s));
  add(x, growing("sn-7", 11s));
  x.identify({{"sn-7", wireless}});
  EXPECT_EQ(x.look(11s).agreeing, 1U);
  EXPECT_EQ(add(x, growing(wireless, 12s)), decision_reason::too_few_cameras)
      << "it may be the camera that sn-7 was seen by";
  // Another change meanwhile takes nothing of it back.
  x.identify({});
  EXPECT_EQ(x.look(12s).agreeing, 1U);
  EXPECT_EQ(add(x, growing("barn", 13s)), decision_reason::agreement);
}

TEST(witness, of_a_configured_mast_is_that_of_all_ids_of_its_cameras) {
  auto s = needing(2);
  s.witnesses = {{"north", "mast"}, {"south", "mast"}};
  agreement x{s};
  x.identify({{wireless, "south"}});
  EXPECT_EQ(x.witness_of(wireless), "mast");
  add(x, growing("north", 10s));
  EXPECT_EQ(add(x, growing(wireless, 11s)), decision_reason::too_few_cameras);
}

TEST(witness, of_another_id_agrees_in_the_zones_of_its_camera) {
  auto s = needing(2);
  s.agree_by_zone = true;
  s.zones = {{"north", {"1"}}, {"south", {"1"}}};
  agreement x{s};
  x.identify({{wireless, "south"}});
  add(x, growing("north", 10s));
  EXPECT_EQ(add(x, growing(wireless, 11s)), decision_reason::agreement);
}

// -- size of the frames ---------------------------------------------------------------------

inbound message(const std::string& topic, const std::string& payload) {
  inbound result;
  result.topic = topic;
  result.payload = payload;
  result.size = payload.size();
  result.arrived = 100s;
  result.received_at = 1'700'000'000;
  return result;
}

double area(decoder& x, const std::string& payload) {
  const auto result = x.decode(message("fire/detection/a", payload));
  return result.seen && !result.seen->detections.empty() ? result.seen->detections[0].area : 0;
}

constexpr auto pixels = R"({"confidence": 0.9, "bbox": [0, 0, 320, 180]})";

TEST(found_frame, takes_the_place_of_the_guess) {
  decoder x{{}};
  EXPECT_DOUBLE_EQ(area(x, pixels), 320.0 * 180 / (1920 * 1080));
  x.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(x, pixels), 0.25);
  EXPECT_TRUE(x.decode(message("fire/detection/a", pixels)).seen->frame_assumed);
  EXPECT_DOUBLE_EQ(area(x, R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.1]})"), 0.05)
      << "ratios have no size";
  x.frames_found({});
  EXPECT_DOUBLE_EQ(area(x, pixels), 320.0 * 180 / (1920 * 1080));
}

TEST(found_frame, makes_nothing_too_small_that_counts_without_it) {
  decoder x{{}};
  constexpr auto small = R"({"confidence": 0.9, "bbox": [10, 10, 90, 70]})";
  const auto guess = 80.0 * 60 / (1920 * 1080);
  ASSERT_DOUBLE_EQ(area(x, small), guess);
  x.frames_found({{"a", {3840, 2160}}});
  EXPECT_DOUBLE_EQ(area(x, small), guess / 4) << "the detector may look at the sub stream";
  EXPECT_EQ(area(x, R"({"confidence": 0.9, "bbox": [10, 10, 50, 50]})"), 0)
      << "too small by both guesses";
  EXPECT_EQ(area(x, R"({"confidence": 0.9, "bbox": [0.1, 0.1, 0.11, 0.15]})"), 0)
      << "ratios are no guess";
}

TEST(found_frame, makes_nothing_too_large_that_counts_without_it) {
  decoder x{{}};
  x.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(x, R"({"confidence": 0.9, "bbox": [0, 0, 640, 350]})"),
                   640.0 * 350 / (640 * 360));
  // And what the guess alone would take for too large may be not.
  x.frames_found({{"a", {3840, 2160}}});
  EXPECT_DOUBLE_EQ(area(x, R"({"confidence": 0.9, "bbox": [0, 0, 1920, 1080]})"), 0.25);
}

TEST(found_frame, yields_to_whoever_knows_better) {
  acceptance_settings configured;
  configured.cameras["a"].frame = {1280, 720};
  decoder x{configured};
  x.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(x, pixels), 0.0625);
  acceptance_settings by_default;
  by_default.default_frame = {1280, 720};
  by_default.default_frame_given = true;
  decoder y{by_default};
  y.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(y, pixels), 0.0625) << "that is the user's word too";
  EXPECT_FALSE(y.decode(message("fire/detection/a", pixels)).seen->frame_assumed);
  decoder z{{}};
  z.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(z, R"({"confidence": 0.9, "bbox": [0, 0, 320, 180],
                               "frame_width": 1280, "frame_height": 720})"),
                   0.0625);
}

TEST(found_frame, is_disproved_by_a_box_that_does_not_fit) {
  decoder x{{}};
  x.frames_found({{"a", {640, 360}}});
  const auto guess = 320.0 * 180 / (1920 * 1080);
  EXPECT_GT(area(x, R"({"confidence": 0.9, "bbox": [400, 100, 650, 300]})"), 0.2)
      << "boxes may reach a little beyond it";
  EXPECT_DOUBLE_EQ(area(x, pixels), 0.25);
  EXPECT_DOUBLE_EQ(area(x, R"({"confidence": 0.9, "bbox": [880, 180, 1200, 360]})"), guess);
  EXPECT_DOUBLE_EQ(area(x, pixels), guess) << "it stays disproved";
  x.frames_found({{"a", {640, 360}}});
  EXPECT_DOUBLE_EQ(area(x, pixels), guess) << "also when it is told again";
  x.frames_found({{"a", {960, 540}}});
  EXPECT_DOUBLE_EQ(area(x, pixels), 320.0 * 180 / (960 * 540)) << "until another one is";
}

TEST(found_frame, of_a_camera_of_frigate_is_no_more_than_a_guess) {
  decoder x{{}};
  x.frames_found({{"a", {3840, 2160}}});
  const auto result = x.decode(
      message("frigate/events", R"({"type": "update", "after": {"id": "1.5-x", "camera": "a",
      "label": "fire", "score": 0.9, "top_score": 0.9, "box": [0, 0, 64, 36],
      "frame_time": 1699999999.5}})"));
  ASSERT_TRUE(result.seen);
  EXPECT_EQ(result.seen->frame_width, 3840U);
  EXPECT_TRUE(result.guessed_frame);
  EXPECT_EQ(result.seen->detections.size(), 1U)
      << "nothing is too small in a frame that is guessed";
}

sighting box_in(const std::string& camera, monotonic at, double area, std::uint32_t width,
                bool assumed) {
  sighting x;
  x.camera = camera;
  x.kind = sighting_kind::part_of_frame;
  x.at = at;
  x.received_at = 1'700'000'000 + to_seconds(at);
  x.detections = {{"tree", fire_sign::fire, .9, {0, 0, area, 1}, area}};
  x.frame_width = width;
  x.frame_height = width * 9 / 16;
  x.frame_assumed = assumed;
  return x;
}

bool grows_when_the_size_changes(bool assumed) {
  tracking cameras{{}};
  bool result = false;
  for (int i = 0; i < 8; ++i) {
    // The same thing, in a frame that is taken for one of half the width and height.
    const auto told
        = cameras.add(box_in("a", 100s + i * 1s, i < 4 ? .05 : .2, i < 4 ? 1920 : 960, assumed));
    result = result || (told.change && told.change->agrees());
  }
  return result;
}

TEST(found_frame, that_is_learned_is_no_growth) {
  EXPECT_FALSE(grows_when_the_size_changes(true));
  EXPECT_TRUE(grows_when_the_size_changes(false))
      << "what a detector tells of each frame is its own";
}

// -- a camera that is not there --------------------------------------------------------------

sighting alive(const std::string& camera, monotonic at) {
  sighting x;
  x.camera = camera;
  x.kind = sighting_kind::frame;
  x.at = at;
  return x;
}

TEST(doubt, makes_a_camera_missed_after_three_of_its_intervals) {
  tracking cameras{{}};
  for (int i = 0; i < 6; ++i)
    static_cast<void>(cameras.add(alive("a", 100s + i * 5s)));
  EXPECT_TRUE(cameras.doubt({"a"}, 126s).empty()) << "it spoke a second ago";
  ASSERT_TRUE(cameras.next_deadline());
  EXPECT_LE(*cameras.next_deadline(), 140s + 1ns);
  EXPECT_TRUE(cameras.advance(140s).empty());
  const auto told = cameras.advance(140s + 1ns);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].missed);
  EXPECT_TRUE(told[0].online) << "an alarm may still be due to it";
  const auto again = cameras.add(alive("a", 150s));
  ASSERT_TRUE(again.change) << "whoever delivers is there";
  EXPECT_FALSE(again.change->missed);
}

TEST(doubt, is_told_at_once_of_a_camera_that_is_silent_already) {
  tracking cameras{{}};
  for (int i = 0; i < 6; ++i)
    static_cast<void>(cameras.add(alive("a", 100s + i * 1s)));
  static_cast<void>(cameras.advance(130s));
  ASSERT_EQ(cameras.doubt({"a"}, 130s).size(), 1U);
  const auto over = cameras.doubt({}, 131s);
  ASSERT_EQ(over.size(), 1U);
  EXPECT_FALSE(over[0].missed);
}

TEST(doubt, leaves_a_camera_alone_whose_pace_nobody_knows) {
  tracking cameras{{}};
  static_cast<void>(cameras.add(alive("a", 100s)));
  static_cast<void>(cameras.doubt({"a"}, 101s));
  EXPECT_TRUE(cameras.advance(160s).empty());
  const auto told = cameras.advance(161s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_FALSE(told[0].online);
}

TEST(doubt, holds_for_a_camera_that_is_heard_first_afterwards) {
  tracking cameras{{}};
  static_cast<void>(cameras.doubt({"a"}, 90s));
  for (int i = 0; i < 6; ++i)
    EXPECT_FALSE(cameras.add(alive("a", 100s + i * 1s)).change.value_or(verdict{}).missed);
  const auto told = cameras.advance(120s);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].missed);
}

TEST(retired, camera_keeps_its_evidence_to_the_end_and_is_forgotten_then) {
  tracking cameras{{}};
  for (int i = 0; i < 6; ++i)
    static_cast<void>(cameras.add(box_in(wireless, 100s + i * 1s, i < 3 ? .1 : .2, 0, false)));
  static_cast<void>(cameras.add(alive("b", 105s)));
  cameras.retire({{wireless, wired}, {"nobody", "b"}});
  EXPECT_TRUE(cameras.standings(wireless, 106s).at(wireless).agrees);
  bool gone = false;
  for (auto at = 106s; at < 170s; at += 1s)
    for (const auto& v : cameras.advance(at))
      gone = gone || (v.camera == wireless && !v.online && !v.agrees());
  EXPECT_TRUE(gone) << "who counts it must hear of its end";
  EXPECT_EQ(cameras.figures(170s).count(wireless), 0U);
  EXPECT_EQ(cameras.figures(170s).count("b"), 1U);
}

// -- what is told ------------------------------------------------------------------------

names codes(const std::vector<vigilance::finding>& all) {
  names result;
  for (const auto& x : all)
    result.push_back(x.what.code + (x.what.subject.empty() ? "" : ' ' + x.what.subject));
  return result;
}

std::string text_of(const vigilance& x, const std::string& code) {
  for (const auto& found : x.findings())
    if (found.what.code == code)
      return found.what.text;
  return {};
}

TEST(unreachable, camera_is_trouble_when_it_is_missed_and_says_why) {
  vigilance x{needing(1), 0s};
  x.link_up(0s);
  x.camera("north", true, 1s);
  x.camera("south", true, 1s);
  auto device = camera("north", {}, camera_condition::stream_error);
  device.reason = "no key frame in 10 s";
  EXPECT_TRUE(x.found(device, 5s).any());
  EXPECT_EQ(codes(x.findings()), names{}) << "it still delivers detections";
  EXPECT_TRUE(x.camera("north", true, 20s, true));
  EXPECT_EQ(codes(x.troubles()), names{"camera_unreachable north"});
  EXPECT_EQ(x.troubles()[0].since, 20s);
  EXPECT_NE(text_of(x, "camera_unreachable").find("no key frame in 10 s"), std::string::npos);
  // The silence alone tells nothing more.
  EXPECT_TRUE(x.camera("north", false, 70s));
  EXPECT_EQ(codes(x.findings()), names{"camera_unreachable north"});
  EXPECT_TRUE(x.camera("north", true, 80s));
  EXPECT_EQ(codes(x.findings()), names{});
  x.camera("north", false, 150s);
  EXPECT_EQ(codes(x.findings()), names{"camera_unreachable north"});
  EXPECT_TRUE(x.found(camera("north"), 160s).any());
  EXPECT_EQ(codes(x.findings()), names{"camera_offline north"});
}

TEST(unreachable, camera_is_not_one_that_frigate_sees) {
  vigilance x{needing(1), 0s};
  x.link_up(0s);
  x.frigate({"frigate", true, true, true, {"north"}}, 1s);
  static_cast<void>(x.found(camera("north", {}, camera_condition::offline), 5s));
  x.advance(100s);
  EXPECT_EQ(codes(x.findings()), names{});
}

TEST(unreachable, camera_is_one_that_is_expected_and_was_never_heard) {
  auto s = needing(1);
  s.acceptance.cameras["north"].aliases = {wired};
  vigilance x{s, 0s};
  x.link_up(0s);
  x.camera("south", true, 1s);
  static_cast<void>(x.found(camera(wired, {}, camera_condition::auth_locked), 5s));
  EXPECT_EQ(codes(x.findings()), names{}) << "nobody is judged so soon";
  x.advance(60s);
  EXPECT_EQ(codes(x.findings()), names{"camera_unreachable north"});
  // One that consensus does not expect is no matter of a decision.
  static_cast<void>(x.found(camera("sn-1", {}, camera_condition::offline), 61s));
  EXPECT_EQ(codes(x.findings()), names{"camera_unreachable north"});
}

TEST(unreachable, camera_whose_password_nobody_told_us_is_a_notice) {
  vigilance x{needing(1), 0s};
  x.link_up(0s);
  x.camera("south", true, 1s);
  x.camera("north", true, 1s);
  static_cast<void>(x.found(camera("north", {}, camera_condition::auth_required), 5s));
  x.camera("north", true, 20s, true);
  EXPECT_EQ(codes(x.troubles()), names{});
  EXPECT_EQ(codes(x.findings()), names{"camera_unreachable north"});
  EXPECT_FALSE(x.findings()[0].what.trouble);
  static_cast<void>(x.found(camera("north", {}, camera_condition::auth_failed), 21s));
  EXPECT_EQ(codes(x.troubles()), names{"camera_unreachable north"});
}

TEST(undetected, cameras_are_told_after_ten_minutes) {
  auto s = needing(1);
  s.acceptance.cameras["off"].enabled = false;
  s.acceptance.cameras["off"].aliases = {"sn-off"};
  vigilance x{s, 0s};
  x.link_up(0s);
  x.camera(wired, true, 1s);
  static_cast<void>(x.found(camera(wired), 5s));
  static_cast<void>(x.found(camera("sn-off"), 5s));
  static_cast<void>(x.found(camera("sn-gone", {}, camera_condition::offline), 5s));
  for (int i = 1; i <= 7; ++i) {
    auto device = camera("sn-" + std::to_string(i));
    device.name = i == 1 ? "Front" : "";
    static_cast<void>(x.found(device, i == 7 ? 500s : 5s));
  }
  x.advance(604s);
  EXPECT_EQ(codes(x.findings()), names{});
  x.advance(605s);
  EXPECT_EQ(codes(x.findings()), names{"camera_without_detector"});
  EXPECT_FALSE(x.findings()[0].what.trouble);
  EXPECT_EQ(x.findings()[0].since, 605s);
  EXPECT_EQ(text_of(x, "camera_without_detector"),
            "6 cameras were found in the network, and no detector has told of them by these names: "
            "sn-1 (Front), sn-2, sn-3, sn-4, sn-5 and 1 more. Let a detector look at them; if one "
            "does and calls them otherwise, name that in cameras.<id>.aliases; or set "
            "cameras.<id>.enabled: false");
  x.advance(1'100s);
  EXPECT_NE(text_of(x, "camera_without_detector").find("7 cameras"), std::string::npos);
  x.camera("sn-1", true, 1'101s);
  x.camera("sn-1", false, 1'200s);
  EXPECT_NE(text_of(x, "camera_without_detector").find("6 cameras"), std::string::npos)
      << "one that was heard has a detector";
}

TEST(watched, camera_under_two_ids_is_one) {
  vigilance x{needing(2), 0s};
  x.link_up(0s);
  x.camera(wireless, true, 1s);
  x.frigate({"frigate", true, true, true, {"cam_02770000000b", "barn"}}, 2s);
  x.camera(wired, true, 3s);
  x.camera("barn", true, 3s);
  EXPECT_EQ(x.online(), 3U);
  EXPECT_TRUE(x.found(camera(wired, {wireless}), 4s).identity);
  EXPECT_EQ(x.online(), 2U);
  EXPECT_EQ(x.cameras().size(), 2U);
  // What trackers still say of the older id counts for the camera.
  x.camera(wired, false, 70s);
  EXPECT_TRUE(x.cameras().at(wired).first);
  x.camera(wireless, false, 71s);
  EXPECT_TRUE(x.cameras().at(wired).first) << "Frigate sees it";
  x.frigate({"frigate", true, true, true, {"barn"}}, 72s);
  EXPECT_FALSE(x.cameras().at(wired).first);
  EXPECT_EQ(codes(x.findings()),
            (names{"cameras_below_threshold", "camera_offline " + std::string{wired}}));
}

TEST(watched, camera_whose_alias_is_taken_back_goes_offline_by_itself) {
  vigilance x{needing(2), 0s};
  x.link_up(0s);
  x.camera(wireless, true, 1s);
  x.camera(wired, true, 1s);
  x.camera("barn", true, 1s);
  static_cast<void>(x.found(camera(wired, {wireless}), 4s));
  EXPECT_EQ(x.online(), 2U);
  // It was never the same camera.
  static_cast<void>(x.found(camera(wired), 10s));
  EXPECT_EQ(x.online(), 3U);
  EXPECT_TRUE(x.camera(wireless, false, 70s));
  EXPECT_TRUE(x.camera(wired, false, 71s));
  EXPECT_EQ(x.online(), 1U);
  EXPECT_EQ(codes(x.troubles()), names{"cameras_below_threshold"});
}

TEST(watched, camera_that_is_forgotten_leaves_its_alias_to_itself) {
  vigilance x{needing(1), 0s};
  x.link_up(0s);
  static_cast<void>(x.found(camera(wired, {wireless}), 1s));
  x.camera(wireless, true, 2s);
  x.camera(wireless, true, 3s, true);
  EXPECT_TRUE(x.cameras().at(wired).first);
  static_cast<void>(x.lost({wired, ""}, 10s));
  EXPECT_TRUE(x.cameras().at(wireless).first);
  EXPECT_FALSE(x.cameras().at(wired).first);
  EXPECT_EQ(x.cameras().at(wired).second, 10s);
  EXPECT_FALSE(x.camera(wireless, true, 11s, true)) << "it is missed as before";
  // The alias of another device now.
  static_cast<void>(x.found(camera("sn-7", {wireless}), 20s));
  EXPECT_TRUE(x.cameras().at("sn-7").first);
  EXPECT_EQ(x.cameras().count(wireless), 0U);
  EXPECT_TRUE(x.camera(wireless, false, 80s));
  EXPECT_EQ(x.online(), 0U);
  EXPECT_EQ(codes(x.troubles()), names{"no_cameras"});
}

TEST(watched, camera_that_frigate_sees_by_an_alias_is_the_one_that_the_alias_means) {
  vigilance x{needing(1), 0s};
  x.link_up(0s);
  static_cast<void>(x.found(camera(wired, {wireless}), 1s));
  x.frigate({"frigate", true, true, true, {"cam_02770000000b", "barn"}}, 2s);
  frigate_sign off;
  off.prefix = "frigate";
  off.online = off.alive = true;
  off.camera = "barn";
  off.detects = false;
  x.frigate(off, 3s);
  EXPECT_TRUE(x.cameras().at(wired).first);
  EXPECT_EQ(x.online(), 1U);
  static_cast<void>(x.lost({wired, ""}, 10s));
  EXPECT_TRUE(x.cameras().at(wireless).first);
  EXPECT_FALSE(x.cameras().at(wired).first);
  EXPECT_EQ(x.online(), 1U);
  // What keeps Frigate from looking goes with the name as well.
  static_cast<void>(x.found(camera("sn-7", {"barn"}), 11s));
  EXPECT_EQ(std::ranges::count(codes(x.findings()), "camera_not_detecting sn-7"), 1);
  static_cast<void>(x.lost({"sn-7", ""}, 12s));
  off.detects = true;
  x.frigate(off, 13s);
  x.frigate({"frigate", true, true, true, {"sn-7", "barn"}}, 14s);
  EXPECT_EQ(x.online(), 2U);
  EXPECT_EQ(std::ranges::count(codes(x.findings()), "camera_not_detecting sn-7"), 0);
}

} // namespace
} // namespace firefinder::devices_test
