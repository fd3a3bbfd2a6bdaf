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

// How often a camera that is half changed is tried, at once: until that is done it is blind.
constexpr int tries_of_half = 3;

// How often a text that another has changed meanwhile is made anew.
constexpr int max_comparisons = 3;

constexpr auto raw_configuration = "/api/config/raw";
constexpr auto save_configuration = "/api/config/save?save_option=saveonly";
constexpr auto set_configuration = "/api/config/set";

// Since 0.16 it is a text of JSON.
std::string raw_text(std::string_view body) {
  if (body.starts_with('"'))
    if (const auto document = nlohmann::json::parse(body, nullptr, false); document.is_string())
      return document.get<std::string>();
  return std::string{body};
}

// Without a topic it is written, and the running Frigate is not told.
api_request set(const std::string& camera, const char* topic, const std::string& json) {
  auto body = fmt::format(R"({{"requires_restart":{},)", topic == nullptr ? 1 : 0);
  if (topic != nullptr)
    body += fmt::format(R"("update_topic":"config/cameras/{}/{}",)", camera, topic);
  body += fmt::format(R"("config_data":{{"cameras":{{"{}":{}}}}}}})", camera, json);
  return {"PUT", set_configuration, "application/json", std::move(body)};
}

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

application::application(frigate_change what) : what_(std::move(what)) { read(purpose::read); }

void application::read(purpose why) {
  steps_.push_back({why, {"GET", raw_configuration, {}, {}}, {}, false, 1, {}});
}

void application::answer(std::string_view failure, long code, std::string_view body) {
  auto asked = std::move(steps_.front());
  steps_.pop_front();
  current_ = asked.camera;
  if (!failure.empty() || code != ok) {
    on_failure(std::move(asked), failure, code, body);
    return;
  }
  switch (asked.why) {
  case purpose::read:
    on_configuration(raw_text(body));
    break;
  case purpose::compare:
    on_comparison(raw_text(body));
    break;
  case purpose::change:
    outcome_.changed = true;
    outcome_.wants_restart = outcome_.wants_restart || asked.wants_restart;
    if (asked.camera.empty())
      keep_secrets(after_);
    break;
  case purpose::look_for_secrets:
    keep_secrets(raw_text(body));
    break;
  }
}

void application::on_failure(step asked, std::string_view failure, long code,
                             std::string_view body) {
  if (asked.why == purpose::look_for_secrets) {
    // Nobody knows; so they stay.
    outcome_.refused.insert(outcome_.refused.end(), what_.blocks.removed.begin(),
                            what_.blocks.removed.end());
    return;
  }
  if (asked.tries > 1) {
    --asked.tries;
    steps_.push_front(std::move(asked));
    return;
  }
  if (!failure.empty() || code >= 500) {
    // What was not heard of it may have been done; the next attempt reads it again.
    steps_.clear();
    fail(failure.empty() ? fmt::format("it answers with status {}: {}", code, error_text(body))
                         : std::string{failure});
  } else if (code == 401 || code == 403) {
    steps_.clear();
    fail(fmt::format("it asks for a login ({}); the port without one is 5000", code));
  } else {
    // What else is asked of this camera needs this; others go on.
    std::erase_if(steps_, [&](const step& x) { return x.camera == asked.camera; });
    if (!asked.camera.empty() && std::ranges::count(outcome_.refused, asked.camera) == 0)
      outcome_.refused.push_back(asked.camera);
    // It reads secrets when it starts, and one that it does not know is an error to it.
    const auto secrets = asked.camera.empty() ? body : std::string_view{asked.request.body};
    outcome_.wants_restart
        = outcome_.wants_restart || secrets.find(secret_mark) != std::string_view::npos;
    fail(fmt::format("it refuses{} ({}): {}", asked.camera.empty() ? "" : " " + asked.camera, code,
                     error_text(body)));
  }
  if (!asked.otherwise.method.empty())
    steps_.push_front({purpose::change,
                       std::move(asked.otherwise),
                       std::move(asked.camera),
                       false,
                       tries_of_half,
                       {}});
}

void application::give_up(std::string why) {
  if (done())
    return;
  std::erase_if(steps_, [&](const step& x) { return current_.empty() || x.camera != current_; });
  fail(std::move(why));
}

// Only the first one is told.
void application::fail(std::string why) {
  if (outcome_.failure.empty())
    outcome_.failure = std::move(why);
}

void application::on_configuration(std::string text) {
  const auto release = release_of(what_.version);
  if (!release || *release < adding_release) {
    save(std::move(text));
    return;
  }
  const auto changes = changes_of(text, what_.blocks);
  if (!changes) {
    fail("its configuration cannot be read");
    return;
  }
  for (const auto& change : *changes)
    put(change);
  if (!what_.blocks.removed.empty())
    read(purpose::look_for_secrets);
}

void application::save(std::string text) {
  auto whole = merged(text, what_.blocks);
  if (!whole.problem.empty()) {
    fail(fmt::format("in its configuration, {}", whole.problem));
    return;
  }
  before_ = std::move(text);
  after_ = std::move(whole.text);
  if (after_ == before_)
    keep_secrets(after_);
  else
    read(purpose::compare);
}

void application::on_comparison(std::string text) {
  if (text == before_)
    steps_.push_back(
        {purpose::change, {"POST", save_configuration, "text/plain", after_}, {}, true, 1, {}});
  else if (++comparisons_ < max_comparisons)
    save(std::move(text));
  else
    fail("it is being changed by another; it is tried again");
}

void application::put(const camera_change& change) {
  const auto& name = change.name;
  const auto push = [&](api_request what, int tries = 1, api_request otherwise = {}) {
    steps_.push_back({purpose::change, std::move(what), name, false, tries, std::move(otherwise)});
  };
  const auto remove = set(name, "remove", "\"\"");
  const auto add = set(name, "add", change.json);
  switch (change.what) {
  case camera_change::kind::add:
    push(add);
    break;
  case camera_change::kind::change:
    push(set(name, nullptr, change.json));
    // Otherwise the next attempt would find nothing to change, and Frigate would not use it.
    push(remove, tries_of_half, set(name, nullptr, change.before));
    push(add, tries_of_half, set(name, "add", change.before));
    break;
  case camera_change::kind::remove:
    push(remove);
    break;
  }
}

void application::keep_secrets(std::string_view text) {
  for (const auto& name : what_.blocks.removed)
    if (is_frigate_name(name) && names_secret_of(text, name))
      outcome_.refused.push_back(name);
}

} // namespace firefinder
