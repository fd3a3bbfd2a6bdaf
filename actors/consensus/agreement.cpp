#include "actors/consensus/agreement.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

constexpr timespan recent_span = std::chrono::hours{1};
constexpr std::size_t max_history = 1'000;

} // namespace

agreement::agreement(const consensus_settings& settings)
  : threshold_(settings.threshold), cooldown_(settings.cooldown), same_fire_(settings.same_fire),
    witnesses_(settings.witnesses), by_zone_(settings.agree_by_zone) {
  if (by_zone_)
    zones_ = settings.zones;
}

const std::string& agreement::meant_by(const std::string& camera) const {
  const auto found = synonyms_.find(camera);
  return found == synonyms_.end() ? camera : found->second;
}

const std::string& agreement::configured_witness(const std::string& camera) const {
  const auto& meant = meant_by(camera);
  const auto found = witnesses_.find(meant);
  return found == witnesses_.end() ? meant : found->second;
}

const std::string& agreement::joined(const std::string& witness) const {
  const auto found = joined_.find(witness);
  return found == joined_.end() ? witness : found->second;
}

const std::string& agreement::witness_of(const std::string& camera) const {
  return joined(configured_witness(camera));
}

void agreement::join(const std::string& one, const std::string& other) {
  const auto into = joined(one);
  const auto from = joined(other);
  if (into == from)
    return;
  for (auto& [witness, to] : joined_)
    if (to == from)
      to = into;
  joined_.emplace(from, into);
}

void agreement::identify(std::unordered_map<std::string, std::string> synonyms) {
  // By which names each witness that agrees is known: it stays one.
  std::map<std::string, std::set<std::string>> names;
  const auto note = [&](const std::string& id) {
    if (const auto& witness = witness_of(id); agreeing_witnesses_.count(witness) != 0)
      names[witness].insert(id);
  };
  for (const auto& [place, v] : agreeing_)
    note(v.camera);
  for (const auto& [id, meant] : synonyms_) {
    note(id);
    note(meant);
  }
  synonyms_ = std::move(synonyms);
  for (const auto& [witness, ids] : names)
    for (const auto& id : ids)
      join(witness, configured_witness(id));
  const bool enough = agreeing_witnesses_.size() >= threshold_;
  agreeing_witnesses_.clear();
  for (const auto& [place, v] : agreeing_)
    ++agreeing_witnesses_[witness_of(v.camera)];
  std::erase_if(joined_, [&](const auto& x) { return agreeing_witnesses_.count(x.second) == 0; });
  votes_.clear();
  for (const auto& [place, v] : agreeing_)
    vote(place, v);
  lapsed_ = lapsed_ || (enough && agreeing_witnesses_.size() < threshold_);
  ++revision_;
}

std::uint32_t agreement::count(const std::vector<const verdict*>& cameras) const {
  if (each_is_a_witness())
    return static_cast<std::uint32_t>(cameras.size());
  std::set<std::string_view> witnesses;
  for (const auto* x : cameras)
    witnesses.insert(witness_of(x->camera));
  return static_cast<std::uint32_t>(witnesses.size());
}

// Of two cameras' messages that waited at the broker, one may be much older than the other:
// they agree only if their evidence held at one moment. Of two groups of the same size the one
// with the camera `with` is taken.
agreement::group agreement::strongest_group(const std::string& with, monotonic holding_at) const {
  if (!by_zone_) {
    group all;
    for (const auto& [place, v] : agreeing_)
      if (v.evidence_until > holding_at)
        all.cameras.push_back(&v);
    all.witnesses = count(all.cameras);
    return all;
  }
  group result;
  bool has_camera = false;
  for (const auto& [zone, votes] : votes_) {
    std::vector<const verdict*> cameras;
    for (const auto& [place, v] : votes.cameras)
      if (v->evidence_until > holding_at)
        cameras.push_back(v);
    const auto witnesses = count(cameras);
    const bool has = std::any_of(cameras.begin(), cameras.end(),
                                 [&with](const verdict* x) { return x->camera == with; });
    if (witnesses > result.witnesses || (witnesses == result.witnesses && has && !has_camera)) {
      result = {std::move(cameras), witnesses};
      has_camera = has;
    }
  }
  return result;
}

// As for the strongest group, but mostly without looking at all cameras of a long fire.
bool agreement::hold_together(const std::string& with, monotonic holding_at) const {
  if (by_zone_)
    return std::any_of(votes_.begin(), votes_.end(), [&](const auto& zone) {
      if (zone.second.witnesses.size() < threshold_)
        return false;
      std::set<std::string_view> found;
      return std::any_of(zone.second.cameras.begin(), zone.second.cameras.end(),
                         [&](const auto& entry) {
                           if (entry.second->evidence_until > holding_at)
                             found.insert(witness_of(entry.second->camera));
                           return found.size() >= threshold_;
                         });
    });
  if (!each_is_a_witness())
    return strongest_group(with, holding_at).witnesses >= threshold_;
  std::uint32_t found = 0;
  return std::any_of(agreeing_.begin(), agreeing_.end(), [&](const auto& entry) {
    found += entry.second.evidence_until > holding_at ? 1 : 0;
    return found >= threshold_;
  });
}

// The zones in which a camera votes.
std::vector<std::string> agreement::zones_of(const std::string& camera) const {
  if (!by_zone_)
    return {};
  const auto found = zones_.find(meant_by(camera));
  // Where zones matter, a camera without one agrees with those that have none either.
  return found == zones_.end() ? std::vector<std::string>{{}} : found->second;
}

void agreement::vote(const rank& place, const verdict& v) {
  for (const auto& zone : zones_of(v.camera))
    if (auto& votes = votes_[zone]; votes.cameras.emplace(place, &v).second)
      ++votes.witnesses[witness_of(v.camera)];
}

void agreement::take_back_vote(const rank& place, const verdict& v) {
  for (const auto& zone : zones_of(v.camera)) {
    const auto found = votes_.find(zone);
    if (found == votes_.end() || found->second.cameras.erase(place) == 0)
      continue;
    auto& witnesses = found->second.witnesses;
    if (const auto witness = witnesses.find(witness_of(v.camera)); --witness->second == 0)
      witnesses.erase(witness);
    if (found->second.cameras.empty())
      votes_.erase(found);
  }
}

std::uint32_t agreement::most_in_a_zone() const {
  std::size_t most = 0;
  for (const auto& [zone, votes] : votes_)
    most = std::max(most, votes.witnesses.size());
  return static_cast<std::uint32_t>(most);
}

bool agreement::is_same_fire(monotonic now) const noexcept {
  return last_trigger_ && cooldown_start_ && now - *last_trigger_ < same_fire_
         && (in_cooldown(now) || !lapsed_);
}

agreement::outlook agreement::look(monotonic now) const {
  outlook result;
  result.agreeing = static_cast<std::uint32_t>(agreeing_witnesses_.size());
  if (result.agreeing < threshold_)
    return result;
  if (by_zone_)
    result.agreeing = most_in_a_zone();
  if (result.agreeing < threshold_)
    return result;
  result.reason = waits_              ? decision_reason::no_detection
                  : !armed_           ? decision_reason::disarmed
                  : held_             ? decision_reason::trigger_waits
                  : is_same_fire(now) ? decision_reason::same_fire
                  : in_cooldown(now)  ? decision_reason::cooldown
                                      : decision_reason::no_detection;
  return result;
}

void agreement::withdraw(const rank& place) {
  const auto gone = agreeing_.find(place);
  if (gone == agreeing_.end())
    return;
  const auto witness = witness_of(gone->second.camera);
  take_back_vote(place, gone->second);
  agreeing_.erase(gone);
  ++revision_;
  if (const auto found = agreeing_witnesses_.find(witness); --found->second == 0) {
    // From now on each of them is a witness of its own.
    std::erase_if(joined_, [&](const auto& x) { return x.second == witness; });
    agreeing_witnesses_.erase(found);
  }
}

void agreement::leave_out(std::set<std::string> cameras) {
  left_out_ = std::move(cameras);
  const bool enough = agreeing_witnesses_.size() >= threshold_;
  std::vector<rank> gone;
  for (const auto& [place, v] : agreeing_)
    if (left_out_.count(v.camera) != 0)
      gone.push_back(place);
  for (const auto& place : gone)
    withdraw(place);
  lapsed_ = lapsed_ || (enough && agreeing_witnesses_.size() < threshold_);
}

agreement::outlook agreement::add(const verdict& v, monotonic now, unix_seconds wall) {
  const rank place{v.first_seen, v.camera};
  const bool counts = left_out_.count(v.camera) == 0;
  const bool enough = agreeing_witnesses_.size() >= threshold_;
  if (counts && v.agrees()) {
    if (const auto [entry, begins] = agreeing_.insert_or_assign(place, v); begins) {
      ++revision_;
      ++agreeing_witnesses_[witness_of(v.camera)];
      vote(entry->first, entry->second);
    }
  } else {
    withdraw(place);
  }
  lapsed_ = lapsed_ || (enough && agreeing_witnesses_.size() < threshold_);
  if (!counts || !v.by_detection)
    return look(now);
  return decide(v.camera, v.at, now, wall);
}

std::optional<agreement::outlook> agreement::catch_up(monotonic now, unix_seconds wall) {
  if (waits_ || !waiting_)
    return std::nullopt;
  const auto [camera, at] = *waiting_;
  return decide(camera, at, now, wall);
}

// By a detection of this camera at that moment.
agreement::outlook agreement::decide(const std::string& camera, monotonic at, monotonic now,
                                     unix_seconds wall) {
  waiting_.reset();
  if (waits_)
    waiting_.emplace(camera, at);
  auto result = look(now);
  if (result.agreeing < threshold_ || waits_ || !armed_ || held_
      || (in_cooldown(now) && !is_same_fire(now)))
    return result;
  if (!hold_together(camera, at)) {
    result.reason = decision_reason::apart_in_time;
    return result;
  }
  if (is_same_fire(now)) {
    // It burns on: a pause without agreement has yet to come.
    start_cooldown(now);
    return result;
  }
  const auto together = strongest_group(camera, at);
  result.reason = decision_reason::agreement;
  auto& fire = result.fire.emplace();
  fire.at = now;
  fire.wall = wall;
  fire.number = ++triggers_;
  fire.threshold = threshold_;
  fire.cameras.reserve(together.cameras.size());
  std::map<std::string_view, std::size_t> entries;
  for (const auto* x : together.cameras) {
    // What was seen under another id of the same camera is evidence of that camera.
    const auto& id = meant_by(x->camera);
    const auto [entry, fresh] = entries.try_emplace(id, fire.cameras.size());
    if (fresh)
      fire.cameras.push_back({id, {}});
    auto& objects = fire.cameras[entry->second].objects;
    for (const auto& object : x->evidence)
      if (objects.size() < max_evidence)
        objects.push_back(object);
  }
  last_trigger_ = now;
  start_cooldown(now);
  history_.push_back(now);
  if (history_.size() > max_history)
    history_.pop_front();
  return result;
}

void agreement::start_cooldown(monotonic now) noexcept {
  cooldown_start_ = now;
  cooldown_over_ = false;
  lapsed_ = false;
}

void agreement::pause(timespan length, monotonic now) noexcept {
  if (waits_) {
    // The length by which it was measured so far was never its own.
    cooldown_ = length;
    lapsed_ = !in_cooldown(now);
    return;
  }
  cooldown_over_ = cooldown_start_ && !in_cooldown(now);
  cooldown_ = length;
}

void agreement::give_back(std::uint64_t number) {
  // An older trigger's cooldown is over, or was replaced by that of a newer one.
  if (number == triggers_)
    cooldown_start_.reset();
}

decision_memory agreement::memory() const noexcept {
  return {triggers_, armed_, last_trigger_.value_or(never),
          cooldown_over_ ? never : cooldown_start_.value_or(never)};
}

void agreement::restore(const decision_memory& memory, monotonic now) {
  triggers_ = memory.trigger_count;
  armed_ = memory.armed;
  const auto known
      = [](monotonic moment) { return moment == never ? std::nullopt : std::optional{moment}; };
  last_trigger_ = known(memory.last_trigger);
  cooldown_start_ = known(memory.cooldown_start);
  cooldown_over_ = false;
  if (last_trigger_)
    history_.push_back(*last_trigger_);
  // Whether cameras agreed all the time nobody knows.
  lapsed_ = !in_cooldown(now);
}

std::vector<std::string> agreement::agreeing(std::size_t most) const {
  std::vector<std::string> result;
  result.reserve(std::min(most, agreeing_.size()));
  for (auto x = agreeing_.begin(); x != agreeing_.end() && result.size() < most; ++x)
    result.push_back(x->second.camera);
  return result;
}

bool agreement::in_cooldown(monotonic now) const noexcept {
  return cooldown_start_ && !cooldown_over_ && now - *cooldown_start_ < cooldown_;
}

std::optional<monotonic> agreement::cooldown_end(monotonic now) const noexcept {
  if (!in_cooldown(now))
    return std::nullopt;
  return *cooldown_start_ + cooldown_;
}

double agreement::last_trigger_ago(monotonic now) const noexcept {
  return last_trigger_ ? std::max(0.0, to_seconds(now - *last_trigger_)) : -1;
}

std::uint64_t agreement::recent(monotonic now) const noexcept {
  return static_cast<std::uint64_t>(
      std::count_if(history_.begin(), history_.end(),
                    [now](monotonic moment) { return now - moment <= recent_span; }));
}

} // namespace firefinder
