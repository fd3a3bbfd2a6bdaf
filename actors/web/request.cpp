#include "actors/web/request.hpp"

#include "actors/web/http_status.hpp"
#include "messages/camera_key.hpp"
#include "messages/dumped.hpp"
#include "messages/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

constexpr std::uint32_t most_decisions = 1'000;

// Longest id of a camera, and reason of an order, in characters.
constexpr std::size_t max_id = 200;
constexpr std::size_t max_reason = 200;

// Whoever acts from the page says no name.
constexpr const char* web_user = "web";

constexpr std::string_view camera_prefix = "/api/cameras/";

struct known_path {
  std::string_view path;
  web_topic what;
  bool guarded = true;
};

constexpr std::array paths{
    known_path{"/api/state", web_topic::state},
    known_path{"/api/cameras", web_topic::cameras},
    known_path{"/api/decisions", web_topic::decisions},
    known_path{"/api/explain", web_topic::explain},
    known_path{"/api/events", web_topic::events},
    known_path{"/api/command", web_topic::command},
    known_path{"/healthz", web_topic::alive, false},
    known_path{"/readyz", web_topic::ready, false},
    known_path{"/metrics", web_topic::metrics},
};

std::optional<web_topic> topic_of(std::string_view path) {
  if (path.starts_with(camera_prefix))
    return web_topic::camera;
  const auto* found = std::ranges::find(paths, path, &known_path::path);
  return found == paths.end() ? std::nullopt : std::optional{found->what};
}

std::string_view methods_of(web_topic what) {
  return what == web_topic::command ? "POST" : "GET, HEAD";
}

understood not_understood(std::uint16_t status, std::string error) {
  return {std::nullopt, status, std::move(error)};
}

const std::string* parameter(const web_question& question, const char* name) {
  const auto found = question.query.find(name);
  return found == question.query.end() ? nullptr : &found->second;
}

template <class Number>
std::optional<Number> number_from(const std::string& text) {
  Number result{};
  const auto* end = text.data() + text.size();
  const auto [last, fault] = std::from_chars(text.data(), end, result);
  return fault == std::errc{} && last == end ? std::optional{result} : std::nullopt;
}

understood decisions(const web_question& question, web_request what) {
  if (const auto* limit = parameter(question, "limit")) {
    const auto n = number_from<std::uint32_t>(*limit);
    if (!n || *n < 1 || *n > most_decisions)
      return not_understood(http_status::bad_request,
                            fmt::format("limit is a whole number from 1 to {}", most_decisions));
    what.limit = *n;
  }
  return {std::move(what), 200, {}};
}

understood explain(const web_question& question, web_request what, unix_seconds now) {
  if (const auto* camera = parameter(question, "camera"))
    what.query.camera = shown_text(*camera, max_id);
  if (const auto* at = parameter(question, "at")) {
    const auto t = number_from<double>(*at);
    // Moments of the next thousand years, or of the last.
    if (!t || !std::isfinite(*t) || std::abs(*t) > 32e9)
      return not_understood(http_status::bad_request,
                            "at is a moment in unix seconds, or so many seconds ago with a "
                            "minus before them");
    what.query.at = *t < 0 ? now + *t : *t;
  }
  return {std::move(what), 200, {}};
}

const json* member(const json& body, const char* name) {
  const auto found = body.find(name);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

// Nothing, or why it is no order.
std::string fill_order(const json& body, operator_order& order) {
  const auto* op = member(body, "op");
  if (op == nullptr || !op->is_string())
    return "op is one of acknowledge, reset, arm, snooze and enable";
  const auto& name = op->get_ref<const std::string&>();
  const bool about_camera = name == "snooze" || name == "enable";
  if (about_camera) {
    const auto* camera = member(body, "camera");
    if (camera == nullptr || !camera->is_string()
        || camera->get_ref<const std::string&>().size() > max_camera_key
        || camera->get_ref<const std::string&>().empty())
      return "camera is the key of a camera";
    order.camera = camera->get<std::string>();
  }
  const auto read_flag = [&](const char* key) {
    const auto* x = member(body, key);
    if (x == nullptr || !x->is_boolean())
      return false;
    order.on = x->get<bool>();
    return true;
  };
  if (name == "acknowledge") {
    order.what = order_kind::acknowledge;
  } else if (name == "reset") {
    order.what = order_kind::reset;
  } else if (name == "arm") {
    order.what = order_kind::arm;
    if (!read_flag("armed"))
      return "armed is true or false";
  } else if (name == "enable") {
    order.what = order_kind::enable;
    if (!read_flag("enabled"))
      return "enabled is true or false";
  } else if (name == "snooze") {
    const auto* seconds = member(body, "seconds");
    if (seconds == nullptr || !seconds->is_number() || !(seconds->get<double>() >= 0)
        || !std::isfinite(seconds->get<double>()))
      return "seconds is a number, 0 or more; 0 ends it";
    order.value = seconds->get<double>();
    order.what = order.value > 0 ? order_kind::snooze : order_kind::wake;
  } else {
    return "op is one of acknowledge, reset, arm, snooze and enable";
  }
  if (const auto* reason = member(body, "reason")) {
    if (!reason->is_string())
      return "reason is a text";
    order.reason = shown_text(reason->get_ref<const std::string&>(), max_reason);
  }
  order.by = web_user;
  return {};
}

understood command(const web_question& question, web_request what) {
  if (question.body.size() > max_web_body)
    return not_understood(http_status::too_large,
                          fmt::format("a command has at most {} bytes", max_web_body));
  if (!lower_case(question.content_type).starts_with("application/json"))
    return not_understood(http_status::bad_request, "a command is application/json");
  bool deep = false;
  const auto body = json::parse(
      question.body,
      [&deep](int depth, json::parse_event_t event, json&) {
        deep |= (event == json::parse_event_t::object_start
                 || event == json::parse_event_t::array_start)
                && depth > 0;
        return !deep;
      },
      false);
  if (deep || !body.is_object())
    return not_understood(http_status::bad_request, "a command is a JSON object of values, such as "
                                                    "{\"op\": \"acknowledge\"}");
  if (auto why = fill_order(body, what.order); !why.empty())
    return not_understood(http_status::bad_request, std::move(why));
  return {std::move(what), 200, {}};
}

} // namespace

std::string_view methods_of(std::string_view path) {
  const auto what = topic_of(path);
  return what ? methods_of(*what) : std::string_view{};
}

bool is_guarded(std::string_view path) {
  const auto* found = std::ranges::find(paths, path, &known_path::path);
  return found != paths.end() ? found->guarded : path.starts_with("/api/");
}

understood understand(const web_question& question, unix_seconds now) {
  const auto what = topic_of(question.path);
  if (!what)
    return not_understood(http_status::not_found, "there is no such path; docs/web.md lists them");
  const auto methods = methods_of(*what);
  if (question.method.empty() || !methods.starts_with(question.method))
    return not_understood(http_status::not_allowed, fmt::format("this path knows {}", methods));
  web_request result;
  result.what = *what;
  switch (*what) {
  case web_topic::cameras: {
    const auto* history = parameter(question, "history");
    if (history != nullptr && *history != "0" && *history != "1")
      return not_understood(http_status::bad_request, "history is 0 or 1");
    result.history = history != nullptr && *history == "1";
    break;
  }
  case web_topic::camera:
    result.camera = question.path.substr(camera_prefix.size());
    break;
  case web_topic::decisions:
    return decisions(question, std::move(result));
  case web_topic::explain:
    return explain(question, std::move(result), now);
  case web_topic::command:
    return command(question, std::move(result));
  default:
    break;
  }
  return {std::move(result), 200, {}};
}

std::string error_body(std::string_view error) { return dumped<json>({{"error", error}}); }

} // namespace firefinder
