#pragma once

#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace firefinder {

// What stands between the consensus of an exercise and the world. That consensus holds no other
// handle, so nothing that it says reaches the broker or the store but by way of these two.

struct stage_connection_state {
  static inline const char* name = "drill_connection";

  /// Those who decode detections, in order.
  std::vector<inbound_listener> trackers;
};

/// What the consensus of an exercise takes for the connection. Detections come from whoever
/// recognises those of the exercise; of all that it publishes only the trigger is passed on, to
/// that one. Of the link it only says that it is up.
connection_actor::behavior_type
stage_connection(connection_actor::stateful_pointer<stage_connection_state> self,
                 std::uint64_t number, drill_event_listener listener);

/// What the consensus of an exercise takes for the store: it knows of nothing before, writes the
/// trigger as a record of its own to the real store, and forgets the rest.
store_actor::behavior_type stage_store(store_actor::pointer self, std::uint64_t number,
                                       drill_event_listener listener, store_actor real);

/// Hands a durable publication to the connection and waits for what becomes of it.
using live_witness_actor = caf::typed_actor<
    // -> done, when the broker has it; an error that says why it expired
    caf::replies_to<publication>::with<done_atom>>::extend_with<delivery_listener>;

struct live_witness_state {
  static inline const char* name = "drill_witness";

  std::optional<caf::typed_response_promise<done_atom>> answer;
};

live_witness_actor::behavior_type
live_witness(live_witness_actor::stateful_pointer<live_witness_state> self,
             const connection_actor& connection);

/// Key of that record.
inline constexpr const char* drill_trigger_key = "trigger";

} // namespace firefinder
