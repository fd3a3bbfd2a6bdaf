#pragma once

// What the daemon knows of a camera as a device in a network: where it is, what it is and
// whether it delivers video. Nothing here holds a password.

#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// How a camera is, as far as its network and its streams tell.
enum class camera_condition : std::uint8_t {
  /// Found, and not yet looked at.
  found,
  /// It answers, and its stream is there.
  online,
  /// It answers and lets us in, but its stream delivers nothing.
  stream_error,
  /// It wants a password, and none of ours is for it.
  auth_required,
  /// It refused the password.
  auth_failed,
  /// It refuses every password for a while, or we try none for so long that it will not.
  auth_locked,
  /// It does not answer.
  offline,
};

[[nodiscard]] inline std::string to_string(camera_condition x) {
  switch (x) {
  case camera_condition::found:
    return "found";
  case camera_condition::online:
    return "online";
  case camera_condition::stream_error:
    return "stream_error";
  case camera_condition::auth_required:
    return "auth_required";
  case camera_condition::auth_failed:
    return "auth_failed";
  case camera_condition::auth_locked:
    return "auth_locked";
  case camera_condition::offline:
    return "offline";
  }
  return "invalid";
}

/// Whether a camera answers, and lets us in no further.
[[nodiscard]] constexpr bool wants_login(camera_condition x) noexcept {
  return x == camera_condition::auth_required || x == camera_condition::auth_failed
         || x == camera_condition::auth_locked;
}

/// One stream of a camera.
struct camera_stream {
  /// `main`, `sub`, or what the camera calls it, in lower case.
  std::string name;
  /// RTSP address without user and password.
  std::string url;
  /// Size in pixels and frames per second; 0: not known.
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  double fps = 0;
  /// In lower case, such as `h264`; empty: not known.
  std::string codec;
  /// ONVIF token of its media profile; empty: it has none.
  std::string profile;

  friend bool operator==(const camera_stream&, const camera_stream&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_stream& x) {
  return f(caf::meta::type_name("camera_stream"), x.name, x.url, x.width, x.height, x.fps, x.codec,
           x.profile);
}

/// Everything that is known of a camera.
struct camera_facts {
  /// Its hardware address as 12 lower-case hex digits, or a provisional id while that is not
  /// known: `onvif-<uuid>`, `sn-<serial number>` or `UNKNOWN-<address with dashes>`.
  std::string id;
  /// Other ids and hardware addresses of the same device.
  std::vector<std::string> aliases;
  /// `AA:BB:CC:DD:EE:FF`; empty: not known.
  std::string mac;
  /// Its IPv4 address.
  std::string address;
  std::string name;
  std::string manufacturer;
  std::string model;
  std::string serial_number;
  std::string firmware_version;
  /// The best one first.
  std::vector<camera_stream> streams;
  camera_condition condition = camera_condition::found;
  /// Why it is so, for people; empty when there is nothing to say.
  std::string reason;
  /// Whether a key frame has really come from its stream.
  bool video_seen = false;
  /// Which of our credentials it takes: `default`, or a number in the list, from 1; empty: it
  /// needs none, or none is known.
  std::string credential;
  /// Ways by which it was found: `onvif`, `mdns`, `rtsp_scan`; the first first.
  std::vector<std::string> methods;
  /// Addresses that it had before, the newest last.
  std::vector<std::string> former_addresses;
  /// Wall clock when it answered last; 0: never.
  unix_seconds last_seen = 0;
  /// Looks at it that failed, since the last one that did not.
  std::uint32_t failures = 0;

  /// Whether it answers.
  [[nodiscard]] bool reachable() const noexcept {
    return condition != camera_condition::found && condition != camera_condition::offline;
  }
  friend bool operator==(const camera_facts&, const camera_facts&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_facts& x) {
  return f(caf::meta::type_name("camera_facts"), x.id, x.aliases, x.mac, x.address, x.name,
           x.manufacturer, x.model, x.serial_number, x.firmware_version, x.streams, x.condition,
           x.reason, x.video_seen, x.credential, x.methods, x.former_addresses, x.last_seen,
           x.failures);
}

/// A camera was found, or something about it has changed. Says everything, so that one who
/// missed an earlier one misses nothing.
struct camera_changed {
  camera_facts camera;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_changed& x) {
  return f(caf::meta::type_name("camera_changed"), x.camera);
}

/// A camera is no longer known under this id.
struct camera_removed {
  std::string id;
  /// The id that it is known by from now on; empty: none, it was forgotten.
  std::string successor;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_removed& x) {
  return f(caf::meta::type_name("camera_removed"), x.id, x.successor);
}

/// Most cameras that are followed.
inline constexpr std::size_t max_known_cameras = 1'000;

/// Figures of the camera detection.
struct camera_detection_figures {
  /// By id.
  std::map<std::string, camera_facts> cameras;
  /// The same cameras were found several times in a row, so the search is rarer.
  bool steady = false;
  /// A search is under way.
  bool searching = false;
  /// Searches finished since the start.
  std::uint64_t searches = 0;
  /// Devices that are being asked what they are.
  std::uint64_t interviews = 0;
  /// Log-ins tried, and those that were refused, since the start.
  std::uint64_t logins = 0;
  std::uint64_t logins_refused = 0;
  /// Ways of finding: `onvif`, `mdns`, `network_scan`, `arp`, and how they are: `on`, `off`,
  /// or why they do not work.
  std::map<std::string, std::string> methods;
  std::vector<problem> problems;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, camera_detection_figures& x) {
  return f(caf::meta::type_name("camera_detection_figures"), x.cameras, x.steady, x.searching,
           x.searches, x.interviews, x.logins, x.logins_refused, x.methods, x.problems);
}

} // namespace firefinder
