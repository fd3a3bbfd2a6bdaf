#include "tests/quality/tracks.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace firefinder::quality {

std::vector<int> continued(const std::vector<box>& boxes, const std::vector<box>& last,
                           double least_overlap) {
  struct pair {
    double overlap;
    std::size_t box;
    std::size_t track;
  };
  std::vector<pair> pairs;
  for (std::size_t b = 0; b < boxes.size(); ++b)
    for (std::size_t t = 0; t < last.size(); ++t)
      if (const double o = overlap(boxes[b], last[t]); o > 0 && o >= least_overlap)
        pairs.push_back({o, b, t});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const pair& a, const pair& b) { return a.overlap > b.overlap; });
  std::vector<int> result(boxes.size(), -1);
  std::vector<bool> taken(last.size());
  for (const auto& p : pairs)
    if (result[p.box] < 0 && !taken[p.track]) {
      result[p.box] = static_cast<int>(p.track);
      taken[p.track] = true;
    }
  return result;
}

std::vector<box> first_track(const std::vector<frame>& frames, std::size_t length) {
  constexpr std::size_t most_missed = 8;
  struct track {
    std::vector<box> boxes;
    std::size_t seen_at;
  };
  std::vector<track> tracks;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::erase_if(tracks, [&](const track& t) { return i - t.seen_at > most_missed; });
    std::vector<box> last;
    for (const auto& t : tracks)
      last.push_back(t.boxes.back());
    const auto& boxes = frames[i].boxes;
    const auto which = continued(boxes, last, 0);
    for (std::size_t b = 0; b < boxes.size(); ++b) {
      if (which[b] < 0) {
        tracks.push_back({{boxes[b]}, i});
        continue;
      }
      auto& t = tracks[static_cast<std::size_t>(which[b])];
      t.boxes.push_back(boxes[b]);
      t.seen_at = i;
      if (t.boxes.size() == length)
        return t.boxes;
    }
  }
  return {};
}

} // namespace firefinder::quality
