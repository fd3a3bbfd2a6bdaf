#include "actors/web/picture.hpp"

#include "messages/dumped.hpp"
#include "messages/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace firefinder {

namespace {

// Members stand in the order in which a person asks for them.
using json = nlohmann::ordered_json;

// What one who reads slowly still gets; a house has no more decisions in a second.
constexpr std::size_t max_decisions = 64;

// More keys than ever were in use have not gone meanwhile.
constexpr std::size_t max_gone = 2'000;

// Nor has a house more cameras than consensus and its trackers know.
constexpr std::size_t max_entries = 20'000;

// Longest name or sentence that is told, in characters.
constexpr std::size_t max_text = 500;

// JSON knows no infinity.
json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }

json known(double x) { return x > 0 ? number(x) : json(nullptr); }

json named(const std::string& x) {
  return x.empty() ? json(nullptr) : json(shown_text(x, max_text));
}

json texts(const std::vector<std::string>& all) {
  auto result = json::array();
  for (const auto& x : all)
    result.push_back(shown_text(x, max_text));
  return result;
}

} // namespace

picture::picture(web_settings settings, decision_language language)
  : settings_(std::move(settings)), language_(std::move(language)) {}

// -- what is heard -----------------------------------------------------------------------

void picture::hear(const link_up& x, unix_seconds at) {
  // Who asks anew is told the present state again.
  if (link_up_ && generation_ == x.generation)
    return;
  link_up_ = true;
  link_since_ = at;
  link_reason_.clear();
  protocol_ = x.protocol;
  generation_ = x.generation;
  ++links_;
  state_waits_ = true;
}

void picture::hear(const link_down& x, unix_seconds at) {
  if (link_up_ || link_since_ <= 0)
    link_since_ = at;
  link_up_ = false;
  link_reason_ = x.reason;
  protocol_.clear();
  state_waits_ = true;
}

void picture::hear(const house_state& x) {
  house_ = x;
  house_known_ = true;
  state_waits_ = true;
}

void picture::hear(const house_cameras& x) {
  for (const auto& camera : x.all)
    hear(camera);
}

void picture::hear(const house_camera& x) {
  auto& known = *cameras_.try_emplace(x.id).first;
  auto& e = known.second;
  if (e.key != x.key) {
    if (const auto old = keys_.find(e.key); old != keys_.end() && old->second == &known) {
      keys_.erase(old);
      note_gone(e.key);
      if (e.told)
        e.told->text.clear();
    }
    if (!x.key.empty()) {
      keys_[x.key] = &known;
      gone_.erase(x.key);
    }
  }
  e.key = x.key;
  e.name = x.name;
  e.standing = x.standing;
  e.blind_since = x.blind_since;
  e.expected = x.expected;
  e.counts = x.counts;
  e.online = x.online;
  e.by_frigate = x.by_frigate;
  mark(x.id);
}

void picture::hear(const house_camera_gone& x) {
  waiting_.erase(x.id);
  const auto gone = cameras_.find(x.id);
  if (gone == cameras_.end())
    return;
  if (const auto key = keys_.find(gone->second.key); key != keys_.end() && key->second == &*gone) {
    note_gone(key->first);
    keys_.erase(key);
  }
  auto old = std::move(gone->second);
  cameras_.erase(gone);
  if (const auto heir = cameras_.find(x.successor); heir != cameras_.end()) {
    auto& e = heir->second;
    if (e.points.empty())
      e.points = std::move(old.points);
    e.detections += old.detections;
    e.last_detection = std::max(e.last_detection, old.last_detection);
    if (!e.sign)
      e.sign = old.sign;
    mark(x.successor);
  }
}

void picture::hear(const camera_sights& x) {
  for (const auto& seen : x.all)
    hear(seen);
}

void picture::hear(const camera_sight& x) {
  // What it sees may be heard before it is known; until then it is not shown.
  if (cameras_.size() >= max_entries && !cameras_.contains(x.camera))
    return;
  auto& e = cameras_[x.camera];
  e.sign = x.newest.sign;
  e.last_detection = std::max(e.last_detection, x.at);
  e.detections += x.count;
  if (e.points.empty() || x.at >= e.points.back().t + point_pause_s) {
    if (e.points.size() >= max_points)
      e.points.erase(e.points.begin());
    e.points.push_back({x.at, x.newest.area, x.growth, x.newest.confidence});
    e.point_waits = true;
  }
  mark(x.camera);
}

void picture::hear(const control_state& x) {
  const bool cameras_changed = x.snoozes != control_.snoozes || x.cameras != control_.cameras;
  control_ = x;
  state_waits_ = true;
  if (cameras_changed)
    for (const auto& [id, e] : cameras_)
      mark(id);
}

void picture::hear(const alarm_view& x) {
  control_.alarm = x;
  state_waits_ = true;
}

void picture::forget_house() {
  house_ = {};
  house_known_ = false;
  while (!cameras_.empty())
    hear(house_camera_gone{cameras_.begin()->first, {}});
  state_waits_ = true;
}

void picture::hear(const drill_report& x) {
  drill_ = x;
  state_waits_ = true;
}

void picture::hear(const decision_record& x) {
  if (!followed_)
    return;
  decisions_.push_back({++last_number_, {"decision", decision(x)}});
  if (decisions_.size() > max_decisions)
    decisions_.pop_front();
}

// -- what is asked -----------------------------------------------------------------------

const char* picture::alarm_word() const {
  if (control_.alarm.active || house_.fire)
    return "fire";
  if (!house_.armed)
    return "disarmed";
  if (house_.agreeing > 0)
    return "suspected";
  const auto all = problems();
  return std::ranges::any_of(all, &problem::trouble) ? "degraded" : "idle";
}

std::vector<problem> picture::problems() const {
  auto result = house_.problems;
  const auto tells = [&result](const char* code) {
    return std::ranges::any_of(result, [code](const problem& x) { return x.code == code; });
  };
  if (!link_up_ && !tells("link_down"))
    result.push_back({"link_down",
                      {},
                      true,
                      link_since_,
                      link_reason_.empty() ? "there is no link to the broker"
                                           : "there is no link to the broker: " + link_reason_});
  result.insert(result.end(), control_.supervisory.begin(), control_.supervisory.end());
  std::ranges::stable_partition(result, &problem::trouble);
  return result;
}

std::vector<std::string> picture::why_not_ready() const {
  std::vector<std::string> result;
  if (!link_up_)
    result.push_back(link_reason_.empty() ? "there is no link to the broker"
                                          : "there is no link to the broker: " + link_reason_);
  if (!house_known_)
    result.emplace_back("consensus has not begun to decide");
  else if (!house_.decides)
    result.emplace_back("this daemon does not decide: consensus is not among its services");
  return result;
}

// The key of the camera that a problem is about, whatever it calls it; empty: it is about none.
std::string picture::key_of(const std::string& subject) const {
  if (subject.empty() || keys_.contains(subject))
    return subject;
  if (const auto found = cameras_.find(subject); found != cameras_.end())
    return found->second.key;
  const auto named = std::ranges::find_if(
      keys_, [&](const auto& x) { return x.second->second.name == subject; });
  return named == keys_.end() ? std::string{} : named->first;
}

json picture::state_json(unix_seconds at) const {
  decision_record summary;
  summary.reason = house_.reason;
  summary.agreeing = house_.agreeing;
  summary.threshold = house_.threshold;
  json trigger;
  if (house_.last_trigger > 0)
    trigger = {{"at", house_.last_trigger},
               {"id", named(house_.last_trigger_id)},
               {"cameras", texts(house_.last_trigger_cameras)}};
  json until;
  if (house_.cooldown && house_.last_trigger > 0)
    until = house_.last_trigger + to_seconds(control_.tuning.cooldown);
  // It begins anew as long as the same fire is seen; nobody tells when.
  if (until.is_number() && until < at)
    until = nullptr;
  auto all = json::array();
  for (const auto& x : problems())
    all.push_back({{"code", x.code},
                   {"text", shown_text(x.text, max_text)},
                   {"since", known(x.since)},
                   {"severity", x.trouble ? "trouble" : "notice"},
                   {"camera", named(key_of(x.subject))}});
  json frigate;
  if (house_.frigate_known)
    frigate = house_.frigate_online ? "online" : "offline";
  json drill;
  if (drill_)
    drill = {{"at", drill_->at},
             {"passed", drill_->passed},
             {"delay_s", number(drill_->delay_s)},
             {"text", shown_text(drill_->text, max_text)}};
  const auto& alarm = control_.alarm;
  return {{"version", settings_.version},
          {"instance", settings_.instance},
          {"started_at", settings_.started_at},
          {"link",
           {{"up", link_up_},
            {"broker", settings_.broker},
            {"since", known(link_since_)},
            {"reconnects", reconnects()},
            {"protocol", named(protocol_)}}},
          {"alarm", alarm_word()},
          {"reason", to_string(house_.reason)},
          {"reason_text", language_.decision(summary)},
          {"armed", house_.armed},
          {"cooldown", house_.cooldown},
          {"cooldown_until", std::move(until)},
          {"agreeing", house_.agreeing},
          {"threshold", house_.threshold},
          {"cameras_total", house_.cameras_total},
          {"cameras_online", house_.cameras_online},
          {"cameras_detecting", house_.cameras_detecting},
          {"last_trigger", std::move(trigger)},
          {"trigger_count", house_.trigger_count},
          {"acknowledged", alarm.acknowledged},
          {"acknowledged_by", named(alarm.acknowledged_by)},
          {"acknowledged_at", known(alarm.acknowledged_at)},
          {"alarm_on", alarm.active},
          {"problems", std::move(all)},
          {"frigate", std::move(frigate)},
          {"commands", !settings_.token.empty()},
          {"drill", std::move(drill)},
          {"min_confidence", number(control_.tuning.min_confidence)},
          {"growth_needed", number(settings_.growth_needed)}};
}

std::string picture::state(unix_seconds at) const {
  auto result = state_json(at);
  result["now"] = at;
  return dumped(result);
}

json picture::standing_json(const camera_standing& x) const {
  return {{"agrees", x.agrees},
          {"reason", to_string(x.reason)},
          {"reason_text", shown_text(language_.standing(x), max_text)},
          {"verified_by", named(x.verified_by)},
          {"object", named(x.object)},
          {"samples", x.samples},
          {"samples_needed", x.samples_needed},
          {"growth", known(x.growth)},
          {"growth_needed", known(x.growth_needed)},
          {"frames", x.frames},
          {"seen", x.seen},
          {"seen_needed", x.seen_needed},
          {"confidence", number(x.confidence)},
          {"confidence_needed", number(x.confidence_needed)},
          {"area", number(x.area)},
          {"cadence_s", known(x.cadence_s)},
          {"window_s", known(x.window_s)}};
}

bool picture::is_enabled(const std::string& id) const {
  const auto decided = control_.cameras.find(id);
  return decided == control_.cameras.end() || decided->second.enabled;
}

json picture::camera_json(const camera_entry& camera) const {
  const auto& [id, x] = camera;
  json snoozed;
  for (const auto& s : control_.snoozes)
    if (!s.zone && s.target == id)
      snoozed = known(s.until);
  const bool sees = x.sign && x.standing.reason != standing_reason::nothing_seen
                    && x.standing.reason != standing_reason::offline;
  return {{"key", x.key},
          {"id", shown_text(id, max_text)},
          {"name", shown_text(x.name, max_text)},
          {"online", x.online},
          {"counts", x.counts},
          {"expected", x.expected},
          {"by_frigate", x.by_frigate},
          {"blind_since", known(x.blind_since)},
          {"snoozed_until", std::move(snoozed)},
          {"enabled", is_enabled(id)},
          {"sees", sees ? json(to_string(*x.sign)) : json(nullptr)},
          {"last_detection", known(x.last_detection)},
          {"detections", x.detections},
          {"standing", standing_json(x.standing)}};
}

namespace {

template <class Point>
json point_json(const Point& x) {
  return json::array({x.t, number(x.area), known(x.growth), number(x.confidence)});
}

template <class Points>
json history(const Points& points, unix_seconds at) {
  auto result = json::array();
  for (const auto& x : points)
    if (x.t >= at - point_life_s)
      result.push_back(point_json(x));
  return result;
}

} // namespace

std::string picture::cameras(bool with_history, unix_seconds at) const {
  std::vector<const camera_entry*> order;
  for (const auto& [key, x] : keys_)
    order.push_back(x);
  std::ranges::stable_sort(
      order, {}, [](const camera_entry* x) -> const auto& { return x->second.name; });
  auto all = json::array();
  for (const auto* x : order) {
    auto one = camera_json(*x);
    if (with_history)
      one["history"] = history(x->second.points, at);
    all.push_back(std::move(one));
  }
  return dumped<json>({{"cameras", std::move(all)}});
}

std::optional<std::string> picture::camera(const std::string& key, unix_seconds at) const {
  const auto found = keys_.find(key);
  if (found == keys_.end())
    return std::nullopt;
  const auto& x = *found->second;
  auto one = camera_json(x);
  one["history"] = history(x.second.points, at);
  return dumped(one);
}

std::string picture::decision(const decision_record& x) const {
  auto cameras = json::object();
  for (const auto& [id, standing] : x.cameras)
    cameras[shown_text(id, max_text)] = standing_json(standing);
  return dumped<json>({{"t", number(x.t)},
                       {"reason", to_string(x.reason)},
                       {"reason_text", language_.decision(x)},
                       {"trigger_id", named(x.trigger_id)},
                       {"agreeing", x.agreeing},
                       {"threshold", x.threshold},
                       {"cameras", std::move(cameras)},
                       {"untold", x.untold}});
}

std::vector<known_camera> picture::known_cameras() const {
  std::vector<known_camera> result;
  result.reserve(keys_.size());
  for (const auto& [key, x] : keys_) {
    const auto& e = x->second;
    result.push_back(
        {key, e.online, e.standing.agrees, e.blind_since, is_enabled(x->first), e.detections});
  }
  return result;
}

// -- those who follow --------------------------------------------------------------------

void picture::mark(const std::string& id) {
  if (followed_)
    waiting_.insert(id);
}

void picture::note_gone(const std::string& key) {
  if (!followed_)
    return;
  gone_[key] = ++last_number_;
  if (gone_.size() > max_gone)
    gone_.erase(gone_.begin());
}

void picture::follow(monotonic now, unix_seconds at) {
  if (std::exchange(followed_, true)) {
    // The next one sets its clock by it.
    auto news = state_json(at);
    news["now"] = at;
    state_event_.event.data = dumped(news);
    return;
  }
  state_waits_ = true;
  for (auto& [id, e] : cameras_) {
    e.point_waits = false;
    waiting_.insert(id);
  }
  publish(now, at);
}

void picture::rest() {
  followed_ = false;
  waiting_.clear();
  decisions_.clear();
  gone_.clear();
  state_told_.clear();
  state_told_at_.reset();
  for (auto& [id, e] : cameras_)
    e.told.reset();
}

void picture::publish_state(monotonic now, unix_seconds at) {
  if (!state_waits_ || (state_told_at_ && now - *state_told_at_ < state_event_pause))
    return;
  state_waits_ = false;
  auto news = state_json(at);
  auto text = dumped(news);
  // Nobody needs to hear that nothing has changed.
  if (text == state_told_)
    return;
  state_told_ = std::move(text);
  state_told_at_ = now;
  news["now"] = at;
  state_event_ = {++last_number_, {"state", dumped(news)}};
}

void picture::publish_cameras(monotonic now) {
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    const auto found = cameras_.find(*next);
    if (found == cameras_.end() || found->second.key.empty()) {
      next = waiting_.erase(next);
      continue;
    }
    auto& e = found->second;
    if (e.told && now - e.told->at < camera_event_pause) {
      ++next;
      continue;
    }
    next = waiting_.erase(next);
    const bool has_point = std::exchange(e.point_waits, false) && !e.points.empty();
    auto text = dumped(camera_json(*found));
    if (e.told && text == e.told->text && !has_point)
      continue;
    if (!e.told)
      e.told = std::make_unique<told_camera>();
    e.told->text = std::move(text);
    e.told->number = ++last_number_;
    e.told->at = now;
    if (has_point) {
      e.told->point = dumped(point_json(e.points.back()));
      e.told->point_number = e.told->number;
    }
  }
}

void picture::publish(monotonic now, unix_seconds at) {
  if (!followed_)
    return;
  publish_cameras(now);
  publish_state(now, at);
}

std::optional<monotonic> picture::due() const {
  std::optional<monotonic> result;
  const auto sooner = [&result](monotonic x) { result = std::min(result.value_or(x), x); };
  if (followed_ && state_waits_)
    sooner(state_told_at_ ? *state_told_at_ + state_event_pause : monotonic{});
  for (const auto& id : waiting_) {
    const auto found = cameras_.find(id);
    if (found == cameras_.end())
      continue;
    const auto& told = found->second.told;
    sooner(told ? told->at + camera_event_pause : monotonic{});
  }
  return result;
}

std::vector<web_event> picture::news(std::uint64_t& told) const {
  const auto before = std::exchange(told, last_number_);
  std::vector<numbered> found;
  // One who has just come hears of everything: the state first.
  if (state_event_.number > before)
    found.push_back({before == 0 ? 0 : state_event_.number, state_event_.event});
  for (const auto& [key, camera] : keys_) {
    const auto& x = camera->second.told;
    if (!x || x->number <= before || x->text.empty())
      continue;
    auto data = x->text;
    if (before != 0 && x->point_number > before) {
      data.pop_back();
      data += ",\"point\":" + x->point + '}';
    }
    found.push_back({x->number, {"camera", std::move(data)}});
  }
  if (before != 0) {
    for (const auto& x : decisions_)
      if (x.number > before)
        found.push_back(x);
    for (const auto& [key, number] : gone_)
      if (number > before)
        found.push_back({number, {"gone", dumped<json>({{"key", key}})}});
  }
  std::ranges::stable_sort(found, {}, &numbered::number);
  std::vector<web_event> result;
  for (auto& x : found)
    result.push_back(std::move(x.event));
  return result;
}

} // namespace firefinder
