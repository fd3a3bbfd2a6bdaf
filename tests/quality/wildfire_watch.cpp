#include "tests/quality/wildfire_watch.hpp"

#include "tests/quality/disturb.hpp"
#include "tests/quality/figures.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace firefinder::quality {

namespace {

/// How the things of one kind behave.
struct behaviour {
  const char* kind;
  /// Growth of the area in a minute, from and to.
  double slowest;
  double fastest;
  /// Spread of the area of a sample.
  double noise;
  /// Share of the samples at which the box is somewhere else.
  double jumps;
  double seconds;
  bool named;
};

constexpr behaviour behaviours[] = {
    {"growing", 1.2, 4, 0.05, 0, 90, true},
    {"slow", 1.05, 1.6, 0.05, 0, 90, true},
    {"steady", 0.97, 1.03, 0.10, 0, 90, true},
    {"shrinking", 0.3, 0.9, 0.08, 0, 90, true},
    {"jumping", 0.8, 1.6, 0.12, 0.2, 90, true},
    {"long, through cooldowns", 1.02, 1.4, 0.20, 0, 900, true},
    {"nameless", 1.0, 2.5, 0.05, 0, 90, false},
    {"nameless and jumping", 1.0, 2.5, 0.05, 0.2, 90, false},
};

/// A square of this area around a place, as far as it is within the frame.
box around(double x, double y, double area, double confidence) {
  const double half = std::sqrt(area) / 2;
  return {std::max(0.0, x - half), std::max(0.0, y - half), std::min(1.0, x + half),
          std::min(1.0, y + half), confidence};
}

void watch(close_fire& fire, dice& d, const behaviour& how, const std::string& camera) {
  const double per_second = how.seconds > 100 ? d.between(0.5, 1.5) : d.between(1, 10);
  const double growth = d.between(how.slowest, how.fastest);
  double x = d.between(0.3, 0.7);
  double y = d.between(0.3, 0.7);
  double area = d.between(0.001, 0.02);
  double t = 1'750'000'000 + d.between(0, 5);
  const double end = t + how.seconds;
  while (t < end) {
    const double step = d.between(0.6, 1.4) / per_second;
    t += step;
    area = std::min(area * std::pow(growth, step / 60), 0.3);
    x = std::clamp(x + d.between(-0.002, 0.002), 0.2, 0.8);
    y = std::clamp(y + d.between(-0.002, 0.002), 0.2, 0.8);
    const bool elsewhere = d.chance(how.jumps);
    const double seen = area * (1 + d.between(-how.noise, how.noise));
    fire.sightings.push_back(
        {t, camera, how.named ? "1" : "",
         around(elsewhere ? d.between(0.2, 0.8) : x, elsewhere ? d.between(0.2, 0.8) : y, seen,
                d.between(0.6, 1))});
  }
}

/// Names the objects of a camera by what they overlap with, as ours does.
class naming {
public:
  std::string name(const sighting& s) {
    constexpr double least_overlap = 0.1;
    constexpr double forgotten_after = 60;
    constexpr std::size_t most_objects = 32;
    auto& known = cameras_[s.camera];
    std::erase_if(known, [&](const object& x) { return s.t - x.seen_at > forgotten_after; });
    const auto best
        = std::max_element(known.begin(), known.end(), [&](const object& a, const object& b) {
            return overlap(s.where, a.where) < overlap(s.where, b.where);
          });
    if (best == known.end() || overlap(s.where, best->where) < least_overlap) {
      if (known.size() >= most_objects)
        known.erase(
            std::min_element(known.begin(), known.end(), [](const object& a, const object& b) {
              return a.seen_at < b.seen_at;
            }));
      known.push_back({std::to_string(next_++), s.where, s.t});
      return known.back().name;
    }
    best->where = s.where;
    best->seen_at = s.t;
    return best->name;
  }

private:
  struct object {
    std::string name;
    box where;
    double seen_at;
  };
  std::map<std::string, std::vector<object>> cameras_;
  int next_ = 0;
};

} // namespace

std::vector<close_fire> close_fires(std::uint64_t seed, int of_each_kind) {
  dice d{seed};
  std::vector<close_fire> result;
  for (const auto& how : behaviours)
    for (int i = 0; i < of_each_kind; ++i) {
      close_fire fire{how.kind, {}};
      const int cameras = 2 + static_cast<int>(d.between(0, 3));
      for (int c = 0; c < cameras; ++c)
        watch(fire, d, how, "camera_" + std::to_string(c));
      std::stable_sort(fire.sightings.begin(), fire.sightings.end(),
                       [](const sighting& a, const sighting& b) { return a.t < b.t; });
      result.push_back(std::move(fire));
    }
  return result;
}

std::string recording(const close_fire& x) {
  std::string result;
  for (const auto& s : x.sightings) {
    nlohmann::json payload = {{"camera_id", s.camera},
                              {"timestamp", s.t},
                              {"confidence", s.where.confidence},
                              {"bbox", {s.where.x1, s.where.y1, s.where.x2, s.where.y2}}};
    if (!s.object.empty())
      payload["object_id"] = s.object;
    const nlohmann::json line
        = {{"t", s.t}, {"topic", "fire/detection/" + s.camera}, {"payload", payload}};
    result += line.dump() + '\n';
  }
  return result;
}

std::vector<trigger> wildfire_watch_triggers(const close_fire& x, const letter& followed) {
  constexpr double surest = 0.7;
  constexpr double smallest = 0.001;
  constexpr double largest = 0.8;
  constexpr double window_s = 30;
  constexpr double ratio = 1.2;
  constexpr std::ptrdiff_t medians_of = 3;
  constexpr double cooldown_s = 300;
  constexpr std::size_t memory = 100;
  constexpr std::size_t threshold = 2;
  struct sample {
    double t;
    double area;
  };
  struct object {
    std::deque<sample> samples;
    /// It grew when it was last seen, and ever since, as far as that was looked at.
    bool still_grows = false;
    double looked_at = 0;
  };
  const auto grows = [&](const object& o, double now) {
    std::vector<double> areas;
    for (const auto& seen : o.samples)
      if (now - seen.t <= window_s)
        areas.push_back(seen.area);
    return areas.size() >= 2 * medians_of
           && median({areas.end() - medians_of, areas.end()})
                  >= ratio * median({areas.begin(), areas.begin() + medians_of});
  };
  // What grows changes only when it is seen, and when a sample leaves the window.
  const auto grew_until = [&](const object& o, double now) {
    constexpr double just = 1e-6;
    return std::all_of(o.samples.begin(), o.samples.end(), [&](const sample& old) {
      const double gone = old.t + window_s + just;
      return gone <= o.looked_at || gone >= now || grows(o, gone);
    });
  };
  std::map<std::pair<std::string, std::string>, object> objects;
  naming names;
  std::vector<trigger> result;
  for (const auto& s : x.sightings) {
    if (s.where.confidence < surest || s.where.area() < smallest || s.where.area() > largest)
      continue;
    const auto name = !s.object.empty() || followed.one_nameless_object ? s.object : names.name(s);
    auto& seen = objects[{s.camera, name}];
    seen.samples.push_back({s.t, s.where.area()});
    if (followed.short_memory && seen.samples.size() > memory)
      seen.samples.pop_front();
    trigger now{s.t, {}};
    for (auto& [key, o] : objects) {
      const bool now_grows = grows(o, s.t);
      o.still_grows = now_grows && (&o == &seen || (o.still_grows && grew_until(o, s.t)));
      o.looked_at = s.t;
      if (followed.judged_at_any_time ? now_grows : o.still_grows)
        now.cameras.insert(key.first);
    }
    if (!result.empty() && s.t - result.back().t < cooldown_s)
      continue;
    const bool may_trigger = followed.judged_at_any_time || now.cameras.contains(s.camera);
    if (may_trigger && now.cameras.size() >= threshold)
      result.push_back(std::move(now));
  }
  return result;
}

} // namespace firefinder::quality
