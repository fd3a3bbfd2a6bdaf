#pragma once

#include "src/replay/evaluation.hpp"

#include <string>
#include <vector>

namespace firefinder::replay {

/// A trigger that one configuration made and the other did not.
struct difference {
  measured_trigger what;
  /// What the other one had decided last at that moment; empty: nothing.
  std::optional<decision_record> other;
};

/// Two configurations over one run.
struct compared_run {
  /// Empty: all files together.
  std::string file;
  score a;
  score b;
  std::vector<difference> only_a;
  std::vector<difference> only_b;
};

/// Both configurations over one run, as a line of JSON and for people.
[[nodiscard]] std::string run_line(const compared_run& x);
[[nodiscard]] std::string run_text(const compared_run& x);

/// Their figures over all runs; the line has the names of the configurations.
[[nodiscard]] std::string total_line(const std::vector<std::string>& names, const score& a,
                                     const score& b);
[[nodiscard]] std::string total_text(const score& a, const score& b);

} // namespace firefinder::replay
