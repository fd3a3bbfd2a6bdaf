#pragma once

#include "tests/chaos/fault_proxy.hpp"
#include "tests/chaos/lasting_peer.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::chaos {

/// What is wrong with a round, or worth a word.
struct finding {
  /// One or two words, the same for all findings of this kind.
  std::string kind;
  std::string what;
  /// A promise was broken; otherwise nobody but the broker or the link is to blame.
  bool violation = true;
};

/// What was seen of triggers in a round.
struct evidence {
  /// What the witness heard on fire/trigger and fire/trigger_missed.
  std::vector<heard> triggers;
  std::vector<heard> reports;
  /// Handshakes between daemon and broker.
  std::vector<wire_event> wire;
  /// When the broker lost its memory; unix seconds.
  std::vector<double> memory_losses;
  /// Cameras that saw the fire.
  std::set<std::string> fire_cameras;
};

/// What became of triggers, by identity.
struct standing {
  /// Reached the witness and were not reported as missed.
  std::set<std::string> delivered;
  std::set<std::string> reported;
  /// Known to the witness or from the wire, but neither of these.
  std::set<std::string> open;
  /// From the decision to the witness, in seconds.
  std::vector<double> latencies;
  /// One of them was lost by a broker that lost its memory.
  bool died_with_the_broker = false;
};

[[nodiscard]] standing stand_of(const evidence& seen);

/// Holds what was seen against what is promised. `must_arrive`: there was a fire.
[[nodiscard]] std::vector<finding> judge(const evidence& seen, bool must_arrive = true);

/// The wire, the witness and further marks, a line for each event, with times relative
/// to `zero`.
[[nodiscard]] std::string protocol_of(const evidence& seen,
                                      const std::vector<std::pair<double, std::string>>& marks,
                                      double zero);

} // namespace firefinder::chaos
