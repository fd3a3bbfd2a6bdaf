#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What a probe asks for. Cameras differ in what they answer to.
enum class probe_types : std::uint8_t {
  /// `dn:NetworkVideoTransmitter` (ONVIF Core Specification section 7.3).
  video_transmitter,
  /// `tds:Device`.
  device,
  /// Everything.
  all,
};

/// A Probe of WS-Discovery (April 2005, section 5.2), under `message_id`, such as
/// `urn:uuid:…`.
[[nodiscard]] std::string probe_envelope(std::string_view message_id, probe_types types);

/// A device that calls itself an ONVIF camera.
struct onvif_device {
  /// Its endpoint reference without `urn:uuid:`, in lower case; other signs than those of a
  /// UUID or a name are `-`.
  std::string endpoint;
  /// Its addresses of the device service, as it tells them; http and https only.
  std::vector<std::string> services;
  /// From its scopes; empty: it does not say.
  std::string name;
  std::string hardware;
};

/// A message of WS-Discovery that tells of devices.
struct discovery_message {
  enum class kind : std::uint8_t { matches, hello, bye };

  kind what = kind::matches;
  /// The probe that it answers; empty: none.
  std::string relates_to;
  /// Cameras only, so also none. A Bye need not say what it is of: its one is here whatever
  /// it is.
  std::vector<onvif_device> devices;
};

/// Largest datagram that is looked at, in bytes.
inline constexpr std::size_t max_discovery_message = std::size_t{64} * 1024;

/// Reads ProbeMatches, Hello or Bye. Nothing when it is another message, is broken, or has a
/// document type, which SOAP forbids (SOAP 1.2 part 1 section 5).
[[nodiscard]] std::optional<discovery_message> parse_discovery(std::string_view datagram);

} // namespace firefinder
