#pragma once

#include "actors/camera_detection/network_finder.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace firefinder {

/// State of the worker that hears and searches the network.
class finder_state {
public:
  static inline const char* name = "finder";

  explicit finder_state(finder_actor::stateful_pointer<finder_state> self) : self_(self) {}

  finder_actor::behavior_type make_behavior(const finder_limits& limits);

private:
  finder_actor::stateful_pointer<finder_state> self_;
  finder_limits limits_;
  std::optional<network_finder> network_;
  finding_listener listener_;
};

/// Behaviour of the worker. Spawn it detached: it waits for the network, though never for long
/// without looking into its mailbox, so that it can be ended. It has one listener, the one that
/// came last, which is told all neighbours anew.
finder_actor::behavior_type finder(finder_actor::stateful_pointer<finder_state> self,
                                   finder_limits limits);

} // namespace firefinder
