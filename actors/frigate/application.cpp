#include "actors/frigate/application.hpp"

#include "actors/frigate/camera_block.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

constexpr long ok = 200;
constexpr std::size_t max_error_bytes = 400;

// The first one that takes cameras while it runs.
constexpr int adding_release = 17;

// In the name of every secret of ours.
constexpr std::string_view secret_mark = "FRIGATE_CAM_";

constexpr auto raw_configuration = "/api/config/raw";
constexpr auto save_configuration = "/api/config/save?save_option=saveonly";
constexpr auto set_configuration = "/api/config/set";

} // namespace

std::string error_text(std::string_view body) {
  std::string said{body.substr(0, std::size_t{16} * 1024)};
  if (const auto document = nlohmann::json::parse(body, nullptr, false);
      document.is_object() && document.contains("message") && document["message"].is_string())
    said = document["message"].get<std::string>();
  std::string result;
  for (std::size_t i = 0; i < said.size() && result.size() < max_error_bytes; ++i) {
    const auto c = static_cast<unsigned char>(said[i]);
    if (said.compare(i, 3, "://") == 0) {
      // Up to the last one before a blank: a password may hold all the rest.
      const auto end = std::min(said.find_first_of(" \t\r\n'\"", i), said.size());
      const auto at = said.substr(0, end).rfind('@');
      result += "://";
      i = at != std::string::npos && at > i ? at : i + 2;
    } else if (c == '\n' || c == '\r' || c == '\t') {
      if (!result.empty() && result.back() != ' ')
        result += ' ';
    } else if (c >= ' ' && c < 0x7f) {
      result += said[i];
    }
  }
  while (!result.empty() && result.back() == ' ')
    result.pop_back();
  return result;
}

application::application(frigate_change what) : what_(std::move(what)) {
  steps_.push_back({{"GET", raw_configuration, {}, {}}, {}, false});
}

void application::answer(std::string_view failure, long code, std::string_view body) {
  const auto asked = std::move(steps_.front());
  steps_.pop_front();
  if (!failure.empty() || code >= 500) {
    // What was not heard of it may have been done; the next attempt reads it again.
    steps_.clear();
    fail(failure.empty() ? fmt::format("it answers with status {}: {}", code, error_text(body))
                         : std::string{failure});
    return;
  }
  if (code == 401 || code == 403) {
    steps_.clear();
    fail(fmt::format("it asks for a login ({}); the port without one is 5000", code));
    return;
  }
  if (code != ok) {
    // What else is asked of this camera needs this; others go on.
    std::erase_if(steps_, [&](const step& x) { return x.camera == asked.camera; });
    if (!asked.camera.empty())
      outcome_.refused.push_back(asked.camera);
    // It reads secrets when it starts, and one that it does not know is an error to it.
    const auto secrets = asked.camera.empty() ? body : std::string_view{asked.request.body};
    outcome_.wants_restart
        = outcome_.wants_restart || secrets.find(secret_mark) != std::string_view::npos;
    fail(fmt::format("it refuses{} ({}): {}", asked.camera.empty() ? "" : " " + asked.camera, code,
                     error_text(body)));
    return;
  }
  if (!std::exchange(has_configuration_, true)) {
    on_configuration(body);
    return;
  }
  outcome_.changed = true;
  outcome_.wants_restart = outcome_.wants_restart || asked.wants_restart;
}

// Only the first one is told.
void application::fail(std::string why) {
  if (outcome_.failure.empty())
    outcome_.failure = std::move(why);
}

void application::on_configuration(std::string_view body) {
  std::string text{body};
  // Since 0.16 it is a text of JSON.
  if (body.starts_with('"'))
    if (const auto document = nlohmann::json::parse(body, nullptr, false); document.is_string())
      text = document.get<std::string>();
  const auto release = release_of(what_.version);
  if (release && *release >= adding_release) {
    const auto changes = changes_of(text, what_.blocks);
    if (!changes)
      fail("its configuration cannot be read");
    else
      for (const auto& change : *changes)
        put(change);
    return;
  }
  auto whole = merged(text, what_.blocks);
  if (!whole.problem.empty())
    fail(fmt::format("in its configuration, {}", whole.problem));
  else if (whole.text != text)
    steps_.push_back({{"POST", save_configuration, "text/plain", std::move(whole.text)}, {}, true});
}

void application::put(const camera_change& change) {
  switch (change.what) {
  case camera_change::kind::add:
    put(change.name, "add", change.json);
    break;
  case camera_change::kind::change:
    put(change.name, nullptr, change.json);
    put(change.name, "remove", "\"\"");
    put(change.name, "add", change.json);
    break;
  case camera_change::kind::remove:
    put(change.name, "remove", "\"\"");
    break;
  }
}

void application::put(const std::string& camera, const char* topic, const std::string& json) {
  auto body = fmt::format(R"({{"requires_restart":{},)", topic == nullptr ? 1 : 0);
  if (topic != nullptr)
    body += fmt::format(R"("update_topic":"config/cameras/{}/{}",)", camera, topic);
  body += fmt::format(R"("config_data":{{"cameras":{{"{}":{}}}}}}})", camera, json);
  steps_.push_back(
      {{"PUT", set_configuration, "application/json", std::move(body)}, camera, false});
}

} // namespace firefinder
