#pragma once

#include "messages/device.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace firefinder {

/// How streams are looked at.
struct video_settings {
  /// Path of the program that looks; empty: `firefinder-probe` beside our own program, or in
  /// `../libexec/firefinder` from there.
  std::string program;
  /// Most looks at one time, at least 1; what is asked beyond waits its turn.
  unsigned parallel = 4;
};

/// Looks at streams, each by a process of its own, in steps, so that who waits for them can be
/// ended. For one thread: processes end with the one that started them.
class video_looks {
public:
  using listener = std::function<void(video_report)>;

  explicit video_looks(video_settings settings);
  video_looks(const video_looks&) = delete;
  video_looks& operator=(const video_looks&) = delete;
  /// Ends the processes; nobody hears of it.
  ~video_looks();

  /// Looks at a stream when it is its turn; its deadline counts from then. `done` is called
  /// once, from `work`.
  void look(const video_query& query, listener done);

  /// Whether nothing is asked.
  [[nodiscard]] bool idle() const noexcept;

  /// Goes on with what is asked; waits at most this long for the processes.
  void work(std::chrono::milliseconds longest);

private:
  struct processes;
  std::unique_ptr<processes> processes_;
};

} // namespace firefinder
