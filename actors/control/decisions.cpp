#include "actors/control/decisions.hpp"

#include "messages/camera_key.hpp"
#include "messages/dumped.hpp"
#include "messages/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// A wall clock that is set right by more than this after a snooze began says nothing of its end.
constexpr unix_seconds clock_slack = 60;

// Of `decisions::match`.
constexpr int no_match = 5;

struct tunable {
  const char* name;
  double least;
  double most;
  bool whole;
  const char* unit;
};

constexpr std::string_view threshold = "consensus_threshold";
constexpr std::string_view min_confidence = "min_confidence";
constexpr std::string_view detection_window = "detection_window";
constexpr std::string_view cooldown_period = "cooldown_period";

std::array<tunable, 4> tunables(const control_settings& settings) {
  return {{{threshold.data(), 1, 10, true, " cameras"},
           {min_confidence.data(), 0, 1, false, ""},
           {detection_window.data(), 10, to_seconds(settings.longest_window), false, " s"},
           {cooldown_period.data(), 0, 3'600, false, " s"}}};
}

// What is told of a camera that nobody calls otherwise.
told_camera usual(const std::string& id) { return {camera_key(id), id}; }

bool is_allowed(const tunable& x, double value) {
  return std::isfinite(value) && value >= x.least && value <= x.most
         && (!x.whole || value == std::floor(value));
}

std::string shown(std::string_view text) { return shown_text(text, 40); }

decisions::outcome refused(std::string why) { return {std::move(why), {}, {}}; }

// The first of them in a row, and how many more there are.
template <class Names>
std::string listed(const Names& names) {
  if (names.empty())
    return "none";
  std::string result;
  std::size_t count = 0;
  for (const auto& x : names) {
    if (count == decisions::max_named)
      break;
    result += (count++ > 0 ? ", " : "") + shown(x);
  }
  if (names.size() > count)
    result += fmt::format(" and {} more", names.size() - count);
  return result;
}

std::string time_text(unix_seconds at) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(at)));
}

std::string by_text(const std::string& by) { return by.empty() ? by : " by " + by; }

// Both were said of one camera. What keeps it from voting or from being shown was wanted by
// somebody, who must not be overruled by its change of id.
void join(camera_decision& to, const camera_decision& from) {
  if (to.name.empty())
    to.name = from.name;
  to.announced = to.announced && from.announced;
  if (from.counts && (!to.counts || !from.counts->enabled))
    to.counts = from.counts;
  if (!to.added)
    to.added = from.added;
}

// What stands behind `prefix`; nothing when `key` does not begin so or says no more.
std::string behind(const std::string& key, std::string_view prefix) {
  return key.starts_with(prefix) ? key.substr(prefix.size()) : std::string{};
}

} // namespace

decisions::decisions(control_settings settings) : settings_(std::move(settings)) {}

// -- what there is -----------------------------------------------------------------------

bool decisions::is_known(const std::string& id) const {
  return settings_.cameras.contains(id) || last_told(id) || is_decided(id);
}

// Of the others there is only what was said of them earlier.
bool decisions::is_here(const std::string& id) const {
  if (settings_.cameras.contains(id) || told_.contains(id))
    return true;
  const auto x = cameras_.find(id);
  return x != cameras_.end() && x->second.added;
}

bool decisions::is_decided(const std::string& id) const {
  return cameras_.contains(id) || snoozes_.contains({false, id});
}

std::set<std::string> decisions::known() const {
  std::set<std::string> result;
  for (const auto& [id, name] : settings_.cameras)
    result.insert(id);
  for (const auto& [id, told] : told_)
    result.insert(id);
  for (const auto& [id, told] : remembered_.all())
    result.insert(id);
  for (const auto& [id, decided] : cameras_)
    result.insert(id);
  for (const auto& [id, running] : snoozes_)
    if (!id.first)
      result.insert(id.second);
  return result;
}

std::optional<told_camera> decisions::last_told(const std::string& id) const {
  if (const auto now = told_.find(id); now != told_.end())
    return now->second != nullptr ? *now->second : usual(id);
  const auto before = remembered_.all().find(id);
  return before == remembered_.all().end() ? std::nullopt : std::optional{before->second};
}

std::string decisions::key_of(const std::string& id) const {
  const auto told = last_told(id);
  return told ? told->key : camera_key(id);
}

std::string decisions::name_of(const std::string& id) const {
  if (const auto x = cameras_.find(id); x != cameras_.end() && !x->second.name.empty())
    return x->second.name;
  if (const auto x = last_told(id); x && !x->name.empty())
    return shown_text(x->name, max_name);
  if (const auto x = cameras_.find(id); x != cameras_.end() && x->second.added)
    return *x->second.added;
  if (const auto x = settings_.cameras.find(id); x != settings_.cameras.end() && !x->second.empty())
    return shown_text(x->second, max_name);
  return shown_text(id, max_name);
}

bool decisions::counts(const std::string& id) const {
  const auto x = cameras_.find(id);
  return x != cameras_.end() && x->second.counts ? x->second.counts->enabled
                                                 : !settings_.switched_off.contains(id);
}

// How well a camera is called so, the less the better. What is only remembered must not hide a
// camera that is there, but what was decided about one that is gone can be undone by its id.
int decisions::match(const std::string& id, const std::string& called) const {
  const bool by_id = id == called;
  const bool by_key = by_id || key_of(id) == called;
  if (is_here(id))
    return by_key ? 0 : name_of(id) == called ? 2 : no_match;
  if (by_id && is_decided(id))
    return 1;
  return by_key ? 3 : name_of(id) == called ? 4 : no_match;
}

decisions::found_camera decisions::find(const std::string& called) const {
  const auto all = known();
  std::vector<std::string> found;
  int best = no_match;
  for (const auto& id : all) {
    const auto how = called.empty() ? no_match : match(id, called);
    if (how < best)
      found.clear();
    best = std::min(best, how);
    if (how == best && how < no_match)
      found.push_back(id);
  }
  if (found.size() == 1)
    return {{}, found.front()};
  if (found.size() > 1)
    return {fmt::format("'{}' may be one of several cameras; say which by its key or id: {}",
                        shown(called), listed(found)),
            {}};
  std::set<std::string> keys;
  for (const auto& id : all) {
    const auto key = key_of(id);
    keys.insert(key.empty() ? id : key);
  }
  return {called.empty()
              ? fmt::format("say which camera; there are {}", listed(keys))
              : fmt::format("there is no camera '{}'; there are {}", shown(called), listed(keys)),
          {}};
}

double decisions::configured(std::string_view value) const {
  return value == threshold          ? settings_.threshold
         : value == min_confidence   ? settings_.min_confidence
         : value == detection_window ? to_seconds(settings_.detection_window)
                                     : to_seconds(settings_.cooldown);
}

double decisions::tuned(std::string_view value) const {
  const auto x = tuned_.find(value);
  return x == tuned_.end() ? configured(value) : x->second.value;
}

// -- orders ------------------------------------------------------------------------------

decisions::outcome decisions::obey(const operator_order& order, control_moment at) {
  switch (order.what) {
  case order_kind::arm:
    assumed_disarmed_ = false;
    if (arming_.armed != order.on)
      arming_ = {order.on, at.wall, shown_text(order.by, max_operator_name)};
    // What is as in the beginning need not be written.
    return {{},
            dumped<json>({{"armed", arming_.armed}}),
            {{record_kind::setting, std::string{arming_key},
              arming_.armed ? std::string{} : stored_text(arming_)}}};
  case order_kind::tune:
    return tune(order);
  case order_kind::snooze:
    return begin_snooze(order, at);
  case order_kind::wake:
    return wake(order);
  case order_kind::add_camera:
    return add(order);
  case order_kind::enable:
  case order_kind::rename_camera:
  case order_kind::announce:
    return change_camera(order, at);
  case order_kind::acknowledge:
  case order_kind::reset:
  case order_kind::remove_camera:
    break;
  }
  return refused("there is no such order");
}

decisions::outcome decisions::tune(const operator_order& order) {
  const auto all = tunables(settings_);
  const auto x = std::ranges::find_if(all, [&](const tunable& y) { return order.key == y.name; });
  if (x == all.end())
    return refused(fmt::format("there is no value '{}'; there are {}, {}, {} and {}",
                               shown(order.key), threshold, min_confidence, detection_window,
                               cooldown_period));
  if (!is_allowed(*x, order.value))
    return refused(fmt::format("{} cannot be {}; it is {} from {} to {}{}", x->name, order.value,
                               x->whole ? "a whole number" : "a number", x->least, x->most,
                               x->unit));
  store_record record{record_kind::setting, std::string{tuning_prefix} + x->name, {}};
  if (const auto own = configured(order.key); order.value == own) {
    tuned_.erase(order.key);
  } else {
    tuned_[order.key] = {order.value, own};
    record.value = stored_text(tuned_[order.key]);
  }
  json data;
  data[order.key] = x->whole ? json(static_cast<int>(order.value)) : json(order.value);
  return {{}, dumped(data), {std::move(record)}};
}

std::string decisions::target_error(const operator_order& order, snooze_id& target) const {
  if (order.camera.empty() == order.zone.empty())
    return "say either a camera or a zone";
  if (!order.zone.empty()) {
    target = {true, order.zone};
    if (settings_.zones.contains(order.zone))
      return {};
    std::vector<std::string> zones;
    for (const auto& [name, cameras] : settings_.zones)
      zones.push_back(name);
    return fmt::format("there is no zone '{}'; there are {}", shown(order.zone), listed(zones));
  }
  auto found = find(order.camera);
  target = {false, std::move(found.id)};
  return found.error;
}

decisions::outcome decisions::begin_snooze(const operator_order& order, control_moment at) {
  snooze_id target;
  if (auto error = target_error(order, target); !error.empty())
    return refused(std::move(error));
  const auto least = to_seconds(shortest_snooze);
  const auto most = to_seconds(settings_.longest_snooze);
  if (!(order.value >= least && order.value <= most))
    return refused(fmt::format("a snooze cannot last {} s; it lasts from {} to {} s", order.value,
                               least, most));
  if (snoozes_.size() >= max_snoozes && !snoozes_.contains(target))
    return refused(fmt::format("there are {} snoozes already, and no more are allowed; end one "
                               "first",
                               max_snoozes));
  auto& x = snoozes_[target];
  x.what = {target.second,
            target.first,
            at.wall,
            at.wall + order.value,
            shown_text(order.by, max_operator_name),
            shown_text(order.reason, max_operator_reason)};
  x.end = at.now + from_seconds(order.value);
  return {{},
          dumped<json>({{target.first ? "zone" : "camera", target.second},
                        {"snoozed", true},
                        {"since", x.what.since},
                        {"until", x.what.until},
                        {"by", x.what.by},
                        {"reason", x.what.reason}}),
          {record_of(target)}};
}

decisions::outcome decisions::wake(const operator_order& order) {
  snooze_id target;
  if (auto error = target_error(order, target); !error.empty())
    return refused(std::move(error));
  if (snoozes_.erase(target) > 0)
    return {{},
            dumped<json>({{target.first ? "zone" : "camera", target.second}, {"snoozed", false}}),
            {record_of(target)}};
  if (!target.first)
    for (const auto& [id, x] : snoozes_)
      if (id.first && settings_.zones.at(id.second).contains(target.second))
        return refused(fmt::format("the camera '{}' is not snoozed by itself, but by its zone '{}'",
                                   shown(target.second), shown(id.second)));
  return refused(fmt::format("the {} '{}' is not snoozed", target.first ? "zone" : "camera",
                             shown(target.second)));
}

decisions::outcome decisions::add(const operator_order& order) {
  // Hardware addresses have one form in all ids.
  const auto id = spelled_address(order.camera).value_or(order.camera);
  const auto key = camera_key(id);
  if (key.empty() || id.size() > max_id || shown_text(id, max_id) != id
      || id.find_first_of("/+#") != std::string::npos)
    return refused(fmt::format("'{}' cannot be the id of a camera: it has 1 to {} bytes, a letter "
                               "or digit among them, and none of / + #",
                               shown(order.camera), max_id));
  auto name = shown_text(order.name, max_name + 1);
  if (shown_text(order.name, max_name) != name)
    return refused(fmt::format("the name is too long; {} characters are allowed", max_name));
  if (name.empty())
    name = shown_text(id, max_name);
  for (const auto& x : known()) {
    if (!is_here(x) && !is_decided(x))
      continue;
    const auto decided = cameras_.find(x);
    const bool only_decided = x == id && !told_.contains(x) && !settings_.cameras.contains(x)
                              && !(decided != cameras_.end() && decided->second.added);
    if (!only_decided && (x == id || key_of(x) == key))
      return refused(fmt::format("there is a camera '{}' already", shown(x == id ? id : key)));
  }
  if (!cameras_.contains(id) && cameras_.size() >= max_cameras)
    return refused(fmt::format("something is decided about {} cameras already, and no more are "
                               "allowed; remove one first",
                               max_cameras));
  cameras_[id].added = name;
  return {{}, dumped<json>({{"camera", id}, {"key", key}, {"name", name}}), {record_of(id)}};
}

decisions::outcome decisions::change_camera(const operator_order& order, control_moment at) {
  const auto found = find(order.camera);
  if (!found.error.empty())
    return refused(found.error);
  const auto& id = found.id;
  const auto before = cameras_.find(id);
  auto decided = before == cameras_.end() ? camera_decision{} : before->second;
  if (auto error = change(decided, id, order, at); !error.empty())
    return refused(std::move(error));
  if (decided.is_nothing())
    cameras_.erase(id);
  else if (before != cameras_.end() || cameras_.size() < max_cameras)
    cameras_[id] = std::move(decided);
  else
    return refused(fmt::format("something is decided about {} cameras already, and no more are "
                               "allowed; undo something first",
                               max_cameras));
  json data{{"camera", id}, {"key", key_of(id)}};
  if (order.what == order_kind::enable)
    data["enabled"] = counts(id);
  else if (order.what == order_kind::announce)
    data["announced"] = order.on;
  else
    data["name"] = name_of(id);
  return {{}, dumped(data), {record_of(id)}};
}

std::string decisions::change(camera_decision& to, const std::string& id,
                              const operator_order& order, control_moment at) const {
  if (order.what == order_kind::enable) {
    const bool own = !settings_.switched_off.contains(id);
    if (order.on == own)
      to.counts.reset();
    else if (!to.counts)
      to.counts = {order.on, own, at.wall, shown_text(order.by, max_operator_name)};
  } else if (order.what == order_kind::announce) {
    to.announced = order.on;
  } else {
    auto name = shown_text(order.name, max_name + 1);
    if (name.empty() && !order.name.empty())
      return "the name has no character that can be shown";
    if (shown_text(order.name, max_name) != name)
      return fmt::format("the name is too long; {} characters are allowed", max_name);
    to.name = std::move(name);
  }
  return {};
}

decisions::removal decisions::removable(const std::string& camera) const {
  const auto found = find(camera);
  if (!found.error.empty())
    return {found.error, {}, false};
  if (settings_.cameras.contains(found.id))
    return {fmt::format("the camera '{}' stands in the configuration: take it out there, under "
                        "cameras, or switch it off",
                        shown(found.id)),
            {},
            false};
  return {{}, found.id, told_.contains(found.id)};
}

decisions::outcome decisions::remove(const std::string& id) {
  outcome result{{}, dumped<json>({{"camera", id}, {"key", key_of(id)}, {"removed", true}}), {}};
  if (cameras_.erase(id) > 0)
    result.writes.push_back(record_of(id));
  if (snoozes_.erase({false, id}) > 0)
    result.writes.push_back(record_of(snooze_id{false, id}));
  told_.erase(id);
  remembered_.erase(id);
  return result;
}

// -- snoozes -----------------------------------------------------------------------------

std::vector<store_record> decisions::end_snoozes(monotonic now) {
  std::vector<snooze_id> over;
  for (const auto& [id, x] : snoozes_)
    if (x.end <= now)
      over.push_back(id);
  std::vector<store_record> writes;
  for (const auto& id : over) {
    snoozes_.erase(id);
    writes.push_back(record_of(id));
  }
  return writes;
}

std::optional<monotonic> decisions::next_end() const {
  const auto next
      = std::ranges::min_element(snoozes_, {}, [](const auto& x) { return x.second.end; });
  if (next == snoozes_.end())
    return std::nullopt;
  return next->second.end;
}

// -- what is stored ----------------------------------------------------------------------

store_record decisions::record_of(const snooze_id& target) const {
  const auto x = snoozes_.find(target);
  return {record_kind::setting,
          std::string{target.first ? zone_snooze_prefix : camera_snooze_prefix} + target.second,
          x == snoozes_.end() ? std::string{} : stored_text(x->second.what)};
}

store_record decisions::record_of(const std::string& camera) const {
  const auto x = cameras_.find(camera);
  return {record_kind::setting, std::string{camera_prefix} + camera,
          x == cameras_.end() ? std::string{} : stored_text(x->second)};
}

decisions::restored decisions::restore(const std::vector<store_record>& records,
                                       const std::set<std::string>& decided, control_moment at) {
  restored result;
  assumed_disarmed_ = false;
  std::vector<std::string> useless;
  for (const auto& x : records)
    if (x.key.starts_with(control_prefix) && x.key != alarm_key && !decided.contains(x.key)
        && !restore_one(x, at, result))
      useless.push_back(x.key);
  if (!useless.empty())
    result.notes.push_back("what the store has of these cannot be used and is ignored: "
                           + listed(useless));
  return result;
}

// Whether the record could be used.
bool decisions::restore_one(const store_record& record, control_moment at, restored& result) {
  const auto drop = [&] { result.writes.push_back({record_kind::setting, record.key, {}}); };
  if (record.key == arming_key) {
    const auto x = stored_arming(record.value);
    if (x)
      arming_ = *x;
    return x.has_value();
  }
  if (const auto name = behind(record.key, tuning_prefix); !name.empty()) {
    const auto x = stored_value(record.value);
    const auto all = tunables(settings_);
    const auto known = std::ranges::find_if(all, [&](const tunable& y) { return name == y.name; });
    if (!x || known == all.end())
      return false;
    if (x->configured != configured(name)) {
      result.notes.push_back(fmt::format("{} is {} by the configuration, which was changed since "
                                         "an operator made it {}",
                                         name, configured(name), x->value));
      drop();
      return true;
    }
    if (!is_allowed(*known, x->value))
      return false;
    tuned_[name] = *x;
    return true;
  }
  if (const auto id = behind(record.key, camera_prefix); !id.empty()) {
    auto x = stored_decision(record.value);
    if (!x || x->is_nothing() || cameras_.size() >= max_cameras)
      return false;
    if (x->counts && x->counts->configured == settings_.switched_off.contains(id)) {
      result.notes.push_back(fmt::format("the camera '{}' is switched {} by the configuration, "
                                         "which was changed since an operator switched it {}",
                                         shown(id), x->counts->configured ? "off" : "on",
                                         x->counts->enabled ? "on" : "off"));
      x->counts.reset();
      if (x->is_nothing()) {
        drop();
        return true;
      }
      result.writes.push_back({record_kind::setting, record.key, stored_text(*x)});
    }
    cameras_[id] = std::move(*x);
    return true;
  }
  const auto camera = behind(record.key, camera_snooze_prefix);
  const auto zone = behind(record.key, zone_snooze_prefix);
  if (camera.empty() && zone.empty())
    return false;
  auto x = stored_snooze(record.value);
  const snooze_id target{camera.empty(), camera.empty() ? zone : camera};
  if (!x || x->until <= x->since || snoozes_.size() >= max_snoozes)
    return false;
  x->target = target.second;
  x->zone = target.first;
  const bool gone = target.first && !settings_.zones.contains(target.second);
  if (gone || x->until <= at.wall || x->since > at.wall + clock_slack) {
    drop();
    return true;
  }
  const auto left = std::min(x->until - at.wall, to_seconds(settings_.longest_snooze));
  snoozes_[target] = {std::move(*x), at.now + from_seconds(left)};
  return true;
}

// -- cameras that come and go ------------------------------------------------------------

bool decisions::learn(const house_camera& camera) {
  const told_camera now{camera.key, camera.name};
  if (told_.contains(camera.id) && last_told(camera.id) == now)
    return false;
  told_.insert_or_assign(camera.id,
                         now == usual(camera.id) ? nullptr : std::make_unique<told_camera>(now));
  forget_namesakes(camera.id, camera.key);
  if (!settings_.cameras.contains(camera.id))
    remembered_.put(camera.id, now);
  return is_decided(camera.id) || settings_.switched_off.contains(camera.id);
}

// A camera has the key of those that are remembered and of which nobody tells: it goes by another
// id now, or they are gone.
void decisions::forget_namesakes(const std::string& id, const std::string& key) {
  for (const auto& x : remembered_.with_key(key))
    if (x != id && !told_.contains(x))
      remembered_.erase(x);
}

void decisions::restore_known(const std::vector<store_record>& records) {
  remembered_.restore(records);
  for (const auto& [id, name] : settings_.cameras)
    remembered_.erase(id);
  for (const auto& [id, x] : told_)
    forget_namesakes(id, key_of(id));
}

std::vector<store_record> decisions::forget(const house_camera_gone& gone) {
  told_.erase(gone.id);
  remembered_.erase(gone.id);
  std::vector<store_record> writes;
  if (gone.successor.empty() || gone.successor == gone.id || settings_.cameras.contains(gone.id))
    return writes;
  if (auto moved = cameras_.extract(gone.id)) {
    moved.key() = gone.successor;
    // It is expected by its own id, if at all.
    if (settings_.cameras.contains(gone.successor))
      moved.mapped().added.reset();
    if (!moved.mapped().is_nothing()) {
      const auto [own, alone] = cameras_.try_emplace(gone.successor, moved.mapped());
      if (!alone)
        join(own->second, moved.mapped());
    }
    writes.push_back(record_of(gone.id));
    writes.push_back(record_of(gone.successor));
  }
  if (auto moved = snoozes_.extract({false, gone.id})) {
    moved.key().second = gone.successor;
    moved.mapped().what.target = gone.successor;
    auto& own = snoozes_[moved.key()];
    if (own.end < moved.mapped().end)
      own = std::move(moved.mapped());
    writes.push_back(record_of(snooze_id{false, gone.id}));
    writes.push_back(record_of(snooze_id{false, gone.successor}));
  }
  return writes;
}

// -- what holds --------------------------------------------------------------------------

bool decisions::assume_disarmed() {
  return arming_.armed && !std::exchange(assumed_disarmed_, true);
}

decision_tuning decisions::tuning() const {
  decision_tuning result;
  result.armed = arming_.armed && !assumed_disarmed_;
  result.threshold = static_cast<std::uint32_t>(tuned(threshold));
  result.min_confidence = tuned(min_confidence);
  result.detection_window = from_seconds(tuned(detection_window));
  result.cooldown = from_seconds(tuned(cooldown_period));
  for (const auto& [id, x] : snoozes_)
    if (id.first)
      result.muted.insert(settings_.zones.at(id.second).begin(),
                          settings_.zones.at(id.second).end());
    else
      result.muted.insert(id.second);
  for (const auto& [id, x] : cameras_) {
    if (x.counts && !x.counts->enabled)
      result.muted.insert(id);
    if (x.counts && x.counts->enabled && !result.muted.contains(id))
      result.unmuted.insert(id);
    if (x.added)
      result.added[id] = *x.added;
  }
  return result;
}

void decisions::describe(control_state& to) const {
  to.tuning = tuning();
  to.snoozes.clear();
  to.cameras.clear();
  to.supervisory.clear();
  const auto add
      = [&to](const char* code, std::string subject, unix_seconds since, std::string text) {
          to.supervisory.push_back({code, std::move(subject), false, since, std::move(text)});
        };
  if (!to.tuning.armed)
    add("disarmed", {}, arming_.since,
        fmt::format("disarmed{}: a fire is recognised, but triggers nothing", by_text(arming_.by)));
  for (const auto& [id, x] : cameras_)
    to.cameras[id] = {x.name, counts(id), x.announced, x.added.has_value()};
  for (const auto& id : settings_.switched_off)
    to.cameras.try_emplace(id, camera_preference{{}, counts(id), true, false});
  const auto subject_of = [this](const std::string& id) {
    const auto key = key_of(id);
    return key.empty() ? id : key;
  };
  for (const auto& [id, x] : to.cameras) {
    if (x.enabled)
      continue;
    const auto decided = cameras_.find(id);
    if (decided != cameras_.end() && decided->second.counts)
      add("camera_disabled", subject_of(id), decided->second.counts->since,
          fmt::format("the camera {} is switched off{}", name_of(id),
                      by_text(decided->second.counts->by)));
    else
      add("camera_disabled", subject_of(id), 0,
          fmt::format("the camera {} is switched off by the configuration", name_of(id)));
  }
  for (const auto& [id, x] : snoozes_) {
    to.snoozes.push_back(x.what);
    const auto until
        = fmt::format("does not count until {}, snoozed{}{}", time_text(x.what.until),
                      by_text(x.what.by), x.what.reason.empty() ? "" : ": " + x.what.reason);
    if (id.first)
      add("zone_snoozed", id.second, x.what.since, fmt::format("the zone {} {}", id.second, until));
    else
      add("camera_snoozed", subject_of(id.second), x.what.since,
          fmt::format("the camera {} {}", name_of(id.second), until));
  }
}

} // namespace firefinder
