#pragma once

#include "actors/web/gatekeeper.hpp"
#include "actors/web/metrics.hpp"
#include "actors/web/picture.hpp"
#include "actors/web/request.hpp"
#include "actors/web/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// Most streams of events at a time.
inline constexpr std::size_t max_streams = 16;

/// State of the web actor: keeps the present picture of the house, answers questions from it or
/// by asking those whose matter they are, and tells those who follow what changes. While nobody
/// follows it keeps no timer.
class web_state {
public:
  static inline const char* name = "web";

  explicit web_state(web_actor::stateful_pointer<web_state> self) : self_(self) {}
  web_state(const web_state&) = delete;
  web_state& operator=(const web_state&) = delete;
  ~web_state();

  web_actor::behavior_type make_behavior(const web_settings& settings,
                                         const web_server_actor& server,
                                         const decision_language& language, wall_clock wall);

private:
  using answer_promise = caf::typed_response_promise<web_answer>;

  /// One who follows.
  struct stream {
    event_listener listener;
    /// Number of the last event that it was told.
    std::uint64_t told = 0;
    /// It has confirmed what it was told.
    bool ready = true;
  };

  /// A question that waits for several answers.
  struct gathering {
    /// Of `waiting_`.
    std::uint64_t answer = 0;
    std::size_t missing = 0;
    scraped_figures figures;
    /// Who did not say that it is alive.
    std::vector<std::string> silent;
  };

  answer_promise on_question(const web_question& question);
  std::uint64_t keep(answer_promise answer);
  void give(std::uint64_t number, web_answer answer);
  void refuse_the_rest();
  [[nodiscard]] std::optional<web_answer> answer_at_once(const web_request& request) const;
  void tell_decisions(std::uint32_t limit, std::uint64_t answer);
  void explain(const explain_query& query, std::uint64_t answer);
  void order(const operator_order& order, std::uint64_t answer);
  void roll_call(std::uint64_t answer);
  void scrape(std::uint64_t answer);
  template <class Actor, class Member>
  void gather(const std::optional<Actor>& whom, std::uint64_t number, Member member);
  void end_roll_call(std::uint64_t number);
  void end_scrape(std::uint64_t number);
  [[nodiscard]] std::string words_of(const caf::error& why, std::string_view whose) const;

  template <class Message>
  void hear(const Message& x);
  caf::result<done_atom> follow(const event_listener& listener);
  void on_credit();
  void on_down(const caf::down_msg& down);
  void stir();
  void tell_all();
  void tell(stream& to);
  void arm(monotonic due);
  [[nodiscard]] monotonic now() const;

  web_actor::stateful_pointer<web_state> self_;
  std::optional<web_server_actor> server_;
  web_settings settings_;
  std::optional<decision_language> language_;
  wall_clock wall_;
  std::optional<picture> picture_;
  std::optional<gatekeeper> gatekeeper_;
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::optional<control_actor> control_;
  std::optional<store_actor> store_;
  /// Those who show by their answer that the process is alive, by name.
  std::map<std::string, supervised_actor> household_;
  /// Those who wait for an answer of others, by number.
  std::map<std::uint64_t, answer_promise> waiting_;
  std::uint64_t last_question_ = 0;
  std::uint64_t last_gathering_ = 0;
  std::map<std::uint64_t, gathering> gatherings_;
  /// Those who follow, by their actor's id.
  std::map<caf::actor_id, stream> streams_;
  monotonic told_at_ = never;
  /// The tick that is under way; 0: none.
  std::uint64_t tick_ = 0;
  std::uint64_t last_tick_ = 0;
  monotonic tick_due_{};
  std::string problem_;
  unix_seconds problem_since_ = 0;
};

/// Behaviour of the web actor. It ends `server` with itself.
web_actor::behavior_type web(web_actor::stateful_pointer<web_state> self, web_settings settings,
                             web_server_actor server, decision_language language, wall_clock wall);

} // namespace firefinder
