#pragma once

#include "actors/supervisor/restart_budget.hpp"
#include "actors/supervisor/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace firefinder {

/// How the supervisor gets its children. `start` counts the starts of that child
/// from 0. The supervisor knows no actor's folder; who builds the tree does.
struct spawners {
  std::function<store_actor(std::uint32_t start)> store;
  std::function<connection_actor(std::uint32_t start)> connection;
  std::function<consensus_actor(std::uint32_t start)> consensus;
  std::function<health_actor(std::uint32_t start)> health;
};

/// State of the supervisor: owns the children, starts them in order, starts a
/// dead one again and makes it known to the others, stops all in order.
class supervisor_state {
public:
  static inline const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::stateful_pointer<supervisor_state> self)
    : self_(self) {}

  supervisor_actor::behavior_type make_behavior(const supervisor_settings& settings,
                                                spawners children);

private:
  enum child : std::uint32_t { store_child, connection_child, consensus_child, health_child };

  void start(child which);
  void introduce_connection();
  void open_when_listening();
  void on_down(const caf::down_msg& down);
  void on_restart(const restart_tick& tick);
  void stop();
  void drain();
  void close();
  void close_store();
  void end_store();
  void finish();

  template <class Actor>
  bool lost(std::optional<Actor>& handle, const caf::actor_addr& who);

  supervisor_actor::stateful_pointer<supervisor_state> self_;
  supervisor_settings settings_;
  spawners children_;
  std::optional<restart_budget> budget_;
  std::optional<store_actor> store_;
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<health_actor> health_;
  std::array<std::uint32_t, 4> starts_{};
  bool stopping_ = false;
  bool failed_ = false;
};

/// Behaviour of the supervisor. It ends with reason `normal` after `stop_atom`,
/// with an error when its children die too often.
supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_settings settings,
           spawners children);

} // namespace firefinder
