#pragma once

// What outlives a restart, and how the store is asked for it. Moments in these
// messages are readings of the monotonic clock of this process; the store keeps
// them so that the next process gets them as readings of its own.

#include "messages/detection.hpp"
#include "messages/histogram.hpp"
#include "messages/link.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// A moment that never was.
inline constexpr monotonic never = monotonic::min();

/// What a decision leaves behind for the next one.
struct decision_memory {
  /// Triggers decided since the store was made.
  std::uint64_t trigger_count = 0;
  /// Whether triggers are published at all.
  bool armed = true;
  /// `never` when there was none.
  monotonic last_trigger = never;
  /// Start of the cooldown; `never` when none runs or it was given back.
  monotonic cooldown_start = never;

  friend bool operator==(const decision_memory&, const decision_memory&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, decision_memory& x) {
  return f(caf::meta::type_name("decision_memory"), x.trigger_count, x.armed, x.last_trigger,
           x.cooldown_start);
}

/// A durable publication and the decision it came from. `number` is that of the
/// decision, 0 for publications that are none.
struct alarm_record {
  publication what;
  std::uint64_t number = 0;
  /// What the decision leaves behind; stored in the same transaction.
  decision_memory after;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, alarm_record& x) {
  return f(caf::meta::type_name("alarm_record"), x.what, x.number, x.after);
}

/// What became of a stored publication.
struct alarm_outcome {
  std::string id;
  bool delivered = false;
  /// Why it was not, for people.
  std::string reason;
  /// Takes the place of the one that was not delivered; without an id: none.
  publication report;
  decision_memory after;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, alarm_outcome& x) {
  return f(caf::meta::type_name("alarm_outcome"), x.id, x.delivered, x.reason, x.report, x.after);
}

/// Sightings with evidence, in the order in which they were taken.
struct kept_sightings {
  std::vector<sighting> all;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, kept_sightings& x) {
  return f(caf::meta::type_name("kept_sightings"), x.all);
}

/// A decision to be looked up later, as its maker writes it.
struct kept_decision {
  /// When, on the wall clock.
  unix_seconds t = 0;
  /// Empty: there is none.
  std::string text;

  friend bool operator==(const kept_decision&, const kept_decision&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, kept_decision& x) {
  return f(caf::meta::type_name("kept_decision"), x.t, x.text);
}

/// What the store still has of the time before.
struct recovered {
  decision_memory memory;
  /// Not acknowledged by the broker, in the order in which they were stored. Those
  /// that have expired since are among them, with `expires` in the past.
  std::vector<alarm_record> pending;
  std::vector<sighting> sightings;
  /// How long nobody has written to the store; `never` when that is unknown.
  timespan away = never;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, recovered& x) {
  return f(caf::meta::type_name("recovered"), x.memory, x.pending, x.sightings, x.away);
}

/// What sort of thing a `store_record` tells of.
enum class record_kind : std::uint8_t {
  /// A camera of the registry, by its id.
  camera,
  /// A document announced to Home Assistant, by its topic.
  announcement,
  /// A setting made at run time, by its key.
  setting,
  /// What was counted, by its name.
  counter,
  /// A camera that operators can call, by its id.
  known_camera,
  /// Of exercises: the trigger of the one that is under way, and what came of the last.
  drill,
};

[[nodiscard]] inline std::string to_string(record_kind x) {
  switch (x) {
  case record_kind::camera:
    return "camera";
  case record_kind::announcement:
    return "announcement";
  case record_kind::setting:
    return "setting";
  case record_kind::counter:
    return "counter";
  case record_kind::known_camera:
    return "known camera";
  case record_kind::drill:
    return "drill";
  }
  return "invalid";
}

/// One value under one key. An empty value removes it.
struct store_record {
  record_kind kind = record_kind::setting;
  std::string key;
  std::string value;

  friend bool operator==(const store_record&, const store_record&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, store_record& x) {
  return f(caf::meta::type_name("store_record"), x.kind, x.key, x.value);
}

/// How the store is.
struct store_figures {
  /// Why it cannot write, for people; empty when it can.
  std::string problem;
  /// File that was found damaged and set aside at the start; empty: none.
  std::string set_aside;
  /// Writes that failed.
  std::uint64_t failures = 0;
  std::uint64_t pending = 0;
  std::uint64_t alarms = 0;
  std::uint64_t sightings = 0;
  /// Size of the file and of what is not yet merged into it, in bytes.
  std::uint64_t bytes = 0;
  /// How long each write took.
  duration_histogram writes{};
  /// Messages that wait for the store.
  std::uint64_t mailbox = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, store_figures& x) {
  return f(caf::meta::type_name("store_figures"), x.problem, x.set_aside, x.failures, x.pending,
           x.alarms, x.sightings, x.bytes, x.writes, x.mailbox);
}

} // namespace firefinder
