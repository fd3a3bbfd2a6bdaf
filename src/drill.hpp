#pragma once

#include "src/command_line.hpp"
#include "src/configuration/settings.hpp"

namespace firefinder {

/// Has the running daemon play an exercise, and prints what came of it. Returns the exit code: 0 it
/// passed, 1 it did not, or could not be asked for.
[[nodiscard]] int order_drill(const configuration::settings& settings, const drill_options& asked);

} // namespace firefinder
