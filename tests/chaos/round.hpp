#pragma once

#include "tests/chaos/plan.hpp"
#include "tests/chaos/subject.hpp"
#include "tests/chaos/verdict.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace firefinder::chaos {

/// What came of a round.
struct outcome {
  std::vector<finding> findings;
  /// Faults that were injected, by kind; a trap that no packet sprang is none.
  std::map<fault, int> injected;
  std::size_t delivered = 0;
  std::size_t reported = 0;
  std::vector<double> latencies;
  double took_s = 0;
  double stop_s = 0;
  std::uint64_t resident_bytes = 0;
  /// For people who look for the cause.
  std::string history;
  std::string daemon_log;
  std::string broker_log;

  [[nodiscard]] bool kept_every_promise() const;
};

/// Someone wants the rounds to end.
class interrupted : public std::runtime_error {
public:
  interrupted() : std::runtime_error("interrupted") {}
};

/// How long to wait for what should come, and how much is too much. Nothing waits so
/// long unless it fails.
struct limits {
  std::chrono::duration<double> online{20};
  std::chrono::duration<double> delivered{15};
  /// A dead connection is found by its keep-alive of 5 s, and the next may be dead too.
  std::chrono::duration<double> delivered_past_dead_links{35};
  std::chrono::duration<double> right_state{10};
  /// Of the daemon in memory; one with sanitizers needs more.
#ifdef __SANITIZE_ADDRESS__
  std::uint64_t resident_bytes = 1024UL << 20U;
#else
  std::uint64_t resident_bytes = 128UL << 20U;
#endif
};

/// Plays a round: a broker, a fire, faults, and what comes of it. Throws `interrupted`
/// soon after `stop` is set; what else it throws is a fault of the test itself.
[[nodiscard]] outcome play(const plan& p, const launch& what, const std::atomic<bool>& stop,
                           const limits& bounds = {});

} // namespace firefinder::chaos
