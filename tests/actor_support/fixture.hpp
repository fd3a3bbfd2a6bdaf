#pragma once

// Virtual time and a deterministic scheduler for tests of actors. Include it
// last: CAF's test DSL defines macros with everyday names.

#include "messages/actors.hpp"
#include "messages/types.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <vector>

#include <caf/test/dsl.hpp>

namespace firefinder::test {

using namespace std::chrono_literals;

struct config : caf::actor_system_config {
  config() { register_types(*this); }
};

/// Wall clock at the start of virtual time.
inline constexpr unix_seconds start_of_time = 1'700'000'000;

/// Owns the actors of a test and ends them: CAF's fixture would otherwise wait
/// for ever for those with timers.
class actor_fixture : public test_coordinator_fixture<config> {
public:
  actor_fixture() { beginning_ = now(); }

  ~actor_fixture() {
    for (const auto& a : owned_)
      caf::anon_send_exit(a, caf::exit_reason::kill);
    settle();
  }

  /// Ends this actor with the test.
  template <class Handle>
  Handle own(Handle handle) {
    owned_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  /// Lets the actors work until none has anything to do at this moment.
  void settle() { consume_messages(); }

  /// Lets this actor alone work until its mailbox is empty.
  template <class Handle>
  void work(const Handle& who) {
    while (sched.prioritize(who))
      sched.run_once();
  }

  /// Lets virtual time pass in steps, so that what becomes due in between is done
  /// in between.
  void pass(timespan span, timespan step = 50ms) {
    settle();
    for (auto left = span; left > timespan{0}; left -= step) {
      advance_time(std::min(left, step));
      settle();
    }
  }

  /// Delayed messages and deadlines that are still to come.
  std::size_t timers() { return sched.clock().schedule().size(); }

  /// Virtual monotonic time.
  monotonic now() { return sched.clock().now().time_since_epoch(); }

  /// A wall clock that runs with virtual time.
  wall_clock wall() {
    return [this] { return start_of_time + to_seconds(now() - beginning_); };
  }

private:
  monotonic beginning_{};
  std::vector<caf::actor> owned_;
};

/// Collects what a role hears.
struct link_log {
  std::vector<link_up> ups;
  std::vector<link_down> downs;
};

/// An actor that notes the state of the link in `log`, which outlives it.
inline link_listener::behavior_type note_link(link_listener::pointer, link_log* log) {
  return {
      [log](const link_up& x) { log->ups.push_back(x); },
      [log](const link_down& x) { log->downs.push_back(x); },
  };
}

/// An actor that collects the messages routed to it.
inline inbound_listener::behavior_type note_inbound(inbound_listener::pointer,
                                                    std::vector<inbound>* log) {
  return {[log](const inbound& x) { log->push_back(x); }};
}

struct delivery_log {
  std::vector<std::string> delivered;
  std::vector<firefinder::expired> expired;
};

/// An actor that notes what became of durable publications.
inline delivery_listener::behavior_type note_delivery(delivery_listener::pointer,
                                                      delivery_log* log) {
  return {
      [log](const delivered& x) { log->delivered.push_back(x.id); },
      [log](const expired& x) { log->expired.push_back(x); },
  };
}

/// Asks `whom` to close within `deadline` and waits for no answer. (Spawned with
/// arguments, as all our actors: CAF 0.17.6 dereferences a null pointer without.)
inline void request_close(caf::event_based_actor* self, connection_actor whom, timespan deadline) {
  self->request(whom, caf::infinite, close_atom_v, deadline)
      .then([](done_atom) {}, [](const caf::error&) {});
}

/// How an actor ended.
struct end_log {
  bool ended = false;
  /// With an error as its reason.
  bool failed = false;
};

/// An actor that notes the end of `whom` in `log`.
inline caf::behavior note_end(caf::event_based_actor* self, const caf::actor& whom, end_log* log) {
  self->monitor(whom);
  self->set_down_handler([log](const caf::down_msg& down) {
    log->ended = true;
    log->failed = static_cast<bool>(down.reason);
  });
  return {[](done_atom) {}};
}

} // namespace firefinder::test
