#include "tests/quality/landscape.hpp"

#include <fmt/format.h>

#include <utility>

namespace firefinder::quality {

std::filesystem::path figlib_file(const bench& b) {
  return b.data / "figlib" / "figlib_sequences.csv";
}

std::filesystem::path detector_file(const bench& b) {
  return b.data / "pyronear" / "detector_a.csv";
}

bool every(std::size_t) { return true; }
bool even(std::size_t i) { return i % 2 == 0; }
bool odd(std::size_t i) { return i % 2 == 1; }

moments judged_by_us(const bench& b, const std::vector<scene>& scenes, unsigned threshold,
                     std::vector<std::string> settings) {
  std::vector<std::string> recordings;
  for (const auto& s : scenes)
    recordings.push_back(recording(s));
  settings.emplace_back("consensus.profile=landscape");
  settings.push_back("consensus.threshold=" + std::to_string(threshold));
  moments result;
  for (const auto& triggers : b.program.play(recordings, settings)) {
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

std::string spread(const std::vector<double>& x, int digits) {
  return x.empty() ? "-"
                   : fmt::format("{:.{}f} / {:.{}f}", median(x), digits, quantile(x, 0.9), digits);
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

std::vector<std::string> fire_row(const std::string& name, const figures& all, const figures& first,
                                  const figures& second) {
  return {name,
          found_of_all(all),
          percent(all.share()),
          found_of_all(first) + " + " + found_of_all(second),
          spread(all.frames, 1),
          spread(all.minutes, 1),
          std::to_string(all.early),
          fmt::format("{:.2f}", static_cast<double>(all.alarms) / static_cast<double>(all.scenes))};
}

detector_figures by_label(const std::vector<scene>& scenes, const moments& alarms,
                          bool (*counts)(std::size_t)) {
  const auto of = [&](truth wanted) {
    return measure(scenes, alarms, 1,
                   [&](std::size_t i) { return scenes[i].label == wanted && counts(i); });
  };
  return {of(truth::fire), of(truth::no_fire), of(truth::unknown)};
}

} // namespace firefinder::quality
