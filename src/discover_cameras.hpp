#pragma once

#include "src/configuration/settings.hpp"
#include "src/discover/options.hpp"

namespace firefinder {

/// `firefinder discover` with the real camera detection. Returns the exit code. Signals must be
/// blocked already (`block_signals`), and logging set up.
[[nodiscard]] int discover_cameras(const discover::options& asked,
                                   const configuration::settings& settings);

} // namespace firefinder
