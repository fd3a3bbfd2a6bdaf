#include "tests/quality/disturb.hpp"
#include "tests/quality/figures.hpp"
#include "tests/quality/peers.hpp"
#include "tests/quality/studies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::quality {

namespace {

constexpr const char* ours = "firefinder";
constexpr double usual_confidence = 0.9;

bool every(std::size_t) { return true; }
bool even(std::size_t i) { return i % 2 == 0; }
bool odd(std::size_t i) { return i % 2 == 1; }

using moments = std::vector<std::vector<double>>;

moments judged_by_us(const bench& b, const std::vector<scene>& scenes, unsigned threshold) {
  std::vector<std::string> recordings;
  for (const auto& s : scenes)
    recordings.push_back(recording(s));
  moments result;
  for (const auto& triggers :
       b.program.play(recordings, {"consensus.profile=landscape",
                                   "consensus.threshold=" + std::to_string(threshold)})) {
    result.emplace_back();
    for (const auto& x : triggers)
      result.back().push_back(x.t);
  }
  return result;
}

moments judged_by(const peer& p, const std::vector<scene>& scenes, unsigned threshold) {
  moments result;
  for (const auto& s : scenes)
    result.push_back(alarms(p, s, threshold));
  return result;
}

std::string found_of_all(const figures& x) { return fmt::format("{}/{}", x.found, x.scenes); }

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// Median and 90th percentile.
std::string spread(const std::vector<double>& x, int digits) {
  return x.empty() ? "-"
                   : fmt::format("{:.{}f} / {:.{}f}", median(x), digits, quantile(x, 0.9), digits);
}

std::string per_scene(const figures& x) {
  return fmt::format("{:.2f}", static_cast<double>(x.alarms) / static_cast<double>(x.scenes));
}

std::vector<std::string> fire_row(const std::string& name, const figures& all, const figures& first,
                                  const figures& second) {
  return {name,
          found_of_all(all),
          percent(all.share()),
          found_of_all(first) + " + " + found_of_all(second),
          spread(all.frames, 1),
          spread(all.minutes, 1),
          std::to_string(all.early),
          per_scene(all)};
}

const std::vector<std::string>& fire_columns() {
  static const std::vector<std::string> columns = {"rule",
                                                   "found",
                                                   "share",
                                                   "even + odd",
                                                   "frames median / p90",
                                                   "minutes median / p90",
                                                   "before ignition",
                                                   "alarms each"};
  return columns;
}

/// A way to disturb the recordings, and how often it is tried.
struct trial {
  const char* name;
  disturbance how;
  int seeds;
};

/// Of the sequences of one detector with one label, what a rule made.
struct detector_figures {
  figures fires;
  figures no_fires;
  figures unknown;
};

} // namespace

study two_cameras(const bench& b) {
  constexpr unsigned threshold = 2;
  const auto file = b.data / "figlib" / "figlib_sequences.csv";
  const auto scenes = seen_by_two(read_figlib(file, usual_confidence));
  const auto half_sure = seen_by_two(read_figlib(file, 0.5));
  study result;
  table& t = result.tables.emplace_back();
  t.title = "Landscape, two cameras";
  t.note = fmt::format(
      "FIgLib: {} fires that two or more cameras see, a frame a minute, 40 minutes before the "
      "smoke "
      "to 40 minutes after; both cameras must agree. Found: an alarm after the ignition. Frames "
      "and "
      "minutes count from the first box of the second camera. Confidence 0.9 where nothing else is "
      "said; disturbed rows add up several seeds.",
      scenes.size());
  t.columns = fire_columns();

  const auto row = [&](const std::string& name, const std::vector<scene>& seen, const trial& how,
                       const std::function<moments(const std::vector<scene>&)>& judge) {
    figures all;
    figures first;
    figures second;
    for (int seed = 1; seed <= how.seeds; ++seed) {
      const auto alarms = judge(disturbed(seen, how.how, static_cast<std::uint64_t>(seed)));
      all.add(measure(seen, alarms, threshold, every));
      first.add(measure(seen, alarms, threshold, even));
      second.add(measure(seen, alarms, threshold, odd));
    }
    t.rows.push_back(fire_row(name, all, first, second));
    return all;
  };
  const auto us = [&](const std::vector<scene>& s) { return judged_by_us(b, s, threshold); };
  const trial plain{"", {}, 1};
  const trial stray{"3 % stray boxes", {.stray = 0.03}, 5};

  const auto as_it_is = row(ours, scenes, plain, us);
  const auto with_stray = row(fmt::format("{}, {}", ours, stray.name), scenes, stray, us);
  row(fmt::format("{}, 10 % of the boxes missed", ours), scenes, {"", {.missed = 0.1}, 5}, us);
  row(fmt::format("{}, nothing heard of empty frames", ours), scenes, {"", {.boxes_only = true}, 1},
      us);
  row(fmt::format("{}, confidence 0.5", ours), half_sure, plain, us);
  row(fmt::format("{}, confidence 0.1 to 0.9", ours), scenes, {"", {.any_confidence = true}, 5},
      us);
  for (const auto& p : peers()) {
    const auto judge = [&](const std::vector<scene>& s) { return judged_by(p, s, threshold); };
    row(p.name, scenes, plain, judge);
    row(fmt::format("{}, {}", p.name, stray.name), scenes, stray, judge);
  }

  for (const auto& [name, x] : {std::pair{"as it is", &as_it_is}, {stray.name, &with_stray}}) {
    if (x->share() < 0.94)
      result.failures.push_back(
          fmt::format("{}: {} of the events are found, wanted 94 %", name, percent(x->share())));
    if (median(x->frames) > 3 || quantile(x->frames, 0.9) > 5)
      result.failures.push_back(
          fmt::format("{}: {} frames (median / p90), wanted 3 / 5", name, spread(x->frames, 1)));
    if (x->early > 0)
      result.failures.push_back(
          fmt::format("{}: {} alarms before the ignition, wanted none", name, x->early));
  }
  return result;
}

study one_camera(const bench& b) {
  constexpr unsigned threshold = 1;
  study result;

  const auto scenes = read_detector(b.data / "pyronear" / "detector_a.csv");
  const auto labelled = [&](truth wanted, const std::function<bool(std::size_t)>& counts) {
    return
        [&scenes, wanted, counts](std::size_t i) { return scenes[i].label == wanted && counts(i); };
  };
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
    const auto of = [&](truth wanted, bool (*counts)(std::size_t)) {
      return measure(scenes, alarms, threshold, labelled(wanted, counts));
    };
    detector_figures x{of(truth::fire, every), of(truth::no_fire, every),
                       of(truth::unknown, every)};
    detector.rows.push_back(
        {name, found_of_all(x.fires), percent(x.fires.share()),
         found_of_all(of(truth::fire, even)) + " + " + found_of_all(of(truth::fire, odd)),
         spread(x.fires.frames, 1), found_of_all(x.no_fires), found_of_all(x.unknown),
         fmt::format("{} + {}", of(truth::unknown, even).found, of(truth::unknown, odd).found),
         fmt::format("{:.0f}", static_cast<double>(x.unknown.alarms) / camera_days)});
    return x;
  };
  const auto us = judged(ours, judged_by_us(b, scenes, threshold));
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
