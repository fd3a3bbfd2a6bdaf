#include "src/service_manager.hpp"

#include "messages/log.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstdint>
#include <ctime>
#include <utility>

namespace firefinder {

namespace {

// A service manager that cannot be reached is no reason to end an alarm; it will miss
// the watchdog's messages and act by itself.
void tell(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

} // namespace

std::optional<timespan> watchdog_of_service_manager() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0)
    return std::nullopt;
  return std::chrono::microseconds{microseconds};
}

std::string status_line(const condition& now, const std::string& broker) {
  if (!now.link_up)
    return fmt::format("no connection to {}: {}", broker, now.down_reason);
  return fmt::format("connected to {}, {} camera{} online", broker, now.cameras_online,
                     now.cameras_online == 1 ? "" : "s");
}

outside_world service_manager(std::string broker) {
  outside_world result;
  result.ready = [] { tell(fmt::format("READY=1\nMAINPID={}", getpid())); };
  result.alive = [] { tell("WATCHDOG=1"); };
  result.stopping = [] { tell("STOPPING=1\nSTATUS=stopping"); };
  // Not STOPPING: whoever says so is expected to end. The clock is the one that sd_notify(3)
  // asks for.
  result.restarting = [] {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    tell(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=starting again",
                     static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000));
  };
  result.status = [broker = std::move(broker), last = std::string{}](const condition& now) mutable {
    // A line break in it would begin another message.
    auto line = log::clean(status_line(now, broker));
    if (line == last)
      return;
    tell("STATUS=" + line);
    last = std::move(line);
  };
  return result;
}

} // namespace firefinder
