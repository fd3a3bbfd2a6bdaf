#include "actors/bridge/request.hpp"

#include "messages/dumped.hpp"
#include "messages/link.hpp"
#include "messages/plain.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <system_error>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Nothing that people or programs ask with is nested deeper, and JSON is written by recursion.
constexpr int max_depth = 32;

// What was asked, for a sentence: short, and nothing but text.
std::string shown(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string result;
  for (const char c : text.substr(0, most))
    result += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > most ? result + "..." : result;
}

// Control characters, which would break lines and terminals, become blanks; none stay at the
// ends. `text` is UTF-8, where those of C1 are C2 80 to C2 9F.
std::string cleaned(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool is_c1 = c == 0xC2 && next >= 0x80 && next < 0xA0;
    i += is_c1 ? 1 : 0;
    result += c < 0x20 || c == 0x7F || is_c1 ? ' ' : text[i];
  }
  const auto first = result.find_first_not_of(' ');
  if (first == std::string::npos)
    return {};
  return result.substr(first, result.find_last_not_of(' ') - first + 1);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
  }));
}

/// The values of a request by name.
struct request_values {
  std::map<std::string_view, std::string> texts;
  std::map<std::string_view, double> numbers;
  std::map<std::string_view, bool> flags;

  [[nodiscard]] std::string text(std::string_view name) const {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string{} : found->second;
  }
  [[nodiscard]] double number(std::string_view name) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? 0 : found->second;
  }
};

// What is wrong with a number; none: nothing.
std::optional<rejection> number_problem(const request_field& field, double value,
                                        const request_limits& limits) {
  if (field.kind == value_kind::whole && std::isfinite(value) && value != std::floor(value))
    return rejection::wrong_type;
  // Written so that what is no number is outside.
  if (!(value >= field.min && value <= greatest(field, limits))
      || (field.above_min && value <= field.min))
    return rejection::out_of_range;
  return std::nullopt;
}

// Takes a member over; otherwise what is wrong with it.
std::optional<rejection> read_member(const request_field& field, const json& value,
                                     const request_limits& limits, request_values& to) {
  if (field.may_be_null && value.is_null())
    return std::nullopt;
  switch (field.kind) {
  case value_kind::text: {
    if (!value.is_string())
      return rejection::wrong_type;
    const auto& written = value.get_ref<const std::string&>();
    if (static_cast<double>(characters(written)) > field.max)
      return rejection::too_long;
    auto text = cleaned(written);
    if (field.min > 0 && text.empty())
      return rejection::incomplete;
    // As it was written: blanks at its ends are no part of a name.
    if (field.plain && !std::ranges::all_of(written, is_plain))
      return rejection::wrong_type;
    to.texts[field.name] = std::move(text);
    return std::nullopt;
  }
  case value_kind::number:
  case value_kind::whole: {
    if (!value.is_number())
      return rejection::wrong_type;
    const auto number = value.get<double>();
    if (const auto problem = number_problem(field, number, limits))
      return problem;
    to.numbers[field.name] = number;
    return std::nullopt;
  }
  case value_kind::flag:
    if (value.is_boolean())
      to.flags[field.name] = value.get<bool>();
    else if (value == "ON" || value == "OFF")
      to.flags[field.name] = value == "ON";
    else
      return rejection::wrong_type;
    return std::nullopt;
  }
  return rejection::wrong_type;
}

std::string names_of(const request_form& form) {
  std::string result;
  for (const auto& field : form.fields)
    result += fmt::format("{}{}", result.empty() ? "" : ", ", field.name);
  return result;
}

std::string names_of_requests() {
  std::string result;
  const auto forms = request_forms();
  for (const auto& form : forms)
    result += fmt::format("{}{}",
                          result.empty()           ? ""
                          : &form == &forms.back() ? " and "
                                                   : ", ",
                          form.name);
  return result;
}

/// What is wrong, for people and for those who count.
struct objection {
  std::string text;
  rejection why = rejection::unknown;
};

// Reads the members of a request; otherwise says what is wrong with them.
std::optional<objection> read_members(const request_form& form, const json& asked,
                                      const request_limits& limits, request_values& to) {
  for (const auto& [name, value] : asked.items()) {
    if (name == "transaction")
      continue;
    const auto field = std::find_if(form.fields.begin(), form.fields.end(),
                                    [&name = name](const auto& x) { return x.name == name; });
    if (field == form.fields.end())
      return objection{form.fields.empty()
                           ? fmt::format("there is no '{}' here; {} takes only transaction",
                                         shown(name), form.name)
                           : fmt::format("there is no '{}' here; {} takes {} and transaction",
                                         shown(name), form.name, names_of(form)),
                       rejection::unknown};
    if (const auto problem = read_member(*field, value, limits, to))
      return objection{fmt::format("'{}' must be {}", field->name, allowed(*field, limits)),
                       *problem};
  }
  bool has_one = false;
  for (const auto& field : form.fields) {
    const auto there = asked.contains(std::string{field.name});
    if (field.required && !there)
      return objection{fmt::format("'{}' is missing; it must be {}, as in {}", field.name,
                                   allowed(field, limits), form.example),
                       rejection::incomplete};
    has_one = has_one || (there && !field.required && field.name != "by" && field.name != "reason");
  }
  if (form.needs_one && !has_one)
    return objection{fmt::format("nothing is to change; {} takes {}, as in {}", form.name,
                                 names_of(form), form.example),
                     rejection::incomplete};
  return std::nullopt;
}

constexpr double seconds_of_minute = 60;

// The orders of a request, in the order of its fields.
std::vector<named_order> orders_of(const request_form& form, const request_values& values) {
  std::vector<named_order> result;
  operator_order base;
  base.camera = values.text("camera");
  base.zone = values.text("zone");
  base.by = values.text("by");
  base.reason = values.text("reason");
  const auto add = [&](order_kind what, std::string_view name = {}) -> operator_order& {
    auto order = base;
    order.what = what;
    return result.emplace_back(named_order{std::string{name}, std::move(order)}).order;
  };
  switch (form.what) {
  case request_kind::options:
    if (const auto armed = values.flags.find("armed"); armed != values.flags.end())
      add(order_kind::arm, armed->first).on = armed->second;
    for (const auto& field : form.fields)
      if (const auto found = values.numbers.find(field.name); found != values.numbers.end()) {
        auto& order = add(order_kind::tune, field.name);
        order.key = field.name;
        order.value = found->second;
      }
    break;
  case request_kind::camera_add:
    add(order_kind::add_camera).name = values.text("name");
    break;
  case request_kind::camera_remove:
    add(order_kind::remove_camera);
    break;
  case request_kind::camera_rename:
    add(order_kind::rename_camera).name = values.text("name");
    break;
  case request_kind::camera_options:
    for (const auto& [name, on] : values.flags)
      add(name == "enabled" ? order_kind::enable : order_kind::announce, name).on = on;
    // Last: from then on it may be known by another name than the request says.
    if (const auto found = values.texts.find("name"); found != values.texts.end())
      add(order_kind::rename_camera, found->first).name = found->second;
    break;
  case request_kind::camera_snooze:
  case request_kind::zone_snooze:
    add(order_kind::snooze).value = values.number("minutes") * seconds_of_minute;
    break;
  case request_kind::camera_wake:
  case request_kind::zone_wake:
    add(order_kind::wake);
    break;
  case request_kind::alarm_acknowledge:
    add(order_kind::acknowledge);
    break;
  case request_kind::alarm_reset:
    add(order_kind::reset);
    break;
  default:
    break;
  }
  return result;
}

// -- commands ----------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool same_word(std::string_view text, std::string_view word) {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::optional<bool> flag_from(std::string_view text) {
  if (same_word(text, "on") || same_word(text, "true"))
    return true;
  if (same_word(text, "off") || same_word(text, "false"))
    return false;
  return std::nullopt;
}

// What a command sets; otherwise what is wrong with it.
std::optional<rejection> read_value(const request_field& field, std::string_view text,
                                    const request_limits& limits, operator_order& to) {
  if (text.empty())
    return rejection::incomplete;
  if (field.kind == value_kind::flag) {
    const auto on = flag_from(text);
    if (!on)
      return rejection::wrong_type;
    to.on = *on;
    return std::nullopt;
  }
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), to.value,
                                              std::chars_format::general);
  if (end != text.data() + text.size() || problem == std::errc::invalid_argument)
    return rejection::wrong_type;
  if (problem != std::errc{})
    return rejection::out_of_range;
  return number_problem(field, to.value, limits);
}

json moment(unix_seconds t) { return t > 0 ? json(t) : json(); }

double rounded(double value) { return std::round(value * 1000) / 1000; }

// To a thousandth, and a whole number without a point, as in the retained state.
json number_of(double value) {
  const auto result = rounded(value);
  if (result == std::trunc(result) && std::abs(result) < 1e15)
    return static_cast<std::int64_t>(result);
  return result;
}

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
                             std::uint64_t size, const request_limits& limits) {
  parsed_request result;
  const auto refuse = [&result](rejection why, std::string error) {
    result.why = why;
    result.error = std::move(error);
    return result;
  };
  if (size > max_request_bytes || payload.size() != size)
    return refuse(rejection::too_long,
                  fmt::format("the request has {} bytes; {} are allowed", size, max_request_bytes));
  bool too_deep = false;
  std::set<std::string> names;
  std::string twice;
  const auto look = [&](int depth, json::parse_event_t event, const json& parsed) {
    too_deep = too_deep || depth > max_depth;
    if (event == json::parse_event_t::key && depth == 1
        && !names.insert(parsed.get<std::string>()).second && twice.empty())
      twice = parsed.get<std::string>();
    return !too_deep;
  };
  const auto asked = payload.empty() ? json::object() : json::parse(payload, look, false);
  const auto* form = find_request(operation);
  if (too_deep || !asked.is_object())
    return refuse(rejection::unreadable,
                  fmt::format("the payload must be a JSON object{}, such as {}",
                              too_deep ? " that is less nested" : "",
                              form == nullptr ? R"({"transaction": 1})" : form->example));
  if (const auto found = asked.find("transaction"); found != asked.end())
    result.transaction = dumped(*found);
  if (form == nullptr)
    return refuse(rejection::unknown, fmt::format("there is no request '{}'; there are {}",
                                                  shown(operation), names_of_requests()));
  if (!twice.empty())
    return refuse(rejection::unreadable, fmt::format("'{}' is there twice", shown(twice)));
  request_values values;
  if (auto problem = read_members(*form, asked, limits, values))
    return refuse(problem->why, std::move(problem->text));
  const auto live = values.flags.find("live");
  result.request
      = bridge_request{form->what,
                       {values.text("camera"), values.number("at")},
                       {live != values.flags.end() && live->second, values.text("confirm"),
                        from_seconds(values.number("timeout_s"))},
                       {values.text("instance")},
                       orders_of(*form, values)};
  return result;
}

bool is_change(std::string_view operation) noexcept {
  const auto* form = find_request(operation);
  return form != nullptr && form->what != request_kind::explain
         && form->what != request_kind::status && form->what != request_kind::health_check
         && form->what != request_kind::rescan;
}

operator_order set_back(const operator_order& done, const decision_tuning& before) {
  // A time in seconds as it was written, which whole nanoseconds may have cut.
  const auto seconds = [](timespan x) { return std::round(to_seconds(x) * 1e6) / 1e6; };
  auto result = done;
  if (done.what == order_kind::arm)
    result.on = before.armed;
  else if (done.key == "consensus_threshold")
    result.value = before.threshold;
  else if (done.key == "min_confidence")
    result.value = before.min_confidence;
  else if (done.key == "detection_window")
    result.value = seconds(before.detection_window);
  else if (done.key == "cooldown_period")
    result.value = seconds(before.cooldown);
  return result;
}

parsed_command parse_command(std::string_view name, std::string_view payload, std::uint64_t size,
                             const request_limits& limits) {
  parsed_command result;
  const auto command = find_command(name);
  if (!command) {
    result.error = fmt::format("there is no command '{}'", shown(name));
    return result;
  }
  result.known = true;
  const auto& field = command->form->value;
  operator_order order;
  order.camera = command->camera;
  const auto text = trimmed(payload);
  const auto problem = size > max_command_bytes || payload.size() != size
                           ? std::optional{rejection::too_long}
                           : read_value(field, text, limits, order);
  if (problem) {
    result.why = *problem;
    result.error = fmt::format("{} must be {}, and is '{}'", field.name, allowed(field, limits),
                               shown(text));
    return result;
  }
  switch (command->form->what) {
  case command_kind::arm:
    order.what = order_kind::arm;
    break;
  case command_kind::tune:
    order.what = order_kind::tune;
    order.key = field.name;
    break;
  case command_kind::enable:
    order.what = order_kind::enable;
    break;
  case command_kind::snooze:
    order.what = order.value > 0 ? order_kind::snooze : order_kind::wake;
    order.value *= seconds_of_minute;
    break;
  }
  result.order = named_order{std::string{field.name}, std::move(order)};
  return result;
}

bool is_answerable(std::string_view operation) noexcept {
  constexpr std::size_t longest = 64;
  constexpr std::string_view allowed_characters
      = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  const auto slash = operation.find('/');
  const auto is_level = [](std::string_view x) {
    return !x.empty() && x.find_first_not_of(allowed_characters) == std::string_view::npos;
  };
  return operation.size() <= longest && is_level(operation.substr(0, slash))
         && (slash == std::string_view::npos || is_level(operation.substr(slash + 1)));
}

std::string ok_response(const std::string& data, const std::string& transaction,
                        const std::string& warning) {
  auto result = fmt::format(R"({{"status":"ok","data":{}{}{}{}{}}})", data,
                            warning.empty() ? "" : R"(,"warning":)",
                            warning.empty() ? "" : dumped(json(warning)),
                            transaction.empty() ? "" : R"(,"transaction":)", transaction);
  if (result.size() > max_payload_bytes)
    return error_response(fmt::format("the answer would have {} bytes; nobody reads more than {}. "
                                      "Ask explain for one camera",
                                      result.size(), max_payload_bytes),
                          transaction);
  return result;
}

std::string error_response(const std::string& error, const std::string& transaction) {
  return fmt::format(R"({{"status":"error","error":{}{}{}}})", dumped(json(error)),
                     transaction.empty() ? "" : R"(,"transaction":)", transaction);
}

std::string shortened(const std::string& decision) {
  auto told = json::parse(decision, nullptr, false);
  if (!told.is_object() || !told.contains("cameras"))
    return decision;
  // Those of which the decision itself does not tell.
  const auto untold = told.value("untold", std::size_t{0});
  const auto all = told["cameras"].size() + untold;
  if (all <= max_told_cameras && untold == 0)
    return decision;
  told.erase("untold");
  if (told["cameras"].size() > max_told_cameras)
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
  const auto cameras_that = [&cameras](const char* what) {
    return std::count_if(cameras.begin(), cameras.end(),
                         [what](const json& x) { return x.at(what) == true; });
  };
  const auto configured
      = figures.configured_threshold == 0 ? figures.threshold : figures.configured_threshold;
  auto told = json::parse(shortened(decision), nullptr, false);
  const auto total = cameras.size();
  const auto online = cameras_that("online");
  const auto agreeing = cameras_that("agrees");
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
              {"commands_refused", json::object()},
              {"updated_at", facts.now}};
  for (const auto& [why, count] : facts.refused)
    result["commands_refused"][to_string(why)] = count;
  result["decision"] = told.is_discarded() ? json() : std::move(told);
  auto last_drill = json::parse(facts.last_drill, nullptr, false);
  result["drill"] = last_drill.is_object() ? std::move(last_drill) : json();
  return dumped(result);
}

std::string options_data(const decision_tuning& tuning) {
  return dumped<json>({{"armed", tuning.armed},
                       {"consensus_threshold", tuning.threshold},
                       {"min_confidence", number_of(tuning.min_confidence)},
                       {"detection_window", number_of(to_seconds(tuning.detection_window))},
                       {"cooldown_period", number_of(to_seconds(tuning.cooldown))}});
}

std::string search_data(const search_result& found) {
  auto cameras = json::array();
  for (const auto& x : found.cameras) {
    if (cameras.size() == max_told_cameras)
      break;
    cameras.push_back({{"id", x.id},
                       {"name", x.name},
                       {"address", x.address},
                       {"manufacturer", x.manufacturer},
                       {"model", x.model},
                       {"condition", to_string(x.condition)}});
  }
  auto problems = json::array();
  for (const auto& x : found.problems)
    problems.push_back(x.text);
  json result{{"cameras", std::move(cameras)},
              {"methods", found.methods},
              {"problems", std::move(problems)},
              {"took_s", rounded(found.took_s)}};
  if (const auto told = result["cameras"].size(); told < found.cameras.size())
    result["cameras_more"] = found.cameras.size() - told;
  return dumped(result);
}

std::string merged(const std::string& first, const std::string& second) {
  auto result = json::parse(first, nullptr, false);
  const auto more = json::parse(second, nullptr, false);
  if (!result.is_object())
    result = json::object();
  if (more.is_object())
    result.update(more);
  return dumped(result);
}

command_queue::turn command_queue::add(const std::string& command, named_order order) {
  if (const auto found = waiting_.find(command); found != waiting_.end()) {
    found->second = std::move(order);
    return turn::later;
  }
  const bool free = !under_way_.contains(command);
  if (free && under_way_.size() < max_commands_under_way) {
    under_way_.insert(command);
    return turn::now;
  }
  if (waiting_.size() >= max_commands_waiting)
    return turn::never;
  waiting_.emplace(command, std::move(order));
  if (free)
    ready_.push_back(command);
  return turn::later;
}

std::optional<command_queue::entry> command_queue::ended(const std::string& command) {
  under_way_.erase(command);
  if (waiting_.contains(command))
    ready_.push_back(command);
  if (ready_.empty())
    return std::nullopt;
  auto next = waiting_.extract(ready_.front());
  ready_.pop_front();
  under_way_.insert(next.key());
  return entry{std::move(next.key()), std::move(next.mapped())};
}

bool answer_budget::spend(monotonic now) {
  if (last_)
    left_ = std::min(burst_, left_ + to_seconds(now - *last_) * per_second_);
  last_ = now;
  if (left_ < 1)
    return false;
  left_ -= 1;
  return true;
}

} // namespace firefinder
