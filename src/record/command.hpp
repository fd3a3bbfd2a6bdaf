#pragma once

#include "src/configuration/settings.hpp"
#include "src/record/options.hpp"

namespace firefinder::record {

/// Records until a signal or the duration ends it. Returns the exit code. Signals must be
/// blocked already (`block_signals`), and logging set up.
[[nodiscard]] int run(const options& asked, const configuration::settings& settings);

} // namespace firefinder::record
