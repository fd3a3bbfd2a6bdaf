#pragma once

#include "actors/file_descriptor.hpp"

namespace firefinder {

/// Wakes whoever waits for it by poll(2), from any thread.
class event_counter {
public:
  event_counter();

  /// Whether the kernel gave one; errno says why not.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(fd_); }

  /// Readable after `raise` until `clear`.
  [[nodiscard]] int get() const noexcept { return fd_.get(); }

  void raise() const noexcept;
  void clear() const noexcept;

private:
  file_descriptor fd_;
};

} // namespace firefinder
