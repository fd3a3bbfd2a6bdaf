#pragma once

#include "src/configuration/settings.hpp"

namespace firefinder {

/// Directs the logging front to standard error: lines of text, or one JSON object
/// per line with `time`, `level`, `component` and `message`.
void set_up_logging(const configuration::log_settings& settings);

} // namespace firefinder
