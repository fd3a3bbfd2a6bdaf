#pragma once

#include "actors/camera_detection/video_looks.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <optional>

namespace firefinder {

/// State of the worker that looks whether streams deliver video.
class video_prober_state {
public:
  static inline const char* name = "video_prober";

  explicit video_prober_state(video_prober_actor::stateful_pointer<video_prober_state> self)
    : self_(self) {}

  video_prober_actor::behavior_type make_behavior(video_settings settings);

private:
  caf::typed_response_promise<video_report> look(const video_query& query);
  void go_on();

  video_prober_actor::stateful_pointer<video_prober_state> self_;
  std::optional<video_looks> looks_;
  /// A tick is on its way.
  bool ticking_ = false;
};

/// Behaviour of the worker. Spawn it detached: it waits for processes, though never for long
/// without looking into its mailbox, so that it can be ended; they end with it.
video_prober_actor::behavior_type
video_prober(video_prober_actor::stateful_pointer<video_prober_state> self,
             video_settings settings);

} // namespace firefinder
