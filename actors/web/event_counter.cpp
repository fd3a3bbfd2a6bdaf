#include "actors/web/event_counter.hpp"

#include <sys/eventfd.h>

#include <cstdint>

namespace firefinder {

event_counter::event_counter() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void event_counter::raise() const noexcept {
  const std::uint64_t one = 1;
  // It takes it until it is at its end, and then it is readable anyway.
  static_cast<void>(!::write(fd_.get(), &one, sizeof one));
}

void event_counter::clear() const noexcept {
  std::uint64_t times = 0;
  static_cast<void>(!::read(fd_.get(), &times, sizeof times));
}

} // namespace firefinder
