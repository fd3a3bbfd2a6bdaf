#pragma once

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <string>
#include <vector>

namespace firefinder {

/// Something that keeps the daemon from being what its owner takes it for.
struct problem {
  /// What it is, stable, for programs: `cameras_below_threshold`, … docs/operations.md
  /// lists them.
  std::string code;
  /// The camera, zone, Frigate prefix or topic filter that it is about; empty: none.
  std::string subject;
  /// Whether an alarm may be lost by it; otherwise it is worth knowing and no more.
  bool trouble = true;
  /// Wall clock when it began, or was noticed; 0: not yet known.
  unix_seconds since = 0;
  /// A sentence for people.
  std::string text;

  friend bool operator==(const problem&, const problem&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, problem& x) {
  return f(caf::meta::type_name("problem"), x.code, x.subject, x.trouble, x.since, x.text);
}

/// What one part of the house has found, in place of all that it reported before.
struct reported_problems {
  /// Name of the actor that reports.
  std::string by;
  std::vector<problem> all;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, reported_problems& x) {
  return f(caf::meta::type_name("reported_problems"), x.by, x.all);
}

/// Whether a camera is there to see a fire.
struct camera_watch {
  bool online = false;
  /// Wall clock since when it is not; 0: it is.
  unix_seconds blind_since = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_watch& x) {
  return f(caf::meta::type_name("camera_watch"), x.online, x.blind_since);
}

/// Whether a zone has a camera that is.
struct zone_watch {
  std::vector<std::string> cameras;
  /// Wall clock since when none of them is online; 0: one is.
  unix_seconds blind_since = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, zone_watch& x) {
  return f(caf::meta::type_name("zone_watch"), x.cameras, x.blind_since);
}

} // namespace firefinder
