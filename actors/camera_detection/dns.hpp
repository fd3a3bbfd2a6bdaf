#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// A question by multicast DNS (RFC 6762) for everybody who offers RTSP (RFC 6763, service
/// `_rtsp._tcp`). Sent from a port other than 5353 it is a one-shot query, which is answered to
/// the asker alone, under the same `id` (section 6.7).
[[nodiscard]] std::string rtsp_question(std::uint16_t id);

/// A question for all that is known of one instance of that service.
[[nodiscard]] std::string instance_question(std::uint16_t id, std::string_view instance);

/// An instance of the service `_rtsp._tcp`.
struct rtsp_service {
  /// As it was sent: the bytes of its first label.
  std::string instance;
  /// 0: where it is was not told.
  std::uint16_t port = 0;
  /// From the `path` of its TXT record (registered for `_rtsp._tcp`), with a `/` first; empty:
  /// it tells none.
  std::string path;
};

/// Instances in one message, each of them once. Nothing when the message is broken, is no
/// answer, or has another `id`.
[[nodiscard]] std::optional<std::vector<rtsp_service>> parse_rtsp_services(std::string_view message,
                                                                           std::uint16_t id);

} // namespace firefinder
