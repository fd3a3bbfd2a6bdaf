#pragma once

#include "src/command_line.hpp"
#include "src/configuration/settings.hpp"

namespace firefinder {

/// Asks the running daemon over its broker and prints the answer. Connects as a client of its own,
/// which leaves nothing behind and publishes nothing but the question. Returns the exit code: 0
/// healthy, or explained; 1 degraded, or not to be explained; 2 nobody was reached.
[[nodiscard]] int ask_status(const configuration::settings& settings, const status_options& asked);

} // namespace firefinder
