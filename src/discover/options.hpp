#pragma once

#include <optional>

namespace firefinder::discover {

/// What `firefinder discover` is asked.
struct options {
  /// `--json`.
  bool json = false;
  /// `--scan`: try every address of the networks.
  bool scan = false;
  /// `--log-in`: try the owner's passwords at cameras that want one.
  bool log_in = false;
  /// `--timeout`, in seconds; none: as long as the configured search may take.
  std::optional<double> timeout_s;
};

} // namespace firefinder::discover
