#include "tests/quality/disturb.hpp"
#include "tests/quality/figures.hpp"
#include "tests/quality/sequences.hpp"
#include "tests/quality/table.hpp"
#include "tests/quality/tracks.hpp"
#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace firefinder::quality::measuring_test {

namespace {

const box somewhere{0.4, 0.4, 0.5, 0.5, 0.9};

/// A minute between frames, a box from the `first` on.
sequence camera(const std::string& name, std::size_t frames, std::size_t first) {
  sequence result{name, {}};
  for (std::size_t i = 0; i < frames; ++i) {
    result.frames.push_back({60.0 * static_cast<double>(i), {}});
    if (i >= first)
      result.frames.back().boxes.push_back(somewhere);
  }
  return result;
}

bool every(std::size_t) { return true; }

std::size_t boxes_in(const std::vector<scene>& scenes, double from, double to) {
  std::size_t n = 0;
  for (const auto& s : scenes)
    for (const auto& c : s.cameras)
      for (const auto& f : c.frames)
        if (f.t >= from && f.t < to)
          n += f.boxes.size();
  return n;
}

} // namespace

TEST(read_figlib, JoinsTheCamerasOfAnEvent) {
  const test::temporary_directory d;
  const auto file = d.write("f.csv", "fire_id,event,camera,unix_time,offset_s,x1,y1,x2,y2,flags\n"
                                     "e_a,e,a,1000,-60,,,,,\n"
                                     "e_a,e,a,1060,0,1024,768,2048,1536,\n"
                                     "e_b,e,b,1010,-20,1536,0,3072,1024,\n"
                                     "g_a,g,a,5000,0,,,,,unlabelled\n");
  const auto x = read_figlib(file, 0.8);
  ASSERT_EQ(x.size(), 2u);
  EXPECT_EQ(x[0].name, "e");
  EXPECT_EQ(x[0].ignition, 1030) << "the earlier one";
  ASSERT_EQ(x[0].cameras.size(), 2u);
  ASSERT_EQ(x[0].cameras[0].frames.size(), 2u);
  EXPECT_EQ(first_box(x[0].cameras[0]), 1u);
  const auto& small = x[0].cameras[0].frames[1].boxes.at(0);
  EXPECT_EQ(small.x1, 0.5);
  EXPECT_EQ(small.y2, 1);
  EXPECT_EQ(small.confidence, 0.8);
  EXPECT_EQ(x[0].cameras[1].frames[0].boxes.at(0).x1, 0.5) << "3072 wide";
  EXPECT_EQ(seen_by_two(x).size(), 1u);
  EXPECT_EQ(single_cameras(x).size(), 3u);
}

TEST(read_detector, GathersTheBoxesOfAFrame) {
  const test::temporary_directory d;
  const auto file
      = d.write("d.csv", "seq_id,camera,time,n_boxes,x1,y1,x2,y2,conf,truth,source_file\n"
                         "7,n@1,2023-06-02T23:59:50,2,0.1,0.1,0.2,0.2,0.5,,a.jpg\n"
                         "7,n@1,2023-06-02T23:59:50,2,0.3,0.1,0.4,0.2,0.6,,a.jpg\n"
                         "7,n@1,2023-06-03T00:00:20,0,,,,,,1,b.jpg\n"
                         "8,n@1,2023-06-04T00:00:20,0,,,,,,0,c.jpg\n"
                         "9,n@1,2023-06-05T00:00:20,0,,,,,,,d.jpg\n");
  const auto x = read_detector(file);
  ASSERT_EQ(x.size(), 3u);
  ASSERT_EQ(x[0].cameras.at(0).frames.size(), 2u);
  EXPECT_EQ(x[0].cameras[0].camera, "n@1");
  EXPECT_EQ(x[0].cameras[0].frames[0].boxes.size(), 2u);
  EXPECT_EQ(x[0].cameras[0].frames[1].t - x[0].cameras[0].frames[0].t, 30);
  EXPECT_EQ(x[0].label, truth::fire) << "known from one of its rows";
  EXPECT_EQ(x[1].label, truth::no_fire);
  EXPECT_EQ(x[2].label, truth::unknown);
}

TEST(read_detector, RefusesWhatIsNoTable) {
  const test::temporary_directory d;
  EXPECT_THROW((void)read_detector(d.path() / "absent.csv"), std::runtime_error);
  EXPECT_THROW((void)read_detector(d.write("x.csv", "seq_id,camera\n1\n")), std::runtime_error);
  EXPECT_THROW((void)read_figlib(d.write("y.csv", "event,camera\ne,c\n"), 1), std::runtime_error);
}

TEST(disturbed, StraysOnlyBeforeTheIgnition) {
  std::vector<scene> scenes(20, scene{"", truth::fire, 6000, {camera("a", 200, 150)}});
  const auto x = disturbed(scenes, {.stray = 0.03}, 1);
  const auto strays = boxes_in(x, 0, 6000);
  EXPECT_GT(strays, 30u) << "of 2,000 frames 3 %";
  EXPECT_LT(strays, 90u);
  EXPECT_EQ(boxes_in(x, 6000, 1e9), boxes_in(scenes, 6000, 1e9));
  EXPECT_NE(boxes_in(disturbed(scenes, {.stray = 0.03}, 2), 0, 6000), 0u);
}

TEST(disturbed, MissesBoxesAndLeavesOutEmptyFrames) {
  const std::vector<scene> scenes(20, scene{"", truth::fire, 0, {camera("a", 100, 50)}});
  const auto missed = boxes_in(disturbed(scenes, {.missed = 0.1}, 1), 0, 1e9);
  EXPECT_LT(missed, 950u);
  EXPECT_GT(missed, 850u);
  const auto x = disturbed(scenes, {.boxes_only = true}, 1);
  EXPECT_EQ(x[0].cameras[0].frames.size(), 50u);
}

TEST(disturbed, IsTheSameForTheSameSeed) {
  const std::vector<scene> scenes{{"", truth::fire, 0, {camera("a", 100, 0)}}};
  const auto confidence = [&](std::uint64_t seed) {
    return disturbed(scenes, {.any_confidence = true}, seed)[0]
        .cameras[0]
        .frames[7]
        .boxes[0]
        .confidence;
  };
  EXPECT_EQ(confidence(1), confidence(1));
  EXPECT_NE(confidence(1), confidence(2));
}

TEST(first_track, FollowsTheBestOverlapThroughGaps) {
  const auto at = [](double x) { return box{x, 0.4, x + 0.1, 0.5, 0.9}; };
  const std::vector<frame> frames{
      {0, {at(0.1), at(0.6)}}, {1, {at(0.64), at(0.13)}}, {2, {}}, {3, {at(0.68)}}};
  const auto x = first_track(frames, 3);
  ASSERT_EQ(x.size(), 3u);
  EXPECT_EQ(x[1].x1, 0.64);
  EXPECT_EQ(x[2].x1, 0.68);
  EXPECT_TRUE(first_track(frames, 4).empty());
}

TEST(continued, GivesEachTrackToOneBox) {
  const auto at = [](double x) { return box{x, 0.4, x + 0.1, 0.5, 0.9}; };
  EXPECT_EQ(continued({at(0.12), at(0.11), at(0.5)}, {at(0.1)}, 0), (std::vector<int>{-1, 0, -1}));
  EXPECT_EQ(continued({at(0.15)}, {at(0.1)}, 0.4), std::vector<int>{-1});
}

TEST(measure, CountsFromTheFirstBoxOfTheSecondCamera) {
  const std::vector<scene> scenes{
      {"", truth::fire, 120, {camera("b", 20, 5), camera("a", 20, 2), camera("c", 20, 9)}}};
  const auto x = measure(scenes, {{480}}, 2, every);
  EXPECT_EQ(x.found, 1u);
  EXPECT_EQ(x.early, 0u);
  EXPECT_EQ(x.frames, std::vector<double>{3});
  EXPECT_EQ(x.minutes, std::vector<double>{3});
}

TEST(measure, KnowsAlarmsBeforeTheIgnition) {
  const std::vector<scene> scenes(2, scene{"", truth::fire, 120, {camera("a", 20, 3)}});
  const auto x = measure(scenes, {{60, 100, 240}, {60}}, 1, every);
  EXPECT_EQ(x.scenes, 2u);
  EXPECT_EQ(x.found, 1u) << "an early alarm finds nothing";
  EXPECT_EQ(x.early, 3u);
  EXPECT_EQ(x.alarms, 4u);
  EXPECT_EQ(x.frames, std::vector<double>{1});
  EXPECT_EQ(measure(scenes, {{60, 240}, {60}}, 1, [](std::size_t i) { return i == 1; }).found, 0u);
}

TEST(quantile, IsTheNearestRank) {
  EXPECT_EQ(quantile({10, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 0.9), 9);
  EXPECT_EQ(quantile({3}, 0.9), 3);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(between_markers, KeepsTheRestOfThePage) {
  const std::string page = "a\n<!-- measured: begin -->\nold\n<!-- measured: end -->\nb\n";
  const auto x = between_markers(page, "new\n");
  EXPECT_EQ(x, "a\n<!-- measured: begin -->\n\nnew\n\n<!-- measured: end -->\nb\n");
  EXPECT_EQ(between_markers(x, "new\n"), x);
  EXPECT_THROW((void)between_markers("no markers\n", ""), std::runtime_error);
}

TEST(table, HasARowOfCellsForEachForm) {
  const table x{"Title", "Note.", {"rule", "n"}, {{"ours", "1"}, {"the others", "23"}}};
  EXPECT_EQ(as_markdown(x), "### Title\n\nNote.\n\n| rule | n |\n| --- | --- |\n| ours | 1 |\n"
                            "| the others | 23 |\n");
  EXPECT_EQ(as_json(x)["rows"][1]["n"], "23");
  EXPECT_NE(as_text(x).find("  the others  23\n"), std::string::npos) << as_text(x);
}

} // namespace firefinder::quality::measuring_test
