#pragma once

#include "actors/camera_detection/device_http.hpp"
#include "messages/actors.hpp"

#include <caf/actor_clock.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace firefinder {

/// State of the worker that asks devices.
class device_client_state {
public:
  static inline const char* name = "device_client";

  explicit device_client_state(device_client_actor::stateful_pointer<device_client_state> self)
    : self_(self) {}

  device_client_actor::behavior_type make_behavior(const device_client_limits& limits);

private:
  caf::typed_response_promise<device_answer> ask(device_question question);
  void go_on();
  void tick();

  device_client_actor::stateful_pointer<device_client_state> self_;
  device_client_limits limits_;
  std::optional<device_http> http_;
  /// Steps since something was asked or answered.
  int quiet_steps_ = 0;
  /// A tick is on its way.
  bool ticking_ = false;
  /// Another one is, that comes no earlier; then connections are closed.
  std::optional<caf::actor_clock::time_point> closing_;
};

/// Behaviour of the worker. Spawn it detached: it waits for the network, though never for
/// long without looking into its mailbox, so that it can be ended.
device_client_actor::behavior_type
device_client(device_client_actor::stateful_pointer<device_client_state> self,
              device_client_limits limits);

} // namespace firefinder
