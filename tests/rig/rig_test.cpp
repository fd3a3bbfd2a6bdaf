#include "tests/rig/chart.hpp"
#include "tests/rig/evidence.hpp"
#include "tests/rig/recording.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace firefinder::rig;
using nlohmann::json;

namespace {

std::vector<recorded_message> parse(const std::string& lines) {
  std::istringstream in{lines};
  return read_recording(in);
}

/// One frame a second with these areas, in percent of the frame.
std::vector<frame> seen(const std::vector<double>& percents) {
  std::vector<frame> result;
  for (const auto x : percents)
    result.push_back(
        {.at = static_cast<double>(result.size()), .area = x / 100, .confidence = 0.9});
  return result;
}

/// Number of characters, not bytes.
std::size_t width(const std::string& line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char x) { return (x & 0xC0) != 0x80; }));
}

std::vector<recorded_message> the_recording() {
  std::ifstream file{RECORDING};
  return read_recording(file);
}

const camera_track& camera(const std::vector<camera_track>& all, const std::string& id) {
  const auto found = std::ranges::find(all, id, &camera_track::id);
  if (found == all.end())
    throw std::runtime_error{"no camera " + id};
  return *found;
}

} // namespace

TEST(recording, is_read_line_by_line) {
  const auto messages = parse(R"({"t":1.5,"topic":"a","payload":{"x":1},"qos":1,"retain":false})"
                              "\n\n"
                              R"({"t":2,"topic":"b","payload":"text"})"
                              "\n");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].topic, "a");
  EXPECT_EQ(messages[0].qos, 1);
  EXPECT_EQ(payload_bytes(messages[0].payload), R"({"x":1})");
  EXPECT_EQ(payload_bytes(messages[1].payload), "text");
}

TEST(recording, errors_name_the_line) {
  const std::string good = R"({"t":2,"topic":"b","payload":"text"})";
  for (const std::string bad :
       {"{", R"({"t":1,"topic":"b","payload":"text"})", R"({"t":"3","topic":"b","payload":""})",
        R"({"topic":"b","payload":""})"}) {
    try {
      (void)parse(good + "\n" + bad + "\n");
      FAIL() << bad;
    } catch (const std::runtime_error& x) {
      EXPECT_TRUE(std::string{x.what()}.starts_with("line 2: ")) << x.what();
    }
  }
}

TEST(recording, foreign_lines_do_not_exhaust_the_stack) {
  const std::string nested
      = R"({"t":1,"topic":"a","payload":)" + std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_THROW(static_cast<void>(parse(nested + "}\n")), std::runtime_error);
}

TEST(recording, quality_of_service_is_one_that_exists) {
  for (const char* qos : {"3", "-1", "1e300", "\"1\"", "null"})
    EXPECT_THROW(static_cast<void>(
                     parse(std::string{R"({"t":1,"topic":"a","payload":1,"qos":)"} + qos + "}\n")),
                 std::runtime_error)
        << qos;
}

TEST(recording, what_is_no_number_is_no_box) {
  for (const char* payload : {R"({"bbox":["a",0,1,1]})", R"({"bbox":[0,0,2,2],"frame_width":0})",
                              R"({"bbox":[0,0,1e308,1e308],"frame_width":1e-308})"}) {
    const auto cameras = cameras_of(
        parse(std::string{R"({"t":0,"topic":"fire/detection/a","payload":)"} + payload + "}\n"));
    ASSERT_EQ(cameras.size(), 1U) << payload;
    EXPECT_FALSE(cameras.front().frames.front().area.has_value()) << payload;
  }
  const auto strange = cameras_of(parse(
      R"({"t":0,"topic":"fire/detection","payload":{"camera_id":7,"confidence":"x","bbox":[0,0,1,1],"frame_width":"x"}})"
      "\n"));
  ASSERT_EQ(strange.size(), 1U);
  EXPECT_EQ(strange.front().frames.front().confidence, 0);
}

TEST(recording, every_timestamp_is_moved) {
  auto payload
      = json::parse(R"({"timestamp":10,"detections":[{"timestamp":9.5},{"x":"timestamp"}]})");
  restamp(payload, 100);
  EXPECT_EQ(payload.dump(),
            R"({"detections":[{"timestamp":109.5},{"x":"timestamp"}],"timestamp":110.0})");
}

TEST(recording, boxes_of_every_form_become_areas) {
  const auto cameras = cameras_of(parse(
      R"({"t":0,"topic":"fire/detection/a","payload":{"confidence":0.8,"bbox":[0.1,0.1,0.3,0.2]}})"
      "\n"
      R"({"t":1,"topic":"fire/detection","payload":{"camera_id":"b","confidence":0.8,"bounding_box":[0,0,192,108]}})"
      "\n"
      R"({"t":2,"topic":"fire/detection/c","payload":{"frame_width":100,"frame_height":100,"detections":[{"confidence":0.9,"bbox":[0,0,10,10]},{"confidence":0.8,"bbox":[0,0,20,10]}]}})"
      "\n"
      R"({"t":3,"topic":"fire/detection/c","payload":{"detections":[]}})"
      "\n"
      R"({"t":4,"topic":"system/camera_telemetry","payload":{"camera_id":"d"}})"
      "\n"));
  ASSERT_EQ(cameras.size(), 3U);
  EXPECT_NEAR(camera(cameras, "a").frames.front().area.value(), 0.02, 1e-9);
  EXPECT_NEAR(camera(cameras, "b").frames.front().area.value(), 0.01, 1e-9);
  EXPECT_NEAR(camera(cameras, "c").frames.front().area.value(), 0.02, 1e-9);
  EXPECT_FALSE(camera(cameras, "c").frames.back().area.has_value());
}

TEST(growth, needs_six_sightings_that_count) {
  auto frames = seen({1, 1, 1, 2, 2, 2});
  EXPECT_FALSE(growth_at(frames, 4).has_value());
  EXPECT_DOUBLE_EQ(growth_at(frames, 5).value(), 2);
  EXPECT_EQ(verified_at(frames), 5);
  frames[4].confidence = 0.5;
  EXPECT_FALSE(growth_at(frames, 5).has_value());
}

TEST(growth, is_the_ratio_of_medians) {
  EXPECT_DOUBLE_EQ(growth_at(seen({1, 9, 1, 1.2, 0.1, 1.2}), 5).value(), 1.2);
  EXPECT_FALSE(verified_at(seen({1, 9, 1, 1.1, 0.1, 1.1})).has_value());
}

TEST(two_camera_fire, grows_at_two_cameras_and_not_at_the_third) {
  const auto cameras = cameras_of(the_recording());
  ASSERT_EQ(cameras.size(), 3U);
  EXPECT_TRUE(verified_at(camera(cameras, "barn-east").frames).has_value());
  EXPECT_TRUE(verified_at(camera(cameras, "ridge-north").frames).has_value());
  const auto& glint = camera(cameras, "pond-south").frames;
  EXPECT_FALSE(verified_at(glint).has_value());
  for (const auto& x : glint) {
    EXPECT_GT(x.confidence, 0.9);
    EXPECT_LT(growth_at(glint, x.at).value_or(0), 1.15) << "too near to 1.2 at " << x.at;
  }
}

TEST(two_camera_fire, lasts_as_long_as_people_watch) {
  const auto messages = the_recording();
  EXPECT_GT(messages.back().t - messages.front().t, 10);
  EXPECT_LT(messages.back().t - messages.front().t, 14);
}

TEST(chart, fits_80_columns_and_keeps_its_height) {
  const auto cameras = cameras_of(the_recording());
  for (const bool ascii : {false, true}) {
    const auto begin = draw(cameras, {.duration = 13.5}, {.ascii = ascii});
    const auto end
        = draw(cameras, {.duration = 13.5, .now = 13.5, .trigger_at = 9}, {.ascii = ascii});
    EXPECT_EQ(begin.size(), end.size());
    for (const auto& line : end) {
      EXPECT_LE(width(line), 80U) << line;
      EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    }
  }
}

TEST(evidence, is_a_table_with_the_abstainers) {
  const auto cameras = cameras_of(the_recording());
  const trigger heard{.at = 9,
                      .after_s = 0.002,
                      .qos = 2,
                      .payload = R"({"action":"trigger","confidence":"high","trigger_id":"x",
      "service_id":"s","evidence":{"barn-east":{"samples":12,"first_area":0.004,"last_area":0.006,
      "growth":1.5,"confidence":0.88,"span_s":6.5}}})"};
  const auto lines = describe(heard, cameras, {});
  for (const auto& line : lines)
    EXPECT_LE(width(line), 80U) << line;
  const auto mentions = [&](const std::string& text) {
    return std::ranges::any_of(lines, [&](const auto& x) { return x.find(text) != x.npos; });
  };
  EXPECT_TRUE(mentions("1.50x"));
  EXPECT_TRUE(mentions("pond-south      did not agree"));
}

TEST(evidence, of_a_strange_payload_is_told_as_it_is) {
  const auto lines = describe({.payload = "pump!"}, {}, {});
  EXPECT_EQ(lines.back(), "pump!");
}
