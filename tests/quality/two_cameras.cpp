#include "tests/quality/disturb.hpp"
#include "tests/quality/landscape.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::quality {

namespace {

/// A way to disturb the recordings, and how often it is tried.
struct trial {
  const char* name;
  disturbance how;
  int seeds;
};

} // namespace

study two_cameras(const bench& b) {
  constexpr unsigned threshold = 2;
  const auto scenes = seen_by_two(read_figlib(figlib_file(b), usual_confidence));
  const auto half_sure = seen_by_two(read_figlib(figlib_file(b), 0.5));
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

} // namespace firefinder::quality
