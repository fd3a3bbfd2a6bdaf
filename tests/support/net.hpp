#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace firefinder::test {

/// A file descriptor that is closed at the end of its scope.
class descriptor {
public:
  descriptor() = default;
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { reset(); }

  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Closes it now.
  void reset() noexcept;

private:
  int fd_ = -1;
};

/// A TCP port of the loopback interface on which nobody listens. It is ours until
/// this process ends, or has asked for 256 more: no other process gets it from here, and
/// the kernel does not lend it to outgoing connections. So a broker can be stopped and
/// started again.
[[nodiscard]] std::uint16_t free_port();

/// A non-blocking socket that listens on 127.0.0.1. Throws when the port is taken.
[[nodiscard]] descriptor listen_on(std::uint16_t port);

/// A non-blocking socket on its way to 127.0.0.1; invalid when refused at once.
[[nodiscard]] descriptor connect_to(std::uint16_t port);

/// Whether somebody accepts connections on this port of 127.0.0.1.
[[nodiscard]] bool accepts_connections(std::uint16_t port);

/// Makes the next close() of a connection an abrupt one (RST instead of FIN).
void abort_on_close(const descriptor& connection);

/// Throws std::system_error with errno and this text.
[[noreturn]] void throw_errno(const std::string& what);

} // namespace firefinder::test
