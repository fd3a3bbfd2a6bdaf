#include "actors/discovery/migration.hpp"

#include <sstream>

namespace firefinder {

namespace {

takeover step_after(takeover x) noexcept {
  return x == takeover::let_go ? takeover::bring_back : takeover::done;
}

timespan pause_after(takeover x) noexcept {
  return x == takeover::let_go ? migration::let_go_pause : migration::bring_back_pause;
}

std::optional<takeover> step_of(std::string_view word) {
  for (const auto x : {takeover::let_go, takeover::bring_back, takeover::done})
    if (to_string(x) == word)
      return x;
  return std::nullopt;
}

} // namespace

bool migration::is_under_way(takeover x) noexcept {
  return x == takeover::let_go || x == takeover::bring_back;
}

void migration::move(progress& x, takeover to) {
  under_way_ -= is_under_way(x.at) ? 1 : 0;
  under_way_ += is_under_way(to) ? 1 : 0;
  x.at = to;
  changed_ = true;
}

takeover migration::of(const std::string& camera) const {
  const auto found = cameras_.find(camera);
  return found == cameras_.end() ? takeover::none : found->second.at;
}

std::set<std::string> migration::cameras() const {
  std::set<std::string> result;
  for (const auto& [key, x] : cameras_)
    result.insert(key);
  return result;
}

std::set<std::string> migration::unfinished() const {
  std::set<std::string> result;
  for (const auto& [key, x] : cameras_)
    if (is_under_way(x.at))
      result.insert(key);
  return result;
}

void migration::begin(const std::set<std::string>& cameras) {
  *this = {};
  for (const auto& key : cameras) {
    cameras_.try_emplace(key);
    ++under_way_;
  }
}

// `key:step` of each camera, with a space between them; neither can hold one, or a colon.
std::string migration::to_text() const {
  std::string result;
  for (const auto& [key, x] : cameras_) {
    // What comes next must not begin by letting go what was brought back.
    const auto at = x.at == takeover::let_go && x.due ? takeover::bring_back : x.at;
    result += (result.empty() ? "" : " ") + key + ':' + to_string(at);
  }
  return result;
}

void migration::restore(std::string_view text) {
  *this = {};
  std::istringstream in{std::string{text}};
  for (std::string word; in >> word;) {
    const auto colon = word.find(':');
    if (colon == 0 || colon == std::string::npos)
      continue;
    const auto step = step_of(std::string_view{word}.substr(colon + 1));
    if (!step)
      continue;
    const auto [at, added] = cameras_.try_emplace(word.substr(0, colon));
    if (!added)
      continue;
    at->second.at = *step;
    under_way_ += is_under_way(*step) ? 1 : 0;
  }
}

std::optional<std::string> migration::take_change() {
  if (!std::exchange(changed_, false))
    return std::nullopt;
  return to_text();
}

void migration::acknowledged(const std::string& camera, monotonic now) {
  const auto found = cameras_.find(camera);
  if (found == cameras_.end() || !is_under_way(found->second.at) || found->second.due)
    return;
  auto& x = found->second;
  x.due = now + pause_after(x.at);
  due_.emplace(*x.due, camera);
  changed_ = true;
}

void migration::give_up(const std::string& camera) {
  const auto found = cameras_.find(camera);
  if (found == cameras_.end() || !is_under_way(found->second.at))
    return;
  auto& x = found->second;
  if (x.due)
    due_.erase({*x.due, camera});
  x.due.reset();
  move(x, takeover::done);
}

void migration::link_down() {
  for (const auto& [when, key] : due_)
    cameras_.at(key).due.reset();
  due_.clear();
}

std::vector<std::string> migration::advance(monotonic now) {
  std::vector<std::string> result;
  while (!due_.empty() && due_.begin()->first <= now) {
    auto node = due_.extract(due_.begin());
    auto& x = cameras_.at(node.value().second);
    x.due.reset();
    move(x, step_after(x.at));
    result.push_back(std::move(node.value().second));
  }
  return result;
}

std::optional<monotonic> migration::next_change() const {
  return due_.empty() ? std::nullopt : std::optional{due_.begin()->first};
}

} // namespace firefinder
