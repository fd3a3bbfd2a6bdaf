#include "actors/consensus/tracking.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

namespace firefinder {

namespace {

// Former names of one object that are remembered; a flickering one gets a new one every few
// seconds.
constexpr std::size_t max_former_names = 63;

// Objects of a camera that are searched for one by name; of more an index is kept.
constexpr std::size_t most_searched = 8;

// Confidences are written in decimals, of which three times 0.7 is not quite 2.1.
constexpr double rounding = 1e-9;

// A box that moved by more than its own size between two messages is no history of what
// it was before: its camera turned.
bool has_jumped(const box& from, const box& to) {
  const auto size = std::max(from.x2 - from.x1, from.y2 - from.y1);
  const auto aside = std::abs((to.x1 + to.x2) - (from.x1 + from.x2)) / 2;
  return aside > size || std::abs(to.y2 - from.y2) > size;
}

} // namespace

tracking::outcome tracking::add(const sighting& seen) {
  auto found = cameras_.find(seen.camera);
  const bool is_new = found == cameras_.end();
  if (is_new) {
    if (cameras_.size() >= max_cameras) {
      outcome full;
      full.refused = true;
      return full;
    }
    found = cameras_.try_emplace(seen.camera).first;
    auto& fresh = found->second;
    fresh.id = &found->first;
    fresh.first_seen = seen.at;
    fresh.last_seen = seen.at;
    fresh.doubted = doubted_.count(seen.camera) != 0;
    fresh.off = off_.count(seen.camera) != 0;
  }
  auto& c = found->second;
  const auto at = std::max(seen.at, c.last_seen);
  now_ = std::max(now_, at);
  const bool came_back = !c.online;
  const bool agreed = c.agreed;
  c.online = true;
  c.retired = false;
  c.last_seen = at;
  forget_stale(c, at);
  outcome result;
  if (c.off)
    result.switched_off = static_cast<std::uint32_t>(seen.detections.size());
  else if (seen.kind == sighting_kind::end_of_objects)
    end_objects(c, seen);
  else if (seen.kind != sighting_kind::sign_of_life)
    take_frame(c, seen, result);
  // Persistence also goes by the frames in which nothing was seen, and a camera that turned
  // has a past that does not count.
  if (c.objects != nullptr && seen.kind != sighting_kind::sign_of_life
      && (settings_.how != verification::growth || seen.turning))
    result.worth_keeping = true;
  // What was verified may have ceased to be by the time alone.
  judge_verified(c, at);
  // What was verified an hour ago is no reason to raise an alarm now: a fire must be seen.
  const bool detected
      = result.accepted != 0
        && (settings_.agreement_window == timespan{0}
            || (c.has_verified()
                && std::any_of(c.objects->verified.begin(), c.objects->verified.end(),
                               [&](entries::iterator which) {
                                 return which->message == c.message && which->sampled;
                               })));
  auto told = changed(c, detected, at);
  schedule(c);
  result.news = is_new || came_back || c.agreed != agreed;
  if (!told && (result.news || (c.agreed && detected)))
    told = verdict_of(c, detected, at);
  result.change = std::move(told);
  return result;
}

std::vector<verdict> tracking::restore(const std::vector<sighting>& seen, monotonic now,
                                       monotonic fresh) {
  for (const auto& one : seen)
    static_cast<void>(add(one));
  static_cast<void>(advance(now));
  std::vector<verdict> result;
  for (const auto& [id, c] : cameras_)
    result.push_back(verdict_of(c, c.last_detection != never && c.last_detection > fresh, now_));
  return result;
}

std::vector<verdict> tracking::advance(monotonic now) {
  now_ = std::max(now_, now);
  std::vector<verdict> result;
  while (!deadlines_.empty() && deadlines_.begin()->due <= now_) {
    auto& c = *deadlines_.begin();
    deadlines_.erase(deadlines_.begin());
    if (c.online && now_ - c.last_seen > settings_.camera_timeout)
      c.online = false;
    judge_verified(c, now_);
    forget_stale(c, now_);
    if (auto told = changed(c, false, now_))
      result.push_back(std::move(*told));
    if (c.retired && !c.online && !c.agreed)
      drop(c);
    else
      schedule(c);
  }
  return result;
}

std::vector<verdict> tracking::doubt(std::set<std::string> cameras, monotonic now) {
  now_ = std::max(now_, now);
  doubted_ = std::move(cameras);
  std::vector<verdict> result;
  for (auto& [id, c] : cameras_) {
    const bool doubted = doubted_.count(id) != 0;
    if (c.doubted == doubted)
      continue;
    c.doubted = doubted;
    if (auto told = changed(c, false, now_))
      result.push_back(std::move(*told));
    schedule(c);
  }
  return result;
}

std::vector<verdict> tracking::tune(timespan window,
                                    std::optional<std::set<std::string>> registered,
                                    std::set<std::string> off, monotonic now) {
  now_ = std::max(now_, now);
  const bool other_window = std::exchange(settings_.window, window) != window;
  settings_.registered = std::move(registered);
  off_ = std::move(off);
  std::vector<verdict> result;
  for (auto& [id, c] : cameras_) {
    const auto at = std::max(now_, c.last_seen);
    c.off = off_.count(id) != 0;
    if (c.off)
      forget_all(c);
    if (other_window && c.objects != nullptr)
      for (auto which = c.objects->tracks.begin(); which != c.objects->tracks.end(); ++which)
        judge(c, which, at);
    if (auto told = changed(c, false, at))
      result.push_back(std::move(*told));
    else if (other_window && c.agreed)
      // It stands as it did, and its evidence holds for another time.
      result.push_back(verdict_of(c, false, at));
    schedule(c);
  }
  return result;
}

std::optional<verdict> tracking::forget_camera(const std::string& id, monotonic now) {
  const auto found = cameras_.find(id);
  if (found == cameras_.end())
    return std::nullopt;
  now_ = std::max(now_, now);
  auto& c = found->second;
  forget_all(c);
  c.online = false;
  auto last = verdict_of(c, false, std::max(now_, c.last_seen));
  drop(c);
  return last;
}

void tracking::retire(const std::unordered_map<std::string, std::string>& synonyms) {
  for (const auto& [id, meant] : synonyms)
    if (const auto found = cameras_.find(id); found != cameras_.end()) {
      auto& c = found->second;
      c.retired = true;
      if (!c.online && !c.agreed)
        drop(c);
    }
}

void tracking::drop(camera& c) {
  if (c.place.is_linked())
    deadlines_.erase(deadlines_.iterator_to(c));
  if (c.objects != nullptr)
    tracks_ -= c.objects->tracks.size();
  cameras_.erase(cameras_.find(*c.id));
}

std::vector<verdict> tracking::forget_source(const std::string& source, monotonic now) {
  now_ = std::max(now_, now);
  const auto gone = source_of(source);
  std::vector<verdict> result;
  for (auto& [id, c] : cameras_) {
    restart(c, gone, now_);
    if (auto told = changed(c, false, now_))
      result.push_back(std::move(*told));
    schedule(c);
  }
  return result;
}

std::optional<monotonic> tracking::next_deadline() const {
  if (deadlines_.empty())
    return std::nullopt;
  return deadlines_.begin()->due;
}

std::map<std::string, camera_figures> tracking::figures(monotonic now) const {
  std::map<std::string, camera_figures> result;
  for (const auto& [id, c] : cameras_) {
    auto& figures = result[id];
    figures.online = c.online;
    figures.agrees = agrees(c, now);
    figures.total_detections = c.total_detections;
    if (c.objects != nullptr)
      figures.active_objects = static_cast<std::uint64_t>(
          std::count_if(c.objects->tracks.begin(), c.objects->tracks.end(), [&](const entry& x) {
            return now - x.samples.last_arrival() <= 2 * settings_.window;
          }));
    figures.last_seen_ago_s = std::max(0.0, to_seconds(now - c.last_seen));
    if (c.last_detection != never)
      figures.last_detection_ago_s = std::max(0.0, to_seconds(now - c.last_detection));
  }
  return result;
}

std::map<std::string, camera_standing> tracking::standings(const std::string& id,
                                                           monotonic now) const {
  std::map<std::string, camera_standing> result;
  if (id.empty()) {
    for (const auto& [name, c] : cameras_)
      result.emplace(name, standing_of(c, std::max(now, c.last_seen)));
  } else if (const auto found = cameras_.find(id); found != cameras_.end()) {
    result.emplace(id, standing_of(found->second, std::max(now, found->second.last_seen)));
  }
  return result;
}

// -- objects --------------------------------------------------------------------------------

tracking::source_name tracking::source_of(const std::string& source) {
  return &*sources_.insert(source).first;
}

// A track takes one detection of a message at the most: several boxes around one
// thing are no history of it.
void tracking::take_frame(camera& c, const sighting& seen, outcome& result) {
  take_size(c, seen);
  if (seen.turning)
    return;
  ++c.message;
  // What Frigate says of one object says nothing of the others in its frame.
  if (seen.source.empty())
    c.present_frame = c.frames.add(seen, c.last_seen);
  if (seen.detections.empty())
    return;
  if (c.objects == nullptr)
    c.objects = std::make_unique<followed>();
  std::vector<const detection*> unnamed;
  for (const auto& found : seen.detections) {
    if (found.object.empty()) {
      unnamed.push_back(&found);
      continue;
    }
    auto which = named_track(c, found, seen);
    if (which == c.objects->tracks.end())
      which = new_track(c, found, seen);
    sample(c, which, found, seen, result);
  }
  if (unnamed.size() > max_unnamed) {
    // The surest ones.
    std::stable_sort(unnamed.begin(), unnamed.end(), [](const detection* a, const detection* b) {
      return a->confidence > b->confidence;
    });
    result.surplus += static_cast<std::uint32_t>(unnamed.size() - max_unnamed);
    unnamed.resize(max_unnamed);
  }
  // The best overlaps first, then new tracks for what is left.
  struct match {
    double share;
    std::size_t box;
    entries::iterator track;
  };
  std::vector<match> matches;
  for (std::size_t i = 0; i < unnamed.size(); ++i)
    for (const auto candidate : c.objects->unnamed)
      if (const auto share = overlap(candidate->samples.last_box(), unnamed[i]->box);
          share >= min_overlap)
        matches.push_back({share, i, candidate});
  std::stable_sort(matches.begin(), matches.end(),
                   [](const match& a, const match& b) { return a.share > b.share; });
  for (const auto& m : matches)
    if (unnamed[m.box] != nullptr && m.track->message != c.message) {
      sample(c, m.track, *unnamed[m.box], seen, result);
      unnamed[m.box] = nullptr;
    }
  for (const auto* found : unnamed)
    if (found != nullptr)
      sample(c, new_track(c, *found, seen), *found, seen, result);
}

// Areas of frames of two sizes are not comparable, nor are those of a camera that turns.
void tracking::take_size(camera& c, const sighting& seen) {
  // A detector that tells the size of each frame may use several.
  if (seen.source.empty() && !seen.frame_assumed)
    return;
  bool anew = seen.turning;
  if (seen.frame_width != 0 && seen.frame_height != 0) {
    const frame_size now{source_of(seen.source), seen.frame_width, seen.frame_height};
    const auto known = std::ranges::find(c.sizes, now.source, &frame_size::source);
    if (known == c.sizes.end()) {
      c.sizes.push_front(now);
    } else {
      anew = anew || known->width != now.width || known->height != now.height;
      *known = now;
    }
  }
  if (anew)
    restart(c, source_of(seen.source), c.last_seen);
}

// What comes next of these objects is compared with nothing before it.
void tracking::restart(camera& c, source_name source, monotonic at) {
  if (c.objects == nullptr)
    return;
  for (auto which = c.objects->tracks.begin(); which != c.objects->tracks.end(); ++which)
    if (which->source == source) {
      which->samples.restart();
      judge(c, which, at);
    }
}

void tracking::end_objects(camera& c, const sighting& seen) {
  if (c.objects == nullptr)
    return;
  for (const auto& object : seen.ended)
    if (const auto known = track_called(c, object); known != c.objects->tracks.end())
      known->ended = true;
}

void tracking::sample(camera& c, entries::iterator which, const detection& found,
                      const sighting& seen, outcome& result) {
  c.objects->tracks.splice(c.objects->tracks.end(), c.objects->tracks, which);
  if (which->message == c.message) {
    ++result.surplus;
    return;
  }
  which->message = c.message;
  which->sampled = false;
  which->ended = false;
  if (found.may_repeat ? which->samples.repeats(found) : which->samples.has(found, seen.captured)) {
    which->samples.touch(c.last_seen);
    ++result.repeated;
    return;
  }
  ++result.accepted;
  ++c.total_detections;
  c.last_detection = c.last_seen;
  if (which->seldom != nullptr && !which->samples.empty()
      && has_jumped(which->samples.last_box(), found.box))
    which->samples.restart();
  which->sampled = true;
  which->samples.add(found, c.last_seen, frame_of(c, *which, seen), seen.captured);
  judge(c, which, c.last_seen);
  // The generic cell rate algorithm (ITU-T I.371, annex A).
  const auto apart = spacing();
  const auto ahead = c.last_seen + kept_ahead * apart;
  // Where many others have gone, it need not make up for what it had in their time.
  which->kept_up_to = std::min(which->kept_up_to, ahead + apart);
  if (which->kept_up_to <= ahead) {
    which->kept_up_to = std::max(which->kept_up_to, c.last_seen) + apart;
    result.worth_keeping = true;
  }
  if (watched_) {
    const auto holds = window_of(c, *which);
    result.evidence.push_back(
        {found, which->last.growth.ratio(),
         c.last_seen + (which->seldom != nullptr ? std::min(holds, frigate_silence) : holds)});
  }
  // Time has passed for the other, too.
  const bool leads = c.objects->leading == c.objects->tracks.end() || c.objects->leading == which;
  if (!leads && c.last_seen - c.objects->leading->judged_at > good_enough)
    judge(c, c.objects->leading, c.last_seen);
  if (leads || progress_of(*which) >= progress_of(*c.objects->leading))
    c.objects->leading = which;
}

timespan tracking::spacing() const noexcept {
  const auto fair
      = timespan{std::chrono::seconds{1}} * static_cast<std::int64_t>(tracks_) / kept_a_second;
  // What was verified by its growth must be so again after a restart.
  const auto enough = settings_.window / (2 * settings_.moving_average + 1);
  return std::clamp(fair, kept_spacing,
                    std::max(kept_spacing, std::min(most_kept_spacing, enough)));
}

// Of an object of Frigate each sample is a frame of its own, but for such as come at once.
std::uint64_t tracking::frame_of(const camera& c, entry& which, const sighting& seen) {
  return which.seldom != nullptr ? which.seldom->frames.add(seen, c.last_seen) : c.present_frame;
}

bool tracking::is_called(const entry& which, const std::string& name) {
  return (which.called && which.object == name)
         || (which.seldom != nullptr && std::ranges::count(which.seldom->former_names, name) != 0);
}

tracking::entries::iterator tracking::track_called(camera& c, const std::string& name) {
  auto& tracks = c.objects->tracks;
  if (c.objects->named == nullptr)
    return std::ranges::find_if(tracks, [&name](const entry& x) { return is_called(x, name); });
  const auto [first, last] = c.objects->named->equal_range(std::hash<std::string>{}(name));
  const auto known
      = std::find_if(first, last, [&name](const auto& x) { return is_called(*x.second, name); });
  return known == last ? tracks.end() : known->second;
}

void tracking::call(camera& c, entries::iterator which, const std::string& name) {
  which->object = name;
  which->called = true;
  auto& objects = *c.objects;
  if (objects.named != nullptr) {
    objects.named->emplace(std::hash<std::string>{}(name), which);
    return;
  }
  const auto former = which->seldom != nullptr ? which->seldom->former_names.size() : 0;
  if (objects.tracks.size() + former <= most_searched)
    return;
  objects.named = std::make_unique<followed::index>();
  const auto add = [&objects](const std::string& called, entries::iterator x) {
    objects.named->emplace(std::hash<std::string>{}(called), x);
  };
  for (auto x = objects.tracks.begin(); x != objects.tracks.end(); ++x) {
    if (x->called)
      add(x->object, x);
    if (x->seldom != nullptr)
      for (const auto& known : x->seldom->former_names)
        add(known, x);
  }
}

void tracking::forget_name(camera& c, entries::iterator which, const std::string& name) {
  if (c.objects->named == nullptr)
    return;
  const auto [first, last] = c.objects->named->equal_range(std::hash<std::string>{}(name));
  const auto known
      = std::find_if(first, last, [&which](const auto& x) { return x.second == which; });
  if (known != last)
    c.objects->named->erase(known);
}

tracking::entries::iterator tracking::named_track(camera& c, const detection& found,
                                                  const sighting& seen) {
  if (const auto known = track_called(c, found.object); known != c.objects->tracks.end())
    return known;
  return found.may_repeat ? continued_track(c, found, seen) : c.objects->tracks.end();
}

// Frigate gives a new name after every few seconds without the object, and does not say that
// it means the same thing.
tracking::entries::iterator tracking::continued_track(camera& c, const detection& found,
                                                      const sighting& seen) {
  const auto source = source_of(seen.source);
  auto best = c.objects->tracks.end();
  double best_share = 0;
  for (auto which = c.objects->tracks.begin(); which != c.objects->tracks.end(); ++which) {
    if (which->seldom == nullptr || which->sign != found.sign || which->source != source
        || which->message == c.message
        || c.last_seen - which->samples.last_arrival() > frigate_silence)
      continue;
    const auto share = overlap(which->samples.last_box(), found.box);
    if (share >= (which->ended ? min_overlap : same_overlap) && share > best_share) {
      best = which;
      best_share = share;
    }
  }
  if (best == c.objects->tracks.end())
    return best;
  auto& former = best->seldom->former_names;
  // It may have had a number only.
  if (track_called(c, best->object) == best)
    former.push_back(best->object);
  call(c, best, found.object);
  if (former.size() > max_former_names) {
    forget_name(c, best, former.front());
    former.erase(former.begin());
  }
  return best;
}

tracking::entries::iterator tracking::new_track(camera& c, const detection& found,
                                                const sighting& seen) {
  if (c.objects->tracks.size() >= (tracks_ < track_budget ? max_tracks : min_tracks))
    forget_oldest(c);
  c.objects->tracks.emplace_back();
  ++tracks_;
  const auto which = std::prev(c.objects->tracks.end());
  which->named = !found.object.empty();
  if (found.may_repeat)
    which->seldom = std::make_unique<seldom_reports>();
  which->sign = found.sign;
  which->source = source_of(seen.source);
  if (which->named) {
    call(c, which, found.object);
    return which;
  }
  which->object = std::to_string(c.objects->next_unnamed++);
  if (c.objects->unnamed.size() >= max_unnamed)
    forget(c, *std::min_element(c.objects->unnamed.begin(), c.objects->unnamed.end(),
                                [](const auto& a, const auto& b) {
                                  return a->samples.last_arrival() < b->samples.last_arrival();
                                }));
  c.objects->unnamed.push_back(which);
  return which;
}

void tracking::forget(camera& c, entries::iterator which) {
  if (which->seldom != nullptr)
    for (const auto& name : which->seldom->former_names)
      forget_name(c, which, name);
  forget_name(c, which, which->object);
  if (!which->named)
    std::erase(c.objects->unnamed, which);
  std::erase(c.objects->verified, which);
  if (c.objects->leading == which)
    c.objects->leading = c.objects->tracks.end();
  c.objects->tracks.erase(which);
  --tracks_;
}

void tracking::forget_oldest(camera& c) {
  forget(c, c.objects->tracks.begin());
  // An alarm names objects; a quiet camera begins to count them anew.
  if (c.objects->tracks.empty())
    c.objects.reset();
}

void tracking::forget_stale(camera& c, monotonic now) {
  while (c.objects != nullptr
         && now - c.objects->tracks.front().samples.last_arrival()
                > 2 * memory_of(c, c.objects->tracks.front()))
    forget_oldest(c);
}

void tracking::forget_all(camera& c) {
  while (c.objects != nullptr)
    forget_oldest(c);
  c.before.reset();
}

// -- windows --------------------------------------------------------------------------------

timespan tracking::window_of(const camera& c) const {
  const auto usual = settings_.adapts ? c.frames.interval() : std::nullopt;
  if (!usual)
    return settings_.window;
  return std::clamp(*usual * growth_frames, std::min(least_window, settings_.window),
                    settings_.window);
}

timespan tracking::window_of(const camera& c, const entry& which) const {
  if (which.seldom == nullptr)
    return window_of(c);
  return settings_.adapts ? frigate_window : std::max(settings_.window, frigate_window);
}

// How long its samples can be of use.
timespan tracking::memory_of(const camera& c, const entry& which) const {
  return settings_.adapts || settings_.how != verification::growth
             ? std::max(settings_.window, window_of(c, which))
             : window_of(c, which);
}

// How long a camera may be silent that is said not to be there.
timespan tracking::patience_with(const camera& c) const {
  const auto usual = c.frames.interval();
  if (!usual)
    return settings_.camera_timeout;
  return std::min(std::max(*usual * missed_frames, least_silence), settings_.camera_timeout);
}

bool tracking::is_missed(const camera& c, monotonic at) const {
  return c.doubted && c.online && at - c.last_seen > patience_with(c);
}

// -- judging --------------------------------------------------------------------------------

tracking::judgement tracking::judged(const camera& c, const entry& which, monotonic at) const {
  return which.judged_at == at ? which.last : judged_by(c, which, at);
}

tracking::judgement tracking::judged_by(const camera& c, const entry& which, monotonic at) const {
  judgement result;
  const auto& samples = which.samples;
  if (which.seldom != nullptr && at - samples.last_arrival() > frigate_silence)
    return result;
  result.eased = which.verified;
  const auto eased = result.eased ? settings_.hysteresis : 1;
  const auto recheck = [&](monotonic since) {
    // A sample of exactly the window's age still counts.
    if (const auto first = samples.first_since(since))
      result.recheck = std::min(result.recheck, *first + (at - since) + timespan{1});
  };
  if (which.seldom != nullptr)
    result.recheck = samples.last_arrival() + frigate_silence + timespan{1};
  const auto w = settings_.moving_average;
  const auto since = at - (settings_.adapts ? window_of(c, which) : window_of(c));
  result.growth = samples.growth(since, w);
  if (settings_.how != verification::persistence) {
    const auto grows = [needed = growth_needed(result)](const growth_figures& x) {
      return x.first_area > 0 && x.last_area >= needed * x.first_area;
    };
    result.samples_needed = 2 * w;
    result.grows = grows(result.growth);
    recheck(since);
    if (which.seldom != nullptr && !result.grows) {
      const auto longer = at - window_of(c, which);
      result.growth = samples.trend(longer);
      result.samples_needed = track::least_for_trend;
      result.grows = result.growth.span >= least_trend && grows(result.growth);
      recheck(longer);
    }
  }
  if (settings_.how != verification::growth) {
    const auto& rule = settings_.persistence;
    const auto frames
        = (which.seldom != nullptr ? which.seldom->frames : c.frames).last(rule.frames, at);
    const auto not_before = std::max(frames.since, at - settings_.window);
    result.persistence = samples.persistence(frames.first, not_before);
    const auto& [confidence, seen] = result.persistence;
    result.persists = seen >= std::ceil(rule.needed * eased)
                      && rule.gathered(seen, confidence) >= rule.evidence * eased - rounding;
    recheck(not_before);
  }
  return result;
}

double tracking::growth_needed(const judgement& j) const noexcept {
  // Not rounded by way of 1.
  return j.eased && settings_.hysteresis != 1
             ? 1 + (settings_.growth_ratio - 1) * settings_.hysteresis
             : settings_.growth_ratio;
}

void tracking::judge(camera& c, entries::iterator which, monotonic at) {
  which->samples.forget_before(at - memory_of(c, *which));
  const auto& j = which->last = judged_by(c, *which, at);
  which->judged_at = at;
  if (!j.grows && !j.persists) {
    if (std::exchange(which->verified, false))
      std::erase(c.objects->verified, which);
    which->evidence.reset();
    return;
  }
  if (which->evidence == nullptr)
    which->evidence = std::make_unique<object_evidence>();
  auto& evidence = *which->evidence;
  evidence.object = which->object;
  evidence.verified_by = j.grows ? "growth" : "persistence";
  const auto& growth = j.grows ? j.growth : which->samples.growth(at - memory_of(c, *which), 1);
  evidence.samples = j.grows ? growth.samples : j.persistence.seen;
  evidence.first_area = growth.first_area;
  evidence.last_area = growth.last_area;
  evidence.confidence = which->samples.last_confidence();
  evidence.span_s = to_seconds(growth.span);
  if (!which->verified && c.objects->verified.size() < max_evidence) {
    which->verified = true;
    c.objects->verified.push_back(which);
  }
}

// How near it is to being verified, 0..1.
double tracking::progress_of(const entry& which) const noexcept {
  const auto share = [](double has, double needs) { return needs > 0 ? has / needs : 0; };
  const auto& j = which.last;
  return std::min(1.0, std::max(share(j.growth.samples, j.samples_needed),
                                share(j.persistence.seen, settings_.persistence.needed)));
}

void tracking::judge_verified(camera& c, monotonic at) {
  if (!c.has_verified())
    return;
  for (const auto which : std::vector<entries::iterator>(c.objects->verified))
    // What was seen just now is judged, unless a frame counts that came with it.
    if (which->judged_at != at || which->message != c.message)
      judge(c, which, at);
  if (!c.online || !c.has_verified())
    return;
  if (settings_.agreement_window == timespan{0})
    return;
  if (c.before == nullptr)
    c.before = std::make_unique<past_agreement>();
  c.before->at = at;
  c.before->evidence.clear();
  for (const auto which : c.objects->verified)
    c.before->evidence.push_back(*which->evidence);
}

// -- verdicts -------------------------------------------------------------------------------

bool tracking::has_vote(const camera& c) const {
  return !settings_.registered || settings_.registered->count(*c.id) != 0;
}

bool tracking::is_latched(const camera& c, monotonic at) const {
  return c.before != nullptr && at - c.before->at < settings_.agreement_window;
}

bool tracking::agrees(const camera& c, monotonic at) const {
  return has_vote(c) && ((c.online && c.has_verified()) || is_latched(c, at));
}

const tracking::entry* tracking::strongest(const camera& c) const {
  if (c.has_verified())
    return &*c.objects->verified.front();
  return c.objects != nullptr && c.objects->leading != c.objects->tracks.end()
             ? &*c.objects->leading
             : nullptr;
}

standing_reason tracking::reason_of(const camera& c, const entry* strongest, const judgement& j,
                                    monotonic at) const {
  const bool holds = c.online && c.has_verified();
  if (holds || is_latched(c, at))
    return !has_vote(c) ? standing_reason::not_registered
           : holds      ? standing_reason::verified
                        : standing_reason::latched;
  if (!c.online)
    return standing_reason::offline;
  const bool by_persistence = settings_.how == verification::persistence;
  if (strongest == nullptr
      || ((by_persistence || j.growth.samples == 0) && j.persistence.seen == 0))
    return standing_reason::nothing_seen;
  if (by_persistence)
    return j.persistence.seen < settings_.persistence.needed ? standing_reason::not_persistent
                                                             : standing_reason::not_confident;
  if (j.growth.samples < j.samples_needed)
    return standing_reason::too_few_samples;
  if (strongest->seldom != nullptr && j.growth.span < least_trend)
    return standing_reason::too_short;
  return standing_reason::not_growing;
}

camera_standing tracking::standing_of(const camera& c, monotonic at) const {
  const auto* x = strongest(c);
  const auto j = x != nullptr ? judged(c, *x, at) : judgement{};
  camera_standing result;
  result.agrees = agrees(c, at);
  result.reason = reason_of(c, x, j, at);
  if (const auto usual = c.frames.interval())
    result.cadence_s = to_seconds(*usual);
  result.window_s = to_seconds(window_of(c));
  if (x != nullptr) {
    result.object = x->object;
    result.samples = j.growth.samples;
    result.growth = j.growth.ratio();
    result.area = x->samples.last_area();
    result.confidence = x->samples.last_confidence();
    result.window_s = to_seconds(window_of(c, *x));
  }
  const auto& rule = settings_.persistence;
  const auto eased = x != nullptr && x->verified ? settings_.hysteresis : 1;
  if (settings_.how != verification::persistence) {
    result.samples_needed
        = x != nullptr && j.samples_needed != 0 ? j.samples_needed : 2 * settings_.moving_average;
    result.growth_needed = growth_needed(j);
  }
  if (settings_.how != verification::growth) {
    result.frames = rule.frames;
    result.seen = j.persistence.seen;
    result.seen_needed = static_cast<std::uint32_t>(std::ceil(rule.needed * eased));
    result.confidence = j.persistence.confidence / std::max(1U, j.persistence.seen);
    result.confidence_needed = rule.confidence_needed(j.persistence.seen, eased);
    result.evidence = rule.gathered(j.persistence.seen, j.persistence.confidence);
    result.evidence_needed = rule.evidence * eased;
    // Persistence has no number of samples of its own.
    if (settings_.how == verification::persistence)
      result.samples = j.persistence.seen;
  }
  if (c.online && c.has_verified())
    result.verified_by = x->evidence->verified_by;
  else if (is_latched(c, at))
    result.verified_by = c.before->evidence.front().verified_by;
  return result;
}

// A verdict if it says anything new.
std::optional<verdict> tracking::changed(camera& c, bool by_detection, monotonic at) {
  const auto* x = strongest(c);
  const auto reason = reason_of(c, x, x != nullptr ? judged(c, *x, at) : judgement{}, at);
  const bool now_agrees = agrees(c, at);
  const bool missed = is_missed(c, at);
  if (now_agrees == c.agreed && reason == c.reason && c.online == c.was_online
      && missed == c.was_missed)
    return std::nullopt;
  c.was_missed = missed;
  c.agreed = now_agrees;
  c.reason = reason;
  c.was_online = c.online;
  return verdict_of(c, by_detection, at);
}

verdict tracking::verdict_of(const camera& c, bool by_detection, monotonic at) const {
  verdict result;
  result.camera = *c.id;
  result.first_seen = c.first_seen;
  result.online = c.online;
  result.missed = is_missed(c, at);
  result.standing = standing_of(c, at);
  result.by_detection = by_detection;
  result.at = at;
  if (c.has_verified()) {
    result.evidence.reserve(c.objects->verified.size());
    for (const auto which : c.objects->verified) {
      result.evidence.push_back(*which->evidence);
      result.evidence_until
          = std::max(result.evidence_until, which->samples.last_arrival() + window_of(c, *which));
    }
  } else if (is_latched(c, at)) {
    result.evidence = c.before->evidence;
  }
  if (c.before != nullptr)
    result.evidence_until
        = std::max(result.evidence_until, c.before->at + settings_.agreement_window);
  return result;
}

std::optional<monotonic> tracking::due(const camera& c) const {
  std::optional<monotonic> result;
  const auto consider
      = [&result](monotonic moment) { result = result ? std::min(*result, moment) : moment; };
  if (c.online)
    consider(c.last_seen + settings_.camera_timeout + timespan{1});
  if (c.online && c.doubted && !c.was_missed)
    consider(c.last_seen + patience_with(c) + timespan{1});
  if (c.has_verified())
    for (const auto which : c.objects->verified)
      consider(which->last.recheck);
  if (is_latched(c, now_) && c.agreed)
    consider(c.before->at + settings_.agreement_window);
  // Objects are forgotten when the camera is next heard, or by this.
  if (c.objects != nullptr)
    consider(std::max(c.objects->tracks.front().samples.last_arrival()
                          + 2 * memory_of(c, c.objects->tracks.front()) + timespan{1},
                      c.last_seen + settings_.cleanup_interval));
  return result;
}

void tracking::schedule(camera& c) {
  const auto moment = due(c);
  if (!moment)
    return;
  if (c.place.is_linked()) {
    if (c.due <= *moment)
      return;
    deadlines_.erase(deadlines_.iterator_to(c));
  }
  c.due = *moment;
  deadlines_.insert(c);
}

} // namespace firefinder
