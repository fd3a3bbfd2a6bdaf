#include "actors/frigate/camera_block.hpp"
#include "actors/frigate/merge.hpp"
#include "actors/frigate/yaml_text.hpp"
#include "tests/frigate/cameras.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace firefinder::merge_test {
namespace {

using test::camera;

frigate_blocks blocks(const std::vector<camera_facts>& cameras,
                      std::vector<std::string> removed = {}) {
  frigate_sources all;
  for (const auto& x : cameras)
    all.emplace(x.id, *source_of(x));
  return {yaml_text(cameras_block(all, {"0.16.2", frigate_settings{}.labels, 0.7})),
          std::move(removed)};
}

std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> result;
  for (const auto& member : YAML::Load(text)["cameras"])
    result.push_back(member.first.Scalar());
  return result;
}

using names = std::vector<std::string>;

constexpr auto a = "aabbccddeeff";
constexpr auto b = "001122334455";

// Has comments, anchors, and the ways of writing that people have.
constexpr auto owner = R"(# my Frigate
mqtt:   {host: broker}   # here

detectors:
  coral: &coral
    type: edgetpu
model:
    path: "/fire.tflite"
record:
  enabled: yes
)";

std::string regionless(const std::string& text) {
  const auto begin = text.find("# firefinder: begin");
  const auto end = text.find('\n', text.find("# firefinder: end")) + 1;
  return text.substr(0, begin) + text.substr(end);
}

TEST(merged, adds_cameras_at_the_end_of_a_file_without_any) {
  const auto x = merged(owner, blocks({camera(a), camera(b)}));
  ASSERT_EQ(x.problem, "");
  EXPECT_EQ(regionless(x.text), owner);
  EXPECT_EQ(names_in(x.text), (names{"cam_001122334455", "cam_aabbccddeeff"}));
  // Where the last line does not end.
  const std::string open{std::string_view{owner}.substr(0, std::string_view{owner}.size() - 1)};
  EXPECT_EQ(merged(open, blocks({camera(a), camera(b)})).text, x.text);
}

TEST(merged, says_the_same_when_nothing_is_new) {
  const auto once = merged(owner, blocks({camera(a), camera(b)})).text;
  EXPECT_EQ(merged(once, blocks({camera(a), camera(b)})).text, once);
  // Those of which nothing is known are not gone.
  EXPECT_EQ(merged(once, blocks({camera(a)})).text, once);
  EXPECT_EQ(merged(once, blocks({})).text, once);
  EXPECT_EQ(merged(owner, blocks({})).text, owner);
}

TEST(merged, changes_and_removes_only_ours) {
  auto text = merged(owner, blocks({camera(a), camera(b)})).text;
  const auto moved = merged(text, blocks({camera(a, "192.0.2.99")}));
  ASSERT_EQ(moved.problem, "");
  EXPECT_EQ(regionless(moved.text), owner);
  EXPECT_EQ(
      YAML::Load(moved.text)["cameras"]["cam_aabbccddeeff"]["ffmpeg"]["inputs"][0]["path"].Scalar(),
      "rtsp://192.0.2.99:554/main");
  const auto fewer = merged(moved.text, blocks({camera(a)}, {"cam_001122334455"}));
  EXPECT_EQ(names_in(fewer.text), names{"cam_aabbccddeeff"});
  const auto none = merged(fewer.text, blocks({}, {"cam_aabbccddeeff"}));
  ASSERT_EQ(none.problem, "");
  EXPECT_TRUE(YAML::Load(none.text)["cameras"].IsMap());
  EXPECT_EQ(names_in(none.text), names{});
  EXPECT_EQ(regionless(none.text), owner);
  EXPECT_EQ(merged(none.text, blocks({camera(a), camera(b)})).text,
            merged(owner, blocks({camera(a), camera(b)})).text);
}

TEST(merged, takes_the_place_of_an_empty_list_of_cameras) {
  for (const auto* line : {"cameras: {} # No cameras defined, UI wizard should be used\n",
                           "cameras:\n", "\"cameras\": { }\n"}) {
    const auto before = std::string{"mqtt:\n  enabled: False\n"} + line + "version: 0.17-0\n";
    const auto x = merged(before, blocks({camera(a)}));
    ASSERT_EQ(x.problem, "") << line;
    EXPECT_EQ(regionless(x.text), "mqtt:\n  enabled: False\nversion: 0.17-0\n");
    EXPECT_EQ(names_in(x.text), names{"cam_aabbccddeeff"});
  }
}

constexpr auto with_own = R"(mqtt: {host: broker}
x-anchors:
  big: &big {width: 1920, height: 1080}
cameras:
    front:   # the old one
        ffmpeg: {inputs: [{path: "rtsp://u:p@192.0.2.1/x", roles: [detect]}]}
        detect: *big
    # firefinder: begin
    # firefinder: end
    # the garden
    back:
        ffmpeg: {inputs: [{path: 'rtsp://192.0.2.2/x', roles: [detect]}]}
version: 0.16-0
)";

TEST(merged, leaves_an_owners_cameras_byte_for_byte) {
  const auto x = merged(with_own, blocks({camera(a), camera(b)}));
  ASSERT_EQ(x.problem, "");
  EXPECT_EQ(names_in(x.text), (names{"front", "cam_001122334455", "cam_aabbccddeeff", "back"}));
  const std::string text = with_own;
  const auto mark = text.find("    # firefinder: end");
  EXPECT_EQ(x.text.substr(0, mark), text.substr(0, mark));
  EXPECT_TRUE(x.text.ends_with(text.substr(mark)));
  EXPECT_EQ(merged(x.text, blocks({}, {"cam_001122334455", "cam_aabbccddeeff"})).text, with_own);
}

TEST(merged, refuses_where_it_has_no_place) {
  const auto x = merged("cameras:\n  front: {ffmpeg: {inputs: []}}\n", blocks({camera(a)}));
  EXPECT_EQ(x.text, "");
  EXPECT_NE(x.problem.find("# firefinder: begin"), std::string::npos);
  EXPECT_NE(x.problem.find("under them"), std::string::npos);
}

TEST(merged, refuses_what_it_would_harm) {
  for (const auto* before :
       {"a: [", "\t- x: 'y", "[1, 2]", "text", "{cameras: {}}", "{mqtt: {host: a}}",
        "# firefinder: begin\n", "# firefinder: end\n", "# firefinder: end\n# firefinder: begin\n",
        "# firefinder: begin\n# firefinder: begin\n# firefinder: end\n",
        "cameras:\n  # firefinder: begin\n# firefinder: end\n",
        // Another `cameras:` would come to stand beside it.
        "cameras:\n  front: {detect: {}}\n# firefinder: begin\n# firefinder: end\n",
        // They would come to stand in a camera.
        "cameras:\n  front:\n    # firefinder: begin\n    # firefinder: end\n    detect: {}\n",
        "mqtt:\n  # firefinder: begin\n  # firefinder: end\n  host: a\n",
        // What follows is not of the last of ours.
        "cameras:\n  front:\n    detect: {}\n  # firefinder: begin\n  # firefinder: end\n    ui: "
        "{}\n",
        "cameras:\n  # firefinder: begin\n  front: {x: *unknown}\n  # firefinder: end\n",
        "mqtt: {host: a}\n...\n"}) {
    const auto x = merged(before, blocks({camera(a)}));
    EXPECT_NE(x.problem, "") << before << x.text;
    EXPECT_EQ(x.text, "");
  }
}

TEST(merged, bounds_what_a_file_may_stand_for) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int j = 0; j < 9; ++j)
      bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_NE(merged(bomb, blocks({camera(a)})).problem, "");
  EXPECT_NE(merged(std::string(100'000, '['), blocks({camera(a)})).problem, "");
  EXPECT_NE(merged(std::string(std::size_t{9} * 1024 * 1024, '\n'), blocks({camera(a)})).problem,
            "");
}

TEST(merged, keeps_what_others_added_to_our_cameras) {
  auto text = merged(owner, blocks({camera(a), camera(b)})).text;
  // As Frigate's own page writes it: at the end of the camera, behind our mark.
  text
      += "    zones:\n      yard:\n        coordinates: 0,0,1,1\n    motion:\n      threshold: 40\n"
         "# and a word\n"
         "ui:\n  timezone: UTC\n";
  const auto x = merged(text, blocks({camera(a, "192.0.2.99")}));
  ASSERT_EQ(x.problem, "");
  const auto root = YAML::Load(x.text);
  const auto camera_a = root["cameras"]["cam_aabbccddeeff"];
  EXPECT_EQ(camera_a["zones"]["yard"]["coordinates"].Scalar(), "0,0,1,1");
  EXPECT_EQ(camera_a["motion"]["threshold"].as<int>(), 40);
  EXPECT_EQ(camera_a["ffmpeg"]["inputs"][1]["path"].Scalar(), "rtsp://192.0.2.99:554/sub");
  EXPECT_TRUE(x.text.ends_with("# firefinder: end\n# and a word\nui:\n  timezone: UTC\n"));
  EXPECT_EQ(merged(x.text, blocks({camera(a, "192.0.2.99")})).text, x.text);
}

TEST(merged, lets_cameras_of_others_follow_ours) {
  auto text = merged(owner, blocks({camera(a)})).text;
  const std::string other
      = "   # mine\n   gate:\n      ffmpeg: {inputs: [{path: x, roles: [detect]}]}\n";
  // Indented otherwise than ours: the file is no YAML so, until all are.
  EXPECT_NE(merged(text + other, blocks({camera(b)})).problem, "");
  const std::string same
      = "  # mine\n  gate:\n    ffmpeg: {inputs: [{path: x, roles: [detect]}]}\n";
  const auto x = merged(text + same, blocks({camera(b)}));
  ASSERT_EQ(x.problem, "");
  EXPECT_EQ(names_in(x.text), (names{"cam_aabbccddeeff", "cam_001122334455", "gate"}));
  EXPECT_TRUE(x.text.ends_with(same));
  const auto none = merged(x.text, blocks({}, {"cam_001122334455", "cam_aabbccddeeff"}));
  ASSERT_EQ(none.problem, "");
  EXPECT_EQ(names_in(none.text), names{"gate"});
  EXPECT_TRUE(none.text.ends_with(same));
}

TEST(merged, leaves_a_camera_to_its_owner) {
  const std::string before = "cameras:\n  cam_aabbccddeeff: {ffmpeg: {inputs: []}}\n"
                             "  # firefinder: begin\n  # firefinder: end\n";
  const auto x = merged(before, blocks({camera(a), camera(b)}));
  ASSERT_EQ(x.problem, "");
  EXPECT_EQ(names_in(x.text), (names{"cam_aabbccddeeff", "cam_001122334455"}));
  EXPECT_EQ(merged(x.text, blocks({camera(b)}, {"cam_aabbccddeeff"})).text, x.text);
}

TEST(merged, bears_windows_line_ends) {
  const auto x = merged("mqtt:\r\n  host: a\r\n# firefinder: begin\r\n# firefinder: end\r\n",
                        blocks({camera(a)}));
  ASSERT_EQ(x.problem, "");
  EXPECT_TRUE(x.text.starts_with("mqtt:\r\n  host: a\r\n# firefinder: begin\r\n"));
  EXPECT_TRUE(x.text.ends_with("# firefinder: end\r\n"));
  EXPECT_EQ(names_in(x.text), names{"cam_aabbccddeeff"});
}

TEST(merged, survives_hostile_names_of_cameras) {
  for (const auto* name : {"# firefinder: end", "\n# firefinder: end\n", "\"\n}]", "\\", "&a *b"}) {
    auto facts = camera(a);
    facts.name = name;
    frigate_sources all{{facts.id, *source_of(facts)}};
    const frigate_blocks what{
        yaml_text(cameras_block(all, {"0.17.0", frigate_settings{}.labels, 0.7})), {}};
    const auto x = merged(owner, what);
    ASSERT_EQ(x.problem, "") << name;
    EXPECT_EQ(merged(x.text, what).text, x.text);
    EXPECT_EQ(names_in(x.text), names{"cam_aabbccddeeff"});
  }
}

TEST(merged, has_room_for_a_thousand) {
  std::vector<camera_facts> all;
  for (int i = 0; i < 1'000; ++i) {
    char id[13];
    std::snprintf(id, sizeof id, "%012x", i);
    all.push_back(camera(id));
  }
  const auto x = merged(owner, blocks(all));
  ASSERT_EQ(x.problem, "");
  EXPECT_EQ(names_in(x.text).size(), 1'000U);
}

TEST(new_file, is_what_frigate_needs) {
  const auto text = new_file(blocks({camera(a)}), {"broker.lan", 1884, "barn"});
  const auto root = YAML::Load(text);
  EXPECT_EQ(root["mqtt"]["host"].Scalar(), "broker.lan");
  EXPECT_EQ(root["mqtt"]["port"].as<int>(), 1884);
  EXPECT_EQ(root["mqtt"]["topic_prefix"].Scalar(), "barn");
  EXPECT_EQ(names_in(text), names{"cam_aabbccddeeff"});
  EXPECT_EQ(merged(text, blocks({camera(a)})).text, text);
  EXPECT_EQ(names_in(merged(text, blocks({camera(b)})).text).size(), 2U);
}

TEST(changes, are_what_differs) {
  const auto empty = changes_of("mqtt: {host: a}", blocks({camera(a)}));
  ASSERT_TRUE(empty);
  ASSERT_EQ(empty->size(), 1U);
  EXPECT_EQ(empty->at(0).name, "cam_aabbccddeeff");
  EXPECT_EQ(empty->at(0).what, camera_change::kind::add);
  EXPECT_NE(empty->at(0).json.find(R"("enabled":true)"), std::string::npos);
  EXPECT_NE(empty->at(0).json.find(R"("threshold":0.7)"), std::string::npos);

  const auto there = merged(owner, blocks({camera(a), camera(b)})).text;
  EXPECT_TRUE(changes_of(there, blocks({camera(a), camera(b)}))->empty());
  const auto moved = changes_of(
      there, blocks({camera(a, "192.0.2.99")}, {"cam_001122334455", "cam_unknown", "front"}));
  ASSERT_EQ(moved->size(), 2U);
  EXPECT_EQ(moved->at(0).what, camera_change::kind::change);
  EXPECT_EQ(moved->at(1).what, camera_change::kind::remove);
  EXPECT_EQ(moved->at(1).name, "cam_001122334455");
  EXPECT_FALSE(changes_of("[", blocks({camera(a)})));
  EXPECT_FALSE(changes_of("text", blocks({camera(a)})));
}

} // namespace
} // namespace firefinder::merge_test
