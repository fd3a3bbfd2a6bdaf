#include "src/status_report.hpp"

#include "actors/consensus/explain.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <optional>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// -- reading: nothing that is missing, or of another kind, is a fault ------------------------

const json& member(const json& object, const char* name) {
  static const json none;
  if (!object.is_object())
    return none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

std::string printable(const std::string& text) {
  std::string result = text;
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return result;
}

std::string text(const json& object, const char* name) {
  const auto& x = member(object, name);
  return x.is_string() ? printable(x.get<std::string>()) : std::string{};
}

std::optional<double> number(const json& object, const char* name) {
  const auto& x = member(object, name);
  return x.is_number() ? std::optional{x.get<double>()} : std::nullopt;
}

double count(const json& object, const char* name) { return number(object, name).value_or(0); }

bool flag(const json& object, const char* name) { return member(object, name) == true; }

// -- words -----------------------------------------------------------------------------------

std::string span(double s) {
  if (s < 119.5 * 60)
    return seconds_in_words(s);
  if (s < 47.5 * 3600)
    return fmt::format("{:.0f} h", s / 3600);
  return fmt::format("{:.0f} days", s / 86400);
}

std::string moment(double t) {
  constexpr double end_of_calendars = 2.5e11;
  if (!(t >= 0 && t < end_of_calendars))
    return "an unknown moment";
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(t)));
}

std::string since(const json& object, const char* name) {
  const auto t = number(object, name);
  return t ? " since " + moment(*t) : std::string{};
}

std::string head(const json& data) {
  auto result = fmt::format("firefinder {}: {}{}\n", text(data, "version"), text(data, "state"),
                            flag(data, "degraded") ? ", an alarm may be lost" : ", healthy");
  result += "up " + span(count(data, "uptime_s"));
  if (const auto protocol = text(data, "protocol"); !protocol.empty())
    result += ", MQTT " + protocol;
  if (const auto heard = number(data, "last_heard_ago_s"))
    result += ", last heard of a camera " + span(*heard) + " ago";
  else
    result += ", no camera was heard yet";
  return result + '\n';
}

std::string problems(const json& data) {
  std::string result;
  for (const bool trouble : {true, false})
    for (const auto& x : member(data, "problems"))
      if ((text(x, "severity") == "trouble") == trouble) {
        const auto subject = text(x, "subject");
        result += fmt::format("  {} {}{}{}: {}\n", trouble ? "!" : "-", text(x, "code"),
                              subject.empty() ? "" : " " + subject, since(x, "since"),
                              text(x, "text"));
      }
  return result.empty() ? result : "problems:\n" + result;
}

std::string cameras(const json& data) {
  const auto& all = member(data, "cameras");
  const auto& standings = member(member(data, "decision"), "cameras");
  auto result
      = fmt::format("cameras: {:.0f} of {:.0f} online, {:.0f} agree, {:.0f} must{}\n",
                    count(data, "cameras_online"), count(data, "cameras_total"),
                    count(data, "cameras_agreeing"), count(data, "threshold"),
                    count(data, "threshold") < count(data, "configured_threshold")
                        ? fmt::format(" (lowered from {:.0f})", count(data, "configured_threshold"))
                        : "");
  if (const auto found = count(data, "cameras_found"); found > 0)
    result += fmt::format("  in the network: {:.0f} found, {:.0f} of them answer\n", found,
                          count(data, "cameras_reachable"));
  if (!all.is_object())
    return result;
  // Those that agree come first.
  for (const bool agrees : {true, false})
    for (const auto& [id, x] : all.items()) {
      const auto& standing = member(standings, id.c_str());
      const bool says_so = standing.is_object() ? flag(standing, "agrees") : flag(x, "agrees");
      if (says_so != agrees)
        continue;
      auto words = text(standing, "text");
      if (words.empty())
        words = agrees ? "agrees" : "does not agree";
      if (!flag(x, "online"))
        words = fmt::format("offline{}", since(x, "blind_since"));
      result += fmt::format("  {}: {}\n", printable(id), words);
    }
  const auto listed = static_cast<double>(all.size());
  if (const auto total = count(data, "cameras_total"); total > listed)
    result += fmt::format("  and {:.0f} more\n", total - listed);
  return result;
}

std::string zones(const json& data) {
  std::string result;
  const auto& all = member(data, "zones");
  if (all.is_object())
    for (const auto& [name, x] : all.items())
      if (number(x, "blind_since"))
        result
            += fmt::format("  {}: no camera online{}\n", printable(name), since(x, "blind_since"));
  return result.empty() ? result : "blind zones:\n" + result;
}

std::string triggers(const json& data) {
  auto result = fmt::format("triggers: {:.0f}", count(data, "trigger_count"));
  if (const auto ago = number(data, "last_trigger_ago_s"))
    result += ", the last " + span(*ago) + " ago";
  if (const auto n = count(data, "triggers_pending"); n > 0)
    result += fmt::format(", {:.0f} waiting for the broker", n);
  if (const auto n = count(data, "triggers_missed"); n > 0)
    result += fmt::format(", {:.0f} expired undelivered", n);
  return result + '\n';
}

std::string last_drill(const json& data) {
  if (!data.contains("drill"))
    return {};
  const auto& x = member(data, "drill");
  if (!x.is_object())
    return "drill: none yet\n";
  return fmt::format("drill: {}, {}\n", moment(count(x, "at")), text(x, "text"));
}

// The data of an answer, or the refusal.
json data_of(const std::string& response, status_report& report) {
  auto x = json::parse(response, nullptr, false);
  const auto& data = member(x, "data");
  if (text(x, "status") == "ok" && data.is_object())
    return data;
  report.refusal = text(x, "error");
  if (report.refusal.empty())
    report.refusal = "the answer is not one that this version understands";
  return nullptr;
}

std::string laid_out(const json& data) {
  return data.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

} // namespace

status_report report_status(const std::string& response, bool as_json) {
  status_report result;
  const auto data = data_of(response, result);
  if (!result.refusal.empty())
    return result;
  result.degraded = flag(data, "degraded");
  result.text = as_json ? laid_out(data)
                        : head(data) + problems(data) + cameras(data) + zones(data) + triggers(data)
                              + last_drill(data);
  return result;
}

status_report report_explanation(const std::string& response, bool as_json) {
  status_report result;
  const auto data = data_of(response, result);
  if (!result.refusal.empty())
    return result;
  if (as_json) {
    result.text = laid_out(data);
    return result;
  }
  result.text
      = fmt::format("{}: {} ({:.0f} cameras agree, {:.0f} must)\n", moment(count(data, "t")),
                    text(data, "decision"), count(data, "agreeing"), count(data, "threshold"));
  result.text += "  " + text(data, "text") + '\n';
  if (const auto id = text(data, "trigger_id"); !id.empty())
    result.text += "  trigger " + id + '\n';
  return result;
}

} // namespace firefinder
