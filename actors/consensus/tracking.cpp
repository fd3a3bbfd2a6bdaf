#include "actors/consensus/tracking.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

tracking::outcome tracking::add(const sighting& seen) {
  auto found = cameras_.find(seen.camera);
  const bool is_new = found == cameras_.end();
  if (is_new) {
    if (cameras_.size() >= max_cameras) {
      outcome full;
      full.refused = true;
      return full;
    }
    auto fresh = std::make_unique<camera>();
    fresh->id = seen.camera;
    fresh->first_seen = seen.at;
    fresh->last_seen = seen.at;
    fresh->deadline = deadlines_.end();
    found = cameras_.emplace(seen.camera, std::move(fresh)).first;
  }
  auto& c = *found->second;
  const auto at = std::max(seen.at, c.last_seen);
  now_ = std::max(now_, at);
  const bool came_back = !c.online;
  const bool was_verified = !c.verified.empty();
  c.online = true;
  c.last_seen = at;
  forget_stale(c, at);
  outcome result;
  take_frame(c, seen, result);
  // What grew may have stopped to by the time alone.
  for (const auto which : std::vector<entries::iterator>(c.verified))
    judge(c, which, at);
  schedule(c);
  const bool detected = result.accepted != 0;
  const bool verified = !c.verified.empty();
  result.news = is_new || came_back || verified != was_verified;
  if (result.news || (verified && detected))
    result.change = verdict_of(c, detected, at);
  return result;
}

std::vector<verdict> tracking::restore(const std::vector<sighting>& seen, monotonic now,
                                       monotonic fresh) {
  for (const auto& one : seen)
    static_cast<void>(add(one));
  static_cast<void>(advance(now));
  std::vector<verdict> result;
  for (const auto& [id, c] : cameras_)
    result.push_back(verdict_of(*c, c->last_detection && *c->last_detection > fresh, now_));
  return result;
}

std::vector<verdict> tracking::advance(monotonic now) {
  now_ = std::max(now_, now);
  std::vector<verdict> result;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    auto& c = *deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    c.deadline = deadlines_.end();
    const bool was_online = c.online;
    const bool was_verified = !c.verified.empty();
    if (c.online && now_ - c.last_seen > settings_.camera_timeout)
      c.online = false;
    for (const auto which : std::vector<entries::iterator>(c.verified))
      judge(c, which, now_);
    forget_stale(c, now_);
    schedule(c);
    if (c.online != was_online || !c.verified.empty() != was_verified)
      result.push_back(verdict_of(c, false, now_));
  }
  return result;
}

std::optional<monotonic> tracking::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->first;
}

std::map<std::string, camera_figures> tracking::figures(monotonic now) const {
  std::map<std::string, camera_figures> result;
  for (const auto& [id, c] : cameras_) {
    auto& figures = result[id];
    figures.online = c->online;
    figures.agrees = c->online && !c->verified.empty();
    figures.total_detections = c->total_detections;
    figures.active_objects = static_cast<std::uint64_t>(
        std::count_if(c->tracks.begin(), c->tracks.end(), [&](const entry& x) {
          return now - x.samples.last_arrival() <= 2 * settings_.window;
        }));
    figures.last_seen_ago_s = std::max(0.0, to_seconds(now - c->last_seen));
    if (c->last_detection)
      figures.last_detection_ago_s = std::max(0.0, to_seconds(now - *c->last_detection));
  }
  return result;
}

// A track takes one detection of a frame at the most: several boxes around one
// thing are no history of it.
void tracking::take_frame(camera& c, const sighting& seen, outcome& result) {
  ++c.frame;
  std::vector<const detection*> unnamed;
  for (const auto& found : seen.detections) {
    if (found.object.empty()) {
      if (unnamed.size() < max_unnamed)
        unnamed.push_back(&found);
      continue;
    }
    auto which = named_track(c, found.object);
    if (which == c.tracks.end())
      which = new_track(c, found);
    sample(c, which, found, result);
  }
  // The best overlaps first, then new tracks for what is left.
  struct match {
    double share;
    std::size_t box;
    entries::iterator track;
  };
  std::vector<match> matches;
  for (std::size_t i = 0; i < unnamed.size(); ++i)
    for (const auto candidate : c.unnamed)
      if (const auto share = overlap(candidate->samples.last_box(), unnamed[i]->box);
          share >= min_overlap)
        matches.push_back({share, i, candidate});
  std::stable_sort(matches.begin(), matches.end(),
                   [](const match& a, const match& b) { return a.share > b.share; });
  for (const auto& m : matches)
    if (unnamed[m.box] != nullptr && m.track->frame != c.frame) {
      sample(c, m.track, *unnamed[m.box], result);
      unnamed[m.box] = nullptr;
    }
  for (const auto* found : unnamed)
    if (found != nullptr)
      sample(c, new_track(c, *found), *found, result);
}

void tracking::sample(camera& c, entries::iterator which, const detection& found, outcome& result) {
  c.tracks.splice(c.tracks.end(), c.tracks, which);
  if (which->frame == c.frame)
    return;
  which->frame = c.frame;
  if (found.may_repeat && which->samples.repeats(found)) {
    which->samples.touch(c.last_seen);
    ++result.repeated;
    return;
  }
  ++result.accepted;
  ++c.total_detections;
  c.last_detection = c.last_seen;
  which->samples.add(found, c.last_seen);
  judge(c, which, c.last_seen);
}

tracking::entries::iterator tracking::named_track(camera& c, const std::string& object) {
  const auto known = c.named.find(object);
  return known == c.named.end() ? c.tracks.end() : known->second;
}

tracking::entries::iterator tracking::new_track(camera& c, const detection& found) {
  if (c.tracks.size() >= (tracks_ < track_budget ? max_tracks : min_tracks))
    forget_oldest(c);
  c.tracks.emplace_back();
  ++tracks_;
  const auto which = std::prev(c.tracks.end());
  which->named = !found.object.empty();
  if (which->named) {
    which->object = found.object;
    c.named.emplace(found.object, which);
    return which;
  }
  which->object = std::to_string(c.next_unnamed++);
  if (c.unnamed.size() >= max_unnamed) {
    const auto oldest
        = std::min_element(c.unnamed.begin(), c.unnamed.end(), [](const auto& a, const auto& b) {
            return a->samples.last_arrival() < b->samples.last_arrival();
          });
    std::erase(c.verified, *oldest);
    c.tracks.erase(*oldest);
    --tracks_;
    c.unnamed.erase(oldest);
  }
  c.unnamed.push_back(which);
  return which;
}

void tracking::forget_oldest(camera& c) {
  const auto oldest = c.tracks.begin();
  if (oldest->named)
    c.named.erase(oldest->object);
  else
    std::erase(c.unnamed, oldest);
  std::erase(c.verified, oldest);
  c.tracks.erase(oldest);
  --tracks_;
  // An alarm names objects; a quiet camera begins to count them anew.
  if (c.tracks.empty())
    c.next_unnamed = 0;
}

void tracking::forget_stale(camera& c, monotonic now) {
  while (!c.tracks.empty() && now - c.tracks.front().samples.last_arrival() > 2 * settings_.window)
    forget_oldest(c);
}

void tracking::judge(camera& c, entries::iterator which, monotonic at) {
  which->samples.advance(at, settings_);
  const auto evidence = which->samples.growth(settings_);
  if (evidence) {
    which->evidence = *evidence;
    which->evidence.object = which->object;
    if (!which->verified && c.verified.size() < max_evidence) {
      which->verified = true;
      c.verified.push_back(which);
    }
  } else if (which->verified) {
    which->verified = false;
    std::erase(c.verified, which);
  }
}

verdict tracking::verdict_of(const camera& c, bool by_detection, monotonic at) const {
  verdict result;
  result.camera = c.id;
  result.first_seen = c.first_seen;
  result.online = c.online;
  result.evidence.reserve(c.verified.size());
  for (const auto which : c.verified) {
    result.evidence.push_back(which->evidence);
    result.evidence_until
        = std::max(result.evidence_until, which->samples.last_arrival() + settings_.window);
  }
  result.by_detection = by_detection;
  result.at = at;
  return result;
}

std::optional<monotonic> tracking::due(const camera& c) const {
  std::optional<monotonic> result;
  const auto consider
      = [&result](monotonic moment) { result = result ? std::min(*result, moment) : moment; };
  if (c.online)
    consider(c.last_seen + settings_.camera_timeout + timespan{1});
  for (const auto which : c.verified)
    consider(which->samples.next_change(settings_));
  // Objects are forgotten when the camera is next heard, or by this.
  if (!c.tracks.empty())
    consider(std::max(c.tracks.front().samples.last_arrival() + 2 * settings_.window + timespan{1},
                      c.last_seen + settings_.cleanup_interval));
  return result;
}

void tracking::schedule(camera& c) {
  const auto moment = due(c);
  if (!moment)
    return;
  if (c.deadline != deadlines_.end()) {
    if (c.deadline->first <= *moment)
      return;
    deadlines_.erase(c.deadline);
  }
  c.deadline = deadlines_.emplace(*moment, &c);
}

} // namespace firefinder
