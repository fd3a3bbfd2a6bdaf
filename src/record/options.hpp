#pragma once

#include <optional>
#include <string>
#include <vector>

namespace firefinder::record {

/// What `firefinder record` is asked.
struct options {
  /// File to write; gzip when its name ends in `.gz`.
  std::string path;
  /// Seconds after which it ends; none: when a signal comes.
  std::optional<double> duration_s;
  /// Filters without the topic prefix; empty: what the daemon listens to.
  std::vector<std::string> topics;
  /// Replaces a file that is there.
  bool force = false;
};

} // namespace firefinder::record
