#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace firefinder::test {

/// Plays the part of systemd towards one daemon: listens to what it tells.
class service_manager {
public:
  service_manager();

  /// The variables that systemd would set, for a watchdog with this interval.
  [[nodiscard]] environment variables(std::chrono::milliseconds watchdog) const;

  struct message {
    std::string text;
    std::chrono::steady_clock::time_point arrived;
  };

  /// Everything that was told so far, in order.
  [[nodiscard]] const std::vector<message>& messages();

  /// How many messages so far have exactly this line.
  [[nodiscard]] std::size_t count(const std::string& line);

  /// Waits for the n-th message with exactly this line.
  [[nodiscard]] bool wait_for(const std::string& line, std::size_t n = 1);

  /// What was told, for people.
  [[nodiscard]] std::string transcript();

private:
  temporary_directory directory_;
  descriptor socket_;
  std::vector<message> messages_;
};

} // namespace firefinder::test
