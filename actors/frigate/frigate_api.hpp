#pragma once

#include "actors/frigate/application.hpp"
#include "actors/frigate/http.hpp"
#include "actors/frigate/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace firefinder {

/// State of the worker that asks Frigate's API.
class frigate_api_state {
public:
  static inline const char* name = "frigate_api";

  explicit frigate_api_state(frigate_api_actor::stateful_pointer<frigate_api_state> self)
    : self_(self) {}

  frigate_api_actor::behavior_type make_behavior(frigate_labels labels, const http_limits& limits);

private:
  /// A report in the making.
  struct draft {
    caf::typed_response_promise<frigate_report> answer;
    frigate_query query;
    frigate_report report;
  };

  /// A change of the configuration under way.
  struct course {
    caf::typed_response_promise<frigate_outcome> answer;
    std::string url;
    application what;
    std::chrono::steady_clock::time_point begun;
  };

  caf::typed_response_promise<frigate_report> begin(const frigate_query& query);
  caf::typed_response_promise<frigate_outcome> begin(const frigate_change& change);
  caf::typed_response_promise<frigate_outcome> begin(const frigate_restart& restart);
  void go_on(std::uint64_t number);
  void keep_ticking();
  void get(std::uint64_t number, const char* resource,
           void (frigate_api_state::*next)(std::uint64_t, const http_answer&));
  void on_configuration(std::uint64_t number, const http_answer& answer);
  void on_version(std::uint64_t number, const http_answer& answer);
  void on_objects(std::uint64_t number, const http_answer& answer);
  void finish(std::uint64_t number);
  void go_on();

  frigate_api_actor::stateful_pointer<frigate_api_state> self_;
  frigate_labels labels_;
  std::optional<http_client> http_;
  std::chrono::milliseconds longest_course_{};
  std::map<std::uint64_t, draft> drafts_;
  std::map<std::uint64_t, course> courses_;
  std::uint64_t last_draft_ = 0;
  /// A tick is on its way.
  bool ticking_ = false;
};

/// Behaviour of the worker. Spawn it detached: it waits for the network, though never for
/// long without looking into its mailbox, so that it can be ended.
frigate_api_actor::behavior_type
frigate_api(frigate_api_actor::stateful_pointer<frigate_api_state> self, frigate_labels labels,
            http_limits limits);

} // namespace firefinder
