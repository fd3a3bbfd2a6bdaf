#pragma once

#include "actors/consensus/agreement.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/problem.hpp"

#include <string>
#include <vector>

namespace firefinder {

/// The identity of a trigger: a UUID of version 5 (RFC 4122 section 4.3) over
/// the instance, the moment and the evidence, so that the same decision has the
/// same identity wherever and whenever it is computed.
[[nodiscard]] std::string trigger_id(const decision& d, const consensus_settings& settings);

/// The payload of `fire/trigger`, JSON. It cannot fail: what cannot be told is
/// left out, because a trigger without a zone is worth more than none.
[[nodiscard]] std::string trigger_payload(const decision& d, const std::string& id,
                                          const consensus_settings& settings);

/// The payload of `fire/trigger_missed`: the trigger's own and why it was given up.
[[nodiscard]] std::string missed_payload(const std::string& trigger, const std::string& reason,
                                         unix_seconds now);

/// What `fire/consensus_state` tells.
struct consensus_picture {
  std::vector<std::string> agreeing;
  std::uint32_t threshold = 0;
  bool cooldown = false;
  /// Cameras that must agree when enough of them are online; 0: the same.
  std::uint32_t configured_threshold = 0;
  /// Those of severity trouble: with one, the state is degraded.
  std::vector<problem> problems{};
};

/// What the state is called. A running cooldown is told before trouble, because it
/// changes what the next detection does; whether there is trouble stands beside it.
[[nodiscard]] const char* state_name(bool cooldown, bool degraded) noexcept;

/// The payload of `fire/consensus_state`, JSON.
[[nodiscard]] std::string state_payload(const consensus_picture& picture, unix_seconds now);

} // namespace firefinder
