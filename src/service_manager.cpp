#include "src/service_manager.hpp"

#include "actors/file_descriptor.hpp"
#include "messages/log.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string_view>
#include <utility>

namespace firefinder {

namespace {

// What a number of the environment is; nothing when it is none.
template <class T>
std::optional<T> number_of(const char* variable) {
  const auto* const text = std::getenv(variable);
  if (text == nullptr)
    return std::nullopt;
  const std::string_view all{text};
  T result{};
  const auto [end, fault] = std::from_chars(all.begin(), all.end(), result);
  return fault == std::errc{} && end == all.end() ? std::optional{result} : std::nullopt;
}

// One datagram to the socket of the service manager, whose protocol is stable (sd_notify(3),
// NOTES). libsystemd would bring five libraries and 0.8 MiB for it. A service manager that cannot
// be reached is no reason to end an alarm; it will miss the watchdog's messages and act by itself.
void tell(std::string_view state) {
  const auto* const where = std::getenv("NOTIFY_SOCKET");
  const std::string_view path{where == nullptr ? "" : where};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A path, or an abstract name, whose '@' stands for a null byte.
  if (path.size() < 2 || path.size() >= sizeof address.sun_path
      || (path.front() != '/' && path.front() != '@'))
    return;
  path.copy(static_cast<char*>(address.sun_path), path.size());
  if (path.front() == '@')
    address.sun_path[0] = '\0';
  const file_descriptor fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!fd)
    return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  static_cast<void>(::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length));
}

} // namespace

std::optional<timespan> watchdog_of_service_manager() {
  const auto microseconds = number_of<std::uint64_t>("WATCHDOG_USEC");
  // It may be meant for the process that started this one.
  const bool is_ours
      = std::getenv("WATCHDOG_PID") == nullptr || number_of<pid_t>("WATCHDOG_PID") == ::getpid();
  constexpr std::uint64_t most
      = std::chrono::duration_cast<std::chrono::microseconds>(timespan::max()).count();
  if (!microseconds || *microseconds == 0 || *microseconds > most || !is_ours)
    return std::nullopt;
  return std::chrono::microseconds{*microseconds};
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
