#pragma once

#include "actors/bridge/schema.hpp"
#include "messages/decision.hpp"
#include "messages/drill.hpp"

#include <functional>
#include <string>

namespace firefinder {

/// Settings of the bridge.
struct bridge_settings {
  /// Topic under which requests are heard and answered, without a slash at the end.
  std::string base_topic = "firefinder";
  std::string version;
  /// Whether this daemon decides at all: `services` may leave consensus to another one.
  bool decides = true;
  request_limits limits;
  /// Tells a decision as a JSON object. Given, because the words for it belong to the
  /// decision, whose folder this one does not see.
  std::function<std::string(const decision_record&)> explained;
  /// Tells what came of an exercise as a JSON object; given for the same reason.
  std::function<std::string(const drill_report&)> told_drill;
};

} // namespace firefinder
