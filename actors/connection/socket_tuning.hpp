#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace firefinder {

/// Sets up every TCP connection of this process whose peer has this port; paho C 1.3.12
/// does neither and hands out no socket. TCP_NODELAY: without it, a trigger that follows an
/// acknowledgement waits 40 ms for the broker's delayed ACK (RFC 896 and RFC 1122 section
/// 4.2.3.2). SO_LINGER of 0: with the connection ends what the kernel has not sent yet, an
/// alarm that is over by the time the broker reads again.
void tune_sockets(std::uint16_t port);

/// File descriptors of these connections.
[[nodiscard]] std::vector<int> sockets_to(std::uint16_t port);

/// Has the kernel acknowledge at once what has come on these connections, and what comes as soon as
/// it is read, until something is sent on them (TCP_QUICKACK, tcp(7): not permanent). A broker that
/// does not set TCP_NODELAY keeps its next small segment until then, for 40 ms otherwise (RFC 896,
/// RFC 1122 section 4.2.3.2). Descriptors that are something else by now are passed over.
void acknowledge_segments(const std::vector<int>& sockets, std::uint16_t port);

/// Waits for `span`, or until about a millisecond after the caller `is_wanted`, during which nobody
/// who waits for these connections to become readable (poll) is woken, unless one has 32 KiB to be
/// read (SO_RCVLOWAT, socket(7)). Then they are as before, what has come is acknowledged (see
/// `acknowledge_segments`) and told. Descriptors that are something else by now are passed over.
/// False, and nothing is done, when one has bytes that were not read yet: whoever reads them has to
/// hear of the rest.
[[nodiscard]] bool gather(const std::vector<int>& sockets, std::uint16_t port, timespan span,
                          const std::function<bool()>& is_wanted);

/// Waits; for a thread that nobody else needs.
void wait_for(timespan span);

/// These connections are to end in order: what is written is sent before.
void close_gently(std::uint16_t port);

} // namespace firefinder
