#include "actors/frigate/documents.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace firefinder::documents_test {
namespace {

using nlohmann::json;

const frigate_labels labels{{"fire", fire_sign::fire}, {"smoke", fire_sign::smoke}};

/// One camera as every version since 0.12 resolves it, with what else stands beside it there.
json configuration() {
  return json::parse(R"({
    "mqtt": {"host": "broker", "password": "*****"},
    "model": {"path": "/x", "labelmap": {}},
    "cameras": {
      "north": {
        "enabled": true,
        "ffmpeg": {"inputs": [{"path": "rtsp://*:*@10.0.0.1/x", "roles": ["detect"]}]},
        "detect": {"enabled": true, "width": 1280, "height": 720, "fps": 5,
                   "stationary": {"interval": 50, "threshold": 50, "max_frames": {"objects": {}}}},
        "objects": {"track": ["person", "fire", "smoke"],
                    "filters": {"person": {"threshold": 0.9},
                                "fire": {"min_score": 0.5, "threshold": 0.7, "mask": null},
                                "smoke": {"min_score": 0.5, "threshold": 0.75}}}
      }
    }
  })");
}

frigate_camera only(const json& document) {
  const auto all = cameras_of(document.dump(), labels);
  EXPECT_TRUE(all);
  EXPECT_EQ(all ? all->size() : 0, 1U);
  return all && !all->empty() ? all->front() : frigate_camera{};
}

TEST(frigate_documents, a_camera_tells_size_rate_and_threshold) {
  const auto x = only(configuration());
  EXPECT_EQ(x.name, "north");
  EXPECT_EQ(x.width, 1280U);
  EXPECT_EQ(x.height, 720U);
  EXPECT_EQ(x.fps, 5);
  EXPECT_TRUE(x.detects);
  EXPECT_TRUE(x.sees_fire);
  EXPECT_EQ(x.threshold, 0.75) << "the greatest of ours, and not that of a person";
}

TEST(frigate_documents, what_differs_between_the_versions_is_understood) {
  // 0.12: `rtmp` and one `retain`; 0.13: a size that is still to be probed; 0.15: `live.streams`;
  // 0.17: `friendly_name`; 0.18: masks are objects, and so are some lists.
  const std::vector<json> patches{
      json::parse(R"({"rtmp": {"enabled": true}, "record": {"retain": {"days": 1}}})"),
      json::parse(R"({"record": {"alerts": {"retain": {"days": 30}}}, "live": {"streams": {}}})"),
      json::parse(R"({"friendly_name": "North", "record": {"continuous": {"days": 0}}})"),
      json::parse(R"({"motion": {"mask": {"a": {"coordinates": "0,0,1,1"}}},
                      "objects": {"filters": {"fire": {"mask": {"a": {}}, "min_area": 0.01}}}})")};
  for (const auto& patch : patches) {
    auto document = configuration();
    document["cameras"]["north"].merge_patch(patch);
    const auto x = only(document);
    EXPECT_EQ(x.width, 1280U) << patch;
    EXPECT_TRUE(x.detects && x.sees_fire) << patch;
    EXPECT_EQ(x.threshold, 0.75) << patch;
  }
  auto unprobed = configuration();
  unprobed["cameras"]["north"]["detect"]["width"] = nullptr;
  unprobed["cameras"]["north"]["detect"].erase("height");
  EXPECT_EQ(only(unprobed).width, 0U);
  EXPECT_EQ(only(unprobed).height, 0U);
}

TEST(frigate_documents, a_camera_that_cannot_see_fire_is_told) {
  // From 0.16 on detection is off by default, and labels that the model lacks are dropped.
  auto off = configuration();
  off["cameras"]["north"]["detect"]["enabled"] = false;
  EXPECT_FALSE(only(off).detects);
  auto none = configuration();
  none["cameras"]["north"]["objects"]["track"] = json::array();
  EXPECT_FALSE(only(none).sees_fire);
  EXPECT_EQ(only(none).threshold, 0);
  auto others = configuration();
  others["cameras"]["north"]["objects"]["track"] = {"person", 5, nullptr, "firetruck"};
  EXPECT_FALSE(only(others).sees_fire);
}

TEST(frigate_documents, labels_are_compared_in_any_case_and_filters_as_written) {
  auto document = configuration();
  document["cameras"]["north"]["objects"]
      = {{"track", {"Fire"}}, {"filters", {{"Fire", {{"threshold", 0.8}}}}}};
  EXPECT_TRUE(only(document).sees_fire);
  EXPECT_EQ(only(document).threshold, 0.8);
}

TEST(frigate_documents, what_is_not_said_is_not_held_against_a_camera) {
  for (const char* text :
       {R"({"cameras": {"a": {}}})", R"({"cameras": {"a": {"detect": 5, "objects": null}}})",
        R"({"cameras": {"a": {"detect": {"width": "1280", "height": -5, "fps": 1e9},
                              "objects": {"track": "fire"}}}})",
        R"({"cameras": {"a": {"detect": {"width": 70000, "height": true}, "objects": []}}})"}) {
    const auto all = cameras_of(text, labels);
    ASSERT_TRUE(all && all->size() == 1) << text;
    const auto& x = all->front();
    EXPECT_EQ(x.width, 0U) << text;
    EXPECT_EQ(x.height, 0U) << text;
    EXPECT_EQ(x.fps, 0) << text;
    EXPECT_TRUE(x.detects) << text;
    EXPECT_TRUE(x.sees_fire) << text;
    EXPECT_EQ(x.threshold, 0) << text;
  }
}

TEST(frigate_documents, cameras_that_are_off_or_replays_are_left_out) {
  auto document = configuration();
  document["cameras"]["south"] = {{"enabled", false}};
  document["cameras"]["_replay_north"] = document["cameras"]["north"];
  document["cameras"][""] = json::object();
  document["cameras"][std::string(200, 'x')] = json::object();
  document["cameras"]["list"] = json::array();
  EXPECT_EQ(only(document).name, "north");
  // In safe mode Frigate 0.17 has none.
  const auto none = cameras_of(R"({"cameras": {}, "safe_mode": true})", labels);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(frigate_documents, there_is_a_limit_to_cameras) {
  json document;
  for (std::size_t i = 0; i < max_frigate_cameras + 5; ++i)
    document["cameras"][std::to_string(i)] = json::object();
  EXPECT_EQ(cameras_of(document.dump(), labels)->size(), max_frigate_cameras);
}

TEST(frigate_documents, what_is_no_configuration_is_none) {
  const auto deep = std::string(3'000'000, '[');
  const auto nested = [] {
    std::string text = R"({"cameras":)";
    for (int i = 0; i < 200'000; ++i)
      text += R"({"a":)";
    return text;
  }();
  for (const auto& text :
       {std::string{}, std::string{"<html>"}, std::string{"[]"}, std::string{"null"},
        std::string{"{}"}, std::string{R"({"cameras": []})"}, std::string{R"({"cameras": null})"},
        std::string{R"({"cameras": {"a": )"}, std::string{"\xff\xfe\0x", 4}, deep, nested})
    EXPECT_FALSE(cameras_of(text, labels)) << text.substr(0, 40);
}

// -- objects -----------------------------------------------------------------------------

json event() {
  return json::parse(R"({"id": "1.5-abc", "camera": "north", "label": "fire", "end_time": null,
    "start_time": 1.5, "has_clip": true, "data": {"box": [0.5, 0.25, 0.1, 0.2], "score": 0.8,
    "type": "object", "path_data": [[[0.2, 0.9], 1.5]]}})");
}

std::vector<frigate_object> objects(const json& one) {
  return objects_of(json::array({one}).dump(), labels);
}

TEST(frigate_documents, a_box_of_an_event_is_left_top_width_height) {
  const auto x = objects(event());
  ASSERT_EQ(x.size(), 1U);
  EXPECT_EQ(x[0].camera, "north");
  EXPECT_EQ(x[0].id, "1.5-abc");
  EXPECT_EQ(x[0].sign, fire_sign::fire);
  EXPECT_DOUBLE_EQ(x[0].box.x1, 0.5);
  EXPECT_DOUBLE_EQ(x[0].box.y1, 0.25);
  EXPECT_DOUBLE_EQ(x[0].box.x2, 0.6);
  EXPECT_DOUBLE_EQ(x[0].box.y2, 0.45);
}

TEST(frigate_documents, an_older_event_has_its_box_beside_the_rest) {
  auto old = event();
  old.erase("data");
  old["box"] = {0.5, 0.25, 0.6, 0.2};
  ASSERT_EQ(objects(old).size(), 1U);
  EXPECT_EQ(objects(old)[0].box.x2, 1) << "cut off at the edge of the frame";
}

TEST(frigate_documents, only_objects_of_fire_that_are_in_sight_count) {
  for (const auto& patch :
       {R"({"end_time": 2.5})", R"({"label": "person"})", R"({"label": 5})", R"({"id": null})",
        R"({"id": ""})", R"({"camera": "_replay_north"})", R"({"data": {"type": "audio"}})",
        R"({"data": {"box": null}})", R"({"data": {"box": [1, 2, 3]}})",
        R"({"data": {"box": [600, 200, 50, 50]}})", R"({"data": {"box": [0.1, 0.1, 0, 0.1]}})",
        R"({"data": {"box": [0.1, "0.1", 0.1, 0.1]}})",
        R"({"data": {"box": [-0.1, 0.1, 0.1, 0.1]}})"}) {
    auto one = event();
    one.merge_patch(json::parse(patch));
    EXPECT_TRUE(objects(one).empty()) << patch;
  }
  for (const char* text : {"", "{}", "null", "[1, null, [], {}]", "[{\"id\":", "x"})
    EXPECT_TRUE(objects_of(text, labels).empty()) << text;
}

TEST(frigate_documents, there_is_a_limit_to_objects) {
  auto all = json::array();
  for (std::size_t i = 0; i < max_frigate_objects + 5; ++i)
    all.push_back(event());
  EXPECT_EQ(objects_of(all.dump(), labels).size(), max_frigate_objects);
}

TEST(frigate_documents, a_real_event_is_understood) {
  std::ifstream file{FIREFINDER_SHARED_DATA "/frigate/real_http_event_0.16.2.json"};
  if (!file.is_open())
    GTEST_SKIP() << "the recorded payloads are not here";
  auto messages = json::parse(file)["messages"];
  EXPECT_TRUE(objects_of(messages.dump(), labels).empty()) << "it has ended, and is a person";
  messages[0]["end_time"] = nullptr;
  const auto x = objects_of(messages.dump(), {{"person", fire_sign::smoke}});
  ASSERT_EQ(x.size(), 1U);
  EXPECT_EQ(x[0].sign, fire_sign::smoke);
  // Its path begins below the middle of the box.
  EXPECT_NEAR((x[0].box.x1 + x[0].box.x2) / 2, 0.2047, 1e-4);
  EXPECT_NEAR(x[0].box.y2, 0.9806, 1e-4);
}

// -- version and address -----------------------------------------------------------------

TEST(frigate_documents, a_version_is_a_short_word) {
  EXPECT_EQ(version_of("0.16.2-4d58206\n"), "0.16.2-4d58206");
  EXPECT_EQ(version_of("<html>not found</html>"), "");
  EXPECT_EQ(version_of(std::string(65, '1')), "");
  EXPECT_EQ(version_of(""), "");
}

TEST(frigate_documents, an_address_is_made_of_what_people_write) {
  for (const char* url :
       {"http://f:5000", "http://f:5000/", "http://f:5000/api", "http://f:5000//api//"})
    EXPECT_EQ(address_of(url, "/api/config"), "http://f:5000/api/config") << url;
  EXPECT_EQ(address_of("https://f/frigate", "/api/config"), "https://f/frigate/api/config");
}

TEST(frigate_documents, an_address_is_shown_without_credentials) {
  EXPECT_EQ(without_credentials("http://u:p@ss@f:5000/x@y"), "http://f:5000/x@y");
  EXPECT_EQ(without_credentials("http://f:5000/x@y"), "http://f:5000/x@y");
  EXPECT_EQ(without_credentials("u:p@f"), "f");
}

} // namespace
} // namespace firefinder::documents_test
