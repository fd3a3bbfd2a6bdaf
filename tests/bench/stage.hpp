#pragma once

#include "tests/bench/counter.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace firefinder::test {

/// Processor time that a process has used so far, user and system, to the nanosecond.
[[nodiscard]] std::chrono::duration<double> cpu_time_of(pid_t process);

/// A do-nothing subscriber to all detections, as a process.
class null_subscriber {
public:
  /// `library` is `paho` or `mosquitto`. Returns when it is subscribed.
  null_subscriber(const std::string& library, std::uint16_t port);

  [[nodiscard]] std::uint64_t received() const noexcept { return state_->received; }
  [[nodiscard]] std::chrono::duration<double> cpu_time() const {
    return cpu_time_of(process_.pid());
  }

private:
  temporary_directory directory_;
  mapped_state state_;
  child_process process_;
};

/// A fire before two cameras of its own, and the trigger that follows.
class fire_watch {
public:
  explicit fire_watch(std::uint16_t port);

  /// Has it burn. Returns the time from the deciding detection to the trigger; nothing when there
  /// is none within `limit`.
  [[nodiscard]] std::optional<std::chrono::duration<double>>
  burn(std::chrono::steady_clock::duration limit);

private:
  void grow(const std::string& camera, const std::string& object, bool all);
  void shrink(const std::string& object);

  mqtt_peer watcher_;
  mqtt_peer cameras_;
  std::size_t fires_ = 0;
};

/// Waits until the daemon does next to nothing for a while; false when it still works after
/// `limit`.
[[nodiscard]] bool comes_to_rest(daemon& subject, std::chrono::duration<double> limit);

/// The documents by which cameras are announced to Home Assistant from here on.
class announcements {
public:
  explicit announcements(std::uint16_t port);

  /// Waits until so many cameras are announced, as far as it is shown them; false when they are not
  /// after `limit`.
  [[nodiscard]] bool complete(std::size_t cameras, std::chrono::steady_clock::duration limit) const;

private:
  mqtt_peer watcher_;
};

/// Messages that the broker has dropped so far. It tells no more often than its `sys_interval`.
[[nodiscard]] std::uint64_t dropped_by_broker(std::uint16_t port);

} // namespace firefinder::test
