#pragma once

#include "actors/control/alarm.hpp"
#include "actors/control/decisions.hpp"
#include "actors/control/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// State of the control actor: takes the orders of operators, keeps what they decide in the
/// store, and tells consensus and the listeners of it.
class control_state_machine {
public:
  static inline const char* name = "control";

  explicit control_state_machine(control_actor::stateful_pointer<control_state_machine> self)
    : self_(self) {}

  control_actor::behavior_type make_behavior(control_settings settings, wall_clock wall);

private:
  /// Who waits for what becomes of an order.
  struct asker {
    caf::typed_response_promise<operator_outcome> promise;
    order_kind what = order_kind::arm;
    std::string by;
  };
  /// What is done when something is written, or cannot be: `kept` tells which.
  using continuation = std::function<void(bool kept)>;

  /// Records that are being written for one change.
  struct writing {
    std::size_t left = 0;
    bool kept = true;
    continuation then;
  };
  /// A record that the store does not have yet.
  struct unsaved_record {
    std::string value;
    /// Of the last attempt.
    std::uint64_t number = 0;
  };

  void attach(const store_actor& store);
  void attach(const consensus_actor& consensus);
  void ask_store();
  void not_told(const std::string& why);
  void ask_known();
  void take_up_known(const std::vector<store_record>& records);
  void listen(const control_listener& listener);
  void take_up(const std::vector<store_record>& records);
  void begin_work();

  [[nodiscard]] caf::typed_response_promise<operator_outcome> on_order(const operator_order& order);
  void obey(const operator_order& order, asker who);
  void obey_alarm(const operator_order& order, asker who);
  void remove(const operator_order& order, asker who);
  void finish_removal(const std::string& id, asker who);
  void finish(decisions::outcome outcome, asker who);
  static void deliver(asker& who, std::string data, bool kept);
  static void refuse(asker& who, std::string why);

  void on_house(const house_state& house);
  void hear_house();
  void keep_alarm(continuation then);
  void announce(const alarm_event& what);

  void commit(std::vector<store_record> records, continuation then);
  void write(store_record record, std::uint64_t change);
  void written(std::uint64_t change, bool kept);
  void write_unsaved();
  void write_known();
  void write_the_rest();

  void tell_consensus();
  void tell_listeners();
  void on_tick(const control_tick& tick);
  void schedule();
  [[nodiscard]] control_state state() const;
  [[nodiscard]] control_moment moment() const;

  control_actor::stateful_pointer<control_state_machine> self_;
  wall_clock wall_;
  timespan longest_tick_{};
  std::optional<decisions> decisions_;
  std::optional<latched_alarm> alarm_;
  /// Orders are done; before that they wait in `waiting_` for what the store knows.
  bool running_ = false;
  /// The store has told what it knows.
  bool restored_ = false;
  /// Wall clock since when the configuration holds in place of what the store has.
  unix_seconds unknown_since_ = 0;
  /// The store is being asked, which question that is, and when the next one is due.
  bool asking_ = false;
  std::uint64_t question_ = 0;
  bool silence_told_ = false;
  timespan ask_pause_{};
  monotonic ask_at_{};
  /// When it is asked again for the cameras of an earlier process.
  std::optional<monotonic> ask_known_at_;
  monotonic give_up_{};
  std::deque<std::pair<operator_order, asker>> waiting_;
  /// The house as it was told last, while that may still matter for the alarm.
  std::optional<house_state> house_;

  std::optional<store_actor> store_;
  std::optional<consensus_actor> consensus_;
  std::optional<camera_detection_actor> camera_detection_;
  std::vector<control_listener> listeners_;
  std::optional<decision_tuning> told_tuning_;
  /// The consensus has not told how it stands, which matters while the store's word is missing.
  bool house_unheard_ = false;
  std::optional<control_state> told_state_;

  /// Keys decided about before the store has told what it knows. Their records stay unsaved until
  /// then: a store without its file may take them and still have others in the file.
  std::set<std::string> decided_;
  std::map<std::string, unsaved_record> unsaved_;
  bool store_trouble_ = false;
  monotonic retry_at_{};
  std::uint64_t write_number_ = 0;
  std::map<std::uint64_t, writing> writings_;
  std::uint64_t change_number_ = 0;
  alarm_memory kept_alarm_;

  std::uint64_t tick_number_ = 0;
  std::optional<monotonic> tick_at_;
};

/// Behaviour of the control actor.
control_actor::behavior_type control(control_actor::stateful_pointer<control_state_machine> self,
                                     control_settings settings, wall_clock wall);

} // namespace firefinder
