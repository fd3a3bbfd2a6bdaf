#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// Where a maker's cameras have their streams, as paths of RTSP addresses.
struct stream_paths {
  std::string main;
  /// Empty: none is known.
  std::string sub;

  friend bool operator==(const stream_paths&, const stream_paths&) = default;
};

/// All that are known, in the order in which they are tried. Those of a maker that `hints`
/// speak of come first: its name, the text of the log-in prompt, the name of the server.
[[nodiscard]] std::vector<stream_paths> known_stream_paths(std::string_view hints);

/// The smaller stream beside this one; empty: none is known.
[[nodiscard]] std::string sub_path_of(std::string_view main);

/// What the text of a log-in prompt says of the device itself: makers put the hardware
/// address (`DH_<address>`, `AXIS_<address>`) or the serial number (`Login to <number>`) there.
struct realm_facts {
  std::string mac;
  std::string serial_number;
};
[[nodiscard]] realm_facts facts_in_realm(std::string_view realm);

} // namespace firefinder
