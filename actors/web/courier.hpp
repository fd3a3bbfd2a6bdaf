#pragma once

#include "actors/web/event_counter.hpp"
#include "messages/actors.hpp"
#include "messages/web.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace firefinder {

/// So long a courier waits to be told of events.
inline constexpr timespan follow_deadline = std::chrono::seconds{2};

/// Hears, with the number of a question, what becomes of it.
using answer_listener = caf::typed_actor<
    // The answer, after which nothing comes if it is no stream.
    caf::reacts_to<std::uint64_t, web_answer>,
    // Events of the stream.
    caf::reacts_to<std::uint64_t, web_events>,
    // It ends: nobody answers, the stream is at its end, or all is told.
    caf::reacts_to<std::uint64_t, done_atom>>;

/// Carries one question to the web actor, and what becomes of it to the server, which waits for its
/// sockets and is woken.
using courier_actor = event_listener::extend<
    // The events that were carried last have gone out.
    caf::reacts_to<web_credit>>;

/// Whom it serves.
struct courier_errand {
  web_actor whom;
  answer_listener server;
  std::shared_ptr<const event_counter> news;
  std::uint64_t number = 0;
  timespan within{};
  /// Whether a stream of events is followed, when the answer is one.
  bool follows = false;
};

class courier_state {
public:
  static inline const char* name = "web_courier";

  explicit courier_state(courier_actor::stateful_pointer<courier_state> self) : self_(self) {}

  courier_actor::behavior_type make_behavior(courier_errand errand, const web_question& question);

private:
  void on_answer(web_answer& answer);
  void follow(web_answer answer);

  template <class T>
  void tell(T what);

  courier_actor::stateful_pointer<courier_state> self_;
  courier_errand errand_;
  /// Whether the server knows of the stream, and what there is to tell when it does.
  bool follows_ = false;
  std::optional<web_events> first_;
};

courier_actor::behavior_type courier(courier_actor::stateful_pointer<courier_state> self,
                                     courier_errand errand, const web_question& question);

} // namespace firefinder
