#pragma once

#include "tests/chaos/fault_proxy.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::chaos {

/// What can go wrong.
enum class fault : std::uint8_t {
  cut,
  outage,
  stall_up,
  stall_down,
  stall_both,
  half_open,
  trickle,
  fragment,
  delay,
  duplicate,
  handshake,
  broker_freeze,
  broker_restart,
  broker_kill,
  expiry,
  kill,
  kill_handshake,
  kill_expiry,
};

/// A fault's name, its family and a line for people.
struct fault_kind {
  fault what;
  std::string_view name;
  std::string_view family;
  std::string_view about;
};

/// All of them.
[[nodiscard]] const std::vector<fault_kind>& fault_kinds();

[[nodiscard]] const fault_kind& kind_of(fault f);

/// The faults that a comma-separated list of names and families stands for; empty: all.
/// Throws std::invalid_argument with the name that is none.
[[nodiscard]] std::set<fault> chosen_faults(std::string_view names);

/// One fault of a round. Times in seconds.
struct step {
  fault what{};
  /// Relative to the detection that decides.
  double at = 0;
  double lasts = 0;
  /// Begins when this packet of a trigger's handshake comes by, not at once.
  std::optional<chaos::trap> trap{};
  chaos::pace pace{};
  /// stall: ends with a cut. half_open: dead connections are never reset.
  /// kill: what was on its way is lost with the daemon.
  bool hard = false;
};

/// How a round ends.
enum class ending : std::uint8_t {
  /// SIGTERM, everything healthy.
  orderly,
  /// SIGTERM while the broker is halted.
  broker_frozen,
  /// SIGTERM while there is no way to the broker.
  no_link,
  /// SIGTERM while everything said is lost.
  half_open,
  /// SIGKILL.
  killed,
};

[[nodiscard]] std::string_view name_of(ending e);

/// Everything that a round is made of.
struct plan {
  std::uint64_t seed = 0;
  bool persistence = false;
  /// mqtt.protocol of the daemon.
  std::string protocol = "auto";
  /// consensus.trigger_ttl_s of the daemon.
  double ttl_s = 60;
  /// The fire is seen only until shortly after the deciding detection.
  bool brief = false;
  int noise_cameras = 1;
  ending end = ending::orderly;
  std::vector<step> steps;

  [[nodiscard]] bool has(fault f) const;
  [[nodiscard]] bool kills() const;
};

/// The plan of a seed, from these faults. The same seed and faults give the same plan.
[[nodiscard]] plan make_plan(std::uint64_t seed, const std::set<fault>& faults);

/// A plan in words, a line for each fault.
[[nodiscard]] std::string describe(const plan& p);

} // namespace firefinder::chaos
