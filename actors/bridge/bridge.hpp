#pragma once

#include "actors/bridge/request.hpp"
#include "actors/bridge/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace firefinder {

/// State of the bridge: hears requests under `<base>/bridge/request/`, asks consensus, and
/// answers under `<base>/bridge/response/`. It changes nothing.
class bridge_state {
public:
  static inline const char* name = "bridge";

  explicit bridge_state(bridge_actor::stateful_pointer<bridge_state> self) : self_(self) {}

  bridge_actor::behavior_type make_behavior(bridge_settings settings, wall_clock wall);

private:
  void attach(const connection_actor& connection, const consensus_actor& consensus);
  void on_inbound(const inbound& message);
  void explain(const explain_query& query, const std::string& transaction);
  void tell_status(const std::string& transaction);
  void tell_status(const std::string& transaction, const consensus_figures& figures,
                   const std::string& decision);
  void answer(const std::string& operation, std::string payload);
  [[nodiscard]] std::string reason(const caf::error& why) const;

  bridge_actor::stateful_pointer<bridge_state> self_;
  bridge_settings settings_;
  wall_clock wall_;
  monotonic started_{};
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::string protocol_;
  answer_budget budget_;
  std::uint64_t dropped_ = 0;
  std::optional<monotonic> drop_logged_;
};

/// Behaviour of the bridge.
bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self,
                                   bridge_settings settings, wall_clock wall);

} // namespace firefinder
