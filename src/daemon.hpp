#pragma once

#include "src/configuration/load.hpp"

namespace firefinder {

/// Runs the daemon until a signal ends it. Returns the exit code. Signals must
/// be blocked already (`block_signals`), and logging set up.
[[nodiscard]] int run_daemon(const configuration::result& loaded);

} // namespace firefinder
