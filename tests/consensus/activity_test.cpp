#include "actors/consensus/activity.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace firefinder::activity_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// North's fire at 1280x720, a tenth of the frame's width and height.
sighting event(const std::string& object = "a", const std::string& camera = "north") {
  sighting result;
  result.camera = camera;
  result.kind = sighting_kind::part_of_frame;
  result.source = "frigate";
  result.frame_width = 1280;
  result.frame_height = 720;
  result.detections = {{object, fire_sign::smoke, .9, {.4, .4, .5, .5}, .01, true, true}};
  return result;
}

json entry(const std::string& id, double area, double score) {
  return {{"id", id},     {"label", "smoke"}, {"stationary", false}, {"area", area},
          {"ratio", 1.2}, {"score", score},   {"sub_label", {}}};
}

json activity_of(const std::vector<json>& objects, const std::string& camera = "north") {
  return {{camera, {{"motion", true}, {"objects", objects}, {"config", {{"detect", true}}}}}};
}

inbound message(const std::string& payload, const std::string& prefix = "frigate") {
  inbound result;
  result.topic = prefix + "/camera_activity";
  result.payload = payload;
  result.size = payload.size();
  result.arrived = 7s;
  result.received_at = 1000;
  return result;
}

inbound message(const json& payload) { return message(payload.dump()); }

TEST(activity, samples_of_all_cameras_are_read) {
  auto both = activity_of({entry("a", 100, .5)});
  both.update(activity_of({entry("b", 200.5, .6), entry("c", 300, .7)}, "south"));
  const auto x = activity_samples(both.dump());
  ASSERT_EQ(x.size(), 3U);
  EXPECT_EQ(x[0].id, "a");
  EXPECT_EQ(x[1].area_px, 200.5);
  EXPECT_EQ(x[2].score, .7);
}

TEST(activity, what_is_no_sample_is_passed_over) {
  for (const char* text :
       {"", "x", "[]", "null", "5", "{", R"({"north": null})", R"({"north": []})",
        R"({"north": {"objects": {}}})", R"({"north": {"objects": [1, null, [], {}]}})",
        R"({"north": {"objects": [{"id": 5, "area": 1, "score": 1}]}})",
        R"({"north": {"objects": [{"id": "a", "area": "1", "score": 1}]}})",
        R"({"north": {"objects": [{"id": "a", "area": 1, "score": null}]}})"})
    EXPECT_TRUE(activity_samples(text).empty()) << text;
  EXPECT_TRUE(activity_samples(std::string(200'000, '[')).empty());
  std::vector<json> many;
  for (std::size_t i = 0; i < max_activity_samples + 5; ++i)
    many.push_back(entry("a", 1, 1));
  EXPECT_EQ(activity_samples(activity_of(many).dump()).size(), max_activity_samples);
}

TEST(activity, a_known_object_becomes_a_sample_that_has_grown_about_its_centre) {
  activity x{acceptance_settings{}};
  x.note(event());
  // Twice as wide and twice as high.
  const auto read = x.read(message(activity_of({entry("a", .04 * 1280 * 720, .8)})));
  EXPECT_FALSE(read.dropped);
  ASSERT_EQ(read.seen.size(), 1U);
  const auto& seen = read.seen[0];
  EXPECT_EQ(seen.camera, "north");
  EXPECT_EQ(seen.kind, sighting_kind::part_of_frame);
  EXPECT_EQ(seen.source, "frigate");
  EXPECT_EQ(seen.at, 7s);
  EXPECT_EQ(seen.received_at, 1000);
  EXPECT_EQ(seen.captured, 0);
  EXPECT_EQ(seen.frame_width, 1280U);
  ASSERT_EQ(seen.detections.size(), 1U);
  const auto& found = seen.detections[0];
  EXPECT_EQ(found.object, "a");
  EXPECT_EQ(found.sign, fire_sign::smoke);
  EXPECT_EQ(found.confidence, .8);
  EXPECT_TRUE(found.may_repeat);
  EXPECT_DOUBLE_EQ(found.area, .04);
  EXPECT_NEAR(found.box.x1, .35, 1e-9);
  EXPECT_NEAR(found.box.y2, .55, 1e-9);
}

TEST(activity, the_same_activity_gives_the_same_box) {
  activity x{acceptance_settings{}};
  x.note(event());
  const auto once = message(activity_of({entry("a", 20'000, .8)}));
  EXPECT_EQ(x.read(once).seen.at(0).detections.at(0).box,
            x.read(once).seen.at(0).detections.at(0).box);
}

TEST(activity, a_box_stays_within_the_frame) {
  activity x{acceptance_settings{}};
  auto corner = event();
  corner.detections[0].box = {0, 0, .1, .1};
  x.note(corner);
  const auto read = x.read(message(activity_of({entry("a", .16 * 1280 * 720, .8)})));
  const auto& where = read.seen.at(0).detections.at(0).box;
  EXPECT_EQ(where.x1, 0);
  EXPECT_EQ(where.y1, 0);
  EXPECT_NEAR(where.x2, .25, 1e-9);
}

TEST(activity, the_newest_event_says_where_an_object_is) {
  activity x{acceptance_settings{}};
  x.note(event());
  auto moved = event();
  moved.detections[0].box = {.8, .8, .9, .9};
  x.note(moved);
  const auto read = x.read(message(activity_of({entry("a", .01 * 1280 * 720, .8)})));
  EXPECT_NEAR(read.seen.at(0).detections.at(0).box.x1, .8, 1e-9);
}

TEST(activity, objects_of_one_camera_are_one_sighting) {
  activity x{acceptance_settings{}};
  x.note(event("a"));
  x.note(event("b"));
  x.note(event("c", "south"));
  const auto read = x.read(
      message(activity_of({entry("a", 9'000, .8), entry("b", 9'000, .8), entry("c", 9'000, .8)})));
  ASSERT_EQ(read.seen.size(), 2U);
  EXPECT_EQ(read.seen[0].detections.size(), 2U);
  EXPECT_EQ(read.seen[1].camera, "south");
}

TEST(activity, what_does_not_count_is_passed_over) {
  activity x{acceptance_settings{}};
  x.note(event());
  const double frame = 1280.0 * 720;
  for (const auto& [id, area, score] :
       std::vector<std::tuple<std::string, double, double>>{{"unknown", 9'000, .8},
                                                            {"a", 9'000, .69},
                                                            {"a", 9'000, 1.1},
                                                            {"a", 0, .8},
                                                            {"a", -9'000, .8},
                                                            {"a", .0009 * frame, .8},
                                                            {"a", 1.01 * frame, .8}})
    EXPECT_TRUE(x.read(message(activity_of({entry(id, area, score)}))).seen.empty())
        << id << ' ' << area << ' ' << score;
}

TEST(activity, an_object_that_ended_or_whose_size_is_unknown_has_no_place) {
  activity x{acceptance_settings{}};
  const auto now = message(activity_of({entry("a", 9'000, .8)}));
  auto unsized = event();
  unsized.frame_width = 0;
  x.note(unsized);
  EXPECT_TRUE(x.read(now).seen.empty());
  auto direct = event();
  direct.source.clear();
  x.note(direct);
  EXPECT_TRUE(x.read(now).seen.empty());
  x.note(event());
  EXPECT_EQ(x.read(now).seen.size(), 1U);
  sighting end;
  end.camera = "north";
  end.source = "frigate";
  end.kind = sighting_kind::end_of_objects;
  end.ended = {"a"};
  x.note(end);
  EXPECT_TRUE(x.read(now).seen.empty());
}

TEST(activity, instances_are_told_apart) {
  acceptance_settings settings;
  settings.frigate_prefixes = {"frigate", "barn"};
  activity x{settings};
  x.note(event());
  const auto payload = activity_of({entry("a", 9'000, .8)}).dump();
  EXPECT_TRUE(x.read(message(payload, "barn")).seen.empty());
  EXPECT_FALSE(x.read(message(payload, "barn")).dropped);
  EXPECT_EQ(x.read(message(payload, "other")).dropped, drop_reason::bad_topic);
}

TEST(activity, only_the_present_counts) {
  activity x{acceptance_settings{}};
  x.note(event());
  auto old = message(activity_of({entry("a", 9'000, .8)}));
  old.retained = true;
  EXPECT_EQ(x.read(old).dropped, drop_reason::retained);
  old.retained = false;
  old.waited_before = 900;
  EXPECT_EQ(x.read(old).dropped, drop_reason::stale);
  EXPECT_TRUE(x.read(old).seen.empty());
}

TEST(activity, rubbish_is_dropped_for_its_reason) {
  const activity x{acceptance_settings{}};
  EXPECT_EQ(x.read(message(std::string{"no JSON"})).dropped, drop_reason::malformed);
  EXPECT_EQ(x.read(message(std::string{"[]"})).dropped, drop_reason::not_an_object);
  inbound large;
  large.topic = "frigate/camera_activity";
  large.size = max_payload_bytes + 1;
  EXPECT_EQ(x.read(large).dropped, drop_reason::too_large);
}

TEST(activity, there_is_a_limit_to_places) {
  activity x{acceptance_settings{}};
  for (std::size_t i = 0; i <= activity::max_places; ++i)
    x.note(event(std::to_string(i)));
  EXPECT_TRUE(x.read(message(activity_of({entry("0", 9'000, .8)}))).seen.empty());
  EXPECT_EQ(x.read(message(activity_of({entry("1", 9'000, .8)}))).seen.size(), 1U);
}

TEST(activity, the_api_tells_places_too_where_the_frame_size_is_known) {
  acceptance_settings settings;
  settings.cameras["off"].enabled = false;
  activity x{settings};
  const frigate_objects seen{"frigate",
                             {{"north", "a", fire_sign::fire, {.4, .4, .5, .5}},
                              {"north", "b", fire_sign::fire, {.4, .4, .5, .5}},
                              {"off", "c", fire_sign::fire, {.4, .4, .5, .5}}}};
  const auto now = message(activity_of({entry("a", .02 * 640 * 360, .8)}));
  EXPECT_EQ(x.note(seen), (std::map<std::string, std::string>{{"north", ""}}));
  EXPECT_TRUE(x.read(now).seen.empty());
  x.note(frigate_cameras{"frigate", "", "", {{"north", 640, 360, 5, true, true, 0}}});
  EXPECT_EQ(x.note(seen), (std::map<std::string, std::string>{{"north", ""}}));
  ASSERT_EQ(x.read(now).seen.size(), 1U);
  EXPECT_NEAR(x.read(now).seen[0].detections.at(0).area, .02, 1e-9);
  // An event knows better.
  x.note(event());
  static_cast<void>(x.note(seen));
  EXPECT_EQ(x.read(now).seen.at(0).frame_width, 1280U);
}

} // namespace
} // namespace firefinder::activity_test
