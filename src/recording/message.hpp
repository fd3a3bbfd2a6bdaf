#pragma once

#include <cstdint>
#include <string>

namespace firefinder::recording {

/// One message of a recording, as it came from the broker.
struct message {
  /// When it arrived, in unix seconds.
  double t = 0;
  /// As it is at the broker, so with the prefix when there is one.
  std::string topic;
  std::string payload;
  /// Length of the payload in bytes; more than is there when it was too long to be kept.
  std::uint64_t size = 0;
  /// Quality of service, 0 to 2.
  std::uint8_t qos = 1;
  bool retain = false;

  friend bool operator==(const message&, const message&) = default;
};

} // namespace firefinder::recording
