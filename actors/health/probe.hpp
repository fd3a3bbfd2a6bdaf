#pragma once

#include "actors/health/usage.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>

namespace firefinder {

/// State of the resource probe.
class resource_probe_state {
public:
  static inline const char* name = "probe";

  explicit resource_probe_state(resource_probe_actor::stateful_pointer<resource_probe_state>) {}

  resource_probe_actor::behavior_type make_behavior(std::string disk);

private:
  [[nodiscard]] resource_usage usage();

  std::string disk_;
  usage_counters before_;
};

/// Behaviour of the resource probe: reads /proc and how full the file system at
/// `disk` is. Spawn it detached: a file system can hang.
resource_probe_actor::behavior_type
resource_probe(resource_probe_actor::stateful_pointer<resource_probe_state> self, std::string disk);

} // namespace firefinder
