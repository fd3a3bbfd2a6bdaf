#pragma once

#include "tests/support/net.hpp"

#include <atomic>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <unistd.h>

namespace firefinder::test {

/// What a subscriber tells of itself, in a file that both sides map: reading it costs it nothing.
struct subscriber_state {
  /// Its subscriptions stand at the broker.
  std::atomic<bool> ready;
  /// Messages received.
  std::atomic<std::uint64_t> received;
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

/// Such a file, mapped; it is made if it is not there.
class mapped_state {
public:
  explicit mapped_state(const std::filesystem::path& file) {
    const descriptor fd{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!fd || ::ftruncate(fd.get(), sizeof(subscriber_state)) != 0)
      throw_errno("cannot open " + file.string());
    void* memory = ::mmap(nullptr, sizeof(subscriber_state), PROT_READ | PROT_WRITE, MAP_SHARED,
                          fd.get(), 0);
    if (memory == MAP_FAILED)
      throw_errno("cannot map " + file.string());
    // A file that was just made is all zeros: not ready, nothing received.
    state_ = static_cast<subscriber_state*>(memory);
  }
  ~mapped_state() { ::munmap(state_, sizeof(subscriber_state)); }
  mapped_state(const mapped_state&) = delete;
  mapped_state& operator=(const mapped_state&) = delete;

  subscriber_state* operator->() const noexcept { return state_; }

private:
  subscriber_state* state_;
};

} // namespace firefinder::test
