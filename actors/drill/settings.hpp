#pragma once

#include "messages/control.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace firefinder {

/// What an object must be like to count and to be verified: as the decision of the house goes by.
struct exercise_rules {
  /// An object is verified because it stays; otherwise because it grows.
  bool by_persistence = false;
  /// Samples in each median of the growth test, W, and the growth that it needs.
  std::uint32_t moving_average = 3;
  double growth_ratio = 1.2;
  /// Frames in which an object must be seen, what it must gather in them, and what each counts
  /// beside its confidence.
  std::uint32_t frames_needed = 3;
  double evidence = 3;
  double per_frame = 0.3;
  /// Smallest and greatest share of the frame that counts, 0..1.
  double min_area = 0.001;
  double max_area = 0.8;
  /// Oldest detection that counts, by its own timestamp.
  timespan max_age = std::chrono::seconds{60};
  /// A label that means fire or smoke; empty: none does.
  std::string label = "fire";
};

/// Settings of the exercises.
struct drill_settings {
  /// Topic under which they take place, without a slash at the end.
  std::string base_topic = "firefinder";
  /// What the broker knows before that, with its slash, or empty.
  std::string topic_prefix{};
  /// Whether this daemon decides at all, and whether it has a folder to remember in.
  bool decides = true;
  bool remembers = true;
  /// Time between two that begin by themselves; 0: none does.
  timespan interval = std::chrono::hours{24};
  /// How long one may last.
  timespan limit = std::chrono::seconds{15};
  /// Whether one may be live.
  bool allow_live = false;
  exercise_rules rules;
  /// What decisions go by where nobody tells what operators have changed.
  decision_tuning tuning;
};

} // namespace firefinder
