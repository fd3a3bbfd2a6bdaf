#pragma once

// Exercises: what is ordered, what happens on the way, and what came of it.

#include "messages/link.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// What an exercise goes through, in order.
enum class drill_step : std::uint8_t {
  /// The decision that guards the house has answered, and what it needs now is known.
  asked,
  /// The broker has taken the first marked detections.
  published,
  /// The first of them has come back from it.
  heard,
  /// As many cameras agree as must.
  verified,
  /// It was decided to trigger.
  decided,
  /// The trigger is on disk.
  stored,
  /// The broker has acknowledged the trigger.
  acknowledged,
  /// It has come back from there.
  returned,
  /// The broker has acknowledged it on the topic that pumps listen to; only when ordered so.
  live,
};

/// The step as one word, such as `heard`.
[[nodiscard]] inline std::string to_string(drill_step x) {
  switch (x) {
  case drill_step::asked:
    return "asked";
  case drill_step::published:
    return "published";
  case drill_step::heard:
    return "heard";
  case drill_step::verified:
    return "verified";
  case drill_step::decided:
    return "decided";
  case drill_step::stored:
    return "stored";
  case drill_step::acknowledged:
    return "acknowledged";
  case drill_step::returned:
    return "returned";
  case drill_step::live:
    return "live";
  }
  return "invalid";
}

/// What must stand in an order for a live exercise, so that nobody gives it by mistake.
inline constexpr const char* live_confirmation = "LIVE";

/// Somebody wants an exercise.
struct drill_order {
  /// Publish its trigger on `fire/trigger` too: pumps and sirens start.
  bool live = false;
  /// `live_confirmation`, when `live`.
  std::string confirmed;
  /// How long it may last; 0: as configured.
  timespan limit{0};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_order& x) {
  return f(caf::meta::type_name("drill_order"), x.live, x.confirmed, x.limit);
}

/// A step of an exercise was reached.
struct drill_mark {
  drill_step step = drill_step::asked;
  /// Seconds since the exercise began.
  double after_s = 0;

  friend bool operator==(const drill_mark&, const drill_mark&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_mark& x) {
  return f(caf::meta::type_name("drill_mark"), x.step, x.after_s);
}

/// What came of an exercise.
struct drill_report {
  /// Identity of this exercise; stands in all that it publishes.
  std::string id;
  bool passed = false;
  /// Wall clock when it began.
  unix_seconds at = 0;
  /// Seconds from the first detection to the end; the whole time when it failed.
  double delay_s = 0;
  /// The steps that were reached, in order.
  std::vector<drill_mark> steps;
  /// The step that was not reached; empty: it passed.
  std::string failed_step;
  /// Why it failed and what to look at, for people; empty: it passed.
  std::string reason;
  /// What is to be known though it passed, for people.
  std::vector<std::string> warnings;
  /// By itself, and not because somebody wanted it.
  bool scheduled = false;
  bool live = false;
  /// Virtual cameras that took part.
  std::uint32_t cameras = 0;
  /// All of it in a sentence, for people.
  std::string text;

  friend bool operator==(const drill_report&, const drill_report&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_report& x) {
  return f(caf::meta::type_name("drill_report"), x.id, x.passed, x.at, x.delay_s, x.steps,
           x.failed_step, x.reason, x.warnings, x.scheduled, x.live, x.cameras, x.text);
}

/// How the exercises stand.
struct drill_figures {
  /// Whether there ever was one; then `last` is the latest.
  bool known = false;
  drill_report last;
  /// One is under way.
  bool running = false;
  /// Wall clock when the next one begins by itself; 0: none is to come.
  unix_seconds next = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_figures& x) {
  return f(caf::meta::type_name("drill_figures"), x.known, x.last, x.running, x.next);
}

/// What the stage of an exercise tells: what its consensus does towards store and broker.
struct drill_event {
  enum class kind : std::uint8_t {
    /// It has decided to trigger, and asks the store to keep that.
    decided,
    /// The store has it.
    stored,
    /// The store has not; `reason`.
    not_stored,
    /// It publishes this trigger.
    triggered,
  };

  /// Number of the exercise.
  std::uint64_t number = 0;
  kind what = kind::decided;
  publication trigger;
  std::string reason;
};

[[nodiscard]] inline std::string to_string(drill_event::kind x) {
  switch (x) {
  case drill_event::kind::decided:
    return "decided";
  case drill_event::kind::stored:
    return "stored";
  case drill_event::kind::not_stored:
    return "not_stored";
  case drill_event::kind::triggered:
    return "triggered";
  }
  return "invalid";
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_event& x) {
  return f(caf::meta::type_name("drill_event"), x.number, x.what, x.trigger, x.reason);
}

} // namespace firefinder
