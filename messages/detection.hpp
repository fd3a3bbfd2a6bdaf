#pragma once

#include "messages/decision.hpp"
#include "messages/histogram.hpp"
#include "messages/link.hpp"
#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// A box in an image: corners as ratios 0..1 of the frame's width and height.
struct box {
  double x1 = 0;
  double y1 = 0;
  double x2 = 0;
  double y2 = 0;

  /// Share of the frame that the box covers, 0..1.
  [[nodiscard]] double area() const noexcept { return (x2 - x1) * (y2 - y1); }
  friend bool operator==(const box&, const box&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, box& x) {
  return f(caf::meta::type_name("box"), x.x1, x.y1, x.x2, x.y2);
}

/// What a detector takes an object for.
enum class fire_sign : std::uint8_t { fire, smoke };

[[nodiscard]] inline std::string to_string(fire_sign x) {
  return x == fire_sign::fire ? "fire" : "smoke";
}

/// One object that one camera saw in one frame.
struct detection {
  /// Name of the object at its source; empty when the source names none.
  std::string object;
  /// What the source takes it for; fire when it does not say.
  fire_sign sign = fire_sign::fire;
  /// Confidence of the source, 0..1.
  double confidence = 0;
  firefinder::box box;
  /// Share of the frame that the box covers, 0..1, from the source's own numbers.
  double area = 0;
  /// The source repeats its last observation while it has no new one (Frigate does
  /// every minute): the same box with the same confidence is then no evidence. Such a
  /// source also reports seldom, and mostly when its object has grown.
  bool may_repeat = false;
  /// The box touches the edge of the frame: what it shows may be larger than it.
  bool at_edge = false;

  friend bool operator==(const detection&, const detection&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, detection& x) {
  return f(caf::meta::type_name("detection"), x.object, x.sign, x.confidence, x.box, x.area,
           x.may_repeat, x.at_edge);
}

/// What a sighting is one of.
enum class sighting_kind : std::uint8_t {
  /// The camera is alive; nothing is said of what it sees.
  sign_of_life,
  /// One frame, with everything in it that was detected.
  frame,
  /// One detection; others of the same frame may come in messages of their own.
  part_of_frame,
  /// The source lost sight of the objects `ended`.
  end_of_objects,
};

[[nodiscard]] inline std::string to_string(sighting_kind x) {
  switch (x) {
  case sighting_kind::sign_of_life:
    return "sign_of_life";
  case sighting_kind::frame:
    return "frame";
  case sighting_kind::part_of_frame:
    return "part_of_frame";
  case sighting_kind::end_of_objects:
    return "end_of_objects";
  }
  return "invalid";
}

/// What one message says about one camera: that it is alive, and what it saw.
struct sighting {
  std::string camera;
  sighting_kind kind = sighting_kind::sign_of_life;
  /// Topic prefix of the Frigate instance that says so; empty: the detector itself.
  std::string source;
  /// Detections that passed every test; may be empty.
  std::vector<detection> detections;
  /// When it happened: the arrival of the message, or earlier for one that has waited
  /// at the broker.
  monotonic at{};
  /// Wall clock when the message arrived.
  unix_seconds received_at = 0;
  /// When the frame was taken, by the clock of the source; 0: it does not say.
  unix_seconds captured = 0;
  /// Frame size in pixels that the boxes were divided by; 0: they came as ratios.
  std::uint32_t frame_width = 0;
  std::uint32_t frame_height = 0;
  /// The camera turns, so its boxes move by themselves.
  bool turning = false;
  /// Objects that the source lost sight of.
  std::vector<std::string> ended{};
  /// The camera as its source spells it, when that may differ from `camera`; else empty.
  std::string name{};
  /// Neither the source nor the user told the frame size.
  bool frame_assumed = false;
  /// See `inbound::held`.
  receipt held{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, sighting& x) {
  return f(caf::meta::type_name("sighting"), x.camera, x.kind, x.source, x.detections, x.at,
           x.received_at, x.captured, x.frame_width, x.frame_height, x.turning, x.ended, x.name,
           x.frame_assumed);
}

/// Why an object is verified. Areas are ratios 0..1 of the frame.
struct object_evidence {
  std::string object;
  /// `growth` or `persistence`.
  std::string verified_by = "growth";
  std::uint32_t samples = 0;
  /// Median of the first and of the last areas in the window.
  double first_area = 0;
  double last_area = 0;
  /// Confidence of the newest sample, 0..1.
  double confidence = 0;
  /// Time between the oldest and the newest sample, in seconds.
  double span_s = 0;

  /// How much the object has grown: `last_area / first_area`.
  [[nodiscard]] double growth() const noexcept {
    return first_area > 0 ? last_area / first_area : 0;
  }
  friend bool operator==(const object_evidence&, const object_evidence&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, object_evidence& x) {
  return f(caf::meta::type_name("object_evidence"), x.object, x.verified_by, x.samples,
           x.first_area, x.last_area, x.confidence, x.span_s);
}

/// What a tracker says about a camera, whenever it changes, and with every
/// accepted detection while the camera has a verified track.
struct verdict {
  std::string camera;
  /// When the camera became known; orders the cameras of a trigger.
  monotonic first_seen{};
  bool online = false;
  /// Verified objects, at most `max_evidence`; empty when there is none.
  std::vector<object_evidence> evidence;
  /// When the evidence has left the window at the latest, if nothing follows.
  monotonic evidence_until{};
  /// Whether an accepted detection caused it; only those can decide an alarm.
  bool by_detection = false;
  /// The moment it speaks of.
  monotonic at{};
  /// How it stands, in words and numbers.
  camera_standing standing{};
  /// The camera as it was first spelled, when that may differ from `camera`; else empty.
  std::string name{};
  /// Its network or its streams say that it is not there, and it has been silent for longer
  /// than it usually is. It may still count as online for a while.
  bool missed = false;

  /// A camera agrees while it is online and has a verified track, or had one within the
  /// agreement window.
  [[nodiscard]] bool agrees() const noexcept { return standing.agrees; }
};

/// What a Frigate instance says of itself, or shows by speaking at all.
struct frigate_sign {
  /// Its topic prefix.
  std::string prefix;
  /// Whether it says so; false: `offline` or `stopped`.
  bool online = true;
  /// It speaks now. What the broker retained does not tell when it was said.
  bool alive = true;
  /// Whether it has counted its cameras.
  bool counted = false;
  /// Those that deliver frames in which it looks for objects, as it calls them.
  std::vector<std::string> cameras;
  /// Whether this is its word on whether it is there, and not a sign of it.
  bool announced = false;
  /// The one camera, as it calls it, whose detection this is about; empty: about none.
  std::string camera{};
  /// Whether it looks for objects there.
  bool detects = true;
  /// Whether that is the position of a switch, and not how the work goes.
  bool by_switch = false;
  /// How far its clock is behind ours, in seconds (negative: ahead); 0: not known, or no
  /// more than a message takes.
  double clock_lag_s = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_sign& x) {
  return f(caf::meta::type_name("frigate_sign"), x.prefix, x.online, x.alive, x.counted, x.cameras,
           x.announced, x.camera, x.detects, x.by_switch, x.clock_lag_s);
}

/// Most cameras that one sign tells of.
inline constexpr std::size_t max_counted_cameras = 1'000;

/// Most objects that one verdict tells of.
inline constexpr std::size_t max_evidence = 16;

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, verdict& x) {
  return f(caf::meta::type_name("verdict"), x.camera, x.first_seen, x.online, x.evidence,
           x.evidence_until, x.by_detection, x.at, x.standing, x.name, x.missed);
}

/// What a tracker gets of the time before: the sightings of its cameras, the moment
/// from which on a detection may still decide, and how long nobody was listening.
struct restoration {
  std::vector<sighting> sightings;
  monotonic fresh{};
  timespan away{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, restoration& x) {
  return f(caf::meta::type_name("restoration"), x.sightings, x.fresh, x.away);
}

/// Figures of one camera.
struct camera_figures {
  bool online = false;
  bool agrees = false;
  std::uint64_t total_detections = 0;
  std::uint64_t active_objects = 0;
  double last_seen_ago_s = 0;
  /// -1 when it never detected anything.
  double last_detection_ago_s = -1;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_figures& x) {
  return f(caf::meta::type_name("camera_figures"), x.online, x.agrees, x.total_detections,
           x.active_objects, x.last_seen_ago_s, x.last_detection_ago_s);
}

/// Figures of one tracker, or of all trackers together.
struct tracker_figures {
  std::uint64_t messages = 0;
  std::uint64_t accepted = 0;
  /// Dropped detections and messages by reason.
  std::map<std::string, std::uint64_t> dropped;
  /// Samples that the store was too slow to keep for a restart.
  std::uint64_t not_kept = 0;
  std::map<std::string, camera_figures> cameras;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tracker_figures& x) {
  return f(caf::meta::type_name("tracker_figures"), x.messages, x.accepted, x.dropped, x.not_kept,
           x.cameras);
}

/// Figures of the decision.
struct consensus_figures {
  /// "idle", "cooldown" or "degraded".
  std::string state;
  std::uint64_t trigger_count = 0;
  /// Seconds since the last trigger; -1 when there was none.
  double last_trigger_ago_s = -1;
  /// Cameras that must agree at the moment.
  std::uint32_t threshold = 0;
  std::uint64_t recent_events = 0;
  /// Triggers decided and not yet acknowledged by the broker.
  std::uint64_t triggers_pending = 0;
  std::uint64_t triggers_missed = 0;
  tracker_figures trackers;
  /// Cameras that must agree when enough of them are online.
  std::uint32_t configured_threshold = 0;
  std::vector<problem> problems{};
  /// Every camera that is expected or was ever heard, and every zone of the configuration.
  std::map<std::string, camera_watch> cameras;
  std::map<std::string, zone_watch> zones;
  /// Seconds since anything was heard of any camera or Frigate; -1: never.
  double last_heard_ago_s = -1;
  /// Cameras that were found in the network, and those among them that answer.
  std::uint32_t cameras_found = 0;
  std::uint32_t cameras_reachable = 0;
  /// Decisions told since the start, by reason.
  std::map<std::string, std::uint64_t> decisions{};
  /// Triggers since the start that were decided and that reached the broker, and how long that
  /// took from the decision.
  std::uint64_t triggers_decided = 0;
  std::uint64_t triggers_delivered = 0;
  duration_histogram deliveries{};
  /// Messages that wait for consensus.
  std::uint64_t mailbox = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, consensus_figures& x) {
  return f(caf::meta::type_name("consensus_figures"), x.state, x.trigger_count,
           x.last_trigger_ago_s, x.threshold, x.recent_events, x.triggers_pending,
           x.triggers_missed, x.trackers, x.configured_threshold, x.problems, x.cameras, x.zones,
           x.last_heard_ago_s, x.cameras_found, x.cameras_reachable, x.decisions,
           x.triggers_decided, x.triggers_delivered, x.deliveries, x.mailbox);
}

} // namespace firefinder
