#pragma once

#include "actors/file_descriptor.hpp"

#include <cstdint>
#include <string>

namespace firefinder::test {

using descriptor = file_descriptor;

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
