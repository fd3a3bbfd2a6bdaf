#pragma once

#include "actors/supervisor/supervisor.hpp"
#include "messages/time.hpp"

#include <optional>
#include <string>

namespace firefinder {

/// The interval of the service manager's watchdog for this process: it wants to hear
/// that we are alive more often than that. Nothing when it has none.
[[nodiscard]] std::optional<timespan> watchdog_of_service_manager();

/// One line for `systemctl status`. `broker` is "host:port".
[[nodiscard]] std::string status_line(const condition& now, const std::string& broker);

/// Tells systemd, or any other that understands sd_notify(3), how the tree is. Without
/// one that listens at $NOTIFY_SOCKET every call does nothing.
[[nodiscard]] outside_world service_manager(std::string broker);

} // namespace firefinder
