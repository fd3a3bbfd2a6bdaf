#include "src/signals.hpp"

#include "messages/log.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace firefinder {

namespace {

// Wakes our own waiter.
constexpr int wake = SIGUSR1;

sigset_t awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, wake);
  return set;
}

} // namespace

void block_signals() {
  auto set = awaited();
  // A terminal that closes, and a reader that goes away, end no alarm.
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool stop_is_pending() {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

signal_waiter::signal_waiter(std::function<void()> stop, std::chrono::milliseconds grace)
  : stop_(std::move(stop)), grace_(grace), thread_([this] { wait(); }) {}

signal_waiter::~signal_waiter() {
  {
    const std::lock_guard guard{lock_};
    state_ = state::ended;
  }
  pthread_kill(thread_.native_handle(), wake);
  thread_.join();
}

void signal_waiter::ending(int exit_code) {
  {
    const std::lock_guard guard{lock_};
    stop_ = nullptr;
    exit_code_ = exit_code;
    if (state_ == state::running)
      state_ = state::ending;
  }
  pthread_kill(thread_.native_handle(), wake);
}

void signal_waiter::request_stop() {
  const std::lock_guard guard{lock_};
  state_ = state::ending;
  if (stop_)
    std::exchange(stop_, nullptr)();
}

void signal_waiter::wait() {
  using clock = std::chrono::steady_clock;
  const auto set = awaited();
  auto deadline = clock::time_point::max();
  while (true) {
    int signal = 0;
    if (deadline == clock::time_point::max()) {
      if (sigwait(&set, &signal) != 0)
        continue;
    } else {
      const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::max(deadline - clock::now(), clock::duration::zero()));
      const timespec limit{static_cast<time_t>(left.count() / 1'000'000'000),
                           static_cast<long>(left.count() % 1'000'000'000)};
      signal = sigtimedwait(&set, nullptr, &limit);
      if (signal < 0 && errno == EINTR)
        continue;
    }
    if (signal < 0) {
      // Without a word: whoever reads the log may be what it waits for.
      const std::lock_guard guard{lock_};
      std::_Exit(exit_code_);
    }
    if (signal != wake) {
      request_stop();
      FF_LOG("main", info, "{} received", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    }
    const std::lock_guard guard{lock_};
    if (state_ == state::ended)
      return;
    if (state_ == state::ending && deadline == clock::time_point::max())
      deadline = clock::now() + grace_;
  }
}

} // namespace firefinder
