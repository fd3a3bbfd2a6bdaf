#include "actors/consensus/vigilance.hpp"

#include "actors/consensus/tuning.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace firefinder {

namespace {

// Zones are JSON values: "barn" and 3 are called barn and 3.
std::string zone_name(const std::string& literal) {
  const auto value = nlohmann::json::parse(literal, nullptr, false);
  return value.is_string() ? value.get<std::string>() : literal;
}

vigilance::finding trouble(std::string code, std::string subject, monotonic since,
                           std::string text) {
  return {{std::move(code), std::move(subject), true, 0, std::move(text)}, since};
}

} // namespace

vigilance::vigilance(const consensus_settings& settings, monotonic start)
  : configured_(settings.threshold), min_confidence_(settings.acceptance.min_confidence),
    configured_cameras_(settings.acceptance.cameras), policy_(settings.policy),
    devices_(settings.acceptance.cameras), max_age_(settings.acceptance.max_age),
    timeout_(settings.tracking.camera_timeout), start_(start), now_(start),
    witnesses_(settings.witnesses), registered_(settings.tracking.registered),
    configured_registered_(registered_), by_zone_(settings.agree_by_zone), few_since_(start),
    none_since_(start), zone_settings_(settings.zones), link_down_since_(start) {
  if (by_zone_)
    voting_zones_ = settings.zones;
  for (const auto& [camera, witness] : witnesses_)
    witness_names_.insert(witness);
  for (const auto& [id, camera] : configured_cameras_)
    if (camera.enabled)
      cameras_[id].blind_since = start;
    else
      off_.insert(id);
  gather_zones();
  for (const auto& prefix : settings.acceptance.frigate_prefixes)
    frigates_.try_emplace(prefix);
}

void vigilance::gather_zones() {
  const auto before = std::exchange(zones_, {});
  zones_of_.clear();
  for (const auto& [id, literals] : zone_settings_) {
    // Whoever switches a camera off knows that it sees nothing.
    if (off_.count(id) != 0)
      continue;
    const auto known = cameras_.find(id);
    for (const auto& literal : literals) {
      auto& where = zones_[zone_name(literal)];
      if (std::find(where.cameras.begin(), where.cameras.end(), id) != where.cameras.end())
        continue;
      where.cameras.push_back(id);
      where.online
          += known != cameras_.end() && known->second.online() && !known->second.off ? 1 : 0;
      zones_of_[id].push_back(&where);
    }
  }
  for (auto& [name, where] : zones_) {
    const auto known = before.find(name);
    const bool was_blind = known != before.end() && known->second.online == 0;
    where.blind_since = was_blind ? known->second.blind_since : now_;
  }
}

// -- what operators change --------------------------------------------------------------------

void vigilance::tune(const decision_tuning& tuning, monotonic now) {
  advance(now);
  const auto before = std::exchange(tuning_, tuning);
  min_confidence_ = tuning.min_confidence;
  if (able_ < tuning.threshold && able_ >= configured_)
    few_since_ = now_;
  configured_ = std::max<std::uint32_t>(1, tuning.threshold);
  switch_cameras();
  // Those that are expected now, and those that no longer are.
  expect_added();
  for (const auto& [id, camera] : configured_cameras_)
    if (tuning.unmuted.count(id) != 0)
      find_or_add(id);
  const auto leave = [this](const std::string& id) {
    const auto known = cameras_.find(id);
    const auto configured = configured_cameras_.find(id);
    changed_.insert(id);
    if (known != cameras_.end() && !known->second.ever
        && (configured == configured_cameras_.end()
            || (!configured->second.enabled && tuning_.unmuted.count(id) == 0)))
      cameras_.erase(known);
  };
  for (const auto& [id, name] : before.added)
    if (tuning.added.count(id) == 0)
      leave(meant_by(id));
  for (const auto& id : before.unmuted)
    if (tuning.unmuted.count(id) == 0)
      leave(id);
}

void vigilance::expect_added() {
  for (const auto& [id, name] : tuning_.added)
    if (find_or_add(meant_by(id)) != nullptr)
      changed_.insert(meant_by(id));
}

// Which cameras count may be another matter now.
void vigilance::switch_cameras() {
  auto next = switched_off(configured_cameras_, tuning_, identity());
  std::set_symmetric_difference(off_.begin(), off_.end(), next.begin(), next.end(),
                                std::inserter(changed_, changed_.end()));
  // Each leaves by the rules by which it came.
  for (auto& [id, c] : cameras_)
    if (!c.off && next.count(id) != 0) {
      if (c.online())
        count(id, false);
      c.off = true;
    }
  off_ = std::move(next);
  registered_ = registered_with(configured_registered_, configured_cameras_, tuning_);
  gather_zones();
  for (auto& [id, c] : cameras_)
    if (c.off && off_.count(id) == 0) {
      c.off = false;
      if (c.online())
        count(id, true);
    }
  for (auto& [prefix, x] : frigates_)
    x.against_cameras = judged(x.told, x.against_cameras);
}

void vigilance::forget(const std::string& id, monotonic now) {
  advance(now);
  tuning_.added.erase(id);
  for (auto& [prefix, x] : frigates_) {
    x.obstacles.erase(id);
    if (x.cameras.erase(id) != 0)
      release(id);
  }
  const auto known = cameras_.find(id);
  if (known == cameras_.end() || known->second.online())
    return;
  cameras_.erase(known);
  changed_.insert(id);
}

std::optional<vigilance::view> vigilance::look_at(const std::string& id) const {
  const auto known = cameras_.find(id);
  if (known == cameras_.end() && configured_cameras_.count(id) == 0
      && devices_.cameras().count(id) == 0)
    return std::nullopt;
  view result;
  result.counts = off_.count(id) == 0;
  if (known == cameras_.end())
    return result;
  const auto& c = known->second;
  result.online = c.online();
  result.by_frigate = c.by_frigate;
  if (!result.online)
    result.blind_since = c.blind_since;
  if (c.heard.others)
    for (const auto& [name, missed] : *c.heard.others)
      result.heard.push_back(name);
  return result;
}

std::set<std::string> vigilance::known() const {
  auto result = device_ids_;
  for (const auto& [id, x] : cameras_)
    result.insert(id);
  for (const auto& [id, x] : configured_cameras_)
    result.insert(id);
  return result;
}

bool vigilance::frigate_known() const noexcept {
  return std::any_of(frigates_.begin(), frigates_.end(),
                     [](const auto& x) { return x.second.known; });
}

bool vigilance::frigate_online() const noexcept {
  return frigate_known() && std::all_of(frigates_.begin(), frigates_.end(), [](const auto& x) {
           return !x.second.known || (!x.second.offline_since && !x.second.silent);
         });
}

vigilance::watched* vigilance::find_or_add(const std::string& id) {
  const auto found = cameras_.find(id);
  if (found != cameras_.end())
    return &found->second;
  if (cameras_.size() >= max_cameras)
    return nullptr;
  auto& added = cameras_[id];
  added.blind_since = now_;
  added.off = off_.count(id) != 0;
  changed_.insert(id);
  return &added;
}

void vigilance::changed(const std::string& id, const watched& camera, bool was_online) {
  const bool is_online = camera.online();
  if (is_online == was_online)
    return;
  changed_.insert(id);
  if (is_online)
    ++present_;
  else
    --present_;
  if (!camera.off)
    count(id, is_online);
}

// A camera that counts comes or goes.
void vigilance::count(const std::string& id, bool is_online) {
  if (is_online)
    ++online_;
  else
    --online_;
  if (const auto found = zones_of_.find(id); found != zones_of_.end())
    for (auto* where : found->second) {
      if (is_online)
        ++where->online;
      else if (--where->online == 0)
        where->blind_since = now_;
    }
  const auto before = able_;
  count_votes(id, is_online);
  if (able_ < configured_ && before >= configured_)
    few_since_ = now_;
  if (online_ == 0)
    none_since_ = now_;
}

// As agreement counts them: a mast has one, a camera that is not registered may have none,
// and votes of different zones may not come together.
void vigilance::count_votes(const std::string& id, bool is_online) {
  if (registered_ && registered_->count(id) == 0)
    return;
  const auto known = witnesses_.find(id);
  const auto& witness = known == witnesses_.end() ? id : known->second;
  const auto count = [&](const std::string& place) {
    auto& voters = voters_[place];
    if (known == witnesses_.end() && witness_names_.count(id) == 0)
      voters.lone_cameras = is_online ? voters.lone_cameras + 1 : voters.lone_cameras - 1;
    else if (is_online)
      ++voters.witnesses[witness];
    else if (--voters.witnesses[witness] == 0)
      voters.witnesses.erase(witness);
  };
  const auto zones = voting_zones_.find(id);
  if (zones == voting_zones_.end())
    count({});
  else
    std::for_each(zones->second.begin(), zones->second.end(), count);
  able_ = 0;
  for (const auto& [place, voters] : voters_)
    able_ = std::max(able_,
                     static_cast<std::uint32_t>(voters.witnesses.size()) + voters.lone_cameras);
}

const std::string& vigilance::meant_by(const std::string& id) const {
  const auto& synonyms = identity().synonyms();
  const auto found = synonyms.find(id);
  return found == synonyms.end() ? id : found->second;
}

std::optional<bool> vigilance::hearing::missed_as(const std::string& name, bool own) const {
  if (own || !others)
    return own ? itself : std::nullopt;
  const auto known = others->find(name);
  return known == others->end() ? std::nullopt : std::optional{known->second};
}

void vigilance::hearing::put(const std::string& name, bool own, bool missed) {
  if (own) {
    itself = missed;
    return;
  }
  if (!others)
    others = std::make_unique<std::map<std::string, bool>>();
  others->insert_or_assign(name, missed);
}

void vigilance::hearing::add(const hearing& more) {
  if (!itself)
    itself = more.itself;
  if (!more.others)
    return;
  if (!others)
    others = std::make_unique<std::map<std::string, bool>>();
  others->insert(more.others->begin(), more.others->end());
}

void vigilance::hearing::erase(const std::string& name, bool own) {
  if (own)
    itself.reset();
  else if (others && others->erase(name) != 0 && others->empty())
    others.reset();
}

bool vigilance::watched::missed() const noexcept {
  return seen_by == 0 && heard.itself.value_or(true)
         && (!heard.others
             || std::all_of(heard.others->begin(), heard.others->end(),
                            [](const auto& x) { return x.second; }));
}

bool vigilance::camera(const std::string& id, bool online, monotonic now, bool missed) {
  advance(now);
  const auto& meant = meant_by(id);
  const auto known = cameras_.size();
  auto* c = find_or_add(meant);
  if (c == nullptr)
    return false;
  const bool own = meant == id;
  const auto before = c->heard.missed_as(id, own);
  const bool was_heard = before.has_value();
  const bool was_missed = before.value_or(false);
  missed = missed && online;
  if (was_heard == online && was_missed == missed && cameras_.size() == known)
    return false;
  const bool was_online = c->online();
  if (online)
    c->heard.put(id, own, missed);
  else
    c->heard.erase(id, own);
  c->ever = c->ever || online;
  if (missed && !was_missed)
    c->missed_since = now_;
  if (was_online && !c->online())
    c->blind_since = now_;
  changed(meant, *c, was_online);
  return true;
}

// -- cameras in the network -----------------------------------------------------------------

known_devices::change vigilance::found(const camera_facts& device, monotonic now) {
  advance(now);
  const auto news = devices_.learn(device, now_);
  take_over(news);
  return news;
}

known_devices::change vigilance::lost(const camera_removed& device, monotonic now) {
  advance(now);
  const auto news = devices_.forget(device);
  take_over(news);
  return news;
}

void vigilance::take_over(const known_devices::change& news) {
  if (news.identity) {
    regroup();
    // They were switched off, and added, by their names.
    switch_cameras();
    expect_added();
  }
  if (!news.any())
    return;
  missing_.clear();
  std::set<std::string> ids;
  for (const auto& [id, x] : devices_.cameras()) {
    ids.insert(ids.end(), id);
    if (x.is_missing())
      missing_.insert(id);
  }
  std::set_symmetric_difference(device_ids_.begin(), device_ids_.end(), ids.begin(), ids.end(),
                                std::inserter(changed_, changed_.end()));
  device_ids_ = std::move(ids);
}

// What is heard and seen of each camera, by what its names mean now.
std::map<std::string, vigilance::watched> vigilance::regrouped() {
  std::map<std::string, watched> result;
  for (const auto& [id, c] : cameras_) {
    const auto take = [this, &result, &c = c](const std::string& name, bool missed) {
      const auto& meant = meant_by(name);
      auto& x = result[meant];
      x.heard.put(name, meant == name, missed);
      x.missed_since = std::max(x.missed_since, c.missed_since);
    };
    if (c.heard.itself)
      take(id, *c.heard.itself);
    if (c.heard.others)
      for (const auto& [name, missed] : *c.heard.others)
        take(name, missed);
    if (const auto& meant = meant_by(id); meant != id) {
      auto& x = result[meant];
      x.ever = x.ever || c.ever;
    }
  }
  for (auto& [prefix, x] : frigates_) {
    for (auto& [id, what] : std::exchange(x.obstacles, {})) {
      auto meant = identity().of(what.spelled, prefix).id;
      x.obstacles.emplace(std::move(meant), std::move(what));
    }
    for (const auto& [id, names] : std::exchange(x.cameras, {}))
      for (const auto& spelled : names)
        if (const auto meant = identity().of(spelled, prefix).id; x.obstacles.count(meant) == 0) {
          const auto [place, fresh] = x.cameras.try_emplace(meant);
          place->second.insert(spelled);
          result[meant].seen_by += fresh ? 1 : 0;
          result[meant].by_frigate = true;
        }
  }
  return result;
}

// Names mean other cameras than before. What was told by a name goes with it: else its end, told
// by the same name, would be that of another camera.
void vigilance::regroup() {
  auto next = regrouped();
  // First what is added, so that no camera is blind in between. All of it was admitted by its
  // name before, so this is bounded as well.
  for (const auto& [id, x] : next) {
    const auto [place, fresh] = cameras_.try_emplace(id);
    auto& c = place->second;
    if (fresh) {
      c.blind_since = now_;
      c.off = off_.count(id) != 0;
      changed_.insert(id);
    }
    const bool was_online = c.online();
    c.by_frigate = c.by_frigate || x.by_frigate;
    c.heard.add(x.heard);
    c.seen_by = std::max(c.seen_by, x.seen_by);
    c.ever = c.ever || x.ever || c.online();
    c.missed_since = std::max(c.missed_since, x.missed_since);
    changed(id, c, was_online);
  }
  for (auto it = cameras_.begin(); it != cameras_.end();) {
    auto& [id, c] = *it;
    const bool was_online = c.online();
    const auto found = next.find(id);
    c.heard = found == next.end() ? hearing{} : std::move(found->second.heard);
    c.seen_by = found == next.end() ? 0 : found->second.seen_by;
    if (was_online && !c.online())
      c.blind_since = now_;
    changed(id, c, was_online);
    if (meant_by(id) == id) {
      ++it;
      continue;
    }
    // Others' names may mean it while its own means a third.
    if (c.online()) {
      c.heard = {};
      c.seen_by = 0;
      changed(id, c, true);
    }
    changed_.insert(id);
    it = cameras_.erase(it);
  }
}

// Silence alone would tell it later, and not why. Whoever delivers detections is there, whatever
// its network says.
std::optional<vigilance::finding> vigilance::unreachable(const std::string& id) const {
  const auto device = devices_.cameras().find(id);
  const auto known = cameras_.find(id);
  if (device == devices_.cameras().end() || known == cameras_.end())
    return std::nullopt;
  const auto& [camera, c] = *known;
  if (c.online() ? !c.missed() : !judges_cameras())
    return std::nullopt;
  if (c.off)
    return std::nullopt;
  const auto& x = device->second;
  const auto what = [&x] {
    switch (x.condition) {
    case camera_condition::stream_error:
      return "answers, but its stream delivers no video";
    case camera_condition::auth_required:
      return "wants a password, and none is known for it";
    case camera_condition::auth_failed:
      return "refuses its password";
    case camera_condition::auth_locked:
      return "refuses every password for a while";
    default:
      return "does not answer";
    }
  }();
  auto result = trouble("camera_unreachable", shown(id),
                        std::max(x.since, c.online() ? c.missed_since : c.blind_since),
                        fmt::format("camera {} {}, and nothing is heard of what it sees{}{}",
                                    shown(id), what, x.reason.empty() ? "" : ": ", x.reason));
  // It answers; that its owner told us no password says nothing of its detector.
  result.what.trouble = x.condition != camera_condition::auth_required;
  return result;
}

void vigilance::add_unreachable(std::vector<finding>& to, bool trouble) const {
  std::size_t named = 0;
  for (const auto& id : missing_)
    if (auto found = unreachable(id);
        found && found->what.trouble == trouble && ++named <= max_named)
      to.push_back(std::move(*found));
}

void vigilance::add_undetected(std::vector<finding>& to) const {
  std::string names;
  std::size_t count = 0;
  auto since = monotonic::max();
  for (const auto& [id, x] : devices_.cameras()) {
    const auto due = std::max(start_, x.found_at) + detector_grace;
    const auto known = cameras_.find(id);
    // Of one that is not there nobody can detect anything.
    if (due > now_ || x.condition == camera_condition::offline || off_.count(id) != 0
        || (known != cameras_.end() && known->second.ever))
      continue;
    since = std::min(since, due);
    if (++count <= max_undetected)
      names += (count == 1 ? "" : ", ")
               + (x.name.empty() ? shown(id) : fmt::format("{} ({})", shown(id), x.name));
  }
  if (count == 0)
    return;
  if (count > max_undetected)
    names += fmt::format(" and {} more", count - max_undetected);
  const auto* them = count == 1 ? "it" : "them";
  to.push_back(
      {{"camera_without_detector",
        {},
        false,
        0,
        fmt::format("{} {} found in the network, and no detector has told of {} by {}: {}. Let a "
                    "detector look at {}; if one does and calls {} otherwise, name that in "
                    "cameras.<id>.aliases; or set cameras.<id>.enabled: false",
                    count, count == 1 ? "camera was" : "cameras were", them,
                    count == 1 ? "this name" : "these names", names, them, them)},
       since});
}

void vigilance::name(const std::string& id, const std::string& name) {
  const auto found = cameras_.find(id);
  if (found == cameras_.end() || found->second.named || name.empty())
    return;
  found->second.named = true;
  if (name != id)
    found->second.name = std::make_unique<const std::string>(name);
  changed_.insert(id);
}

const std::string& vigilance::shown(const std::string& id) const {
  const auto found = cameras_.find(id);
  return found == cameras_.end() || found->second.name == nullptr ? id : *found->second.name;
}

void vigilance::release(instance& of) {
  for (const auto& [id, names] : std::exchange(of.cameras, {}))
    release(id);
}

void vigilance::release(const std::string& id) {
  auto& c = cameras_[id];
  const bool was_online = c.online();
  --c.seen_by;
  if (!c.online())
    c.blind_since = now_;
  changed(id, c, was_online);
}

// Statistics are told once a minute; what is told of one camera holds at once.
void vigilance::hear_of_camera(instance& x, const frigate_sign& sign) {
  const auto id = identity().of(sign.camera, sign.prefix).id;
  auto found = x.obstacles.find(id);
  if (found == x.obstacles.end()) {
    if (sign.detects || x.obstacles.size() == max_counted_cameras)
      return;
    found = x.obstacles.emplace(id, obstacle{sign.camera, false, false, now_}).first;
  }
  (sign.by_switch ? found->second.switched_off : found->second.does_not_work) = !sign.detects;
  if (!found->second.switched_off && !found->second.does_not_work)
    x.obstacles.erase(found);
  else if (x.cameras.erase(id) != 0)
    release(id);
}

void vigilance::hear_of_clock(instance& x, double lag_s) {
  if ((x.clock_lag_s == 0) != (lag_s == 0))
    x.lag_since = now_;
  x.clock_lag_s = lag_s;
}

void vigilance::frigate(const frigate_sign& sign, monotonic now) {
  advance(now);
  const auto found = frigates_.find(sign.prefix);
  if (found == frigates_.end())
    return;
  auto& x = found->second;
  if (!sign.camera.empty()) {
    hear_of_camera(x, sign);
    // A switch that was retained says nothing of who set it.
    if (!sign.alive)
      return;
  }
  if (!std::exchange(x.known, true))
    x.last = now_;
  if (!sign.online) {
    if (!x.offline_since)
      x.offline_since = now_;
    release(x);
    return;
  }
  x.offline_since.reset();
  if (!sign.alive)
    return;
  x.last = now_;
  x.silent = false;
  hear_of_clock(x, sign.clock_lag_s);
  // It tells the state of its work again as it begins, and does not retain it.
  if (sign.announced)
    for (auto it = x.obstacles.begin(); it != x.obstacles.end();) {
      it->second.does_not_work = false;
      it = it->second.switched_off ? std::next(it) : x.obstacles.erase(it);
    }
  if (!sign.counted)
    return;
  // First those that are there, so that one that stays is not blind in between.
  auto before = std::exchange(x.cameras, {});
  for (const auto& spelled : sign.cameras) {
    const auto [id, many_spellings] = identity().of(spelled, sign.prefix);
    if (x.obstacles.count(id) != 0)
      continue;
    auto* c = find_or_add(id);
    if (c == nullptr)
      continue;
    const auto [place, fresh] = x.cameras.try_emplace(id);
    place->second.insert(spelled);
    if (!fresh)
      continue;
    if (many_spellings)
      name(id, spelled);
    if (!std::exchange(c->by_frigate, true))
      changed_.insert(id);
    if (before.erase(id) != 0)
      continue;
    const bool was_online = c->online();
    ++c->seen_by;
    c->ever = true;
    changed(id, *c, was_online);
  }
  instance gone;
  gone.cameras = std::move(before);
  for (const auto& [id, names] : gone.cameras)
    if (auto& c = cameras_[id]; c.seen_by == 1) {
      c.by_frigate = false;
      changed_.insert(id);
    }
  release(gone);
  x.counts_until = now_ + frigate_silence;
}

void vigilance::frigate_api(const frigate_cameras& told, monotonic now) {
  advance(now);
  const auto found = frigates_.find(told.prefix);
  if (found == frigates_.end())
    return;
  auto& x = found->second;
  if (!told.failure.empty() && x.api_failure.empty())
    x.api_failed_since = now_;
  x.api_failure = told.failure;
  // What it said before holds until it says something else.
  if (told.failure.empty())
    x.against_cameras = judged(x.told = told, x.against_cameras);
}

std::vector<vigilance::finding> vigilance::judged(const frigate_cameras& told,
                                                  const std::vector<finding>& before) const {
  std::vector<finding> troubles;
  std::vector<finding> notices;
  const auto add = [&](std::vector<finding>& to, problem what) {
    const auto known = std::find_if(before.begin(), before.end(), [&what](const finding& x) {
      return x.what.code == what.code && x.what.subject == what.subject;
    });
    to.push_back({std::move(what), known == before.end() ? now_ : known->since});
  };
  for (const auto& camera : told.cameras) {
    // Whoever switches a camera off knows that it sees nothing.
    if (off_.count(identity().of(camera.name, told.prefix).id) != 0)
      continue;
    if (!camera.detects)
      add(troubles, {"camera_cannot_see_fire", camera.name, true, 0,
                     fmt::format("Frigate ({}) looks for nothing on camera {}: set detect.enabled "
                                 "there, or cameras.{}.enabled: false here",
                                 told.prefix, camera.name, camera.name)});
    else if (!camera.sees_fire)
      add(troubles,
          {"camera_cannot_see_fire", camera.name, true, 0,
           fmt::format("Frigate ({}) looks neither for fire nor for smoke on camera {}: its model "
                       "must know them and its objects.track name them, or set cameras.{}.enabled: "
                       "false here",
                       told.prefix, camera.name, camera.name)});
    // Frigate writes 0.7 as 0.7; more decimals are nobody's intention.
    else if (camera.threshold > min_confidence_ + 1e-6)
      add(notices,
          {"frigate_threshold_above_ours", camera.name, false, 0,
           fmt::format("Frigate ({}) tells of fires on camera {} from {:.2f} on, and {:.2f} would "
                       "count here: set its objects.filters.<label>.threshold to that or less",
                       told.prefix, camera.name, camera.threshold, min_confidence_)});
  }
  troubles.insert(troubles.end(), std::make_move_iterator(notices.begin()),
                  std::make_move_iterator(notices.end()));
  if (troubles.size() > max_against_cameras)
    troubles.resize(max_against_cameras);
  return troubles;
}

void vigilance::link_up(monotonic now) {
  advance(now);
  link_is_up_ = true;
  if (!judge_from_)
    judge_from_ = now_ + timeout_;
  reduce_from_ = now_ + timeout_;
  // Nobody could be heard while it was down.
  for (auto& [prefix, x] : frigates_)
    if (!x.silent)
      x.last = now_;
}

void vigilance::link_down(const std::string& reason, monotonic now) {
  advance(now);
  if (std::exchange(link_is_up_, false))
    link_down_since_ = now_;
  link_reason_ = reason;
}

void vigilance::store(const std::optional<store_figures>& figures, monotonic now) {
  advance(now);
  std::optional<problem> found;
  if (!figures)
    found = {"store_silent",
             {},
             true,
             0,
             "the store does not answer: what is decided now may not outlive a restart"};
  else if (!figures->problem.empty())
    found = {"store_cannot_write",
             {},
             true,
             0,
             fmt::format("the store cannot write: {}. Alarms are sent all the same; a restart "
                         "would not know of them",
                         figures->problem)};
  if (found && (!store_trouble_ || store_trouble_->code != found->code))
    store_since_ = now_;
  store_trouble_ = std::move(found);
  if (figures && !figures->set_aside.empty() && figures->set_aside != set_aside_) {
    set_aside_ = figures->set_aside;
    set_aside_since_ = now_;
  }
}

void vigilance::advance(monotonic now) {
  now_ = now;
  for (auto& [prefix, x] : frigates_) {
    if (!x.cameras.empty() && now_ >= x.counts_until)
      release(x);
    if (link_is_up_ && x.known && now_ - x.last >= frigate_silence)
      x.silent = true;
  }
}

std::optional<monotonic> vigilance::next_change() const {
  std::optional<monotonic> result;
  const auto consider = [&](monotonic moment) {
    if (moment > now_)
      result = result ? std::min(*result, moment) : moment;
  };
  if (judge_from_)
    consider(*judge_from_);
  if (link_is_up_)
    consider(reduce_from_);
  for (const auto& [prefix, x] : frigates_) {
    if (!x.cameras.empty())
      consider(x.counts_until);
    if (link_is_up_ && x.known && !x.silent && !x.offline_since)
      consider(x.last + frigate_silence);
  }
  return result;
}

std::uint32_t vigilance::threshold() const noexcept {
  if (policy_ != degraded_policy::reduce || !link_is_up_ || now_ < reduce_from_ || able_ == 0)
    return configured_;
  return std::min(configured_, able_);
}

bool vigilance::judges_cameras() const noexcept { return judge_from_ && now_ >= *judge_from_; }

std::vector<vigilance::finding> vigilance::troubles() const {
  std::vector<finding> result;
  if (!link_is_up_)
    result.push_back(trouble(
        "link_down", {}, link_down_since_,
        fmt::format("there is no link to the broker ({}): nothing is heard", link_reason_)));
  if (judges_cameras()) {
    if (online_ == 0)
      result.push_back(
          trouble("no_cameras", {}, none_since_, "no camera is online: a fire cannot be seen"));
    else if (able_ < configured_)
      result.push_back(trouble(
          "cameras_below_threshold", {}, few_since_,
          reduced()
              ? fmt::format(
                  "fewer cameras that can agree are online than the {} that should; for now "
                  "{} are enough",
                  configured_, threshold())
              : fmt::format("fewer cameras that can agree are online than the {} that must: a fire "
                            "cannot raise the alarm",
                            configured_)));
    for (const auto& [name, where] : zones_)
      if (where.online == 0)
        result.push_back(trouble("zone_blind", name, where.blind_since,
                                 fmt::format("no camera of zone {} is online", name)));
  }
  add_unreachable(result, true);
  for (const auto& [prefix, x] : frigates_) {
    if (x.offline_since)
      result.push_back(trouble("frigate_offline", prefix, *x.offline_since,
                               fmt::format("Frigate ({}) says that it is offline", prefix)));
    else if (x.silent)
      result.push_back(trouble("frigate_silent", prefix, x.last,
                               fmt::format("Frigate ({}) has been silent for more than {:.0f} s",
                                           prefix, to_seconds(frigate_silence))));
    if (loses_by_clock(x))
      result.push_back(clock_finding(prefix, x));
    if (!x.api_failure.empty())
      result.push_back(trouble("frigate_api_unreachable", prefix, x.api_failed_since,
                               fmt::format("the API of Frigate ({}) cannot be asked: {}. Set right "
                                           "frigate.api_url, or leave it out",
                                           prefix, x.api_failure)));
    std::copy_if(x.against_cameras.begin(), x.against_cameras.end(), std::back_inserter(result),
                 [](const finding& f) { return f.what.trouble; });
  }
  if (store_trouble_)
    result.push_back({*store_trouble_, store_since_});
  return result;
}

// Its events seem too old to count.
bool vigilance::loses_by_clock(const instance& x) const noexcept {
  return x.clock_lag_s > to_seconds(max_age_);
}

vigilance::finding vigilance::clock_finding(const std::string& prefix, const instance& x) const {
  const bool loses = loses_by_clock(x);
  return {{"clock_skew", prefix, loses, 0,
           fmt::format("the clock of Frigate ({}) is {:.0f} s {} ours{}: synchronise both by NTP",
                       prefix, std::abs(x.clock_lag_s), x.clock_lag_s > 0 ? "behind" : "ahead of",
                       loses ? ", so that its events are too old to count" : "")},
          x.lag_since};
}

void vigilance::add_frigate_notices(std::vector<finding>& to) const {
  for (const auto& [prefix, x] : frigates_) {
    if (x.clock_lag_s != 0 && !loses_by_clock(x))
      to.push_back(clock_finding(prefix, x));
    std::size_t named = 0;
    for (const auto& [id, what] : x.obstacles) {
      // Cameras that were never ours may be switched off.
      if (cameras_.count(id) == 0 || off_.count(id) != 0)
        continue;
      if (++named > max_named)
        break;
      to.push_back({{"camera_not_detecting", shown(id), false, 0,
                     fmt::format("Frigate ({}) does not look for objects in camera {}: its "
                                 "detection {}",
                                 prefix, shown(id),
                                 what.switched_off ? "is switched off" : "does not work")},
                    what.since});
    }
  }
}

void vigilance::add_camera_notices(std::vector<finding>& to) const {
  if (!judges_cameras())
    return;
  std::size_t named = 0;
  for (const auto& [id, c] : cameras_) {
    // Why, is told already.
    if (c.online() || c.off || (missing_.count(id) != 0 && unreachable(id)))
      continue;
    if (++named > max_named)
      return;
    to.push_back(
        {{"camera_offline", shown(id), false, 0, fmt::format("camera {} is offline", shown(id))},
         c.blind_since});
  }
}

std::vector<vigilance::finding> vigilance::findings() const {
  auto result = troubles();
  if (!set_aside_.empty())
    result.push_back({{"store_set_aside",
                       {},
                       false,
                       0,
                       fmt::format("the store's file was damaged and lies aside as {}: what was "
                                   "before it is lost",
                                   set_aside_)},
                      set_aside_since_});
  add_frigate_notices(result);
  for (const auto& [prefix, x] : frigates_)
    std::copy_if(x.against_cameras.begin(), x.against_cameras.end(), std::back_inserter(result),
                 [](const finding& f) { return !f.what.trouble; });
  add_unreachable(result, false);
  add_camera_notices(result);
  add_undetected(result);
  return result;
}

std::map<std::string, std::pair<bool, monotonic>> vigilance::cameras() const {
  std::map<std::string, std::pair<bool, monotonic>> result;
  for (const auto& [id, c] : cameras_)
    result.emplace_hint(result.end(), id, std::pair{c.online(), c.blind_since});
  return result;
}

std::optional<monotonic> vigilance::frigate_heard() const noexcept {
  std::optional<monotonic> result;
  for (const auto& [prefix, x] : frigates_)
    if (x.known)
      result = result ? std::max(*result, x.last) : x.last;
  return result;
}

} // namespace firefinder
