#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <string>

namespace firefinder {

/// The time zone of this process from now on: a name of the tz database, such as
/// `Europe/Zurich`; empty: that of the system. Call it before any thread exists.
void use_time_zone(const std::string& name);

/// The day of a moment in the time zone of this process, counted from 1970-01-01.
[[nodiscard]] std::int64_t local_day(unix_seconds at);

} // namespace firefinder
