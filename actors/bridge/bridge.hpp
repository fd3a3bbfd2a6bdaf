#pragma once

#include "actors/bridge/request.hpp"
#include "actors/bridge/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// State of the bridge: hears requests under `<base>/bridge/request/` and commands under
/// `<base>/…/set`, has them done by those whose matter they are, and answers under
/// `<base>/bridge/response/`. It decides nothing itself.
class bridge_state {
public:
  static inline const char* name = "bridge";

  explicit bridge_state(bridge_actor::stateful_pointer<bridge_state> self) : self_(self) {}

  bridge_actor::behavior_type make_behavior(bridge_settings settings, wall_clock wall);

private:
  /// Where an answer goes, and what it repeats.
  struct asker {
    std::string operation;
    std::string transaction;
    /// It was a command: what it did shows in the retained state, so only what went wrong, or
    /// needs to be known, is answered.
    bool command = false;
  };

  /// Orders that are given one after another.
  struct errand {
    asker who;
    std::vector<named_order> orders;
    std::size_t next = 0;
    /// What the orders so far have led to: a JSON object, and for people.
    std::string data = "{}";
    std::string warning;
    /// Whether the answer says what decisions go by.
    bool tells_tuning = false;
    /// What held before the first order, when all or none of them are to be done.
    std::optional<decision_tuning> before;
    /// Why they are set back, and which of them could not be.
    std::string error;
    std::string stuck;
  };

  void attach(const connection_actor& connection, const consensus_actor& consensus);
  void on_inbound(const inbound& message);
  void on_request(const std::string& operation, const inbound& message, monotonic now);
  void on_command(const std::string& command, const inbound& message, monotonic now);
  void tell_too_many(const std::string& operation, const inbound& message, monotonic now);
  void explain(const explain_query& query, const asker& who);
  void tell_status(const asker& who);
  void tell_status(const asker& who, const consensus_figures& figures, const std::string& decision);
  void tell_status(const asker& who, const consensus_figures& figures, const std::string& decision,
                   const std::string& last_drill);
  void check_health(const asker& who);
  void search(const asker& who);
  void restart(const asker& who);
  void drill(const drill_order& order, const asker& who);
  template <class Order>
  void announce(const Order& what, const asker& who);
  void begin(errand what);
  void give_orders(errand what);
  void undo(errand what);
  void tell_tuning(errand what);
  void end(const errand& what);
  void fail(const errand& what, const std::string& error);
  void follow_next(const asker& who);
  void answer(const asker& who, std::string payload);
  void refuse(const asker& who, rejection why, const std::string& error);
  void count(rejection why, monotonic now);
  [[nodiscard]] std::string reason(const caf::error& why, std::string_view whose) const;

  bridge_actor::stateful_pointer<bridge_state> self_;
  bridge_settings settings_;
  wall_clock wall_;
  monotonic started_{};
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<control_actor> control_;
  std::optional<discovery_actor> discovery_;
  std::optional<camera_detection_actor> cameras_;
  std::optional<health_actor> health_;
  std::optional<drill_actor> drill_;
  std::optional<restarter> restarter_;
  std::string protocol_;
  answer_budget questions_{max_answers_per_second};
  answer_budget changes_{max_changes_per_second, max_changes};
  /// When it was last told that there are too many, by operation; all that do not exist are one.
  std::map<std::string, monotonic> too_many_told_;
  command_queue commands_;
  answer_budget command_answers_{max_command_answers_per_second, max_command_answers};
  std::uint64_t dropped_ = 0;
  std::map<rejection, std::uint64_t> refused_;
  std::map<rejection, monotonic> refusal_logged_;
  /// Those who wait for the end of a search.
  std::vector<asker> searching_;
};

/// Behaviour of the bridge.
bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self,
                                   bridge_settings settings, wall_clock wall);

} // namespace firefinder
