#include "actors/consensus/decode.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace firefinder::decode_test {
namespace {

using namespace std::chrono_literals;

constexpr unix_seconds now_wall = 1'700'000'000;
constexpr monotonic now = 1000s;

inbound message(std::string topic, std::string payload) {
  inbound result;
  result.topic = std::move(topic);
  result.size = payload.size();
  result.payload = std::move(payload);
  result.qos = 1;
  result.arrived = now;
  result.received_at = now_wall;
  return result;
}

// A message that nothing came before.
decoded decode(const inbound& x, const acceptance_settings& settings) {
  return decoder{settings}.decode(x);
}

decoded read(const std::string& topic, const std::string& payload,
             const acceptance_settings& settings = {}) {
  return decode(message(topic, payload), settings);
}

// The only reason for which a message was dropped.
std::string reason(const decoded& x) {
  if (x.dropped.size() != 1)
    return std::to_string(x.dropped.size()) + " reasons";
  return to_string(x.dropped.front().reason);
}

std::size_t accepted(const decoded& x) { return x.seen ? x.seen->detections.size() : 0; }

constexpr auto good = R"({"confidence": 0.9, "bbox": [0.1, 0.1, 0.3, 0.5]})";

// -- direct detections in every documented form ------------------------------------

TEST(direct_detection, is_read_from_its_topic_level) {
  const auto x = read("fire/detection/north", good);
  ASSERT_TRUE(x.seen);
  EXPECT_EQ(x.seen->camera, "north");
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(x.seen->detections[0].confidence, 0.9);
  EXPECT_DOUBLE_EQ(x.seen->detections[0].area, (0.3 - 0.1) * (0.5 - 0.1));
  EXPECT_EQ(x.seen->detections[0].object, "");
  EXPECT_TRUE(x.dropped.empty());
}

TEST(direct_detection, topic_level_wins_over_camera_id) {
  const auto x = read("fire/detection/north",
                      R"({"camera_id": "south", "confidence": 0.9, "bbox": [0, 0, 0.5, 0.5]})");
  EXPECT_EQ(x.seen->camera, "north");
}

TEST(direct_detection, bare_topic_takes_camera_id) {
  const auto x = read("fire/detection",
                      R"({"camera_id": "south", "confidence": 0.9, "bbox": [0, 0, 0.5, 0.5]})");
  EXPECT_EQ(x.seen->camera, "south");
}

TEST(direct_detection, bounding_box_is_another_name_of_bbox) {
  EXPECT_EQ(accepted(read("fire/detection/a",
                          R"({"confidence": 0.9, "bounding_box": [0, 0, 0.5, 0.5]})")),
            1U);
}

TEST(direct_detection, confidence_may_be_a_numeric_text) {
  const auto x = read("fire/detection/a", R"({"confidence": "0.75", "bbox": [0, 0, 0.5, 0.5]})");
  ASSERT_EQ(accepted(x), 1U);
  EXPECT_DOUBLE_EQ(x.seen->detections[0].confidence, 0.75);
  for (const auto* text : {"+0.9", " 0.9 ", "0.9\\n", "9e-1", "1"})
    EXPECT_EQ(accepted(read("fire/detection/a", R"({"confidence": ")" + std::string(text)
                                                    + R"(", "bbox": [0, 0, 0.5, 0.5]})")),
              1U)
        << text;
}

TEST(direct_detection, confidence_at_the_threshold_counts) {
  EXPECT_EQ(accepted(read("fire/detection/a", R"({"confidence": 0.7, "bbox": [0, 0, 0.5, 0.5]})")),
            1U);
  EXPECT_EQ(reason(read("fire/detection/a", R"({"confidence": 0.69, "bbox": [0, 0, 0.5, 0.5]})")),
            "low_confidence");
}

TEST(direct_detection, area_at_either_bound_counts) {
  acceptance_settings settings;
  settings.min_area_ratio = 0.25;
  settings.max_area_ratio = 0.5;
  EXPECT_EQ(accepted(read("fire/detection/a", R"({"confidence": 1, "bbox": [0, 0, 0.5, 0.5]})",
                          settings)),
            1U);
  EXPECT_EQ(
      accepted(read("fire/detection/a", R"({"confidence": 1, "bbox": [0, 0, 1, 0.5]})", settings)),
      1U);
  EXPECT_EQ(
      reason(read("fire/detection/a", R"({"confidence": 1, "bbox": [0, 0, 0.5, 0.49]})", settings)),
      "small_area");
  EXPECT_EQ(
      reason(read("fire/detection/a", R"({"confidence": 1, "bbox": [0, 0, 1, 0.51]})", settings)),
      "large_area");
}

// Its documentation says [x, y, width, height], its code reads corners: so do we.
TEST(direct_detection, boxes_are_corners) {
  const auto x = read("fire/detection/a", R"({"confidence": 0.9, "bbox": [0.2, 0.2, 0.4, 0.6]})");
  EXPECT_DOUBLE_EQ(x.seen->detections[0].area, (0.4 - 0.2) * (0.6 - 0.2));
}

TEST(direct_detection, pixel_boxes_use_the_best_known_frame_size) {
  const auto pixels = R"({"confidence": 0.9, "bbox": [0, 0, 320, 180]})";
  EXPECT_DOUBLE_EQ(read("fire/detection/a", pixels).seen->detections[0].area,
                   320.0 * 180 / (1920.0 * 1080));
  acceptance_settings settings;
  settings.cameras["a"].frame = {640, 360};
  EXPECT_DOUBLE_EQ(read("fire/detection/a", pixels, settings).seen->detections[0].area, 0.25);
  const auto with_size = R"({"confidence": 0.9, "bbox": [0, 0, 320, 180],
                             "frame_width": 1280, "frame_height": 720})";
  EXPECT_DOUBLE_EQ(read("fire/detection/a", with_size, settings).seen->detections[0].area, 0.0625);
}

TEST(direct_detection, object_id_is_any_scalar_as_text) {
  const auto object = [](const std::string& id) {
    return read("fire/detection/a",
                R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5], "object_id": )" + id + "}")
        .seen->detections.at(0)
        .object;
  };
  EXPECT_EQ(object("\"tree\""), "tree");
  EXPECT_EQ(object("7"), "7");
  EXPECT_EQ(object("7.5"), "7.5");
  EXPECT_EQ(object("true"), "true");
  EXPECT_EQ(object("null"), "") << "null is as good as no name";
}

TEST(direct_detection, labels_are_compared_without_case) {
  const auto with = [](const std::string& label) {
    return read("fire/detection/a",
                R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5], "label": ")" + label + "\"}");
  };
  EXPECT_EQ(accepted(with("Fire")), 1U);
  EXPECT_EQ(accepted(with("SMOKE")), 1U);
  EXPECT_EQ(reason(with("person")), "unknown_label");
}

TEST(direct_detection, batch_is_one_frame) {
  const auto x = read("fire/detection", R"({"camera_id": "a", "frame_width": 1000,
      "frame_height": 1000, "detections": [
        {"confidence": 0.9, "bbox": [0, 0, 500, 500], "object_id": 1},
        {"confidence": 0.1, "bbox": [0, 0, 500, 500], "object_id": 2},
        {"confidence": 0.8, "bbox": [0, 0, 100, 100]}]})");
  ASSERT_EQ(accepted(x), 2U);
  EXPECT_DOUBLE_EQ(x.seen->detections[0].area, 0.25);
  EXPECT_DOUBLE_EQ(x.seen->detections[1].area, 0.01);
  EXPECT_EQ(reason(x), "low_confidence");
}

TEST(direct_detection, batch_counts_every_entry_that_is_dropped) {
  const auto x = read("fire/detection/a", R"({"detections": [0, 1, {"bbox": 7}, 2]})");
  ASSERT_EQ(x.dropped.size(), 3U);
  EXPECT_EQ(x.dropped[0].reason, drop_reason::bad_detections);
  EXPECT_EQ(x.dropped[0].count, 2U);
  EXPECT_EQ(x.dropped[1].reason, drop_reason::bad_box);
  EXPECT_EQ(x.dropped[1].count, 1U);
  EXPECT_EQ(x.dropped[2].count, 1U);
}

TEST(direct_detection, empty_batch_says_that_the_camera_is_alive) {
  const auto x = read("fire/detection/a", R"({"detections": []})");
  ASSERT_TRUE(x.seen);
  EXPECT_EQ(accepted(x), 0U);
  EXPECT_TRUE(x.dropped.empty());
}

TEST(direct_detection, below_a_threshold_the_camera_is_alive_all_the_same) {
  const auto x = read("fire/detection/a", R"({"confidence": 0.1, "bbox": [0, 0, 0.5, 0.5]})");
  ASSERT_TRUE(x.seen);
  EXPECT_EQ(accepted(x), 0U);
}

// -- time --------------------------------------------------------------------------

// -- what waited at the broker -------------------------------------------------------

decoded waited(const std::string& stamp, timespan away, unix_seconds before = now_wall - 1) {
  auto x
      = message("fire/detection/a", R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5])"
                                        + (stamp.empty() ? "" : ", \"timestamp\": " + stamp) + "}");
  x.waited_before = before;
  x.away = away;
  return decode(x, {});
}

TEST(waiting, places_a_sample_by_its_own_timestamp) {
  EXPECT_EQ(waited("1699999990", 20s).seen->at, now - 10s);
  EXPECT_EQ(waited("1699999999.5", 20s).seen->at, now) << "it came after we were back";
  EXPECT_EQ(waited("1700000050", 20s).seen->at, now);
  EXPECT_EQ(reason(waited("1699999939", 100s)), "stale");
}

TEST(waiting, without_a_timestamp_it_counts_if_it_cannot_be_too_old) {
  EXPECT_EQ(waited("", 60s).seen->at, now);
  EXPECT_EQ(reason(waited("", 61s)), "stale");
  EXPECT_EQ(reason(waited("\"2001-11-14T22:13:10.123456\"", timespan::max())), "stale");
  EXPECT_EQ(accepted(waited("", timespan::max(), 0)), 1U) << "nothing has waited";
}

TEST(waiting, telemetry_of_long_ago_makes_no_camera_alive) {
  auto x = message("system/camera_telemetry", R"({"camera_id": "a"})");
  x.waited_before = now_wall - 1;
  x.away = 61s;
  EXPECT_FALSE(decode(x, {}).seen);
  x.away = 10s;
  EXPECT_TRUE(decode(x, {}).seen);
}

TEST(timestamp, tells_only_whether_a_message_is_too_old) {
  const auto at = [](const std::string& stamp) {
    return read("fire/detection/a", R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5],
                                       "timestamp": )"
                                        + stamp + "}");
  };
  EXPECT_EQ(accepted(at("1699999990")), 1U);
  EXPECT_EQ(at("1699999990").seen->at, now) << "its sample is placed by its arrival";
  EXPECT_EQ(accepted(at("1699999940")), 1U) << "exactly the greatest age counts";
  EXPECT_EQ(reason(at("1699999939.9")), "stale");
  EXPECT_EQ(reason(at("\"1699999900\"")), "stale");
  EXPECT_EQ(accepted(at("\"2023-11-14T22:13:10Z\"")), 1U);
  EXPECT_EQ(reason(at("\"2023-11-14T22:12:10Z\"")), "stale");
  EXPECT_EQ(accepted(at("\"2023-11-14T23:13:10.5+01:00\"")), 1U);
  EXPECT_EQ(reason(at("\"2023-11-14T22:13:10+0100\"")), "stale");
  EXPECT_EQ(accepted(at("1900000000")), 1U) << "a clock that is ahead loses no fire";
  EXPECT_EQ(accepted(at("null")), 1U);
  EXPECT_EQ(accepted(at("\"2001-11-14T22:13:10.123456\"")), 1U) << "of which zone? it says nothing";
  EXPECT_EQ(reason(at("-5")), "bad_timestamp");
  EXPECT_EQ(reason(at("\"yesterday\"")), "bad_timestamp");
  EXPECT_EQ(reason(at("\"2023-11-14T22:13:10+1\"")), "bad_timestamp");
  EXPECT_EQ(reason(at("[]")), "bad_timestamp");
}

// -- Frigate -------------------------------------------------------------------------

std::string frigate(const std::string& type, const std::string& after) {
  return R"({"type": ")" + type + R"(", "before": {}, "after": )" + after + "}";
}

constexpr auto frigate_fire = R"({"id": "170.1-abc", "camera": "barn", "label": "Fire",
  "top_score": 0.84, "score": 0.8, "box": [0, 0, 192, 108], "frame_time": 1699999999.5})";

TEST(frigate_event, new_and_update_are_detections) {
  for (const auto* type : {"new", "update"}) {
    const auto x = read("frigate/events", frigate(type, frigate_fire));
    ASSERT_EQ(accepted(x), 1U) << type;
    EXPECT_EQ(x.seen->camera, "barn");
    EXPECT_EQ(x.seen->detections[0].object, "170.1-abc");
    EXPECT_DOUBLE_EQ(x.seen->detections[0].confidence, 0.8);
    EXPECT_DOUBLE_EQ(x.seen->detections[0].area, 0.01);
    EXPECT_TRUE(x.seen->detections[0].may_repeat);
  }
}

TEST(frigate_event, current_median_is_better_than_the_greatest_score) {
  const auto x = read("frigate/events", frigate("update", R"({"camera": "barn", "label": "fire",
      "top_score": 0.9, "computed_score": 0.3, "box": [0, 0, 192, 108]})"));
  EXPECT_EQ(reason(x), "low_confidence");
}

struct dropped_case {
  const char* name;
  std::string topic;
  std::string payload;
  const char* reason;
};

void PrintTo(const dropped_case& x, std::ostream* out) { *out << x.name; }

// -- the defects of the reference -----------------------------------------------------

class dropped : public testing::TestWithParam<dropped_case> {};

TEST_P(dropped, with_its_reason) {
  const auto& x = GetParam();
  const auto result = read(x.topic, x.payload);
  EXPECT_EQ(accepted(result), 0U);
  EXPECT_EQ(reason(result), x.reason);
}

std::string direct(const std::string& confidence, const std::string& box) {
  return R"({"confidence": )" + confidence + R"(, "bbox": )" + box + "}";
}

std::string with(const std::string& member) {
  return R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5], )" + member + "}";
}

std::string event_with(const std::string& camera, const std::string& rest) {
  return frigate("new", R"({"camera": )" + camera + R"(, "label": "fire", "top_score": 0.9, )"
                            + rest + "}");
}

std::vector<dropped_case> dropped_cases() {
  const std::string topic = "fire/detection/a";
  const std::string events = "frigate/events";
  const std::string box = "[0, 0, 0.5, 0.5]";
  const std::string pixels = "\"box\": [0, 0, 192, 108]";
  return {
      // Not a message at all.
      {"empty", topic, "", "malformed"},
      {"blank", topic, "  ", "malformed"},
      {"word", topic, "fire", "malformed"},
      {"half_an_object", topic, R"({"confidence": 0.9)", "malformed"},
      {"trailing_text", topic, std::string(good) + "x", "malformed"},
      {"two_objects", topic, std::string(good) + good, "malformed"},
      {"single_quotes", topic, "{'confidence': 0.9}", "malformed"},
      {"comment", topic, "/* */" + std::string(good), "malformed"},
      {"list", topic, "[1, 2]", "not_an_object"},
      {"list_of_objects", topic, std::string("[") + good + "]", "not_an_object"},
      {"text", topic, "\"fire\"", "not_an_object"},
      {"number", topic, "5", "not_an_object"},
      {"null", topic, "null", "not_an_object"},
      {"true_", topic, "true", "not_an_object"},
      {"jpeg", topic, "\xff\xd8\xff\xe0", "not_utf8"},
      {"truncated_utf8", topic, "{\"confidence\": 0.9, \"x\": \"\xe2\x82\"}", "not_utf8"},
      {"overlong_utf8", topic, "{\"x\": \"\xc0\xaf\"}", "not_utf8"},
      {"surrogate", topic, "{\"x\": \"\xed\xa0\x80\"}", "not_utf8"},
      {"nul_byte", topic, std::string("{\0}", 3), "malformed"},
      {"nul_byte_behind", topic, std::string(good) + std::string(1, '\0') + "x", "malformed"},
      {"control_character", topic, "{\"x\": \"\x01\"}", "malformed"},
      {"deep_lists", topic, std::string(1000, '[') + std::string(1000, ']'), "too_deep"},
      {"deep_objects", topic,
       [] {
         std::string text;
         for (int i = 0; i < 1000; ++i)
           text += "{\"a\":";
         return text + "1" + std::string(1000, '}');
       }(),
       "too_deep"},
      {"deep_and_open", topic, std::string(1000, '['), "too_deep"},
      // Numbers that are none.
      {"nan_token", topic, direct("NaN", box), "malformed"},
      {"infinity_token", topic, direct("Infinity", box), "malformed"},
      {"minus_infinity_token", topic, direct("-Infinity", box), "malformed"},
      {"huge_number", topic, direct("1e999", box), "malformed"},
      {"leading_zero", topic, direct("00.9", box), "malformed"},
      // Confidence.
      {"confidence_missing", topic, R"({"bbox": [0, 0, 0.5, 0.5]})", "missing_confidence"},
      {"confidence_null", topic, direct("null", box), "missing_confidence"},
      {"confidence_above_one", topic, direct("1.01", box), "bad_confidence"},
      {"confidence_percent", topic, direct("90", box), "bad_confidence"},
      {"confidence_negative", topic, direct("-0.5", box), "bad_confidence"},
      {"confidence_bool", topic, direct("true", box), "bad_confidence"},
      {"confidence_list", topic, direct("[0.9]", box), "bad_confidence"},
      {"confidence_object", topic, direct("{}", box), "bad_confidence"},
      {"confidence_text", topic, direct("\"high\"", box), "bad_confidence"},
      {"confidence_empty_text", topic, direct("\"\"", box), "bad_confidence"},
      {"confidence_nan_text", topic, direct("\"nan\"", box), "bad_confidence"},
      {"confidence_infinity_text", topic, direct("\"inf\"", box), "bad_confidence"},
      {"confidence_hex_text", topic, direct("\"0x1\"", box), "bad_confidence"},
      {"confidence_text_with_tail", topic, direct("\"0.9 %\"", box), "bad_confidence"},
      // Boxes.
      {"box_missing", topic, R"({"confidence": 0.9})", "missing_box"},
      {"box_null", topic, direct("0.9", "null"), "missing_box"},
      {"box_text", topic, direct("0.9", "\"0,0,1,1\""), "bad_box"},
      {"box_number", topic, direct("0.9", "5"), "bad_box"},
      {"box_object", topic, direct("0.9", R"({"x": 1})"), "bad_box"},
      {"box_empty", topic, direct("0.9", "[]"), "bad_box"},
      {"box_of_three", topic, direct("0.9", "[0, 0, 0.5]"), "bad_box"},
      {"box_of_five", topic, direct("0.9", "[0, 0, 0.5, 0.5, 1]"), "bad_box"},
      {"box_with_null", topic, direct("0.9", "[0, 0, null, 0.5]"), "bad_box"},
      {"box_with_text", topic, direct("0.9", "[0, 0, \"0.5\", 0.5]"), "bad_box"},
      {"box_with_bool", topic, direct("0.9", "[0, 0, true, true]"), "bad_box"},
      {"box_nested", topic, direct("0.9", "[[0, 0], [1, 1], 0, 0]"), "bad_box"},
      {"box_negative", topic, direct("0.9", "[-0.1, 0, 0.5, 0.5]"), "bad_box"},
      {"box_without_width", topic, direct("0.9", "[0.5, 0, 0.5, 0.5]"), "bad_box"},
      {"box_turned_over", topic, direct("0.9", "[0.5, 0.5, 0.1, 0.1]"), "bad_box"},
      {"box_that_underflows", topic, direct("0.9", "[0, 0, 1e-200, 1e-200]"), "bad_box"},
      {"confidence_plus_minus", topic, direct("\"+-0.9\"", box), "bad_confidence"},
      {"frame_size_enormous", topic, with(R"("frame_width": 1e300, "frame_height": 1e300)"),
       "bad_frame_size"},
      {"box_of_zeros", topic, direct("0.9", "[0, 0, 0, 0]"), "bad_box"},
      {"box_enormous", topic, direct("0.9", "[0, 0, 1e308, 1e308]"), "bad_box"},
      {"box_beyond_the_frame", topic, direct("0.9", "[0, 0, 1e6, 1e6]"), "large_area"},
      {"box_whole_frame", topic, direct("0.9", "[0, 0, 1, 1]"), "large_area"},
      {"box_one_pixel", topic, direct("0.9", "[10, 10, 11, 11]"), "small_area"},
      // Other members.
      {"frame_size_half", topic, with(R"("frame_width": 640)"), "bad_frame_size"},
      {"frame_size_zero", topic, with(R"("frame_width": 0, "frame_height": 0)"), "bad_frame_size"},
      {"frame_size_text", topic, with(R"("frame_width": "640", "frame_height": "480")"),
       "bad_frame_size"},
      {"frame_size_negative", topic, with(R"("frame_width": -640, "frame_height": 480)"),
       "bad_frame_size"},
      {"object_is_list", topic, with(R"("object_id": [1])"), "bad_object"},
      {"object_is_object", topic, with(R"("object_id": {})"), "bad_object"},
      {"object_is_long", topic, with(R"("object_id": ")" + std::string(200, 'x') + "\""),
       "bad_object"},
      {"label_number", topic, with(R"("label": 5)"), "unknown_label"},
      {"label_list", topic, with(R"("label": ["fire"])"), "unknown_label"},
      {"label_empty", topic, with(R"("label": "")"), "unknown_label"},
      {"detections_object", topic, R"({"detections": {}})", "bad_detections"},
      {"detections_text", topic, R"({"detections": "none"})", "bad_detections"},
      {"detections_of_numbers", topic, R"({"detections": [5]})", "bad_detections"},
      {"duplicate_key_last_wins", topic,
       R"({"confidence": 0.9, "confidence": "x", "bbox": [0, 0, 0.5, 0.5]})", "bad_confidence"},
      // Cameras.
      {"camera_missing", "fire/detection", good, "missing_camera"},
      {"camera_null", "fire/detection", with(R"("camera_id": null)"), "missing_camera"},
      {"camera_empty", "fire/detection", with(R"("camera_id": "")"), "missing_camera"},
      {"camera_unknown", "fire/detection", with(R"("camera_id": "unknown")"), "missing_camera"},
      {"camera_number", "fire/detection", with(R"("camera_id": 5)"), "bad_camera"},
      {"camera_list", "fire/detection", with(R"("camera_id": ["a"])"), "bad_camera"},
      {"camera_wildcard", "fire/detection", with(R"("camera_id": "a#")"), "bad_camera"},
      {"camera_newline", "fire/detection", with(R"("camera_id": "a\nb")"), "bad_camera"},
      {"camera_long", "fire/detection", with(R"("camera_id": ")" + std::string(200, 'x') + "\""),
       "bad_camera"},
      {"topic_level_empty", "fire/detection/", good, "missing_camera"},
      {"topic_level_unknown", "fire/detection/unknown", good, "missing_camera"},
      {"topic_too_deep", "fire/detection/a/b", good, "bad_topic"},
      {"topic_too_short", "fire", good, "bad_topic"},
      {"topic_other", "fire/detections", good, "bad_topic"},
      {"topic_frigate_other", "frigate/reviews", good, "bad_topic"},
      // Frigate.
      {"frigate_without_after", events, R"({"type": "new"})", "malformed"},
      {"frigate_after_null", events, R"({"type": "new", "after": null})", "malformed"},
      {"frigate_after_text", events, R"({"type": "new", "after": "x"})", "malformed"},
      {"frigate_without_type", events, R"({"after": {"camera": "a", "label": "fire"}})",
       "malformed"},
      {"frigate_type_number", events, R"({"type": 1, "after": {"camera": "a"}})", "malformed"},
      {"frigate_end_of_an_unknown_object", events, frigate("end", frigate_fire), "unknown_object"},
      {"frigate_type_other", events,
       frigate("restart", R"({"camera": "a", "label": "fire", "top_score": 0.9})"), "malformed"},
      {"frigate_camera_null", events, event_with("null", pixels), "missing_camera"},
      {"frigate_camera_empty", events, event_with("\"\"", pixels), "missing_camera"},
      {"frigate_camera_number", events, event_with("5", pixels), "bad_camera"},
      {"frigate_replay", events, event_with("\"_replay_barn\"", pixels), "replayed_camera"},
      {"frigate_without_box", events, event_with("\"barn\"", R"("id": "1")"), "missing_box"},
      {"frigate_short_box", events, event_with("\"barn\"", R"("box": [1, 2])"), "bad_box"},
      {"frigate_person", events,
       frigate("new", R"({"camera": "barn", "label": "person", "top_score": 0.9})"),
       "unknown_label"},
      {"frigate_label_null", events,
       frigate("new", R"({"camera": "barn", "label": null, "top_score": 0.9})"), "unknown_label"},
      {"frigate_without_score", events,
       frigate("new", R"({"camera": "barn", "label": "fire", "box": [0, 0, 192, 108]})"),
       "missing_confidence"},
      {"frigate_false_positive", events,
       event_with("\"barn\"", R"("false_positive": true, "box": [0, 0, 192, 108])"),
       "false_positive"},
      {"frigate_old", events,
       event_with("\"barn\"", R"("frame_time": 1600000000, "box": [0, 0, 192, 108])"), "stale"},
      // Telemetry.
      {"telemetry_without_camera", "system/camera_telemetry", "{}", "missing_camera"},
      {"telemetry_list", "system/camera_telemetry", "[]", "not_an_object"},
      {"telemetry_number", "system/telemetry", R"({"camera_id": 3})", "bad_camera"},
  };
}

INSTANTIATE_TEST_SUITE_P(bad_input, dropped, testing::ValuesIn(dropped_cases()),
                         [](const auto& x) { return std::string(x.param.name); });

TEST(bad_input, covers_at_least_sixty_payloads) { EXPECT_GE(dropped_cases().size(), 60U); }

TEST(bad_input, oversized_is_dropped_unread) {
  auto x = message("fire/detection/a", "");
  x.size = max_payload_bytes + 1;
  EXPECT_EQ(reason(decode(x, {})), "too_large");
}

TEST(bad_input, greatest_allowed_size_is_read) {
  std::string payload = good;
  payload.append(max_payload_bytes - payload.size(), ' ');
  EXPECT_EQ(accepted(read("fire/detection/a", payload)), 1U);
}

TEST(bad_input, brackets_in_texts_are_no_depth) {
  const std::string payload = R"({"confidence": 0.9, "bbox": [0, 0, 0.5, 0.5], "note": ")"
                              + std::string(500, '[') + "\\\"" + std::string(500, '{') + "\"}";
  EXPECT_EQ(accepted(read("fire/detection/a", payload)), 1U);
}

TEST(bad_input, retained_messages_are_of_unknown_age) {
  auto x = message("fire/detection/a", good);
  x.retained = true;
  const auto result = decode(x, {});
  EXPECT_FALSE(result.seen);
  EXPECT_EQ(reason(result), "retained");
}

TEST(bad_input, rubbish_makes_no_camera) {
  EXPECT_FALSE(read("fire/detection/ghost", R"({"confidence": 0.9})").seen);
  EXPECT_FALSE(read("fire/detection/ghost", R"({"bbox": [0, 0, 0.5, 0.5]})").seen);
}

// Six of these made a trigger there: 0 >= 0 x 1.2.
TEST(bad_input, no_smallest_area_lets_no_empty_box_through) {
  acceptance_settings settings;
  settings.min_area_ratio = 0;
  EXPECT_EQ(reason(read("fire/detection/a", direct("0.9", "[0.5, 0.5, 0.5, 0.5]"), settings)),
            "bad_box");
}

// -- settings ------------------------------------------------------------------------

TEST(acceptance, disabled_camera_is_not_heard) {
  acceptance_settings settings;
  settings.cameras["a"].enabled = false;
  EXPECT_EQ(reason(read("fire/detection/a", good, settings)), "camera_disabled");
}

TEST(acceptance, labels_are_the_owner_s) {
  acceptance_settings settings;
  settings.labels = {{"flame", label_class::fire}, {"steam", label_class::ignore}};
  EXPECT_EQ(accepted(read("fire/detection/a", with(R"("label": "FLAME")"), settings)), 1U);
  EXPECT_EQ(reason(read("fire/detection/a", with(R"("label": "steam")"), settings)),
            "ignored_label");
  EXPECT_EQ(reason(read("fire/detection/a", with(R"("label": "fire")"), settings)),
            "unknown_label");
}

TEST(telemetry, says_that_a_camera_is_alive_under_both_names) {
  for (const auto* topic : {"system/camera_telemetry", "system/telemetry"}) {
    const auto x = read(topic, R"({"camera_id": "north", "fps": 12})");
    ASSERT_TRUE(x.seen) << topic;
    EXPECT_EQ(x.seen->camera, "north");
    EXPECT_EQ(accepted(x), 0U);
  }
}

TEST(drop_reason, has_a_name_each) {
  for (int i = 0; i <= static_cast<int>(drop_reason::too_many_cameras); ++i)
    EXPECT_STRNE(to_string(static_cast<drop_reason>(i)), "unknown") << i;
}

} // namespace
} // namespace firefinder::decode_test
