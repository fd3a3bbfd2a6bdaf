#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace firefinder {

/// Blocks the signals that this program waits for, in this thread and in all
/// that it starts later. Call it before any thread exists.
void block_signals();

/// Whether SIGTERM or SIGINT came and nobody has waited for it yet.
[[nodiscard]] bool stop_is_pending();

/// Waits for SIGTERM and SIGINT in a thread of its own. The first calls `stop`
/// and starts a deadline, past which the process ends at once: a stop must not
/// hang, whatever a library waits for. Further signals change nothing, because
/// timeout(1) and process managers often send theirs twice.
class signal_waiter {
public:
  /// `grace`: longest time from the signal to the end of the process.
  signal_waiter(std::function<void()> stop, std::chrono::milliseconds grace);
  signal_waiter(const signal_waiter&) = delete;
  signal_waiter& operator=(const signal_waiter&) = delete;

  /// The process has ended in time.
  ~signal_waiter();

  /// From here on `stop` is not called any more, and the deadline runs if it did
  /// not before. The process is going to end with `exit_code`.
  void ending(int exit_code);

private:
  enum class state { running, ending, ended };

  void wait();
  void request_stop();

  std::mutex lock_;
  std::function<void()> stop_;
  state state_ = state::running;
  int exit_code_ = 0;
  std::chrono::milliseconds grace_;
  std::thread thread_;
};

} // namespace firefinder
