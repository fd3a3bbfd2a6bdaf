#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::test {

/// How a daemon ended.
struct stopped {
  exit_state state;
  std::chrono::steady_clock::duration took{};
};

/// A running Firefinder. It is started with nothing but the given environment
/// (and a home directory of its own), so what a machine has set does not matter.
class daemon {
public:
  /// Starts `firefinder run`. `env` is added to MQTT_BROKER=127.0.0.1 and MQTT_PORT=`port`.
  /// `options` are added to the command line.
  daemon(const std::string& binary, std::uint16_t port, const environment& env = {},
         const std::vector<std::string>& options = {});

  [[nodiscard]] child_process& process() noexcept { return *process_; }

  /// When it was started.
  [[nodiscard]] std::chrono::steady_clock::time_point started() const noexcept { return started_; }

  /// What it has logged so far.
  [[nodiscard]] std::string log() const;

  /// Whether its log holds a line that matches this regular expression (case is ignored).
  [[nodiscard]] bool logged(const std::string& expression) const;

  /// Sends `signal` and waits for the end; throws when it does not come.
  stopped terminate(int signal);

  /// Resident memory, in bytes.
  [[nodiscard]] std::uint64_t resident_bytes() const;

  /// Processor time used so far, user and system.
  [[nodiscard]] std::chrono::duration<double> cpu_time() const;

  /// Number of open file descriptors.
  [[nodiscard]] std::size_t open_files() const;

private:
  temporary_directory directory_;
  std::chrono::steady_clock::time_point started_;
  std::unique_ptr<child_process> process_;
};

/// Topics of presence, without prefix: each says `online` or `offline`.
inline constexpr const char* presence_topics[]
    = {"system/fire_consensus/lwt", "system/camera_detector/lwt", "firefinder/bridge/state"};

/// Waits until every presence topic has said `word` since `watcher`, who listens to
/// them, was cleared; returns the topics that have not.
[[nodiscard]] std::string missing_presence(const mqtt_peer& watcher, const std::string& prefix,
                                           const std::string& word,
                                           std::chrono::steady_clock::duration limit);

} // namespace firefinder::test
