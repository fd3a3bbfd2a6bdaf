#pragma once

#include "tests/chaos/round.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::chaos {

/// What came of all rounds.
class tally {
public:
  void add(const plan& p, const outcome& o);

  /// The test itself failed in a round.
  void add_failure(const plan& p, const std::string& why);

  [[nodiscard]] int rounds() const noexcept { return rounds_; }
  [[nodiscard]] int bad_rounds() const noexcept { return bad_rounds_; }

  /// The table at the end. `how_to_repeat` is the command line without the seed.
  [[nodiscard]] std::string table(const std::string& how_to_repeat) const;

private:
  int rounds_ = 0;
  int bad_rounds_ = 0;
  std::size_t delivered_ = 0;
  std::size_t reported_ = 0;
  std::map<fault, int> injected_;
  std::vector<double> latencies_;
  std::vector<double> stops_;
  std::vector<double> rounds_took_;
  std::uint64_t most_memory_ = 0;
  /// Kind to the rounds in which it was found, for violations and for the rest.
  std::map<std::string, std::vector<std::uint64_t>> violations_;
  std::map<std::string, std::vector<std::uint64_t>> remarks_;
};

} // namespace firefinder::chaos
