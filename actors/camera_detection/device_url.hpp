#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// The parts of an address of a device, by RFC 3986; userinfo and fragment are not kept.
struct device_url {
  /// `http`, `https` or `rtsp`.
  std::string scheme;
  /// As it stands there: a name, an IPv4 address, an IPv6 address in brackets, or nothing.
  std::string host;
  /// 0: it names none.
  std::uint16_t port = 0;
  /// With what follows a `?`; begins with `/`.
  std::string path = "/";

  /// The port that is meant.
  [[nodiscard]] std::uint16_t effective_port() const noexcept;

  friend bool operator==(const device_url&, const device_url&) = default;
};

[[nodiscard]] std::string to_string(const device_url& x);

/// Longest path that is kept, in bytes.
inline constexpr std::size_t max_url_path = 1'024;

/// Reads an address as cameras write them: `&amp;` is `&`, and a space in the path is encoded.
/// Nothing for other schemes, for bad ports, control characters and paths that are too long.
[[nodiscard]] std::optional<device_url> parse_device_url(std::string_view text);

/// The path as it can stand in an address, with its `/` in front; nothing as above.
[[nodiscard]] std::optional<std::string> url_path(std::string_view text);

} // namespace firefinder
