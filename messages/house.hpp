#pragma once

// How the house stands, for those who show it: what consensus tells on every change.

#include "messages/decision.hpp"
#include "messages/detection.hpp"
#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// How the decision stands. Says everything, so that one who missed an earlier one misses
/// nothing.
struct house_state {
  decision_reason reason = decision_reason::too_few_cameras;
  /// Whether enough cameras agree, whatever becomes of it.
  bool fire = false;
  /// Witnesses that agree, and how many must at the moment.
  std::uint32_t agreeing = 0;
  std::uint32_t threshold = 0;
  bool armed = true;
  /// The pause after a trigger runs.
  bool cooldown = false;
  /// Triggers decided since the store was made.
  std::uint64_t trigger_count = 0;
  /// The last one: wall clock, 0: never; its id, empty when an earlier process decided it; and
  /// the cameras that agreed then, as people call them.
  unix_seconds last_trigger = 0;
  std::string last_trigger_id;
  std::vector<std::string> last_trigger_cameras;
  /// Cameras that are expected or were ever heard, those of them that are online, and those
  /// that see something that may be a fire.
  std::uint32_t cameras_total = 0;
  std::uint32_t cameras_online = 0;
  std::uint32_t cameras_detecting = 0;
  /// Whether any Frigate instance was ever heard, and whether each that was is there.
  bool frigate_known = false;
  bool frigate_online = false;
  /// What makes an alarm uncertain, and what is only worth knowing.
  std::vector<problem> problems;
  /// Whether this daemon decides at all.
  bool decides = true;

  friend bool operator==(const house_state&, const house_state&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, house_state& x) {
  return f(caf::meta::type_name("house_state"), x.reason, x.fire, x.agreeing, x.threshold, x.armed,
           x.cooldown, x.trigger_count, x.last_trigger, x.last_trigger_id, x.last_trigger_cameras,
           x.cameras_total, x.cameras_online, x.cameras_detecting, x.frigate_known,
           x.frigate_online, x.problems, x.decides);
}

/// A camera that is expected, was ever heard, or was found in the network, whenever something
/// about it changes.
struct house_camera {
  /// Its id, by which decisions go.
  std::string id;
  /// Its id in topics and at Home Assistant, 1 to 48 of `[a-z0-9_]` (`camera_key`); empty: another
  /// camera, `collides_with`, has it already, and this one is shown nowhere.
  std::string key;
  std::string collides_with;
  /// What people call it.
  std::string name;
  /// It stands in the configuration, or an operator has added it.
  bool expected = false;
  /// Its detections count; false: the configuration or an operator has switched it off, or it is
  /// snoozed.
  bool counts = true;
  bool online = false;
  /// Wall clock since when it is not; 0: it is, or nobody has waited for it.
  unix_seconds blind_since = 0;
  /// Frigate looks at its pictures for us; otherwise its detections come directly, if at all.
  bool by_frigate = false;
  camera_standing standing;

  friend bool operator==(const house_camera&, const house_camera&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, house_camera& x) {
  return f(caf::meta::type_name("house_camera"), x.id, x.key, x.collides_with, x.name, x.expected,
           x.counts, x.online, x.blind_since, x.by_frigate, x.standing);
}

/// Cameras of which something has changed, in that order.
struct house_cameras {
  std::vector<house_camera> all;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, house_cameras& x) {
  return f(caf::meta::type_name("house_cameras"), x.all);
}

/// A camera is no longer known under this id.
struct house_camera_gone {
  std::string id;
  /// The id that it is known by from now on; empty: none.
  std::string successor;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, house_camera_gone& x) {
  return f(caf::meta::type_name("house_camera_gone"), x.id, x.successor);
}

/// Detections of a camera that counted. At most one a second for each camera and sign; it tells
/// of the newest and how many there were.
struct camera_sight {
  /// Id of the camera, by which decisions go.
  std::string camera;
  /// The newest of them.
  detection newest;
  /// Topic prefix of the Frigate instance that tells of it; empty: the detector itself.
  std::string source;
  /// Growth of that object in its window: last area over first area; 0: too few samples.
  double growth = 0;
  /// Wall clock when it arrived.
  unix_seconds at = 0;
  /// Detections that counted since the last such message about this camera and sign.
  std::uint32_t count = 1;
  /// So long from now it is evidence, if nothing follows.
  timespan holds{};

  friend bool operator==(const camera_sight&, const camera_sight&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_sight& x) {
  return f(caf::meta::type_name("camera_sight"), x.camera, x.newest, x.source, x.growth, x.at,
           x.count, x.holds);
}

/// What cameras see, oldest first.
struct camera_sights {
  std::vector<camera_sight> all;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_sights& x) {
  return f(caf::meta::type_name("camera_sights"), x.all);
}

} // namespace firefinder
