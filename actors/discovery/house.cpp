#include "actors/discovery/house.hpp"

#include "messages/camera_key.hpp"
#include "messages/text.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace firefinder {

namespace {

// Longest text that a device gives for its trouble, in characters.
constexpr std::size_t max_reason = 200;

// Detections of cameras that nobody has told of: so many are kept, and so long.
constexpr std::size_t max_early = max_known_cameras;
constexpr timespan early_span = std::chrono::minutes{1};

// Longer than any window of detections; so no sum overflows.
constexpr timespan max_holds = std::chrono::hours{24};

// So many cameras that are not shown are named.
constexpr std::size_t max_named = 20;

// The end of a minute is looked for no more often.
constexpr timespan min_look = std::chrono::milliseconds{100};

std::size_t index_of(fire_sign x) noexcept { return x == fire_sign::fire ? 0 : 1; }

// What was told by a clock that has been set back since is forgotten.
unix_seconds newer(unix_seconds known, unix_seconds told, unix_seconds wall) {
  told = std::min(told, wall);
  return known > wall ? told : std::max(known, told);
}

bool is_missing(const camera_facts& x) noexcept {
  return x.condition != camera_condition::found && x.condition != camera_condition::online;
}

std::string trouble_of(const camera_facts& x) {
  std::string result;
  switch (x.condition) {
  case camera_condition::found:
  case camera_condition::online:
    return {};
  case camera_condition::stream_error:
    result = "its stream delivers nothing";
    break;
  case camera_condition::auth_required:
    result = "it wants a password, and none is known for it";
    break;
  case camera_condition::auth_failed:
    result = "it refuses the password";
    break;
  case camera_condition::auth_locked:
    result = "it takes no password for a while";
    break;
  case camera_condition::offline:
    result = "it does not answer";
    break;
  }
  if (const auto reason = shown_text(x.reason, max_reason); !reason.empty())
    result += ": " + reason;
  return result;
}

std::string state_word(const hub_view& hub) {
  const auto& x = hub.house;
  const bool own_alarm = !x.cooldown || x.reason == decision_reason::agreement
                         || x.reason == decision_reason::same_fire;
  if (x.fire && own_alarm)
    return "confirmed";
  if (x.cooldown)
    return "cooldown";
  if (x.agreeing > 0)
    return "suspected";
  if (!x.armed)
    return "disarmed";
  return hub.troubles.empty() ? "idle" : "degraded";
}

// Settings that differ, as operators call them.
std::vector<std::string> differences(const decision_tuning& a, const decision_tuning& b) {
  std::vector<std::string> result;
  if (a.armed != b.armed)
    result.emplace_back("armed");
  if (a.threshold != b.threshold)
    result.emplace_back("consensus_threshold");
  if (a.min_confidence != b.min_confidence)
    result.emplace_back("min_confidence");
  if (a.detection_window != b.detection_window)
    result.emplace_back("detection_window");
  if (a.cooldown != b.cooldown)
    result.emplace_back("cooldown_period");
  if (a.muted != b.muted || a.unmuted != b.unmuted || a.added != b.added)
    result.emplace_back("cameras");
  return result;
}

} // namespace

house::house(std::function<std::int64_t(unix_seconds)> local_day,
             std::map<std::string, std::set<std::string>> zones, const moment& start,
             unix_seconds started_at)
  : zones_(std::move(zones)), counters_(std::move(local_day), start.wall), next_minute_(start.now) {
  hub_.started_at = started_at > 0 ? started_at : start.wall;
}

void house::configure(const std::map<std::string, std::set<std::string>>& aliases) {
  groups_.configure(aliases);
}

// -- what is told --------------------------------------------------------------------------

house_news house::take(const house_state& told, const moment& at) {
  house_news news;
  pass(at, news);
  if (!first_told_)
    first_told_ = at.now;
  if (hub_.house != told) {
    hub_.house = told;
    news.hub = true;
  }
  hub_changes_ = true;
  finish(at, news);
  return news;
}

house_news house::take(const house_camera& told, const moment& at) {
  house_news news;
  untold_.erase(told.id);
  pass(at, news);
  if (groups_.knows_told(told.id) || groups_.told_count() < max_known_cameras) {
    hub_changes_ |= refused_.erase(told.id) != 0;
    regroup(groups_.tell(told), at, news);
  } else if (refused_.size() < max_known_cameras) {
    hub_changes_ |= refused_.emplace(told.id, at.wall).second;
  }
  finish(at, news);
  return news;
}

house_news house::take(const house_camera_gone& told, const moment& at) {
  house_news news;
  pass(at, news);
  hub_changes_ |= refused_.erase(told.id) != 0;
  regroup(groups_.untell(told), at, news);
  finish(at, news);
  return news;
}

house_news house::take(const camera_changed& told, const moment& at) {
  house_news news;
  pass(at, news);
  const auto& id = told.camera.id;
  if (groups_.knows_device(id) || groups_.device_count() < max_known_cameras) {
    hub_changes_ |= refused_.erase(id) != 0;
    regroup(groups_.find(told.camera), at, news);
  } else if (refused_.size() < max_known_cameras) {
    hub_changes_ |= refused_.emplace(id, at.wall).second;
  }
  finish(at, news);
  return news;
}

house_news house::take(const camera_removed& told, const moment& at) {
  house_news news;
  pass(at, news);
  hub_changes_ |= refused_.erase(told.id) != 0;
  regroup(groups_.lose(told), at, news);
  finish(at, news);
  return news;
}

house_news house::take(const camera_sights& seen, const moment& at) {
  house_news news;
  pass(at, news);
  for (const auto& x : seen.all)
    take_sight(x, at, news);
  finish(at, news);
  return news;
}

void house::take_sight(const camera_sight& seen, const moment& at, house_news& news) {
  auto known = seen;
  if (!std::isfinite(known.growth))
    known.growth = 0;
  if (known.at <= 0)
    known.at = at.wall;
  const auto home = groups_.home_of(seen.camera);
  if (const auto found = cameras_.find(home); found != cameras_.end()) {
    const bool changes = see(*found, known, at, news);
    if (!found->second.key.empty() && (changes || has_turn(*found, at)))
      show(*found, at, news);
    return;
  }
  const auto key = std::pair{seen.camera, seen.newest.sign};
  if (const auto before = early_.find(key); before != early_.end()) {
    known.count += before->second.seen.count;
    before->second = {known, at};
  } else if (early_.size() < max_early) {
    early_.emplace(key, early_sight{known, at});
    early_ends_ = early_ends_.value_or(at.now + early_span);
  }
}

// Whether what was counted of it may be shown at once; else it is in its turn.
bool house::has_turn(entry& x, const moment& at) {
  if (counted_.empty() && counts_pace_.next(at.now) <= at.now) {
    counts_pace_.spend(at.now);
    return true;
  }
  if (!std::exchange(x.second.counted, true))
    counted_.push_back(&x);
  return false;
}

house_news house::take(const control_state& told, const moment& at) {
  house_news news;
  pass(at, news);
  if (control_told_)
    for (auto& key : differences(hub_.control.tuning, told.tuning)) {
      house_event event;
      event.what = house_event::kind::config_changed;
      event.at = at.wall;
      event.detail = std::move(key);
      news.events.push_back(std::move(event));
    }
  control_told_ = true;
  if (!(hub_.control == told) || hub_.control.supervisory != told.supervisory) {
    const bool of_cameras
        = hub_.control.snoozes != told.snoozes || hub_.control.cameras != told.cameras;
    hub_.control = told;
    news.hub = true;
    // It is told again with every step of an alarm, and there are thousands of cameras.
    if (of_cameras)
      show_wishes(at, news);
  }
  finish(at, news);
  return news;
}

// What operators decided about cameras.
void house::show_wishes(const moment& at, house_news& news) {
  snoozed_.clear();
  const auto extend = [this](const std::string& id, unix_seconds until) {
    auto& known = snoozed_[id];
    known = std::max(known, until);
  };
  for (const auto& x : hub_.control.snoozes) {
    if (!x.zone)
      extend(x.target, x.until);
    else if (const auto zone = zones_.find(x.target); zone != zones_.end())
      for (const auto& id : zone->second)
        extend(id, x.until);
  }
  for (auto& x : cameras_)
    if (!x.second.key.empty())
      show(x, at, news);
}

house_news house::take(const alarm_event& told, const moment& at) {
  house_news news;
  pass(at, news);
  house_event event;
  event.what = house_event::kind::alarm;
  event.at = told.at > 0 ? told.at : at.wall;
  event.alarm = told;
  news.events.push_back(std::move(event));
  finish(at, news);
  return news;
}

house_news house::take(const decision_record& told, const moment& at) {
  using kind = house_event::kind;
  house_news news;
  pass(at, news);
  const auto before = std::exchange(episode_.agreeing, told.agreeing);
  if (told.triggers()) {
    episode_.open = true;
    // It is one trigger, however often it is told.
    if (told.trigger_id.empty()
        || std::exchange(episode_.trigger_id, told.trigger_id) != told.trigger_id)
      tell_decision(kind::trigger, told, news);
  } else if (told.agreeing == 0) {
    if (std::exchange(episode_.open, false))
      tell_decision(kind::cleared, told, news);
    episode_.suppressed.clear();
  } else {
    if (before == 0)
      tell_decision(kind::suspected, told, news);
    episode_.open = true;
    const bool enough = told.reason == decision_reason::cooldown
                        || told.reason == decision_reason::disarmed
                        || told.reason == decision_reason::same_fire
                        || told.reason == decision_reason::trigger_waits;
    if (enough && episode_.suppressed.insert(told.reason).second)
      tell_decision(kind::suppressed, told, news);
  }
  finish(at, news);
  return news;
}

void house::begin_anew(const moment& at) {
  untold_ = groups_.told_ids();
  retold_by_ = at.now + retell_span;
}

house_news house::take(const std::vector<problem>& own, const moment& at) {
  house_news news;
  pass(at, news);
  own_ = own;
  hub_changes_ = true;
  finish(at, news);
  return news;
}

house_news house::take(const link_up& told, const moment& at) {
  house_news news;
  pass(at, news);
  news.hub |= hub_.protocol != told.protocol;
  hub_.protocol = told.protocol;
  finish(at, news);
  return news;
}

house_news house::advance(const moment& at) {
  house_news news;
  pass(at, news);
  finish(at, news);
  return news;
}

std::optional<monotonic> house::next_change() const {
  auto result = next_minute_;
  if (!due_.empty())
    result = std::min(result, due_.begin()->first);
  if (list_changes_)
    result = std::min(result, list_due());
  if (!counted_.empty())
    result = std::min(
        result, counts_pace_.next(monotonic::min(), std::min(counted_.size(), counts_bundle)));
  return std::min(result, retold_by_.value_or(result));
}

// The list of a small house is made at once, a long one not again for every camera of it.
monotonic house::list_due() const {
  return views_.size() <= small_list || !list_made_ ? monotonic::min() : *list_made_ + list_pause;
}

// -- counters ------------------------------------------------------------------------------

house_news house::restore(const std::vector<store_record>& counters, const moment& at) {
  house_news news;
  pass(at, news);
  for (const auto& key : counters_.restore(counters, at.wall, 2 * max_known_cameras))
    if (auto* const x = holder_of(key); x != nullptr) {
      recall(x->second, at);
      show(*x, at, news);
    }
  finish(at, news);
  return news;
}

std::vector<store_record> house::changed_counters() { return counters_.changed(); }

// Whether it is active by what was counted before it was shown.
void house::recall(camera& x, const moment& at) {
  const auto last = counters_.of(x.key).last_event;
  const auto age = at.wall - last;
  const auto span = to_seconds(activity_span);
  // A clock that was set back a little says that it is yet to come.
  if (last <= 0 || age >= span || age <= -span)
    return;
  const auto until = at.now + activity_span - from_seconds(std::max(age, 0.0));
  x.active_until = std::max(x.active_until, until);
}

void house::copy_counts(camera_view& view) const {
  const auto& x = counters_.of(view.key);
  view.detections_today = x.detections_today;
  view.detections_today_utc = x.detections_today_utc;
  view.detections_week_utc = x.detections_week_utc;
  view.events_today_utc = x.events_today_utc;
  view.events_week_utc = x.events_week_utc;
  view.last_detection = x.last_detection;
  view.last_event = x.last_event;
}

// -- time ----------------------------------------------------------------------------------

void house::pass(const moment& at, house_news& news) {
  if (const auto ended = counters_.pass(at.wall); !ended.empty()) {
    for (const auto& key : ended)
      if (auto* const x = holder_of(key); x != nullptr)
        show(*x, at, news);
    counters_.prune([this](const std::string& key) { return views_.count(key) != 0; });
  }
  if (const auto minute = std::floor(at.wall / 60); std::exchange(minute_, minute) != minute)
    count_down(news);
  const auto into_minute = std::fmod(at.wall, 60);
  next_minute_ = at.now + std::max(from_seconds(60 - std::max(into_minute, 0.0)), min_look);
  while (!due_.empty() && due_.begin()->first <= at.now)
    if (auto& x = *cameras_.find(due_.begin()->second); has_ended(x.second, at))
      show(x, at, news);
    else
      schedule(x);
  show_counted(at, news);
  if (early_ends_ && *early_ends_ <= at.now) {
    std::erase_if(early_, [&](const auto& x) { return at.now - x.second.at.now >= early_span; });
    early_ends_.reset();
    for (const auto& [who, x] : early_)
      early_ends_ = std::min(early_ends_.value_or(monotonic::max()), x.at.now + early_span);
  }
  if (retold_by_ && *retold_by_ <= at.now)
    forget_untold(at, news);
  hub_changes_ |= list_changes_ && list_due() <= at.now;
}

// Some at once: whoever is told of them is woken less often.
void house::show_counted(const moment& at, house_news& news) {
  if (counts_pace_.next(at.now, std::min(counted_.size(), counts_bundle)) > at.now)
    return;
  while (!counted_.empty() && counts_pace_.next(at.now) <= at.now) {
    counts_pace_.spend(at.now);
    auto& x = *counted_.front();
    counted_.pop_front();
    x.second.counted = false;
    if (!x.second.key.empty())
      show(x, at, news);
  }
}

// The minutes that are left of a snooze become fewer without a word of anybody.
void house::count_down(house_news& news) {
  auto next = snoozed_.upper_bound(counted_down_);
  for (auto left = std::min(snoozed_.size(), max_snoozed_a_minute); left > 0; --left, ++next) {
    if (next == snoozed_.end())
      next = snoozed_.begin();
    counted_down_ = next->first;
    if (const auto x = cameras_.find(next->first); x != cameras_.end() && !x->second.key.empty())
      news.cameras.insert(x->second.key);
  }
}

void house::forget_untold(const moment& at, house_news& news) {
  retold_by_.reset();
  for (const auto& id : std::exchange(untold_, {}))
    regroup(groups_.untell({id, {}}), at, news);
}

// Whether something that is shown of it is over; else what came since has made it last longer.
bool house::has_ended(const camera& x, const moment& at) noexcept {
  const auto is_over = [&at](monotonic until) { return until != never && until <= at.now; };
  return std::ranges::any_of(x.signs, is_over, &sign_watch::until) || is_over(x.active_until)
         || (x.seen_waits && x.seen_shown + seen_pause <= at.now);
}

void house::schedule(entry& x) {
  auto& [home, c] = x;
  auto next = never;
  const auto add = [&next](monotonic when) {
    if (when != never)
      next = next == never ? when : std::min(next, when);
  };
  if (!c.key.empty()) {
    for (const auto& sign : c.signs)
      add(sign.until);
    add(c.active_until);
    if (c.seen_waits)
      add(c.seen_shown + seen_pause);
  }
  if (next == c.due)
    return;
  if (c.due != never)
    due_.erase({c.due, home});
  if (next != never)
    due_.emplace(next, home);
  c.due = next;
}

// At the end of every message: what became possible by it, and what the hub shows of it.
void house::finish(const moment& at, house_news& news) {
  // A camera by which decisions go may take the place of one that only the network knows, never
  // the other way round; so this ends.
  while (std::exchange(room_made_, false)) {
    std::vector<std::tuple<bool, std::uint32_t, std::string>> waiting;
    for (const auto& [home, why] : not_shown_)
      waiting.emplace_back(groups_.told(home) == nullptr, cameras_.at(home).number, home);
    std::sort(waiting.begin(), waiting.end());
    for (const auto& [only_found, number, home] : waiting)
      refresh(*cameras_.find(home), at, news);
  }
  if (std::exchange(hub_changes_, false))
    gather(at, news);
  if (news.hub)
    hub_.changed_at = at.wall;
}

// -- which cameras there are ---------------------------------------------------------------

void house::regroup(const camera_groups::ids& homes, const moment& at, house_news& news) {
  auto changed = homes;
  for (const auto& home : homes) {
    if (groups_.is_home(home))
      continue;
    const auto found = cameras_.find(home);
    if (found == cameras_.end())
      continue;
    if (found->second.due != never)
      due_.erase({found->second.due, home});
    if (found->second.counted)
      std::erase(counted_, &*found);
    hub_changes_ |= not_shown_.erase(home) != 0;
    auto former = std::move(found->second);
    cameras_.erase(found);
    if (const auto heir = groups_.home_of(home); !heir.empty()) {
      inherit(arrival(heir), std::move(former), at, news);
      changed.insert(heir);
    } else if (!former.key.empty()) {
      tell(house_event::kind::camera_removed, views_.at(former.key), {}, at, news);
      (void)counters_.extract(former.key);
      retire(former, news);
    }
  }
  for (const auto& home : changed)
    if (groups_.is_home(home))
      refresh(arrival(home), at, news);
}

house::entry& house::arrival(const std::string& home) {
  auto& x = *cameras_.try_emplace(home).first;
  if (x.second.number == 0)
    x.second.number = ++last_number_;
  return x;
}

// The camera is known by another id from now on.
void house::inherit(entry& heir, camera&& former, const moment& at, house_news& news) {
  auto& x = heir.second;
  for (std::size_t i = 0; i < x.signs.size(); ++i) {
    x.signs[i].until = std::max(x.signs[i].until, former.signs[i].until);
    x.signs[i].next_event = std::max(x.signs[i].next_event, former.signs[i].next_event);
  }
  if (!x.newest || (former.newest && former.newest->at > x.newest->at))
    x.newest = std::move(former.newest);
  x.last_seen = std::max(x.last_seen, former.last_seen);
  x.active_until = std::max(x.active_until, former.active_until);
  x.was_online |= former.was_online;
  x.was_missed |= former.was_missed;
  auto estate = std::move(former.former);
  if (!former.key.empty()) {
    const auto& view = views_.at(former.key);
    if (!x.key.empty())
      tell(house_event::kind::camera_removed, view, x.key, at, news);
    estate = std::make_unique<former_camera>(
        former_camera{view.key, view.name, counters_.extract(view.key)});
    retire(former, news);
  }
  if (!estate)
    return;
  if (!x.key.empty())
    counters_.add(x.key, estate->counts);
  else if (!x.former)
    x.former = std::move(estate);
}

// It is shown no more under its key.
void house::retire(camera& x, house_news& news) {
  const auto view = views_.extract(x.key);
  hub_changes_ = list_changes_ = true;
  count(view.mapped(), false);
  news.cameras.erase(x.key);
  news.gone.insert(x.key);
  x.key.clear();
  room_made_ = true;
}

// Something about which camera it is, or about what is known of it, has changed.
void house::refresh(entry& x, const moment& at, house_news& news) {
  auto& c = x.second;
  if (!place(x, at, news)) {
    schedule(x);
    return;
  }
  auto& view = views_.at(c.key);
  // It has no name until it was shown once.
  if (!view.name.empty()) {
    show(x, at, news);
    return;
  }
  const bool known = counters_.knows(c.key);
  counters_.know(c.key);
  const auto former = std::exchange(c.former, nullptr);
  if (former)
    counters_.add(c.key, former->counts);
  recall(c, at);
  show(x, at, news);
  if (former) {
    if (former->name != view.name || former->key != view.key)
      tell(house_event::kind::camera_renamed, view,
           former->name != view.name ? former->name : former->key, at, news);
  } else if (!known) {
    tell(house_event::kind::camera_added, view, {}, at, news);
  }
  for (const auto sign : {fire_sign::fire, fire_sign::smoke})
    if (const auto early = early_.extract({x.first, sign}); !early.empty()) {
      const auto& [seen, then] = early.mapped();
      (void)see(x, seen, {then.now, at.wall}, news);
      show(x, at, news);
    }
}

// Gives it its key, if it can have it.
bool house::place(entry& x, const moment& at, house_news& news) {
  auto& [home, c] = x;
  const auto* told = groups_.told(home);
  const auto key = told != nullptr ? told->key : camera_key(home);
  if (!key.empty() && c.key == key)
    return true;
  if (!c.key.empty()) {
    const auto& view = views_.at(c.key);
    c.former = std::make_unique<former_camera>(
        former_camera{view.key, view.name, counters_.extract(view.key)});
    retire(c, news);
  }
  using reason = not_shown::reason;
  std::optional<not_shown> why;
  auto* const holder = holder_of(key);
  if (key.empty()) {
    why = not_shown{reason::no_key, {}, at.wall};
  } else if (holder != nullptr) {
    auto& other = *holder;
    if (told != nullptr && groups_.told(other.first) == nullptr) {
      not_shown_.insert_or_assign(other.first, not_shown{reason::collision, home, at.wall});
      retire(other.second, news);
      schedule(other);
    } else {
      why = not_shown{reason::collision, other.first, at.wall};
    }
  } else if (views_.size() >= max_known_cameras) {
    why = not_shown{reason::no_room, {}, at.wall};
  }
  hub_changes_ = true;
  if (why) {
    const auto [known, fresh] = not_shown_.emplace(home, *why);
    if (!fresh) {
      why->since = known->second.since;
      known->second = *why;
    }
    return false;
  }
  not_shown_.erase(home);
  c.key = key;
  auto& view = views_[key];
  view.key = key;
  view.id = home;
  news.gone.erase(key);
  return true;
}

// The camera that is shown under this key; null: there is none.
house::entry* house::holder_of(const std::string& key) {
  const auto view = views_.find(key);
  return view == views_.end() ? nullptr : &*cameras_.find(view->second.id);
}

// -- what is shown of a camera -------------------------------------------------------------

bool house::is_muted(const entry& x) const {
  const auto* told = groups_.told(x.first);
  const auto wish = hub_.control.cameras.find(x.first);
  return (told != nullptr && !told->counts)
         || (wish != hub_.control.cameras.end() && !wish->second.enabled)
         || snoozed_.count(x.first) != 0;
}

// Whether something is otherwise by it that people act on.
bool house::see(entry& x, const camera_sight& seen, const moment& at, house_news& news) {
  auto& c = x.second;
  c.newest = seen;
  c.last_seen = newer(c.last_seen, seen.at, at.wall);
  const bool muted = is_muted(x);
  auto& sign = c.signs[index_of(seen.newest.sign)];
  const bool held = sign.until != never;
  if (!muted && seen.holds > timespan{0}) {
    const auto until = at.now + std::min(seen.holds, max_holds);
    sign.until = std::max(sign.until, until);
  }
  bool changes = held != (sign.until != never);
  if (c.key.empty())
    return changes;
  // It did count, even if the camera was switched off since.
  counters_.add_detections(c.key, seen.count, seen.at);
  if (muted || at.now < sign.next_event)
    return changes;
  sign.next_event = at.now + event_pause;
  changes |= c.active_until == never;
  c.active_until = at.now + activity_span;
  counters_.add_event(c.key, seen.at);
  house_event event;
  event.what = house_event::kind::detection;
  event.at = seen.at;
  event.camera = c.key;
  event.name = views_.at(c.key).name;
  event.sight = seen;
  // The milliseconds tell those of other processes apart.
  event.id = c.key + '-' + std::to_string(std::llround(at.wall * 1e3)) + '-'
             + std::to_string(++last_event_);
  news.events.push_back(std::move(event));
  return changes;
}

camera_view house::view_of(const entry& x) const {
  const auto& [home, c] = x;
  camera_view result;
  result.id = home;
  result.key = c.key;
  const auto* told = groups_.told(home);
  const auto* device = groups_.device(home);
  if (const auto wish = hub_.control.cameras.find(home); wish != hub_.control.cameras.end()) {
    result.name = shown_text(wish->second.name, max_name);
    result.enabled = wish->second.enabled;
    result.announced = wish->second.announced;
  }
  // A hardware address is no name that anybody gave it.
  if (result.name.empty() && told != nullptr && (told->name != home || !groups_.knows_device(home)))
    result.name = shown_text(told->name, max_name);
  if (result.name.empty() && device != nullptr)
    result.name = shown_text(device->name, max_name);
  if (result.name.empty())
    result.name = shown_text(home, max_name);
  if (result.name.empty())
    result.name = c.key;
  if (const auto snoozed = snoozed_.find(home); snoozed != snoozed_.end())
    result.snoozed_until = snoozed->second;
  if (told != nullptr) {
    result.online = told->online;
    result.by_frigate = told->by_frigate;
    if (told->expected && told->counts && !told->online && told->blind_since > 0)
      result.problem = "nothing is heard of it";
  } else if (device != nullptr) {
    result.online = device->condition == camera_condition::online;
  }
  if (device != nullptr) {
    result.device = *device;
    if (const auto trouble = trouble_of(*device); !trouble.empty())
      result.problem += (result.problem.empty() ? "" : "; ") + trouble;
  }
  result.fire = c.signs[index_of(fire_sign::fire)].until != never;
  result.smoke = c.signs[index_of(fire_sign::smoke)].until != never;
  result.newest = c.newest;
  result.last_seen = c.last_seen;
  result.active = c.active_until != never;
  copy_counts(result);
  return result;
}

// Shows how a camera that has a key is now.
void house::show(entry& x, const moment& at, house_news& news) {
  auto& c = x.second;
  const bool muted = is_muted(x);
  for (auto& sign : c.signs)
    if (muted || sign.until <= at.now)
      sign.until = never;
  if (c.active_until <= at.now)
    c.active_until = never;
  auto& view = views_.at(c.key);
  auto next = view_of(x);
  if (next.device)
    c.last_seen = newer(c.last_seen, next.device->last_seen, at.wall);
  // That it counts as online at the start, because it was heard before, is no word of it.
  if (next.online && !view.online && (!view.name.empty() || settled(at)))
    c.last_seen = newer(c.last_seen, at.wall, at.wall);
  // Compared without it first: it changes more often than it is worth showing.
  next.last_seen = view.last_seen;
  const auto device = next.device;
  if (device && view.device && device->last_seen != view.device->last_seen)
    next.device.change([&view](camera_facts& facts) { facts.last_seen = view.device->last_seen; });
  const bool changes = !(next == view);
  next.last_seen = c.last_seen;
  next.device = device;
  const bool seen = c.seen_waits || next.last_seen != view.last_seen;
  const bool shows = changes || (seen && at.now >= c.seen_shown + seen_pause);
  c.seen_waits = seen && !shows;
  const auto before = std::exchange(view, std::move(next));
  if (shows) {
    news.cameras.insert(c.key);
    c.seen_shown = at.now;
  }
  count(before, false);
  count(view, true);
  if (before.name != view.name || before.id != view.id)
    hub_changes_ = list_changes_ = true;
  // It has no name yet when it appears.
  if (!before.name.empty()) {
    if (!before.online && view.online && (c.was_online || c.was_missed))
      tell(house_event::kind::camera_online, view, {}, at, news);
    if (before.online && !view.online)
      tell(house_event::kind::camera_offline, view, {}, at, news);
    if (before.name != view.name)
      tell(house_event::kind::camera_renamed, view, before.name, at, news);
  }
  const auto* told = groups_.told(x.first);
  c.was_online |= view.online;
  c.was_missed |= told != nullptr ? told->blind_since > 0 : view.device && is_missing(*view.device);
  schedule(x);
}

void house::count(const camera_view& view, bool is_there) {
  const auto add = [this, is_there](std::uint32_t& figure) {
    is_there ? ++figure : --figure;
    hub_changes_ = true;
  };
  if (view.online)
    add(online_);
  if (view.fire || view.smoke)
    add(detecting_);
}

// -- events --------------------------------------------------------------------------------

bool house::settled(const moment& at) const noexcept {
  return first_told_ && at.now - *first_told_ >= settle_span;
}

// Of a camera's coming and going.
void house::tell(house_event::kind what, const camera_view& view, std::string detail,
                 const moment& at, house_news& news) const {
  if (!settled(at))
    return;
  house_event event;
  event.what = what;
  event.at = at.wall;
  event.camera = view.key;
  event.name = view.name;
  event.detail = std::move(detail);
  news.events.push_back(std::move(event));
}

void house::tell_decision(house_event::kind what, const decision_record& told, house_news& news) {
  house_event event;
  event.what = what;
  event.at = told.t;
  event.decision = told;
  news.events.push_back(std::move(event));
}

// -- the hub -------------------------------------------------------------------------------

// What is shown of the hub and follows from something else.
void house::gather(const moment& at, house_news& news) {
  std::vector<problem> troubles;
  std::vector<problem> notices;
  for (const auto* all : {&hub_.house.problems, &own_})
    for (const auto& x : *all)
      // Whoever reads it reads it over that link.
      if (x.code != "link_down")
        (x.trouble ? troubles : notices).push_back(x);
  for (auto& x : own_notices())
    notices.push_back(std::move(x));
  const bool decides = first_told_ && hub_.house.decides;
  const auto total = decides ? hub_.house.cameras_total : static_cast<std::uint32_t>(views_.size());
  const auto online = decides ? hub_.house.cameras_online : online_;
  const auto detecting = decides ? hub_.house.cameras_detecting : detecting_;
  news.hub |= hub_.troubles != troubles || hub_.notices != notices
              || std::tie(hub_.cameras_total, hub_.cameras_online, hub_.cameras_detecting)
                     != std::tie(total, online, detecting);
  if (list_changes_ && at.now >= list_due()) {
    list_changes_ = false;
    list_made_ = at.now;
    news.hub = true;
    hub_.cameras.clear();
    for (const auto& [key, view] : views_)
      hub_.cameras.add(key, view.id, view.name);
  }
  hub_.troubles = std::move(troubles);
  hub_.notices = std::move(notices);
  hub_.cameras_total = total;
  hub_.cameras_online = online;
  hub_.cameras_detecting = detecting;
  auto word = state_word(hub_);
  news.hub |= word != hub_.state;
  hub_.state = std::move(word);
}

// Which cameras are not shown, and why. Of those that consensus knows it tells itself when their
// key is another's.
std::vector<problem> house::own_notices() const {
  std::vector<problem> result;
  std::size_t unnamed = 0;
  std::size_t too_many = refused_.size();
  unix_seconds since = refused_.empty() ? 0 : refused_.begin()->second;
  for (const auto& [home, x] : not_shown_) {
    if (x.why == not_shown::reason::no_room) {
      since = since > 0 ? std::min(since, x.since) : x.since;
      ++too_many;
      continue;
    }
    if (groups_.told(home) != nullptr)
      continue;
    if (result.size() >= max_named) {
      ++unnamed;
      continue;
    }
    const auto id = shown_text(home, max_name);
    auto text = "the camera '" + id + "' is not shown: ";
    if (x.why == not_shown::reason::no_key)
      text += "its id has no letter and no digit";
    else
      text += "its id is '" + camera_key(home) + "' in topics, and so is that of '"
              + shown_text(x.other, max_name)
              + "'; if both are one camera, name this one in its aliases, else rename one at its "
                "source";
    result.push_back({"camera_key_collision", id, false, x.since, std::move(text)});
  }
  if (unnamed > 0)
    result.push_back(
        {"camera_key_collision",
         {},
         false,
         0,
         std::to_string(unnamed) + " more cameras are not shown: their ids are others' in topics"});
  if (too_many > 0)
    result.push_back({"cameras_not_shown",
                      {},
                      false,
                      since,
                      std::to_string(too_many) + " cameras are not shown: no more than "
                          + std::to_string(max_known_cameras) + " are"});
  return result;
}

} // namespace firefinder
