#pragma once

#include "messages/decision.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <string>

namespace firefinder {

/// What one detection, or one message without any, was to a tracker. For pictures and
/// comparisons; nobody decides by it.
struct sample_trace {
  /// Empty: the message did not get as far as naming one.
  std::string camera;
  /// Name of the object at its source; empty: it has none.
  std::string object;
  /// When the message arrived, on the wall clock.
  unix_seconds t = 0;
  /// Share of the frame, 0..1; 0: there was no detection, or it is not known.
  double area = 0;
  /// 0..1; 0: not known.
  double confidence = 0;
  /// Why it does not count, such as `low_confidence`; empty: it counts, if there is one.
  std::string dropped;
  /// How the camera stands after it.
  camera_standing standing;

  /// Whether this was evidence.
  [[nodiscard]] bool counts() const noexcept { return dropped.empty() && area > 0; }
  friend bool operator==(const sample_trace&, const sample_trace&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, sample_trace& x) {
  return f(caf::meta::type_name("sample_trace"), x.camera, x.object, x.t, x.area, x.confidence,
           x.dropped, x.standing);
}

} // namespace firefinder
