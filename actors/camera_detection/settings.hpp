#pragma once

#include "messages/credential.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// Settings of the camera detection.
struct camera_detection_settings {
  /// How often the network is searched, and how long one search may take.
  timespan search_interval = std::chrono::seconds{300};
  timespan search_limit = std::chrono::seconds{30};
  /// Search more seldom once several searches found the same.
  bool smart = true;
  /// Look for a camera that vanished at other addresses, by its hardware address.
  bool mac_tracking = true;
  /// In the order in which they are tried; none: no log-in is ever tried.
  std::vector<camera_credential> credentials;
  /// A password may be shown readable for everybody to a device that wants it so.
  bool allow_basic = false;
  /// Longest time for one look at a stream.
  timespan rtsp_timeout = std::chrono::seconds{10};
  /// A stream counts only when a key frame came from it.
  bool rtsp_validation = true;
  /// How often a known camera is looked after.
  timespan check_interval = std::chrono::seconds{60};
  bool onvif = true;
  bool mdns = true;
  bool network_scan = false;
  bool port_scan = true;
  /// Networks to search, such as `192.168.1.0/24`; none: those of this machine.
  std::vector<std::string> networks;
  /// The one id of a camera that is called so, by the Frigate with this topic prefix or (empty)
  /// by anybody else. Given, because names belong to the decision, whose folder this one does
  /// not see.
  std::function<std::string(const std::string& name, const std::string& prefix)> canonical
      = [](const std::string& name, const std::string&) { return name; };
  /// Names for people that the owner gave cameras, by canonical id.
  std::map<std::string, std::string> names;
  /// Whether what is known of cameras is taken up and kept; log-ins always are.
  bool remembers = true;
  /// Name of this machine, in what is published.
  std::string node_id;
};

} // namespace firefinder
