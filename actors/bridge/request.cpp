#include "actors/bridge/request.hpp"

#include "messages/link.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Nothing that people or programs ask with is nested deeper, and JSON is written by recursion.
constexpr int max_depth = 32;

// A moment past it is a mistake of units: milliseconds, for one.
constexpr unix_seconds end_of_time = 1e11;

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// What was asked, for a sentence: short, and nothing but text.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string result;
  for (const char c : text.substr(0, most))
    result += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > most ? result + "..." : result;
}

// Says what is wrong with a member; empty: nothing.
std::string read_explain(const std::string& name, const json& value, explain_query& to) {
  if (name == "camera") {
    if (value.is_null())
      return {};
    if (!value.is_string())
      return "'camera' must be the id of a camera as text";
    to.camera = value.get<std::string>();
    return {};
  }
  if (name == "at") {
    if (value.is_null())
      return {};
    const auto at = value.is_number() ? value.get<double>() : 0;
    if (!(at > 0 && at < end_of_time))
      return "'at' must be a moment in seconds since 1970, such as 1732212000";
    to.at = at;
    return {};
  }
  return fmt::format("there is no '{}' here; explain takes camera, at and transaction",
                     shown(name));
}

json moment(unix_seconds t) { return t > 0 ? json(t) : json(); }

double rounded(double value) { return std::round(value * 1000) / 1000; }

// Leaves `max_told_cameras` at the most: those that agree, then those that `before` names too.
void shorten(json& cameras, const json& before) {
  if (cameras.size() <= max_told_cameras)
    return;
  const auto rank = [&before](const std::string& id, const json& x) {
    return x.value("agrees", false) ? 0 : before.contains(id) ? 1 : 2;
  };
  auto kept = json::object();
  for (const int wanted : {0, 1, 2})
    for (const auto& [id, x] : cameras.items())
      if (kept.size() < max_told_cameras && rank(id, x) == wanted)
        kept[id] = x;
  cameras = std::move(kept);
}

} // namespace

parsed_request parse_request(std::string_view operation, std::string_view payload,
                             std::uint64_t size) {
  parsed_request result;
  if (size > max_request_bytes || payload.size() != size) {
    result.error = fmt::format("the request has {} bytes; {} are allowed", size, max_request_bytes);
    return result;
  }
  bool too_deep = false;
  const auto shallow = [&too_deep](int depth, json::parse_event_t, const json&) {
    too_deep = too_deep || depth > max_depth;
    return !too_deep;
  };
  const auto asked = payload.empty() ? json::object() : json::parse(payload, shallow, false);
  if (too_deep || !asked.is_object()) {
    result.error = fmt::format("the payload must be a JSON object{}, such as {}",
                               too_deep ? " that is less nested" : "",
                               operation == "explain" ? R"({"camera": "north", "transaction": 1})"
                                                      : R"({"transaction": 1})");
    return result;
  }
  if (const auto found = asked.find("transaction"); found != asked.end())
    result.transaction = dumped(*found);
  bridge_request request;
  if (operation == "explain") {
    request.what = bridge_request::operation::explain;
  } else if (operation != "status") {
    result.error
        = fmt::format("there is no request '{}'; there are explain and status", shown(operation));
    return result;
  }
  for (const auto& [name, value] : asked.items()) {
    if (name == "transaction")
      continue;
    result.error
        = request.what == bridge_request::operation::explain
              ? read_explain(name, value, request.query)
              : fmt::format("there is no '{}' here; status takes only transaction", shown(name));
    if (!result.error.empty())
      return result;
  }
  result.request = std::move(request);
  return result;
}

std::string ok_response(const std::string& data, const std::string& transaction) {
  auto result = fmt::format(R"({{"status":"ok","data":{}{}{}}})", data,
                            transaction.empty() ? "" : R"(,"transaction":)", transaction);
  if (result.size() > max_payload_bytes)
    return error_response(fmt::format("the answer would have {} bytes; nobody reads more than {}. "
                                      "Ask explain for one camera",
                                      result.size(), max_payload_bytes),
                          transaction);
  return result;
}

std::string error_response(const std::string& error, const std::string& transaction) {
  return fmt::format(R"({{"status":"error","error":{}{}{}}})", dumped(error),
                     transaction.empty() ? "" : R"(,"transaction":)", transaction);
}

std::string shortened(const std::string& decision) {
  auto told = json::parse(decision, nullptr, false);
  if (!told.is_object() || !told.contains("cameras") || told["cameras"].size() <= max_told_cameras)
    return decision;
  const auto all = told["cameras"].size();
  shorten(told["cameras"], json::object());
  told["cameras_more"] = all - told["cameras"].size();
  return dumped(told);
}

std::string status_data(const consensus_figures& figures, const bridge_facts& facts,
                        const std::string& decision) {
  auto problems = json::array();
  bool degraded = false;
  for (const auto& x : figures.problems) {
    degraded = degraded || x.trouble;
    problems.push_back({{"code", x.code},
                        {"subject", x.subject.empty() ? json() : json(x.subject)},
                        {"severity", x.trouble ? "trouble" : "notice"},
                        {"since", moment(x.since)},
                        {"text", x.text}});
  }
  if (!facts.decides) {
    degraded = true;
    problems.push_back({{"code", "consensus_off"},
                        {"subject", nullptr},
                        {"severity", "trouble"},
                        {"since", nullptr},
                        {"text", "this daemon does not decide and raises no alarm: consensus is "
                                 "not among its services"}});
  }
  // Those that detect something, and those that are expected.
  auto cameras = json::object();
  for (const auto& [id, x] : figures.trackers.cameras)
    cameras[id] = {{"online", x.online}, {"agrees", x.agrees}, {"blind_since", nullptr}};
  for (const auto& [id, x] : figures.cameras) {
    auto& camera = cameras[id];
    camera["online"] = x.online;
    if (!camera.contains("agrees"))
      camera["agrees"] = false;
    camera["blind_since"] = moment(x.blind_since);
  }
  auto zones = json::object();
  for (const auto& [name, x] : figures.zones)
    zones[name] = {{"cameras", x.cameras}, {"blind_since", moment(x.blind_since)}};
  const auto count = [&cameras](const char* what) {
    return std::count_if(cameras.begin(), cameras.end(),
                         [what](const json& x) { return x.at(what) == true; });
  };
  const auto configured
      = figures.configured_threshold == 0 ? figures.threshold : figures.configured_threshold;
  auto told = json::parse(shortened(decision), nullptr, false);
  const auto total = cameras.size();
  const auto online = count("online");
  const auto agreeing = count("agrees");
  shorten(cameras, told.is_object() ? told.value("cameras", json::object()) : json::object());
  json result{{"state", facts.decides ? figures.state : "off"},
              {"degraded", degraded},
              {"threshold", figures.threshold},
              {"configured_threshold", configured},
              {"cameras_total", total},
              {"cameras_online", online},
              {"cameras_agreeing", agreeing},
              {"cameras_found", figures.cameras_found},
              {"cameras_reachable", figures.cameras_reachable},
              {"cameras", std::move(cameras)},
              {"zones", std::move(zones)},
              {"problems", std::move(problems)},
              {"trigger_count", figures.trigger_count},
              {"last_trigger_ago_s",
               figures.last_trigger_ago_s < 0 ? json() : json(rounded(figures.last_trigger_ago_s))},
              {"triggers_pending", figures.triggers_pending},
              {"triggers_missed", figures.triggers_missed},
              {"last_heard_ago_s",
               figures.last_heard_ago_s < 0 ? json() : json(rounded(figures.last_heard_ago_s))},
              {"version", facts.version},
              {"uptime_s", rounded(facts.uptime_s)},
              {"protocol", facts.protocol},
              {"requests_dropped", facts.requests_dropped},
              {"updated_at", facts.now}};
  result["decision"] = told.is_discarded() ? json() : std::move(told);
  return dumped(result);
}

bool answer_budget::spend(monotonic now) {
  if (last_)
    left_ = std::min<double>(max_answers_per_second,
                             left_ + to_seconds(now - *last_) * max_answers_per_second);
  last_ = now;
  if (left_ < 1)
    return false;
  left_ -= 1;
  return true;
}

} // namespace firefinder
