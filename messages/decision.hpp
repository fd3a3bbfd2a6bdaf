#pragma once

// Decisions, also the decision not to raise an alarm, and why.

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace firefinder {

/// Why a camera agrees, or does not.
enum class standing_reason : std::uint8_t {
  /// Nothing that counts was detected in the window.
  nothing_seen,
  /// Too few samples of one object.
  too_few_samples,
  /// Enough samples, but within too short a time.
  too_short,
  /// The object does not grow enough.
  not_growing,
  /// The object is not seen in enough of the last frames.
  not_persistent,
  /// It is, but the detector is not sure enough of it.
  not_confident,
  /// It has a verified object now.
  verified,
  /// It had one within the agreement window.
  latched,
  /// It would agree, but another camera of its witness already counts for both.
  same_witness,
  /// It would agree, but only registered cameras have a vote.
  not_registered,
  /// It is silent.
  offline,
};

/// The reason as one word, such as `not_growing`.
[[nodiscard]] const char* to_string(standing_reason x) noexcept;

/// How one camera stands: what its strongest object has, and what it would need.
struct camera_standing {
  /// Whether it counts towards the threshold.
  bool agrees = false;
  standing_reason reason = standing_reason::nothing_seen;
  /// `growth` or `persistence`; empty: by nothing.
  std::string verified_by;
  /// Name of that object; empty: there is none.
  std::string object;
  /// Samples in the window, and how many the growth test needs.
  std::uint32_t samples = 0;
  std::uint32_t samples_needed = 0;
  /// Last area over first area; 0: too few samples to tell.
  double growth = 0;
  double growth_needed = 0;
  /// Of the last `frames` frames the object was seen in `seen`; persistence needs
  /// `seen_needed` of them. All 0 when persistence does not verify.
  std::uint32_t frames = 0;
  std::uint32_t seen = 0;
  std::uint32_t seen_needed = 0;
  /// Mean confidence of the object in these frames, and what it must reach; 0..1.
  double confidence = 0;
  double confidence_needed = 0;
  /// What it has gathered in these frames, and what it must gather; 0 as well.
  double evidence = 0;
  double evidence_needed = 0;
  /// Latest area of the object as a share of the frame, 0..1.
  double area = 0;
  /// The camera's usual time between frames; 0: not known yet.
  double cadence_s = 0;
  /// How far back its samples are looked at, in seconds.
  double window_s = 0;

  friend bool operator==(const camera_standing&, const camera_standing&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_standing& x) {
  return f(caf::meta::type_name("camera_standing"), x.agrees, x.reason, x.verified_by, x.object,
           x.samples, x.samples_needed, x.growth, x.growth_needed, x.frames, x.seen, x.seen_needed,
           x.confidence, x.confidence_needed, x.evidence, x.evidence_needed, x.area, x.cadence_s,
           x.window_s);
}

/// Why there was or was not a trigger.
enum class decision_reason : std::uint8_t {
  /// Enough cameras agree: a trigger.
  agreement,
  /// Fewer cameras agree than must.
  too_few_cameras,
  /// Enough agree, and the pause after the last trigger runs.
  cooldown,
  /// Enough agree, and it is still the fire of the last trigger.
  same_fire,
  /// Enough agree, and a trigger still waits for the broker.
  trigger_waits,
  /// Enough agree, and triggers are switched off.
  disarmed,
  /// Enough agree, but not by evidence of one moment.
  apart_in_time,
  /// Enough agree, and nothing was detected just now: the next detection decides.
  no_detection,
};

/// The reason as one word, such as `too_few_cameras`.
[[nodiscard]] const char* to_string(decision_reason x) noexcept;

/// One decision.
struct decision_record {
  /// When, on the wall clock.
  unix_seconds t = 0;
  decision_reason reason = decision_reason::too_few_cameras;
  /// Of the trigger; empty: there was none.
  std::string trigger_id;
  /// Witnesses that agree, and how many must.
  std::uint32_t agreeing = 0;
  std::uint32_t threshold = 0;
  /// Cameras by id: all of them in a house of up to 64, otherwise the one that gave rise to the
  /// decision and up to 64 of those that see something, first those that agree; a trigger tells
  /// of all that agree.
  std::map<std::string, camera_standing> cameras;
  /// Cameras that see something and are not among these.
  std::uint32_t untold = 0;

  [[nodiscard]] bool triggers() const noexcept { return reason == decision_reason::agreement; }
  friend bool operator==(const decision_record&, const decision_record&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, decision_record& x) {
  return f(caf::meta::type_name("decision_record"), x.t, x.reason, x.trigger_id, x.agreeing,
           x.threshold, x.cameras, x.untold);
}

/// What somebody wants explained.
struct explain_query {
  /// Empty: every camera.
  std::string camera;
  /// Moment on the wall clock; 0: now.
  unix_seconds at = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, explain_query& x) {
  return f(caf::meta::type_name("explain_query"), x.camera, x.at);
}

} // namespace firefinder
