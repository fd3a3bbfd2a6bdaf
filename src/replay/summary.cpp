#include "src/replay/summary.hpp"

#include "messages/dumped.hpp"

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace firefinder::replay {

namespace {

using json = nlohmann::ordered_json;
using recording::problem;

// Lines of which nothing was used; a time that went back is put right.
constexpr std::array skipped{problem::damaged_file, problem::line_too_long, problem::line_not_utf8,
                             problem::broken_line,  problem::wrong_member,  problem::unknown_topic};

} // namespace

void summary::add(const tracker_figures& figures) {
  accepted = figures.accepted;
  for (const auto& [reason, count] : figures.dropped)
    dropped[reason] += count;
  cameras = figures.cameras.size();
}

void summary::add(const recording::problem_log& before, const recording::problem_log& after) {
  for (const auto kind : skipped)
    if (const auto count = after.count(kind) - before.count(kind); count != 0)
      dropped[to_string(kind)] += count;
}

std::string summary_line(const summary& x, const std::string& file) {
  const json figures{{"messages", x.messages}, {"accepted", x.accepted},
                     {"dropped", x.dropped},   {"triggers", x.triggers},
                     {"cameras", x.cameras},   {"span_s", std::round(x.span_s * 1e6) / 1e6}};
  return with_file(dumped<json>({{"summary", figures}}), file);
}

std::string summary_text(const summary& x) {
  auto result = fmt::format("messages   {:>12}\n"
                            "span       {:>12.1f} s\n"
                            "cameras    {:>12}\n"
                            "accepted   {:>12} detections\n",
                            x.messages, x.span_s, x.cameras, x.accepted);
  for (const auto& [reason, count] : x.dropped)
    result += fmt::format("dropped    {:>12} {}\n", count, reason);
  return result + fmt::format("triggers   {:>12}\n", x.triggers);
}

std::string with_file(const std::string& line, const std::string& file) {
  if (file.empty())
    return line;
  return "{\"file\":" + dumped(json(file)) + ',' + line.substr(1);
}

std::string moment_text(double t) {
  const auto ms = std::llround(t * 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

} // namespace firefinder::replay
