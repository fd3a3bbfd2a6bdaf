#pragma once

#include "actors/store/journal.hpp"
#include "actors/store/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <vector>

namespace firefinder {

/// State of the store: sole owner of the database.
class store_state {
public:
  static inline const char* name = "store";

  explicit store_state(store_actor::stateful_pointer<store_state> self) : self_(self) {}

  store_actor::behavior_type make_behavior(store_settings settings, wall_clock wall);

private:
  [[nodiscard]] clock_reading now() const;
  template <class F>
  [[nodiscard]] caf::result<done_atom> write(F&& work);
  [[nodiscard]] store_figures figures();
  [[nodiscard]] caf::result<std::vector<store_record>> tell(record_kind kind);
  void on_tick();

  store_actor::stateful_pointer<store_state> self_;
  store_settings settings_;
  wall_clock wall_;
  std::optional<journal> journal_;
  duration_histogram writes_;
};

/// Behaviour of the store actor. Spawn it detached: it waits for the disk. A request
/// that could not be written is answered by an error that says why; the store tries
/// the next one all the same.
store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self,
                                 store_settings settings, wall_clock wall);

} // namespace firefinder
