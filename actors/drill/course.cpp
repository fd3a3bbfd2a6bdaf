#include "actors/drill/course.hpp"

#include "messages/dumped.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array all_steps{drill_step::asked,        drill_step::published, drill_step::heard,
                               drill_step::verified,     drill_step::decided,   drill_step::stored,
                               drill_step::acknowledged, drill_step::returned,  drill_step::live};

// What a person's calendar knows, in seconds since 1970.
constexpr double end_of_calendars = 253'402'300'799;

double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

json moment(unix_seconds t) {
  if (!(t > 0 && t <= end_of_calendars))
    return nullptr;
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(t)));
}

json report_json(const drill_report& x) {
  auto steps = json::array();
  for (const auto& [step, after_s] : x.steps)
    steps.push_back({{"step", to_string(step)}, {"after_s", after_s}});
  return {{"id", x.id},
          {"passed", x.passed},
          // For Home Assistant.
          {"failed", x.passed ? "OFF" : "ON"},
          {"at", x.at},
          {"began", moment(x.at)},
          {"delay_s", x.delay_s},
          {"cameras", x.cameras},
          {"steps", std::move(steps)},
          {"failed_step", x.failed_step.empty() ? json() : json(x.failed_step)},
          {"reason", x.reason.empty() ? json() : json(x.reason)},
          {"warnings", x.warnings},
          {"scheduled", x.scheduled},
          {"live", x.live},
          {"text", x.text}};
}

// -- reading: what is missing, or of another kind, is as if it had never been there ------------

template <class T>
T value(const json& object, const char* name, bool (json::*is)() const noexcept) {
  const auto found = object.find(name);
  return found != object.end() && ((*found).*is)() ? found->get<T>() : T{};
}

std::string text(const json& object, const char* name) {
  return value<std::string>(object, name, &json::is_string);
}

double number(const json& object, const char* name) {
  return value<double>(object, name, &json::is_number);
}

bool flag(const json& object, const char* name) {
  return value<bool>(object, name, &json::is_boolean);
}

drill_report report_from(const json& x) {
  drill_report result;
  result.id = text(x, "id");
  result.passed = flag(x, "passed");
  result.at = number(x, "at");
  result.delay_s = number(x, "delay_s");
  result.cameras = static_cast<std::uint32_t>(std::clamp(number(x, "cameras"), 0.0, 1'000'000.0));
  if (const auto steps = x.find("steps"); steps != x.end() && steps->is_array())
    for (const auto& one : *steps)
      if (one.is_object())
        for (const auto step : all_steps)
          if (to_string(step) == text(one, "step"))
            result.steps.push_back({step, number(one, "after_s")});
  result.failed_step = text(x, "failed_step");
  result.reason = text(x, "reason");
  if (const auto warnings = x.find("warnings"); warnings != x.end() && warnings->is_array())
    for (const auto& one : *warnings)
      if (one.is_string())
        result.warnings.push_back(one.get<std::string>());
  result.scheduled = flag(x, "scheduled");
  result.live = flag(x, "live");
  result.text = text(x, "text");
  return result;
}

} // namespace

course::course(std::string id, const drill_order& order, bool scheduled, std::string base_topic,
               monotonic now, unix_seconds wall)
  : base_topic_(std::move(base_topic)), begun_(now) {
  report_.id = std::move(id);
  report_.at = wall;
  report_.scheduled = scheduled;
  report_.live = order.live;
  if (!order.live)
    skip(drill_step::live);
}

void course::mark(drill_step step, monotonic now) { reached_.emplace(step, now); }

bool course::is_complete() const noexcept {
  return std::ranges::all_of(
      all_steps, [this](drill_step x) { return reached_.count(x) != 0 || skipped_.count(x) != 0; });
}

drill_step course::next() const noexcept {
  const auto* found = std::ranges::find_if(
      all_steps, [this](drill_step x) { return reached_.count(x) == 0 && skipped_.count(x) == 0; });
  return found == all_steps.end() ? drill_step::live : *found;
}

drill_report course::ended(monotonic now) {
  for (const auto& [step, at] : reached_)
    report_.steps.push_back({step, rounded(to_seconds(at - begun_))});
  // From the first detection on: what comes before is no part of an alarm.
  const auto began = reached_.find(drill_step::asked);
  report_.delay_s = rounded(to_seconds(now - (began == reached_.end() ? begun_ : began->second)));
  return report_;
}

drill_report course::passed(monotonic now) {
  report_.passed = true;
  report_.text = fmt::format("passed{}{}", report_.live ? ", live" : "",
                             report_.warnings.empty() ? "" : " with a warning");
  auto result = ended(now);
  result.text += fmt::format(": {} virtual camera{} saw a fire, and {:.2f} s later the trigger was "
                             "back from the broker",
                             result.cameras, result.cameras == 1 ? "" : "s", result.delay_s);
  return result;
}

drill_report course::failed(std::string reason, monotonic now) {
  return failed(next(), std::move(reason), now);
}

drill_report course::failed(drill_step step, std::string reason, monotonic now) {
  report_.failed_step = to_string(step);
  report_.reason = std::move(reason);
  report_.text = fmt::format("failed at '{}': {}", report_.failed_step, report_.reason);
  return ended(now);
}

drill_report course::overdue(timespan limit, monotonic now) {
  const auto within = fmt::format("within {:g} s", to_seconds(limit));
  const auto rules = fmt::format("Look at the broker's access rules: this daemon must be let "
                                 "write and read {}/drill/#",
                                 base_topic_);
  std::string reason;
  switch (next()) {
  case drill_step::asked:
    reason = fmt::format("the consensus of this daemon did not answer {}", within);
    break;
  case drill_step::published:
    reason = fmt::format("the broker did not acknowledge a marked detection {}. {}", within, rules);
    break;
  case drill_step::heard:
    reason = fmt::format("no marked detection came back from the broker {}. {}", within, rules);
    break;
  case drill_step::verified:
    reason = fmt::format("detections came back, and the virtual cameras did not agree {}{}", within,
                         standing_.empty() ? "" : ": " + standing_);
    break;
  case drill_step::decided:
    reason = fmt::format("enough cameras agreed, and no trigger was decided {}", within);
    break;
  case drill_step::stored:
    reason = fmt::format("the store did not write the trigger {}. A real one would be sent all the "
                         "same, and a restart would not know of it: look at the disk",
                         within);
    break;
  case drill_step::acknowledged:
    reason = fmt::format("the broker did not acknowledge the trigger {}. {}", within, rules);
    break;
  case drill_step::returned:
    reason = fmt::format("the trigger did not come back from the broker {}. {}", within, rules);
    break;
  case drill_step::live:
    reason = fmt::format("the broker did not acknowledge fire/trigger {}; whether anybody has "
                         "heard it is not known",
                         within);
    break;
  }
  return failed(std::move(reason), now);
}

std::string report_line(const drill_report& report) { return dumped(report_json(report)); }

std::string unknown_line() {
  auto result = report_json({});
  for (auto& [name, value] : result.items())
    value = nullptr;
  return dumped(result);
}

void drill_memory::add(const drill_report& report) {
  last = report;
  if (report.passed) {
    trouble_since = 0;
    trouble.clear();
  } else if (report.scheduled) {
    if (trouble_since == 0)
      trouble_since = report.at;
    trouble = report.text;
  }
}

std::vector<problem> drill_memory::problems() const {
  if (trouble_since <= 0)
    return {};
  return {{"drill_failed",
           {},
           true,
           trouble_since,
           fmt::format("the scheduled drill {}. Put it right and run 'firefinder drill': one that "
                       "passes clears this",
                       trouble)}};
}

std::string stored_text(const drill_memory& memory) {
  return dumped<json>({{"last", memory.last ? report_json(*memory.last) : json()},
                       {"trouble_since", memory.trouble_since},
                       {"trouble", memory.trouble}});
}

std::optional<drill_memory> memory_from(std::string_view stored) {
  const auto x = json::parse(stored, nullptr, false);
  if (!x.is_object())
    return std::nullopt;
  drill_memory result;
  if (const auto last = x.find("last"); last != x.end() && last->is_object())
    result.last = report_from(*last);
  result.trouble_since = number(x, "trouble_since");
  result.trouble = text(x, "trouble");
  return result;
}

} // namespace firefinder
