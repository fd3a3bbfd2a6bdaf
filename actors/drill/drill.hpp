#pragma once

#include "actors/drill/course.hpp"
#include "actors/drill/exercise.hpp"
#include "actors/drill/settings.hpp"
#include "actors/drill/stage.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// What the exercises are given, because it belongs to others.
struct drill_means {
  /// Starts a consensus like that of the house, with cameras of its own.
  std::function<consensus_actor()> make_consensus;
  /// A new identity, which nobody can guess.
  std::function<std::string()> new_id;
  wall_clock wall;
};

/// State of the exercises: plays one at a time, remembers what came of the last, and knows when
/// the next is due.
class drill_state {
public:
  static inline const char* name = "drill";

  explicit drill_state(drill_actor::stateful_pointer<drill_state> self) : self_(self) {}
  drill_state(const drill_state&) = delete;
  drill_state& operator=(const drill_state&) = delete;

  /// Ends what belongs to an exercise that is under way.
  ~drill_state();

  drill_actor::behavior_type make_behavior(drill_settings settings, drill_means means);

private:
  using asker = caf::typed_response_promise<drill_report>;

  /// An exercise that is under way.
  struct run {
    std::uint64_t number = 0;
    course progress;
    timespan limit{};
    /// None: nobody waits for it.
    std::optional<asker> who{};
    decision_tuning tuning{};
    exercise_plan plan{};
    echoes expected{};
    /// Frame that is published now, how many cameras' the broker has not taken, and when the
    /// first one was.
    std::size_t frame = 0;
    std::uint32_t untaken = 0;
    monotonic began{};
    unix_seconds began_wall = 0;
    std::optional<consensus_actor> consensus{};
    std::optional<connection_actor> stage_link{};
    std::optional<store_actor> stage_store{};
    /// As the consensus of the exercise has published it.
    std::string trigger{};
    /// Waits for what becomes of the trigger on the topic of pumps; none: it is not sent.
    std::optional<live_witness_actor> live_witness{};
  };

  void attach(const connection_actor& connection, const consensus_actor& consensus);
  void attach(const store_actor& store);
  void take_up(const std::vector<store_record>& records);
  void on_link_up(const link_up& link);
  void on_link_down(const link_down& link);
  asker on_order(const drill_order& order);

  void begin(const drill_order& order, bool scheduled, std::optional<asker> who);
  void ask_consensus();
  void ask_control();
  void ask_connection();
  void set_stage();
  void show_frame();
  void frame_taken();
  void on_inbound(const inbound& message);
  void on_decision(const decision_record& decision);
  void on_event(const drill_event& event);
  void check_store();
  void publish_trigger(const publication& what);
  void publish_live();
  void go_on();
  void on_tick(const drill_tick& tick);

  void fail(std::string reason);
  void fail(drill_step step, std::string reason);
  void finish(const drill_report& report);
  void strike(run& what);
  [[nodiscard]] bool is_current(std::uint64_t number) const noexcept;
  void arm_next();
  void arm_next(timespan pause);
  void keep();
  void publish_state();
  void clear_former_state();
  void keep_state_topic();
  void tell_problems();
  void tell_listeners();
  [[nodiscard]] std::string topic(const char* below) const;
  [[nodiscard]] std::string words_of(const caf::error& why) const;
  [[nodiscard]] drill_figures figures() const;
  [[nodiscard]] monotonic now() const;

  drill_actor::stateful_pointer<drill_state> self_;
  drill_settings settings_;
  drill_means means_;
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<store_actor> store_;
  std::optional<control_actor> control_;
  /// The present link; 0 while there is none.
  std::uint64_t generation_ = 0;
  bool restored_ = false;
  drill_memory memory_;
  std::vector<drill_listener> listeners_;
  /// Where the result stands at the broker, as the store knows it; empty: nowhere.
  std::string state_topic_;
  std::optional<run> run_;
  std::uint64_t runs_ = 0;
  /// Numbers of the pending ticks, 0: none, and of the last one of all.
  std::uint64_t next_tick_ = 0;
  std::uint64_t limit_tick_ = 0;
  std::uint64_t frame_tick_ = 0;
  std::uint64_t last_tick_ = 0;
  /// Wall clock when the next one begins by itself; 0: none is to come.
  unix_seconds next_at_ = 0;
};

/// Behaviour of the exercises.
drill_actor::behavior_type drill(drill_actor::stateful_pointer<drill_state> self,
                                 drill_settings settings, drill_means means);

} // namespace firefinder
