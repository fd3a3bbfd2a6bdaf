#pragma once

// What operators decide at run time, and what the house is told of it.

#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// What an operator wants.
enum class order_kind : std::uint8_t {
  /// Publish triggers, or only evaluate: `on`.
  arm,
  /// Set the value `key` to `value`.
  tune,
  /// Let a camera count, or not: `on`.
  enable,
  /// Let a camera or a zone not count for `value` seconds.
  snooze,
  /// End a snooze.
  wake,
  /// The alarm is known: it is not repeated any more.
  acknowledge,
  /// The alarm is over.
  reset,
  /// Expect a camera that is in no configuration; `name`.
  add_camera,
  /// Forget a camera.
  remove_camera,
  /// Show a camera under another name, `name`; empty: under its own again.
  rename_camera,
  /// Announce a camera to Home Assistant, or not: `on`.
  announce,
};

[[nodiscard]] inline std::string to_string(order_kind x) {
  switch (x) {
  case order_kind::arm:
    return "arm";
  case order_kind::tune:
    return "tune";
  case order_kind::enable:
    return "enable";
  case order_kind::snooze:
    return "snooze";
  case order_kind::wake:
    return "wake";
  case order_kind::acknowledge:
    return "acknowledge";
  case order_kind::reset:
    return "reset";
  case order_kind::add_camera:
    return "add_camera";
  case order_kind::remove_camera:
    return "remove_camera";
  case order_kind::rename_camera:
    return "rename_camera";
  case order_kind::announce:
    return "announce";
  }
  return "invalid";
}

/// One wish of an operator. Members that its kind does not name are not looked at.
struct operator_order {
  order_kind what = order_kind::arm;
  /// The camera: its key, its id or its name.
  std::string camera;
  /// The zone, for `snooze` and `wake`, when it is not about a camera.
  std::string zone;
  /// `consensus_threshold`, `min_confidence`, `detection_window` or `cooldown_period`.
  std::string key;
  double value = 0;
  bool on = false;
  std::string name;
  /// Who wants it, and why; empty: nobody said so.
  std::string by;
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, operator_order& x) {
  return f(caf::meta::type_name("operator_order"), x.what, x.camera, x.zone, x.key, x.value, x.on,
           x.name, x.by, x.reason);
}

/// What became of an order that was met.
struct operator_outcome {
  /// What holds now, a JSON object.
  std::string data;
  /// What the operator should know beside it, for people, such as that a restart will forget it;
  /// empty: nothing.
  std::string warning;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, operator_outcome& x) {
  return f(caf::meta::type_name("operator_outcome"), x.data, x.warning);
}

/// What decisions go by, where operators may have changed it.
struct decision_tuning {
  bool armed = true;
  /// Cameras that must agree.
  std::uint32_t threshold = 2;
  /// Smallest confidence that counts, 0..1.
  double min_confidence = 0.7;
  timespan detection_window = std::chrono::seconds{30};
  timespan cooldown = std::chrono::seconds{300};
  /// Ids of the cameras whose detections do not count for now, beside those that the
  /// configuration has switched off.
  std::set<std::string> muted;
  /// Ids of cameras that the configuration has switched off and an operator has switched on.
  std::set<std::string> unmuted;
  /// Cameras that are expected beside those of the configuration: id to name.
  std::map<std::string, std::string> added;

  friend bool operator==(const decision_tuning&, const decision_tuning&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, decision_tuning& x) {
  return f(caf::meta::type_name("decision_tuning"), x.armed, x.threshold, x.min_confidence,
           x.detection_window, x.cooldown, x.muted, x.unmuted, x.added);
}

/// Why something does not count for a while.
struct snooze {
  /// Id of the camera, or name of the zone.
  std::string target;
  bool zone = false;
  /// Wall clock when it began and when it ends by itself.
  unix_seconds since = 0;
  unix_seconds until = 0;
  std::string by;
  std::string reason;

  friend bool operator==(const snooze&, const snooze&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, snooze& x) {
  return f(caf::meta::type_name("snooze"), x.target, x.zone, x.since, x.until, x.by, x.reason);
}

/// What operators have decided about one camera.
struct camera_preference {
  /// What people are to call it; empty: as it is called.
  std::string name;
  bool enabled = true;
  bool announced = true;
  /// It is expected because an operator said so.
  bool added = false;

  friend bool operator==(const camera_preference&, const camera_preference&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_preference& x) {
  return f(caf::meta::type_name("camera_preference"), x.name, x.enabled, x.announced, x.added);
}

/// The last alarm. It stays until it is reset.
struct alarm_view {
  bool active = false;
  /// Wall clock when it was raised; 0: never.
  unix_seconds since = 0;
  std::string trigger_id;
  /// As people call them.
  std::vector<std::string> cameras;
  /// Triggers since it was raised.
  std::uint32_t triggers = 0;
  bool acknowledged = false;
  unix_seconds acknowledged_at = 0;
  std::string acknowledged_by;
  std::string acknowledge_reason;
  /// Wall clock when the last one was reset; 0: never.
  unix_seconds reset_at = 0;
  std::string reset_by;
  std::string reset_reason;

  friend bool operator==(const alarm_view&, const alarm_view&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, alarm_view& x) {
  return f(caf::meta::type_name("alarm_view"), x.active, x.since, x.trigger_id, x.cameras,
           x.triggers, x.acknowledged, x.acknowledged_at, x.acknowledged_by, x.acknowledge_reason,
           x.reset_at, x.reset_by, x.reset_reason);
}

/// All that operators have decided, whenever it changes.
struct control_state {
  decision_tuning tuning;
  std::vector<snooze> snoozes;
  /// Those about which an operator has decided anything, and those that the configuration
  /// switches off; by id.
  std::map<std::string, camera_preference> cameras;
  alarm_view alarm;
  /// What is switched off or snoozed: `disarmed`, `camera_disabled`, `camera_snoozed`,
  /// `zone_snoozed`.
  std::vector<problem> supervisory;

  friend bool operator==(const control_state& a, const control_state& b) {
    return a.tuning == b.tuning && a.snoozes == b.snoozes && a.cameras == b.cameras
           && a.alarm == b.alarm;
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, control_state& x) {
  return f(caf::meta::type_name("control_state"), x.tuning, x.snoozes, x.cameras, x.alarm,
           x.supervisory);
}

/// What happens to an alarm.
enum class alarm_step : std::uint8_t {
  raised,
  /// It burns on, or burns again, before it was reset.
  repeated,
  /// Nobody has acknowledged it yet.
  reminder,
  acknowledged,
  reset,
};

[[nodiscard]] inline std::string to_string(alarm_step x) {
  switch (x) {
  case alarm_step::raised:
    return "raised";
  case alarm_step::repeated:
    return "repeated";
  case alarm_step::reminder:
    return "reminder";
  case alarm_step::acknowledged:
    return "acknowledged";
  case alarm_step::reset:
    return "reset";
  }
  return "invalid";
}

struct alarm_event {
  alarm_step what = alarm_step::raised;
  alarm_view alarm;
  /// Wall clock.
  unix_seconds at = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, alarm_event& x) {
  return f(caf::meta::type_name("alarm_event"), x.what, x.alarm, x.at);
}

} // namespace firefinder
