#include "actors/frigate/camera_block.hpp"
#include "actors/frigate/yaml_text.hpp"
#include "tests/frigate/cameras.hpp"

#include <gtest/gtest.h>

namespace firefinder::camera_block_test {
namespace {

using test::camera;

frigate_labels usual_labels() { return frigate_settings{}.labels; }

std::string text_of(const camera_facts& facts, const block_rules& rules) {
  frigate_sources all;
  if (auto source = source_of(facts))
    all.emplace(facts.id, std::move(*source));
  return yaml_text(cameras_block(all, rules));
}

// The camera, as another program reads it.
YAML::Node block_of(const camera_facts& facts, const std::string& version = "0.16.2",
                    double min_confidence = 0.7) {
  const auto root = YAML::Load(text_of(facts, {version, usual_labels(), min_confidence}));
  return root["cameras"]["cam_" + facts.id];
}

// Keys and texts are quoted; plain are numbers and truth values alone.
void expect_quoted(const YAML::Node& node) {
  if (node.IsMap()) {
    for (const auto& member : node) {
      EXPECT_EQ(member.first.Tag(), "!") << member.first.Scalar();
      expect_quoted(member.second);
    }
  } else if (node.IsSequence()) {
    for (const auto& element : node)
      expect_quoted(element);
  } else if (node.IsScalar() && node.Tag() != "!") {
    double number = 0;
    bool truth = false;
    EXPECT_TRUE(YAML::convert<double>::decode(node, number)
                || YAML::convert<bool>::decode(node, truth))
        << node.Scalar();
  }
}

TEST(camera_block, says_the_same_for_every_version_in_what_counts) {
  for (const auto* version :
       {"0.14.1", "0.15.2", "0.16.4-abc", "0.17", "0.18.0-beta1", "", "1.2"}) {
    const auto x = block_of(camera("aabbccddeeff"), version);
    ASSERT_TRUE(x.IsMap()) << version;
    ASSERT_EQ(x["ffmpeg"]["inputs"].size(), 2U);
    EXPECT_EQ(x["ffmpeg"]["inputs"][0]["path"].Scalar(), "rtsp://192.0.2.7:554/main");
    EXPECT_EQ(x["ffmpeg"]["inputs"][0]["roles"][0].Scalar(), "record");
    EXPECT_EQ(x["ffmpeg"]["inputs"][1]["path"].Scalar(), "rtsp://192.0.2.7:554/sub");
    EXPECT_EQ(x["ffmpeg"]["inputs"][1]["roles"][0].Scalar(), "detect");
    EXPECT_TRUE(x["detect"]["enabled"].as<bool>());
    EXPECT_EQ(x["detect"]["width"].as<int>(), 640);
    EXPECT_EQ(x["detect"]["height"].as<int>(), 360);
    EXPECT_EQ(x["detect"]["fps"].as<int>(), 5);
    EXPECT_EQ(x["objects"]["track"].as<std::vector<std::string>>(),
              (std::vector<std::string>{"fire", "smoke"}));
    EXPECT_LE(x["objects"]["filters"]["fire"]["threshold"].as<double>(), 0.7);
    EXPECT_TRUE(x["record"]["enabled"].as<bool>());
    EXPECT_TRUE(x["snapshots"]["enabled"].as<bool>());
    EXPECT_EQ(x["snapshots"]["retain"]["default"].as<int>(), 30);
    // Gone in 0.17 and later, or known to none.
    EXPECT_FALSE(x["snapshots"]["retain"]["mode"].IsDefined());
    EXPECT_FALSE(x["snapshots"]["clean_copy"].IsDefined());
    EXPECT_FALSE(x["description"].IsDefined());
    EXPECT_EQ(x["review"].IsDefined(), release_of(version).has_value());
  }
}

std::set<std::string> keys_of(const YAML::Node& node) {
  std::set<std::string> result;
  for (const auto& member : node)
    result.insert(member.first.Scalar());
  return result;
}

TEST(camera_block, keeps_recordings_as_the_version_says_it) {
  using keys = std::set<std::string>;
  const auto record
      = [](const char* version) { return block_of(camera("aabbccddeeff"), version)["record"]; };
  EXPECT_EQ(keys_of(record("0.14.1")), (keys{"enabled", "retain", "events"}));
  EXPECT_EQ(record("0.14.1")["events"]["retain"]["default"].as<int>(), 30);
  for (const auto* version : {"0.15.0", "0.16.4"}) {
    EXPECT_EQ(keys_of(record(version)), (keys{"enabled", "retain", "alerts", "detections"}));
    EXPECT_EQ(record(version)["retain"]["mode"].Scalar(), "motion");
  }
  for (const auto* version : {"0.17.2", "0.18.0-beta1"})
    EXPECT_EQ(keys_of(record(version)),
              (keys{"enabled", "continuous", "motion", "alerts", "detections"}));
  for (const auto* version : {"", "0.13.2", "0.19.0", "1.0", "latest", "0.1"})
    EXPECT_EQ(keys_of(record(version)), keys{"enabled"}) << version;
  EXPECT_FALSE(block_of(camera("aabbccddeeff"), "0.16")["friendly_name"].IsDefined());
  EXPECT_EQ(block_of(camera("aabbccddeeff"), "0.17")["friendly_name"].Scalar(), "Front door");
}

TEST(camera_block, quotes_every_key_and_every_text) {
  for (const auto* id : {"001122334455", "112233445566", "02e770000011", "aabbccddeeff"})
    for (const auto* version : {"0.14", "0.15", "0.16", "0.17", "0.18", ""}) {
      const auto root = YAML::Load(text_of(camera(id), {version, usual_labels(), 0.7}));
      expect_quoted(root);
      ASSERT_EQ(root["cameras"].size(), 1U);
      EXPECT_EQ(root["cameras"].begin()->first.Scalar(), std::string{"cam_"} + id);
    }
}

TEST(camera_block, is_empty_without_cameras) {
  const auto root = YAML::Load(yaml_text(cameras_block({}, {})));
  ASSERT_TRUE(root["cameras"].IsMap());
  EXPECT_EQ(root["cameras"].size(), 0U);
}

TEST(camera_block, has_placeholders_and_no_credentials) {
  auto facts = camera("02e770000011");
  facts.credential = "default";
  facts.streams[0].url = "rtsp://admin:hunter2@192.0.2.7/main";
  facts.streams[1].url = "rtsp://admin:hunter2@192.0.2.7/a{b}c?x=1&y=@2";
  const auto text = text_of(facts, {"0.17", usual_labels(), 0.7});
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_EQ(text.find("admin"), std::string::npos);
  const auto inputs = block_of(facts)["ffmpeg"]["inputs"];
  EXPECT_EQ(inputs[0]["path"].Scalar(), "rtsp://{FRIGATE_CAM_02E770000011_USER}:"
                                        "{FRIGATE_CAM_02E770000011_PASSWORD}@192.0.2.7/main");
  EXPECT_EQ(inputs[1]["path"].Scalar(),
            "rtsp://{FRIGATE_CAM_02E770000011_USER}:{FRIGATE_CAM_02E770000011_PASSWORD}@"
            "192.0.2.7/a{{b}}c?x=1&y=@2");
  facts.credential.clear();
  EXPECT_EQ(block_of(facts)["ffmpeg"]["inputs"][0]["path"].Scalar(), "rtsp://192.0.2.7/main");
}

TEST(camera_block, takes_the_only_stream_for_both) {
  auto facts = camera("aabbccddeeff");
  facts.streams.pop_back();
  const auto x = block_of(facts);
  ASSERT_EQ(x["ffmpeg"]["inputs"].size(), 1U);
  EXPECT_EQ(x["ffmpeg"]["inputs"][0]["roles"].as<std::vector<std::string>>(),
            std::vector<std::string>{"detect"});
  // 2560x1440 is more than a model needs.
  EXPECT_EQ(x["detect"]["width"].as<int>(), 1280);
  EXPECT_EQ(x["detect"]["height"].as<int>(), 720);
}

TEST(camera_block, keeps_the_ratio_of_the_stream) {
  struct {
    std::uint32_t width, height;
    int expected_width, expected_height;
  } const cases[] = {{704, 576, 704, 576},    {641, 361, 640, 360},     {2048, 1536, 1280, 960},
                     {3840, 1080, 1280, 360}, {1080, 1920, 1080, 1920}, {1281, 961, 1280, 960},
                     {16'384, 2, 1280, 2}};
  for (const auto& c : cases) {
    auto facts = camera("aabbccddeeff");
    facts.streams[1].width = c.width;
    facts.streams[1].height = c.height;
    const auto detect = block_of(facts)["detect"];
    EXPECT_EQ(detect["width"].as<int>(), c.expected_width);
    EXPECT_EQ(detect["height"].as<int>(), c.expected_height);
  }
  for (const auto& [width, height] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{
           {0, 0}, {640, 0}, {0, 360}, {1, 1}, {4'000'000'000, 7}}) {
    auto facts = camera("aabbccddeeff");
    facts.streams[1].width = width;
    facts.streams[1].height = height;
    const auto detect = block_of(facts)["detect"];
    EXPECT_FALSE(detect["width"].IsDefined());
    EXPECT_FALSE(detect["height"].IsDefined());
  }
}

TEST(camera_block, never_asks_for_more_than_we_do) {
  for (const double ours : {0.05, 0.29, 0.3, 0.57, 0.7, 0.95}) {
    const auto filter
        = block_of(camera("aabbccddeeff"), "0.16", ours)["objects"]["filters"]["smoke"];
    EXPECT_LE(filter["threshold"].as<double>(), ours);
    EXPECT_GT(filter["threshold"].as<double>(), std::min(ours, 0.7) - 0.002);
    EXPECT_LE(filter["min_score"].as<double>(), filter["threshold"].as<double>());
  }
}

TEST(camera_block, tracks_our_labels) {
  block_rules rules{"0.16", {{"Flame: \"x\"", fire_sign::fire}, {"12", fire_sign::smoke}}, 0.7};
  const auto text = text_of(camera("aabbccddeeff"), rules);
  const auto root = YAML::Load(text);
  expect_quoted(root);
  EXPECT_EQ(root["cameras"]["cam_aabbccddeeff"]["objects"]["track"].as<std::vector<std::string>>(),
            (std::vector<std::string>{"12", "Flame: \"x\""}));
}

TEST(camera_block, cleans_names) {
  auto facts = camera("aabbccddeeff");
  const std::pair<std::string, std::string> cases[]
      = {{"a\nb: {c}\x01\x7f", "ab: {c}"},
         {"K\xc3\xbc"
          "che",
          "K\xc3\xbc"
          "che"},
         {"\xff\xfe\xc3(x", "(x"},
         {"\xc2\x85y", "y"},
         {"# firefinder: end", "# firefinder: end"},
         {"\"'}: !!python/object", "\"'}: !!python/object"}};
  for (const auto& [name, expected] : cases) {
    facts.name = name;
    EXPECT_EQ(block_of(facts, "0.17")["friendly_name"].Scalar(), expected);
  }
  facts.name = "\n";
  EXPECT_FALSE(block_of(facts, "0.17")["friendly_name"].IsDefined());
  facts.name = std::string(100'000, 'x');
  EXPECT_LE(block_of(facts, "0.17")["friendly_name"].Scalar().size(), 100U);
}

TEST(camera_block, is_only_for_cameras_that_can_be_told) {
  EXPECT_TRUE(source_of(camera("aabbccddeeff")));
  for (const auto* id :
       {"onvif-1", "UNKNOWN-192-0-2-7", "", "AABBCCDDEEFF", "aabbccddeef", "aa:bb:cc:dd:ee:ff"})
    EXPECT_FALSE(source_of(camera(id))) << id;
  for (const auto& url :
       {std::string{}, std::string{"http://a/b"}, std::string{"rtsp://"}, std::string{"rtsp:///x"},
        std::string{"rtsp://u@"}, std::string{"rtsp://a/b c"}, std::string{"rtsp://a/b\nc"},
        std::string{"rtsp://a/\xc3\xbc"}, "rtsp://a/" + std::string(1'000, 'x')}) {
    auto facts = camera("aabbccddeeff");
    facts.streams[0].url = url;
    EXPECT_FALSE(source_of(facts)) << url;
    facts.streams.clear();
    EXPECT_FALSE(source_of(facts));
  }
  // A sub stream that cannot be told is none.
  auto facts = camera("aabbccddeeff");
  facts.streams[1].url = "bad";
  ASSERT_TRUE(source_of(facts));
  EXPECT_FALSE(source_of(facts)->sub);
}

TEST(camera_block, knows_releases) {
  EXPECT_EQ(release_of("0.16.2-4d58206"), 16);
  EXPECT_EQ(release_of("0.18.0-beta1"), 18);
  EXPECT_EQ(release_of("0.14"), 14);
  for (const auto* text : {"", "0.", "0.13.9", "0.19.0", "1.16", "0.16x", "16", "0.999999999999"})
    EXPECT_FALSE(release_of(text)) << text;
}

// -- what is there already ---------------------------------------------------------------

YAML::Node updated(const std::string& present, const camera_facts& facts) {
  frigate_sources all{{facts.id, *source_of(facts)}};
  const auto block
      = cameras_block(all, {"0.17", usual_labels(), 0.7})["cameras"]["cam_" + facts.id];
  return updated_camera(YAML::Load(present), block);
}

TEST(updated_camera, leaves_what_is_right) {
  const auto facts = camera("aabbccddeeff");
  frigate_sources all{{facts.id, *source_of(facts)}};
  const auto block
      = cameras_block(all, {"0.17", usual_labels(), 0.7})["cameras"]["cam_aabbccddeeff"];
  EXPECT_TRUE(
      same_yaml(updated_camera(YAML::Load(yaml_text(block)), block), YAML::Load(yaml_text(block))));
}

TEST(updated_camera, changes_what_counts_and_keeps_the_rest) {
  const auto x = updated(R"(
enabled: false
ffmpeg:
  hwaccel_args: preset-vaapi
  inputs:
    - path: rtsp://old/main
      roles: [record]
      input_args: preset-rtsp-udp
    - path: rtsp://old/sub
      roles: [detect, audio]
detect: {enabled: false, width: 320, height: 240, fps: 10}
objects:
  track: [person, fire]
  filters:
    person: {threshold: 0.9}
    fire: {threshold: 0.9, min_area: 100}
record: {enabled: true, motion: {days: 7}}
zones:
  yard: {coordinates: "0,0,1,1"}
)",
                         camera("aabbccddeeff"));
  EXPECT_FALSE(x["enabled"].as<bool>());
  EXPECT_EQ(x["ffmpeg"]["hwaccel_args"].Scalar(), "preset-vaapi");
  EXPECT_EQ(x["ffmpeg"]["inputs"][0]["path"].Scalar(), "rtsp://192.0.2.7:554/main");
  EXPECT_EQ(x["ffmpeg"]["inputs"][0]["input_args"].Scalar(), "preset-rtsp-udp");
  EXPECT_EQ(x["ffmpeg"]["inputs"][1]["path"].Scalar(), "rtsp://192.0.2.7:554/sub");
  EXPECT_EQ(x["ffmpeg"]["inputs"][1]["roles"].size(), 2U);
  EXPECT_TRUE(x["detect"]["enabled"].as<bool>());
  EXPECT_EQ(x["detect"]["width"].as<int>(), 640);
  EXPECT_EQ(x["detect"]["fps"].as<int>(), 10);
  EXPECT_EQ(x["objects"]["track"].as<std::vector<std::string>>(),
            (std::vector<std::string>{"person", "fire", "smoke"}));
  EXPECT_EQ(x["objects"]["filters"]["person"]["threshold"].as<double>(), 0.9);
  EXPECT_EQ(x["objects"]["filters"]["fire"]["threshold"].as<double>(), 0.7);
  EXPECT_EQ(x["objects"]["filters"]["fire"]["min_area"].as<int>(), 100);
  EXPECT_EQ(x["objects"]["filters"]["smoke"]["threshold"].as<double>(), 0.7);
  EXPECT_EQ(x["record"]["motion"]["days"].as<int>(), 7);
  EXPECT_EQ(x["zones"]["yard"]["coordinates"].Scalar(), "0,0,1,1");
}

TEST(updated_camera, mends_what_is_of_another_shape) {
  for (const auto* present :
       {"{}", "text", "[1]", "ffmpeg: x", "ffmpeg: {inputs: {}}", "ffmpeg: {inputs: [1, 2]}",
        "ffmpeg: {inputs: [{path: a, roles: [detect]}, {path: b, roles: [record]}]}",
        "objects: {track: fire, filters: [1]}", "objects: {filters: {fire: 3}}", "detect: []"}) {
    const auto x = updated(present, camera("aabbccddeeff"));
    ASSERT_EQ(x["ffmpeg"]["inputs"].size(), 2U) << present;
    EXPECT_EQ(x["ffmpeg"]["inputs"][1]["path"].Scalar(), "rtsp://192.0.2.7:554/sub");
    EXPECT_EQ(x["ffmpeg"]["inputs"][1]["roles"][0].Scalar(), "detect");
    EXPECT_TRUE(x["detect"]["enabled"].as<bool>());
    EXPECT_EQ(x["objects"]["track"].size(), 2U);
    EXPECT_EQ(x["objects"]["filters"]["fire"]["threshold"].as<double>(), 0.7);
  }
}

} // namespace
} // namespace firefinder::camera_block_test
