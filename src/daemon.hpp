#pragma once

#include "messages/status.hpp"
#include "src/configuration/load.hpp"

namespace firefinder {

/// Whether CAF understands the keys under `caf`.
[[nodiscard]] status check_caf_options(const configuration::settings& settings);

/// Runs the daemon until a signal ends it. Returns the exit code. Signals must
/// be blocked already (`block_signals`), and logging set up.
[[nodiscard]] int run_daemon(const configuration::result& loaded);

} // namespace firefinder
