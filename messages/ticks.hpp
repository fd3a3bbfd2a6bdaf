#pragma once

// Delayed messages that actors send to themselves. CAF 0.17 cannot cancel one,
// so each carries a number: a tick whose number is no longer current is ignored.

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>

namespace firefinder {

/// An endpoint of the connection has been in one step for its time.
struct endpoint_tick {
  std::uint32_t endpoint = 0;
  std::uint64_t step = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, endpoint_tick& x) {
  return f(caf::meta::type_name("endpoint_tick"), x.endpoint, x.step);
}

/// Something of the camera detection becomes due.
struct camera_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_tick& x) {
  return f(caf::meta::type_name("camera_tick"), x.number);
}

/// The finder goes on with what it waits for.
struct finder_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finder_tick&) {
  return f(caf::meta::type_name("finder_tick"));
}

/// The worker that looks at streams goes on with what it waits for.
struct video_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, video_tick&) {
  return f(caf::meta::type_name("video_tick"));
}

/// A stage of the connection's farewell has lasted its time.
struct closing_tick {
  std::uint32_t stage = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, closing_tick& x) {
  return f(caf::meta::type_name("closing_tick"), x.stage);
}

/// The pause after a trigger is over.
struct cooldown_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cooldown_tick& x) {
  return f(caf::meta::type_name("cooldown_tick"), x.number);
}

/// A durable publication may have expired.
struct expiry_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, expiry_tick& x) {
  return f(caf::meta::type_name("expiry_tick"), x.number);
}

/// What the broker refused is to be sent again.
struct resend_tick {
  /// Link that it belongs to.
  std::uint64_t generation = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resend_tick& x) {
  return f(caf::meta::type_name("resend_tick"), x.generation);
}

/// A question to a Frigate instance is due.
struct frigate_tick {
  /// Link that it belongs to.
  std::uint64_t generation = 0;
  /// The instance, by its place in the settings.
  std::uint32_t instance = 0;
  /// Asks by MQTT what it sees now, and not its API.
  bool sample = false;
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_tick& x) {
  return f(caf::meta::type_name("frigate_tick"), x.generation, x.instance, x.sample, x.number);
}

/// Something of Frigate's configuration becomes due.
struct frigate_configuration_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frigate_configuration_tick& x) {
  return f(caf::meta::type_name("frigate_configuration_tick"), x.number);
}

/// Transfers of the worker for Frigate's API go on.
struct transfer_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, transfer_tick&) {
  return f(caf::meta::type_name("transfer_tick"));
}

/// Something of what operators have decided becomes due: a snooze ends, an alarm is repeated.
struct control_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, control_tick& x) {
  return f(caf::meta::type_name("control_tick"), x.number);
}

/// Something of the exercises becomes due: one is to begin, goes on, or lasts too long.
struct drill_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drill_tick& x) {
  return f(caf::meta::type_name("drill_tick"), x.number);
}

/// Something of the announcements becomes due.
struct discovery_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, discovery_tick& x) {
  return f(caf::meta::type_name("discovery_tick"), x.number);
}

/// A health report is due.
struct health_tick {
  /// Link that it belongs to.
  std::uint64_t generation = 0;
  /// Service that reports, by its place in the settings.
  std::uint32_t service = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, health_tick& x) {
  return f(caf::meta::type_name("health_tick"), x.generation, x.service);
}

/// The end of a trigger could not be written down and is to be tried again.
struct outcome_tick {
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, outcome_tick& x) {
  return f(caf::meta::type_name("outcome_tick"), x.id);
}

/// A dead child may be started again.
struct restart_tick {
  std::uint32_t child = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, restart_tick& x) {
  return f(caf::meta::type_name("restart_tick"), x.child);
}

/// The store has something to clear away.
struct store_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, store_tick&) {
  return f(caf::meta::type_name("store_tick"));
}

/// Something of a tracker becomes due: a sample leaves its window, a camera is
/// silent for too long.
struct tracker_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tracker_tick& x) {
  return f(caf::meta::type_name("tracker_tick"), x.number);
}

/// A judgement of what is missing becomes due.
struct vigilance_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, vigilance_tick& x) {
  return f(caf::meta::type_name("vigilance_tick"), x.number);
}

/// Events may go out again.
struct web_tick {
  std::uint64_t number = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_tick& x) {
  return f(caf::meta::type_name("web_tick"), x.number);
}

/// An address at which the HTTP server could not listen may be free now.
struct web_server_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, web_server_tick&) {
  return f(caf::meta::type_name("web_server_tick"));
}

} // namespace firefinder
