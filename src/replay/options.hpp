#pragma once

#include <optional>
#include <string>
#include <vector>

namespace firefinder::replay {

/// What `firefinder replay` is asked.
struct options {
  /// Recordings, in order.
  std::vector<std::string> files;
  /// Objects, a line each, in place of text.
  bool json = false;
  /// Anything wrong with a recording fails the run at its end.
  bool strict = false;
  /// Each file is a run of its own; otherwise they are one stream.
  bool each = false;
  /// Two configurations to set side by side; empty: the common one alone.
  std::vector<std::string> compare;
  /// Moment of the ignition, one for each run, in unix seconds; empty: not known.
  std::vector<double> ignitions;
  /// There is no fire in it: every trigger is false.
  bool no_fire = false;
  /// Picture to draw; a name that ends in `.html` makes a page, any other an SVG file.
  std::optional<std::string> plot;
};

} // namespace firefinder::replay
