#include "tests/quality/landscape.hpp"
#include "tests/quality/tracks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace firefinder::quality {

namespace {

using track = std::vector<box>;

/// Something that might tell a fire from the rest, of the boxes of a track.
struct sign {
  const char* name;
  double (*of)(const track&);
};

double confidence(const track& t) {
  return std::accumulate(t.begin(), t.end(), 0.0,
                         [](double sum, const box& b) { return sum + b.confidence; });
}

double growth(const track& t) { return t.back().area() / t.front().area(); }

double movement(const track& t) {
  const auto& a = t.front();
  const auto& b = t.back();
  return std::hypot(a.x1 + a.x2 - b.x1 - b.x2, a.y1 + a.y2 - b.y1 - b.y2) / 2 / std::sqrt(a.area());
}

double steadiness(const track& t) {
  double sum = 0;
  for (std::size_t i = 1; i < t.size(); ++i)
    sum += overlap(t[i - 1], t[i]);
  return sum;
}

double rise(const track& t) { return t.front().y1 - t.back().y1; }

double size(const track& t) { return t.back().area(); }

constexpr sign signs[] = {
    {"sum of confidence", confidence},
    {"growth: last area over first", growth},
    {"movement of the middle, in sizes of the box", movement},
    {"overlap with the box before", steadiness},
    {"rise of the upper edge", rise},
    {"area", size},
};

/// How often a fire has more of it than one of the others, equal counting half: the area under
/// the ROC curve.
double tells(const std::vector<track>& fires, const std::vector<track>& others, const sign& s) {
  double wins = 0;
  for (const auto& a : fires)
    for (const auto& b : others) {
      const double x = s.of(a);
      const double y = s.of(b);
      wins += x > y ? 1 : x == y ? 0.5 : 0;
    }
  return wins / (static_cast<double>(fires.size()) * static_cast<double>(others.size()));
}

} // namespace

study signs_of_fire(const bench& b) {
  constexpr std::size_t length = 4;
  const auto scenes = read_detector(detector_file(b));
  const auto tracks = [&](truth wanted, bool (*counts)(std::size_t)) {
    std::vector<track> result;
    for (std::size_t i = 0; i < scenes.size(); ++i)
      if (scenes[i].label == wanted && counts(i))
        if (auto t = first_track(scenes[i].cameras.front().frames, length); !t.empty())
          result.push_back(std::move(t));
    return result;
  };
  const auto fires = tracks(truth::fire, every);
  const auto others = tracks(truth::unknown, every);

  study result;
  auto& t = result.tables.emplace_back();
  t.title = "Landscape, what tells a fire";
  t.note = fmt::format(
      "On the detector's sequences, of the first object that was seen in {} frames: how often one "
      "of "
      "the {} known fires has more of it than one of the {} unlabelled ones. 0.5 is a coin; more "
      "or "
      "less than that tells something. Fires among the unlabelled draw all values to 0.5.",
      length, fires.size(), others.size());
  t.columns = {"sign", "all", "even", "odd"};
  for (const auto& s : signs)
    t.rows.push_back(
        {s.name, fmt::format("{:.2f}", tells(fires, others, s)),
         fmt::format("{:.2f}", tells(tracks(truth::fire, even), tracks(truth::unknown, even), s)),
         fmt::format("{:.2f}", tells(tracks(truth::fire, odd), tracks(truth::unknown, odd), s))});
  return result;
}

} // namespace firefinder::quality
