#pragma once

#include "messages/actors.hpp"
#include "messages/status.hpp"
#include "src/recording/arrivals.hpp"
#include "src/recording/writer.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <string>

namespace firefinder::record {

/// How far a recorder is.
struct progress {
  /// Whether there is a link to the broker.
  bool link = false;
  /// Whether there ever was one.
  bool linked = false;
  std::uint64_t messages = 0;
  /// Why the file cannot be written; empty: it can.
  std::string fault;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, progress& x) {
  return f(caf::meta::type_name("progress"), x.link, x.linked, x.messages, x.fault);
}

/// Writes what it hears to a file. Spawned detached, because a disk can block.
using recorder_actor = caf::typed_actor<
    // Bring into the file what is not yet there.
    caf::reacts_to<report_atom>,
    // -> how far it is
    caf::replies_to<figures_atom>::with<progress>,
    // End the file in order -> how far it got, and end.
    caf::replies_to<close_atom>::with<progress>>::extend_with<inbound_listener, link_listener>;

/// State of the recorder.
class recorder_state {
public:
  static inline const char* name = "recorder";

  explicit recorder_state(recorder_actor::stateful_pointer<recorder_state> self) : self_(self) {}

  recorder_actor::behavior_type make_behavior(const std::string& path, bool replace,
                                              std::string topic_prefix);

private:
  void take(inbound& message);
  void flush();
  void note(const status& done);

  recorder_actor::stateful_pointer<recorder_state> self_;
  recording::writer out_;
  std::string prefix_;
  progress so_far_;
  recording::arrivals arrivals_;
};

/// Behaviour of a recorder. It creates the file; one that is there is a fault, unless it is to
/// be replaced. Topics are written with the prefix. After a fault it takes nothing more.
recorder_actor::behavior_type recorder(recorder_actor::stateful_pointer<recorder_state> self,
                                       const std::string& path, bool replace,
                                       std::string topic_prefix);

} // namespace firefinder::record
