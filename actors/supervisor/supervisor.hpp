#pragma once

#include "actors/supervisor/restart_budget.hpp"
#include "actors/supervisor/roll_call.hpp"
#include "actors/supervisor/settings.hpp"
#include "messages/actors.hpp"
#include "messages/status.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace firefinder {

/// How the supervisor gets its children. `start` counts the starts of that child
/// from 0. The supervisor knows no actor's folder; who builds the tree does.
struct spawners {
  std::function<store_actor(std::uint32_t start)> store;
  std::function<connection_actor(std::uint32_t start)> connection;
  std::function<consensus_actor(std::uint32_t start)> consensus;
  std::function<health_actor(std::uint32_t start)> health;
  std::function<bridge_actor(std::uint32_t start)> bridge;
  /// Empty: nothing is asked of Frigate, and there is no such child.
  std::function<frigate_actor(std::uint32_t start)> frigate;
  /// Empty: no cameras are searched, and there is no such child.
  std::function<camera_detection_actor(std::uint32_t start)> camera_detection;
  /// Empty: operators decide nothing at run time, and there is no such child.
  std::function<control_actor(std::uint32_t start)> control;
  /// Empty: nothing is announced, and there is no such child.
  std::function<discovery_actor(std::uint32_t start)> discovery;
  /// Empty: nothing is served by HTTP, and there is no such child.
  std::function<web_actor(std::uint32_t start)> web;
  /// Empty: no exercises are played, and there is no such child.
  std::function<drill_actor(std::uint32_t start)> drill;
};

/// What the daemon does at the moment, for people.
struct condition {
  bool link_up = false;
  /// Why there is no link.
  std::string down_reason;
  std::size_t cameras_online = 0;
};

/// How the world outside hears of the tree: whoever runs the process. Each is called
/// on the supervisor's thread.
struct outside_world {
  /// All children are started and connected with each other.
  std::function<void()> ready = [] {};
  /// Every child has answered in time.
  std::function<void()> alive = [] {};
  /// The stop has begun.
  std::function<void()> stopping = [] {};
  /// Whether the process could start anew, or why not.
  std::function<firefinder::status()> may_restart
      = [] { return firefinder::status::failure("it is not made for that"); };
  /// The stop has begun, and the process starts anew after it.
  std::function<void()> restarting = [] {};
  /// What the daemon does; may repeat itself.
  std::function<void(const condition&)> status = [](const condition&) {};
};

/// State of the supervisor: owns the children, starts them in order, starts a
/// dead one again and makes it known to the others, asks all whether they are
/// alive, stops all in order.
class supervisor_state {
public:
  static inline const char* name = "supervisor";

  explicit supervisor_state(supervisor_actor::stateful_pointer<supervisor_state> self)
    : self_(self) {}

  supervisor_actor::behavior_type make_behavior(const supervisor_settings& settings,
                                                spawners children, outside_world outside);

private:
  enum child : std::uint32_t {
    store_child,
    connection_child,
    consensus_child,
    health_child,
    bridge_child,
    frigate_child,
    camera_detection_child,
    control_child,
    discovery_child,
    web_child,
    drill_child,
    children_count
  };

  void start(child which);
  void begin(child which);
  void introduce_connection();
  void introduce_cameras();
  void introduce_operators();
  void introduce_web(child which);
  void introduce_drill();
  [[nodiscard]] restart_budget& budget_of(child which);
  void open_when_listening();
  void on_down(const caf::down_msg& down);
  void on_restart(const restart_tick& tick);
  void probe_all();
  template <class Actor>
  void probe(child which, const std::optional<Actor>& handle);
  void on_alive(child which);
  void on_silent(child which, const caf::error& fault);
  void tell_status();
  caf::result<done_atom> restart();
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
  outside_world outside_;
  std::optional<restart_budget> budget_;
  /// Of each child that an alarm can do without, a budget of its own.
  std::map<child, restart_budget> spare_budgets_;
  std::optional<store_actor> store_;
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<health_actor> health_;
  std::optional<frigate_actor> frigate_;
  std::optional<bridge_actor> bridge_;
  std::optional<camera_detection_actor> camera_detection_;
  std::optional<control_actor> control_;
  std::optional<discovery_actor> discovery_;
  std::optional<web_actor> web_;
  std::optional<drill_actor> drill_;
  std::array<std::uint32_t, children_count> starts_{};
  roll_call<children_count> roll_call_;
  condition condition_;
  bool ready_ = false;
  bool stopping_ = false;
  bool restarting_ = false;
  bool failed_ = false;
};

/// Behaviour of the supervisor. It ends with reason `normal` after `stop_atom`,
/// with an error when its children die too often. Spawn it detached: it must notice
/// when the scheduler's threads are stuck.
supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_settings settings,
           spawners children, outside_world outside);

} // namespace firefinder
