#pragma once

namespace firefinder {

/// Where the alarm is raised.
inline constexpr auto trigger_topic = "fire/trigger";

} // namespace firefinder
