#include "src/replay/comparison.hpp"

#include "actors/consensus/explain.hpp"
#include "messages/dumped.hpp"
#include "src/replay/summary.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace firefinder::replay {

namespace {

using json = nlohmann::ordered_json;

json number(std::optional<double> x) {
  return x && std::isfinite(*x) ? json(std::round(*x * 1e6) / 1e6) : json(nullptr);
}

std::optional<double> false_per_day(const score& x) {
  if (!x.truth_known || x.camera_days <= 0)
    return std::nullopt;
  return static_cast<double>(x.false_alarms) / x.camera_days;
}

json figures(const score& x) {
  return {
      {"runs", x.runs},
      {"confirmed", x.confirmed},
      {"triggers", x.triggers},
      {"false_alarms", x.truth_known ? json(x.false_alarms) : json(nullptr)},
      {"camera_days", number(x.camera_days)},
      {"false_alarms_per_camera_day", number(false_per_day(x))},
      {"delay_s",
       {{"median", number(quantile(x.delays_s, 0.5))}, {"p90", number(quantile(x.delays_s, 0.9))}}},
      {"delay_frames",
       {{"median", number(quantile(x.delays_frames, 0.5))},
        {"p90", number(quantile(x.delays_frames, 0.9))}}}};
}

json differences(const std::vector<difference>& all) {
  auto result = json::array();
  for (const auto& x : all)
    result.push_back({{"t", x.what.what.t},
                      {"trigger_id", x.what.what.trigger_id},
                      {"false_alarm", x.what.is_false ? json(*x.what.is_false) : json(nullptr)},
                      {"text", in_words(x.what.what)},
                      {"other", x.other ? json(in_words(*x.other)) : json(nullptr)}});
  return result;
}

std::string decimal(std::optional<double> x, const char* unit = "") {
  return x ? fmt::format("{:.4g}{}", *x, unit) : std::string{"-"};
}

std::string row(const char* name, const std::string& a, const std::string& b) {
  return fmt::format("  {:<26} {:>16} {:>16}\n", name, a, b);
}

std::string table(const score& a, const score& b) {
  const auto whole = [](std::uint64_t x) { return fmt::format("{}", x); };
  const auto wrong
      = [](const score& x) { return x.truth_known ? fmt::format("{}", x.false_alarms) : "-"; };
  std::string result;
  if (a.runs > 1)
    result += row("runs with a true trigger", fmt::format("{} of {}", a.confirmed, a.runs),
                  fmt::format("{} of {}", b.confirmed, b.runs));
  result += row("triggers", whole(a.triggers), whole(b.triggers));
  result += row("false alarms", wrong(a), wrong(b));
  result += row("camera-days", decimal(a.camera_days), decimal(b.camera_days));
  result += row("false alarms a camera-day", decimal(false_per_day(a)), decimal(false_per_day(b)));
  for (const auto& [name, share] : {std::pair{"median", 0.5}, std::pair{"90 %", 0.9}}) {
    result
        += row(fmt::format("delay, {}", name).c_str(), decimal(quantile(a.delays_s, share), " s"),
               decimal(quantile(b.delays_s, share), " s"));
    result
        += row(fmt::format("frames, {}", name).c_str(), decimal(quantile(a.delays_frames, share)),
               decimal(quantile(b.delays_frames, share)));
    // Of one trigger both are the same.
    if (a.delays_s.size() <= 1 && b.delays_s.size() <= 1)
      break;
  }
  return result;
}

std::string told(const char* who, const char* other, const std::vector<difference>& all) {
  std::string result;
  for (const auto& x : all)
    result += fmt::format(
        "  only {}  {}  {}{}\n          {}: {}\n", who, moment_text(x.what.what.t),
        x.what.is_false.value_or(false) ? "false alarm: " : "", in_words(x.what.what), other,
        x.other ? in_words(*x.other) : "nothing was decided");
  return result;
}

} // namespace

std::string run_line(const compared_run& x) {
  return with_file(dumped<json>({{"a", figures(x.a)},
                                 {"b", figures(x.b)},
                                 {"only_a", differences(x.only_a)},
                                 {"only_b", differences(x.only_b)}}),
                   x.file);
}

std::string run_text(const compared_run& x) {
  return (x.file.empty() ? std::string{"all files\n"} : x.file + '\n') + row("", "A", "B")
         + table(x.a, x.b) + told("A", "B", x.only_a) + told("B", "A", x.only_b) + '\n';
}

std::string total_line(const std::vector<std::string>& names, const score& a, const score& b) {
  return dumped<json>(
      {{"total", {{"configurations", names}, {"a", figures(a)}, {"b", figures(b)}}}});
}

std::string total_text(const score& a, const score& b) {
  return "total\n" + row("", "A", "B") + table(a, b);
}

} // namespace firefinder::replay
