#pragma once

#include "messages/decision.hpp"
#include "messages/trace.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::replay {

/// Draws a run: for each camera the area of what it saw over time, how much that grew, when
/// the camera agreed; and the triggers with their pauses. The picture needs no other file,
/// no script and no network, and can be read on dark and on light ground.
class plot {
public:
  /// Samples that are drawn for each camera at most, or nearly: of more, every second, fourth, …
  static constexpr std::size_t max_samples = 4'000;
  /// Cameras that are drawn; further ones are only counted.
  static constexpr std::size_t max_cameras = 64;
  /// Decisions that are told below, the triggers among them first.
  static constexpr std::size_t max_decisions = 100;

  /// `cooldown_s`: pause after a trigger, in seconds. `title`: what is drawn, such as names of
  /// files, which need not be UTF-8.
  plot(double cooldown_s, const std::string& title);

  void add(const sample_trace& what);
  void add(const decision_record& what);

  /// As an SVG file, or as a page of HTML with it.
  [[nodiscard]] std::string svg() const;
  [[nodiscard]] std::string html() const;

private:
  struct sample {
    double t = 0;
    double area = 0;
    double confidence = 0;
    double growth = 0;
    double evidence = 0;
    std::string dropped;
  };

  /// A curve below the areas, and the line that it must reach.
  struct strip {
    double sample::*value;
    const char* unit;
    double needed = 0;
    double largest = 0;

    void take(double now, double now_needed) noexcept {
      largest = std::max(largest, now);
      needed = std::max(needed, now_needed);
    }
  };

  struct camera {
    std::vector<sample> samples;
    /// Of how many seen one is kept.
    std::size_t stride = 1;
    std::uint64_t seen = 0;
    strip growth{&sample::growth, "x"};
    strip evidence{&sample::evidence, ""};
    double largest_area = 0;
    /// When it agreed; the last one may go on.
    std::vector<std::pair<double, double>> agreed;
    bool agrees = false;
  };

  void extend(double t);
  static void follow(camera& c, double t, bool agrees);
  [[nodiscard]] double x_of(double t) const;
  [[nodiscard]] std::string drawn(const std::string& id, const camera& c, double top) const;
  [[nodiscard]] std::string samples_of(const camera& c, double top) const;
  [[nodiscard]] std::string strip_of(const camera& c, const strip& what, double top) const;
  [[nodiscard]] double panel_height() const noexcept;
  [[nodiscard]] std::string axis(double top, double height) const;
  [[nodiscard]] std::string pauses(double top, double height) const;
  [[nodiscard]] std::string trigger_lines(double top, double height) const;

  double cooldown_s_;
  std::string title_;
  std::optional<double> first_;
  double last_ = 0;
  std::map<std::string, camera> cameras_;
  std::vector<decision_record> triggers_;
  std::vector<std::pair<double, std::string>> holds_;
  std::uint64_t decisions_ = 0;
  /// Objects are verified by what they gather.
  bool by_evidence_ = false;
  std::vector<std::pair<double, double>> pauses_;
  bool same_fire_ = false;
};

} // namespace firefinder::replay
