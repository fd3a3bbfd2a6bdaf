#pragma once

#include "src/recording/reader.hpp"

#include <chrono>
#include <cstdint>

namespace firefinder::replay {

/// Tells on standard error how far a replay is, if that is a terminal, and at the end how
/// fast it was.
class progress {
public:
  progress();
  /// Leaves no half line.
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// One more message was replayed.
  void step(const recording::reader& in) {
    if (++messages_ % interval == 0 && shown_)
      show(in);
  }

  /// Writes how many messages there were, and how many a second.
  void finish();

private:
  using clock = std::chrono::steady_clock;
  static constexpr std::uint64_t interval = 4'096;

  void show(const recording::reader& in);
  void wipe();
  [[nodiscard]] double elapsed_s() const;

  bool shown_;
  bool line_is_there_ = false;
  std::uint64_t messages_ = 0;
  clock::time_point began_ = clock::now();
  clock::time_point last_ = began_;
};

} // namespace firefinder::replay
