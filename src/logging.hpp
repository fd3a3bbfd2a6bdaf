#pragma once

#include "src/configuration/settings.hpp"

namespace firefinder {

/// Directs the logging front to standard error: lines of text, or one JSON object
/// per line with `time`, `level`, `component` and `message`. Nobody waits for the
/// reader: when it stalls, the oldest waiting lines are lost, not the alarm.
void set_up_logging(const configuration::log_settings& settings);

/// Writes what still waits. Blocks while the reader stalls.
void end_logging();

} // namespace firefinder
