#include "tests/quality/peers.hpp"

#include "tests/quality/figures.hpp"
#include "tests/quality/tracks.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <utility>

namespace firefinder::quality {

namespace {

/// An alarm begins where a rule comes to hold.
judgement from_states(std::vector<bool> holds) {
  judgement result{std::move(holds), {}};
  for (std::size_t i = 0; i < result.holds.size(); ++i)
    if (result.holds[i] && (i == 0 || !result.holds[i - 1]))
      result.onsets.push_back(i);
  return result;
}

} // namespace

judgement any_box(const std::vector<frame>& frames) {
  std::vector<bool> holds;
  for (const auto& f : frames)
    holds.push_back(!f.boxes.empty());
  return from_states(std::move(holds));
}

judgement pyro_engine(const std::vector<frame>& frames) {
  constexpr std::size_t ring_size = 8;
  constexpr std::size_t boxes_needed = 4;
  constexpr double threshold = 0.15;
  constexpr double hysteresis = 0.8;
  constexpr double widest = 0.4;
  std::deque<std::vector<box>> ring;
  std::vector<bool> holds;
  bool running = false;
  for (const auto& f : frames) {
    ring.push_back(f.boxes);
    std::erase_if(ring.back(), [](const box& b) { return b.x2 - b.x1 > widest; });
    if (ring.size() > ring_size)
      ring.pop_front();
    std::vector<box> pool;
    for (const auto& boxes : ring)
      pool.insert(pool.end(), boxes.begin(), boxes.end());
    std::stable_sort(pool.begin(), pool.end(),
                     [](const box& a, const box& b) { return a.confidence > b.confidence; });
    std::vector<box> candidates;
    for (const auto& b : pool)
      if (std::none_of(candidates.begin(), candidates.end(),
                       [&](const box& c) { return overlap(b, c) > 0; }))
        candidates.push_back(b);
    const double needed = threshold * (running ? hysteresis : 1) * ring_size;
    running = std::any_of(candidates.begin(), candidates.end(), [&](const box& c) {
      std::size_t votes = 0;
      double confidence = 0;
      for (const auto& b : pool)
        if (overlap(b, c) > 0) {
          ++votes;
          confidence += b.confidence;
        }
      return votes >= boxes_needed && confidence > needed;
    });
    holds.push_back(running);
  }
  return from_states(std::move(holds));
}

judgement five_frame_tracker(const std::vector<frame>& frames) {
  constexpr int frames_needed = 5;
  constexpr double surest = 0.3;
  constexpr double least_overlap = 0.1;
  std::vector<box> last;
  std::vector<int> length;
  judgement result;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    auto boxes = frames[i].boxes;
    std::erase_if(boxes, [](const box& b) { return b.confidence < surest; });
    std::vector<int> lengths;
    for (const int track : continued(boxes, last, least_overlap)) {
      lengths.push_back(track < 0 ? 1 : length[static_cast<std::size_t>(track)] + 1);
      if (lengths.back() == frames_needed)
        result.onsets.push_back(i);
    }
    result.holds.push_back(
        std::any_of(lengths.begin(), lengths.end(), [](int n) { return n >= frames_needed; }));
    last = std::move(boxes);
    length = std::move(lengths);
  }
  return result;
}

judgement wildfire_watch(const std::vector<frame>& frames, double window_s) {
  constexpr double surest = 0.7;
  constexpr double smallest = 0.001;
  constexpr double largest = 0.8;
  constexpr double ratio = 1.2;
  constexpr std::size_t medians_of = 3;
  struct object {
    box last;
    std::vector<std::pair<double, double>> samples; // time, area
  };
  std::vector<object> objects;
  std::vector<bool> holds;
  for (const auto& f : frames) {
    auto boxes = f.boxes;
    std::erase_if(boxes, [](const box& b) {
      return b.confidence < surest || b.area() < smallest || b.area() > largest;
    });
    std::vector<box> last;
    for (const auto& o : objects)
      last.push_back(o.last);
    const auto tracks = continued(boxes, last, 0);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      if (tracks[i] < 0)
        objects.emplace_back();
      auto& o = tracks[i] < 0 ? objects.back() : objects[static_cast<std::size_t>(tracks[i])];
      o.last = boxes[i];
      o.samples.emplace_back(f.t, boxes[i].area());
    }
    holds.push_back(std::any_of(objects.begin(), objects.end(), [&](const object& o) {
      std::vector<double> areas;
      for (const auto& [t, area] : o.samples)
        if (t >= f.t - window_s)
          areas.push_back(area);
      if (areas.size() < 2 * medians_of)
        return false;
      return median({areas.end() - medians_of, areas.end()})
             >= ratio * median({areas.begin(), areas.begin() + medians_of});
    }));
  }
  return from_states(std::move(holds));
}

const std::vector<peer>& peers() {
  constexpr double forever = std::numeric_limits<double>::infinity();
  constexpr double half_an_hour = 1800;
  static const std::vector<peer> all = {
      {any_box_name, any_box, half_an_hour},
      {"pyro-engine", pyro_engine, half_an_hour},
      {"5-frame tracker", five_frame_tracker, half_an_hour},
      {"wildfire-watch", [](const auto& f) { return wildfire_watch(f, 30); }, 30},
      {"wildfire-watch, window unlimited", [](const auto& f) { return wildfire_watch(f, forever); },
       half_an_hour},
  };
  return all;
}

std::vector<double> alarms(const peer& p, const scene& s, unsigned threshold) {
  std::vector<double> result;
  if (threshold == 1) {
    for (const auto& c : s.cameras)
      for (const auto i : p.judge(c.frames).onsets)
        result.push_back(c.frames[i].t);
    std::sort(result.begin(), result.end());
    return result;
  }
  struct moment {
    double t;
    std::size_t camera;
    bool holds;
  };
  std::vector<moment> moments;
  for (std::size_t c = 0; c < s.cameras.size(); ++c) {
    const auto& frames = s.cameras[c].frames;
    const auto judged = p.judge(frames);
    for (std::size_t i = 0; i < frames.size(); ++i)
      moments.push_back({frames[i].t, c, judged.holds[i]});
  }
  std::stable_sort(moments.begin(), moments.end(),
                   [](const moment& a, const moment& b) { return a.t < b.t; });
  std::vector<double> held_at(s.cameras.size(), -std::numeric_limits<double>::infinity());
  bool agreed = false;
  for (const auto& m : moments) {
    if (m.holds)
      held_at[m.camera] = m.t;
    const auto agreeing = std::count_if(held_at.begin(), held_at.end(),
                                        [&](double t) { return m.t - t <= p.agreement_s; });
    const bool agrees = agreeing >= static_cast<std::ptrdiff_t>(threshold);
    if (agrees && !agreed)
      result.push_back(m.t);
    agreed = agrees;
  }
  return result;
}

} // namespace firefinder::quality
