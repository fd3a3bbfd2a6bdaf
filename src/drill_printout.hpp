#pragma once

#include <string>

namespace firefinder {

/// An answer to the request `drill`, as it is printed.
struct drill_printout {
  std::string text;
  /// Why the daemon has not begun one; empty: it has.
  std::string refusal;
  bool passed = false;
};

/// Lays an answer out for people, or as JSON. Whatever the answer holds, it does not fail.
[[nodiscard]] drill_printout print_drill(const std::string& response, bool as_json);

} // namespace firefinder
