#pragma once

#include "tests/support/child_process.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::chaos {

/// What to start.
struct launch {
  std::string binary;
  /// Further arguments, after `run`.
  std::vector<std::string> arguments{};
  test::environment env{};
};

/// The daemon under test: it is killed and started again, with the same state, and
/// writes all its lives to one log.
class subject {
public:
  /// `folder` holds its state and its log.
  subject(launch what, std::filesystem::path folder);

  void start();
  /// SIGKILL. Returns how it had ended by itself before, if it had.
  std::optional<test::exit_state> kill();
  /// SIGTERM; nothing when it has not ended after `limit`.
  std::optional<test::exit_state> stop(std::chrono::steady_clock::duration limit);

  [[nodiscard]] bool started() const noexcept { return process_ != nullptr; }
  /// How it ended, if it has.
  [[nodiscard]] std::optional<test::exit_state> ended();
  [[nodiscard]] std::uint64_t resident_bytes() const;
  [[nodiscard]] std::string log() const;

private:
  launch what_;
  std::filesystem::path folder_;
  std::unique_ptr<test::child_process> process_;
};

} // namespace firefinder::chaos
