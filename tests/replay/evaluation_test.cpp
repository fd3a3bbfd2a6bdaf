// Measuring triggers, setting two configurations side by side, pictures.

#include "src/replay/comparison.hpp"
#include "src/replay/evaluation.hpp"
#include "src/replay/plot.hpp"
#include "src/replay/summary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace firefinder::replay::evaluation_test {
namespace {

using nlohmann::json;

sample_trace sample_at(double t, const std::string& camera, const std::string& dropped = {},
                       double area = 0.01) {
  sample_trace result;
  result.camera = camera;
  result.t = t;
  result.area = area;
  result.confidence = 0.8;
  result.dropped = dropped;
  return result;
}

decision_record trigger_at(double t, const std::vector<std::string>& cameras,
                           std::uint32_t threshold = 2) {
  decision_record result;
  result.t = t;
  result.reason = decision_reason::agreement;
  result.trigger_id = "id-" + std::to_string(static_cast<int>(t));
  result.threshold = threshold;
  result.agreeing = static_cast<std::uint32_t>(cameras.size());
  for (const auto& id : cameras)
    result.cameras[id].agrees = true;
  return result;
}

TEST(evaluation, MeasuresFromTheLastCameraThatWasNeeded) {
  evaluation x{{}};
  x.add(sample_at(10, "a"));
  x.add(sample_at(15, "b", "low_confidence"));
  x.add(sample_at(20, "b"));
  x.add(sample_at(21, "b"));
  // Two detections of one frame, and a frame with nothing in it.
  x.add(sample_at(22, "b"));
  x.add(sample_at(22, "b"));
  x.add(sample_at(24, "b", {}, 0));
  x.add(sample_at(25, "c"));
  x.add(trigger_at(26, {"a", "b", "c"}));
  ASSERT_EQ(x.triggers().size(), 1U);
  EXPECT_EQ(x.triggers()[0].delay_s, 6);
  EXPECT_EQ(x.triggers()[0].delay_frames, 3U);
  EXPECT_FALSE(x.triggers()[0].is_false);
}

TEST(evaluation, BeginsAnewAfterASilenceAndAfterATrigger) {
  evaluation x{{}};
  x.add(sample_at(0, "a"));
  x.add(sample_at(evaluation::silence_s + 1, "a"));
  x.add(trigger_at(evaluation::silence_s + 3, {"a"}, 1));
  x.add(sample_at(evaluation::silence_s + 10, "a"));
  x.add(trigger_at(evaluation::silence_s + 11, {"a"}, 1));
  ASSERT_EQ(x.triggers().size(), 2U);
  EXPECT_EQ(x.triggers()[0].delay_s, 2);
  EXPECT_EQ(x.triggers()[1].delay_s, 1);
}

TEST(evaluation, CountsTheTimeInWhichCamerasWatch) {
  evaluation x{{}};
  for (const auto* camera : {"a", "b"})
    for (const double t : {0.0, 600.0, 1'200.0, 100'000.0, 100'600.0})
      x.add(sample_at(t, camera, "low_confidence"));
  EXPECT_DOUBLE_EQ(x.camera_days(), 2 * 1'800.0 / 86'400);
}

TEST(evaluation, KnowsFalseAlarms) {
  truth burning;
  burning.ignition = 100;
  evaluation x{burning};
  x.add(trigger_at(99, {"a"}));
  x.add(trigger_at(100, {"a"}));
  EXPECT_EQ(x.triggers()[0].is_false, true);
  EXPECT_EQ(x.triggers()[1].is_false, false);
  truth quiet;
  quiet.no_fire = true;
  evaluation y{quiet};
  y.add(trigger_at(99, {"a"}));
  EXPECT_EQ(y.triggers()[0].is_false, true);
  score sum;
  sum.add(x, burning);
  sum.add(y, quiet);
  EXPECT_EQ(sum.runs, 2U);
  EXPECT_EQ(sum.confirmed, 1U);
  EXPECT_EQ(sum.triggers, 3U);
  EXPECT_EQ(sum.false_alarms, 2U);
  EXPECT_TRUE(sum.truth_known);
  sum.add(y, truth{});
  EXPECT_FALSE(sum.truth_known);
}

TEST(evaluation, TakesTheNearestRank) {
  EXPECT_EQ(quantile({}, 0.5), std::nullopt);
  EXPECT_EQ(quantile({7}, 0.9), 7);
  EXPECT_EQ(quantile({4, 1, 3, 2}, 0.5), 2);
  EXPECT_EQ(quantile({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9), 9);
}

TEST(evaluation, PairsTheTriggersOfTwoRuns) {
  const auto at = [](double t) { return measured_trigger{trigger_at(t, {"a"}), {}, {}, 0}; };
  const auto apart = 2 * evaluation::silence_s;
  const auto found = pair({at(0), at(100), at(apart)}, {at(90), at(2 * apart)});
  EXPECT_EQ(found.only_a, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(found.only_b, (std::vector<std::size_t>{1}));
}

TEST(comparison, TellsWhatTheOtherHadDecided) {
  compared_run run;
  run.file = "night \"1\"";
  truth known;
  known.no_fire = true;
  evaluation x{known};
  x.add(trigger_at(99, {"north"}));
  run.a.add(x, known);
  run.b.add(evaluation{known}, known);
  auto other = trigger_at(90, {});
  other.reason = decision_reason::too_few_cameras;
  run.only_a.push_back({x.triggers()[0], other});
  const auto line = json::parse(run_line(run));
  EXPECT_EQ(line["file"], "night \"1\"");
  EXPECT_EQ(line["a"]["triggers"], 1);
  EXPECT_EQ(line["a"]["false_alarms"], 1);
  EXPECT_EQ(line["b"]["triggers"], 0);
  EXPECT_EQ(line["only_a"][0]["trigger_id"], "id-99");
  EXPECT_TRUE(line["only_b"].empty());
  const auto text = run_text(run);
  EXPECT_NE(text.find("only A"), std::string::npos) << text;
  EXPECT_NE(text.find("0 of 2 needed cameras agree"), std::string::npos) << text;
}

// -- summary -------------------------------------------------------------------------

TEST(summary, IsOneLineWithEveryFigure) {
  std::ostringstream ignored;
  recording::problem_log before{ignored};
  auto after = before;
  after.note(recording::problem::broken_line, "f", 1, "x");
  after.note(recording::problem::time_backwards, "f", 2, "x");
  tracker_figures figures;
  figures.accepted = 3;
  figures.dropped["stale"] = 2;
  figures.cameras["a"];
  summary x;
  x.messages = 5;
  x.span_s = 1.5;
  x.add(figures);
  x.add(before, after);
  EXPECT_EQ(summary_line(x, {}),
            R"({"summary":{"messages":5,"accepted":3,"dropped":{"broken_line":1,"stale":2},)"
            R"("triggers":0,"cameras":1,"span_s":1.5}})");
  EXPECT_EQ(json::parse(summary_line(x, "a\"b"))["file"], "a\"b");
}

TEST(summary, WritesMomentsInUtc) {
  EXPECT_EQ(moment_text(1'732'212'000.1254), "2024-11-21T18:00:00.125Z");
}

// -- pictures ------------------------------------------------------------------------

// Expects XML in which every element is closed, every attribute quoted, and no stray `<` or `&`.
void expect_well_formed(const std::string& text) {
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ASSERT_TRUE(static_cast<unsigned char>(text[i]) >= 0x20 || text[i] == '\n') << "at " << i;
    if (text[i] == '&') {
      const auto end = text.find(';', i);
      ASSERT_TRUE(end != std::string::npos && end - i < 7) << text.substr(i, 20);
      continue;
    }
    if (text[i] != '<')
      continue;
    const auto end = text.find('>', i);
    ASSERT_NE(end, std::string::npos);
    const auto tag = text.substr(i + 1, end - i - 1);
    ASSERT_EQ(std::count(tag.begin(), tag.end(), '"') % 2, 0) << tag;
    ASSERT_EQ(tag.find('<'), std::string::npos) << tag;
    const auto name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag.front() == '/') {
      ASSERT_FALSE(open.empty()) << tag;
      ASSERT_EQ(tag.substr(1), open.back());
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    i = end;
  }
  EXPECT_TRUE(open.empty());
}

std::size_t count_of(const std::string& text, const std::string& what) {
  std::size_t result = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
    ++result;
  return result;
}

TEST(plot, ShowsCamerasSamplesAndTriggers) {
  plot x{300, "a <b> & \"c\""};
  for (int i = 0; i < 10; ++i) {
    auto one
        = sample_at(1'000 + i, "north <&>\x01\xef\xbf\xbf", i % 3 == 2 ? "low_confidence" : "");
    one.standing.growth = 1.0 + 0.1 * i;
    one.standing.growth_needed = 1.2;
    one.standing.agrees = i > 4;
    x.add(one);
    x.add(sample_at(1'000 + i, "south"));
  }
  x.add(trigger_at(1'006, {"north", "south"}));
  const auto svg = x.svg();
  expect_well_formed(svg);
  EXPECT_NE(svg.find("north &lt;&amp;&gt;??"), std::string::npos);
  EXPECT_NE(svg.find(">south</text>"), std::string::npos);
  EXPECT_EQ(count_of(svg, "class=\"accepted\""), 17U);
  EXPECT_EQ(count_of(svg, "class=\"dropped\""), 3U);
  EXPECT_EQ(count_of(svg, "<title>low_confidence: "), 3U);
  EXPECT_EQ(count_of(svg, "class=\"trigger\""), 1U);
  EXPECT_EQ(count_of(svg, "class=\"pause\""), 1U);
  // The trigger says it of both.
  EXPECT_EQ(count_of(svg, "class=\"agrees\""), 2U);
  EXPECT_EQ(count_of(svg, "class=\"needed\""), 1U);
  EXPECT_EQ(count_of(svg, "<script"), 0U);
  EXPECT_NE(svg.find("id-1006"), std::string::npos);
  EXPECT_NE(svg.find("TRIGGER"), std::string::npos);
  const auto html = x.html();
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>\n"));
  EXPECT_NE(html.find(svg), std::string::npos);
  expect_well_formed(html.substr(html.find('\n') + 1));
}

TEST(plot, SaysThatThereIsNothing) {
  const plot x{300, "empty"};
  expect_well_formed(x.svg());
  EXPECT_NE(x.svg().find("no detections"), std::string::npos);
}

TEST(plot, TakesNamesThatAreNotUtf8) {
  const plot x{300, "night\xff\xc3.jsonl"};
  EXPECT_NE(x.svg().find("<title>night\xef\xbf\xbd\xef\xbf\xbd.jsonl</title>"), std::string::npos);
  EXPECT_EQ(x.html().find('\xff'), std::string::npos);
}

TEST(plot, BreaksBoldLinesEarlier) {
  plot x{300, "many"};
  std::vector<std::string> cameras;
  for (int i = 0; i < 20; ++i)
    cameras.push_back("a-camera-with-a-name-" + std::to_string(i));
  x.add(trigger_at(1'000, cameras));
  const auto svg = x.svg();
  constexpr std::string_view begin = "class=\"fire\" text-anchor=\"start\">";
  std::size_t lines = 0;
  for (auto at = svg.find(begin); at != std::string::npos; at = svg.find(begin, at + 1), ++lines) {
    const auto from = at + begin.size();
    EXPECT_LE(svg.find("</text>", from) - from, 140U);
  }
  EXPECT_GT(lines, 1U);
}

TEST(plot, ThinsWhatIsTooMuchToDraw) {
  plot x{300, "much"};
  for (int i = 0; i < 50'000; ++i)
    x.add(sample_at(i, "north"));
  const auto svg = x.svg();
  const auto drawn = count_of(svg, "<circle");
  EXPECT_LT(drawn, 2 * plot::max_samples);
  EXPECT_GE(drawn, plot::max_samples);
  EXPECT_NE(svg.find("50000 detections, every 8th is drawn"), std::string::npos);
}

} // namespace
} // namespace firefinder::replay::evaluation_test
