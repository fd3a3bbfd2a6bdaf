#pragma once

// A camera detection in place of the real one, for tests of whom it works with.

#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <vector>

namespace firefinder::test {

/// What a fake camera detection tells; outlives it.
struct camera_script {
  /// Of an answer to `figures_atom`; none: it does not answer.
  std::optional<camera_detection_figures> figures = camera_detection_figures{};
  /// Told of a search before it ends, in order.
  std::vector<search_progress> progress;
  /// How a search ends; none: it does not.
  std::optional<search_result> result = search_result{};
  /// A search ends with an error.
  bool fails = false;
  /// Connections and stores that it was given, and listeners to cameras.
  mutable int connections = 0;
  mutable int stores = 0;
  mutable int listeners = 0;
};

/// A camera detection that tells what is in the script.
inline camera_detection_actor::behavior_type
fake_camera_detection(camera_detection_actor::stateful_pointer<std::vector<search_listener>> self,
                      const camera_script* script) {
  return {
      [script](attach_atom, const connection_actor&) { ++script->connections; },
      [script](attach_atom, const store_actor&) { ++script->stores; },
      [script](listen_atom, const camera_listener&) { ++script->listeners; },
      [self](listen_atom, const search_listener& x) { self->state.push_back(x); },
      [self, script](search_atom) {
        auto promise = self->make_response_promise<search_result>();
        for (const auto& step : script->progress)
          for (const auto& x : self->state)
            self->send(x, step);
        if (script->fails)
          promise.deliver(caf::make_error(caf::sec::runtime_error, "no network at all"));
        else if (script->result)
          promise.deliver(*script->result);
        return promise;
      },
      [](forget_atom, const std::string&) {},
      [](const camera_tick&) {},
      [self, script](figures_atom) {
        auto promise = self->make_response_promise<camera_detection_figures>();
        if (script->figures)
          promise.deliver(*script->figures);
        return promise;
      },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const finding&) {},
      [](const search_progress&) {},
      [](const frigate_sign&) {},
      [](const frigate_candidate&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

} // namespace firefinder::test
