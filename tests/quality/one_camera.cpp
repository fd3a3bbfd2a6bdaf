#include "tests/quality/disturb.hpp"
#include "tests/quality/landscape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::quality {

study one_camera(const bench& b) {
  constexpr unsigned threshold = 1;
  study result;

  const auto scenes = read_detector(detector_file(b));
  double frames = 0;
  for (const auto& s : scenes)
    if (s.label == truth::unknown)
      frames += static_cast<double>(s.cameras.front().frames.size());
  const double camera_days = frames * 30 / 86400;

  table detector;
  detector.title = "Landscape, one camera: a real detector";
  detector.columns = {"rule",
                      "recall",
                      "share",
                      "even + odd",
                      "frames median / p90",
                      "false",
                      "unlabelled",
                      "even + odd of these",
                      "alarms a camera-day"};
  const auto judged = [&](const std::string& name, const moments& alarms) {
    const auto x = by_label(scenes, alarms, every);
    const auto first = by_label(scenes, alarms, even);
    const auto second = by_label(scenes, alarms, odd);
    detector.rows.push_back(
        {name, found_of_all(x.fires), percent(x.fires.share()),
         found_of_all(first.fires) + " + " + found_of_all(second.fires), spread(x.fires.frames, 1),
         found_of_all(x.no_fires), found_of_all(x.unknown),
         fmt::format("{} + {}", first.unknown.found, second.unknown.found),
         fmt::format("{:.0f}", static_cast<double>(x.unknown.alarms) / camera_days)});
    return x;
  };
  const auto us = judged(ours, judged_by_us(b, scenes, threshold));
  const auto boxes_only = disturbed(scenes, {.boxes_only = true}, 1);
  judged(fmt::format("{}, nothing heard of empty frames", ours),
         judged_by_us(b, boxes_only, threshold));
  double best_recall = 0;
  detector_figures voting;
  detector_figures tracker;
  for (const auto& p : peers()) {
    const auto x = judged(p.name, judged_by(p, scenes, threshold));
    if (p.name != any_box_name)
      best_recall = std::max(best_recall, x.fires.share());
    if (p.name == "pyro-engine")
      voting = x;
    if (p.name == "5-frame tracker")
      tracker = x;
  }
  detector.note = fmt::format(
      "pyronear's detector: {} sequences of one camera each, a frame every 30 s, of which {} are "
      "known fires, {} known to be none, {} not labelled ({:.2f} camera-days, a frame counting as "
      "30 s; some of them are fires). Frames count from the first box. Alarms a camera-day counts "
      "every alarm on unlabelled sequences, the columns before it sequences with an alarm.",
      scenes.size(), us.fires.scenes, us.no_fires.scenes, us.unknown.scenes, camera_days);
  result.tables.push_back(std::move(detector));

  if (us.fires.share() < best_recall - 0.01)
    result.failures.push_back(fmt::format("recall {}, wanted the best peer's {} less 1 %",
                                          percent(us.fires.share()), percent(best_recall)));
  if (median(us.fires.frames) > 5)
    result.failures.push_back(fmt::format("median {} frames, wanted 5", median(us.fires.frames)));
  if (us.no_fires.found > tracker.no_fires.found + 1)
    result.failures.push_back(fmt::format("{} false alarms, wanted the tracker's {} and one",
                                          us.no_fires.found, tracker.no_fires.found));
  if (10 * us.unknown.alarms > 11 * voting.unknown.alarms
      || 10 * us.unknown.found > 11 * voting.unknown.found)
    result.failures.push_back(fmt::format(
        "{} alarms on {} unlabelled sequences, wanted 1.1 times pyro-engine's {} on {}",
        us.unknown.alarms, us.unknown.found, voting.unknown.alarms, voting.unknown.found));

  const auto singles
      = single_cameras(read_figlib(b.data / "figlib" / "figlib_sequences.csv", usual_confidence));
  table ignitions;
  ignitions.title = "Landscape, one camera: FIgLib";
  ignitions.note = fmt::format(
      "Each of the {} sequences by itself, one camera decides. Frames and minutes count from its "
      "first box.",
      singles.size());
  ignitions.columns = fire_columns();
  const auto row = [&](const std::string& name, const moments& alarms) {
    ignitions.rows.push_back(fire_row(name, measure(singles, alarms, threshold, every),
                                      measure(singles, alarms, threshold, even),
                                      measure(singles, alarms, threshold, odd)));
  };
  row(ours, judged_by_us(b, singles, threshold));
  for (const auto& p : peers())
    row(p.name, judged_by(p, singles, threshold));
  result.tables.push_back(std::move(ignitions));
  return result;
}

} // namespace firefinder::quality
