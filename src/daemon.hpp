#pragma once

#include "messages/status.hpp"
#include "src/configuration/load.hpp"

namespace firefinder {

/// Whether CAF understands the keys under `caf`.
[[nodiscard]] status check_caf_options(const configuration::settings& settings);

/// How the daemon ended.
struct daemon_end {
  int exit_code = 0;
  /// Somebody wants it to start anew, and it could.
  bool restart = false;
};

/// Runs the daemon until a signal, or a request to start anew, ends it. `from`: where its
/// configuration came from, and is read again before it is ended for a restart. Signals must be
/// blocked already (`block_signals`), and logging set up.
[[nodiscard]] daemon_end run_daemon(const configuration::result& loaded,
                                    const configuration::sources& from);

} // namespace firefinder
