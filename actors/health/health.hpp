#pragma once

#include "actors/health/report.hpp"
#include "actors/health/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// State of the health actor: reports at once when the link comes up and then
/// in each service's interval; between links it is silent and keeps no timer.
class health_state {
public:
  static inline const char* name = "health";

  explicit health_state(health_actor::stateful_pointer<health_state> self) : self_(self) {}

  health_actor::behavior_type make_behavior(health_settings settings, resource_probe_actor probe,
                                            wall_clock wall);

private:
  /// A report that waits for figures.
  struct draft {
    std::size_t report = 0;
    std::uint64_t generation = 0;
    int missing = 0;
    report_facts facts;
  };

  void begin(std::size_t report);
  void on_tick(const health_tick& tick);
  void arrived(std::uint64_t number);
  void ask_consensus(std::uint64_t number);
  void take(consensus_figures& answer);
  void go_without_consensus();
  template <class Actor, class Member>
  void ask(const Actor& whom, std::uint64_t number, Member member);

  health_actor::stateful_pointer<health_state> self_;
  health_settings settings_;
  std::optional<resource_probe_actor> probe_;
  wall_clock wall_;
  monotonic started_{};
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<store_actor> store_;
  std::optional<camera_detection_actor> cameras_;
  std::optional<frigate_actor> frigate_;
  std::optional<discovery_actor> discovery_;
  std::optional<web_actor> web_;
  std::optional<drill_actor> drill_;
  /// The present link; 0 while there is none.
  std::uint64_t generation_ = 0;
  std::uint64_t last_draft_ = 0;
  std::map<std::uint64_t, draft> drafts_;
  /// Those of them that wait for the same figures of consensus, and how often it was asked.
  std::vector<std::uint64_t> waiting_for_consensus_;
  std::uint64_t asked_consensus_ = 0;
  /// When the problems of each report were noticed, see `report_facts::noticed`.
  std::map<std::size_t, std::map<std::pair<std::string, std::string>, double>> noticed_;
};

/// Behaviour of the health actor.
health_actor::behavior_type health(health_actor::stateful_pointer<health_state> self,
                                   health_settings settings, resource_probe_actor probe,
                                   wall_clock wall);

} // namespace firefinder
