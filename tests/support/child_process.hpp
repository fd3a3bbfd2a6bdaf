#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace firefinder::test {

/// What becomes of a process that has ended.
struct exit_state {
  /// Exit code; -1 when a signal ended it.
  int code = -1;
  /// Signal that ended it; 0 when it exited by itself.
  int signal = 0;
  friend bool operator==(const exit_state&, const exit_state&) = default;
  friend std::ostream& operator<<(std::ostream& out, const exit_state& x) {
    return x.signal != 0 ? out << "signal " << x.signal : out << "exit code " << x.code;
  }
};

/// Environment of a child: nothing is inherited but what a program cannot do
/// without (PATH, sanitizer options).
using environment = std::map<std::string, std::string>;

/// A child process. It does not outlive this object, and it does not outlive the
/// thread that started it either, however that ends (so start children from the
/// main thread).
class child_process {
public:
  /// Starts `argv`; output goes to files `<log>.out` and `<log>.err`.
  child_process(std::vector<std::string> argv, const environment& env, std::filesystem::path log);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// Sends a signal, unless it has ended.
  void signal(int number) const noexcept;

  /// Whether it still runs.
  [[nodiscard]] bool running();

  /// Waits until it ends; nothing when it still runs after `limit`.
  [[nodiscard]] std::optional<exit_state> wait(std::chrono::steady_clock::duration limit);

  /// Ends it by SIGKILL, if it runs, and reaps it.
  void kill() noexcept;

  /// What it has written so far.
  [[nodiscard]] std::string standard_output() const;
  [[nodiscard]] std::string standard_error() const;

private:
  std::filesystem::path log_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<exit_state> ended_;
};

/// What a program that ran to its end has left.
struct outcome {
  exit_state state;
  std::string output;
  std::string error;
};

/// Runs a program to its end; throws when it takes longer than `limit`.
[[nodiscard]] outcome run(std::vector<std::string> argv, const environment& env,
                          std::chrono::steady_clock::duration limit);

} // namespace firefinder::test
