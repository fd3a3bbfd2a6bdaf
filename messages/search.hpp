#pragma once

// How the network is searched for cameras, and what is found. Addresses are IPv4, dotted;
// hardware addresses are 12 lower-case hex digits.

#include "messages/camera.hpp"
#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// What to look for, and where.
struct search_order {
  /// Of this search, in its findings; never 0.
  std::uint64_t number = 0;
  /// Ask by WS-Discovery, and by mDNS.
  bool onvif = true;
  bool mdns = true;
  /// Try every address of the networks.
  bool scan = false;
  /// Try the RTSP ports of hosts that were found to live.
  bool ports = true;
  /// Networks such as `192.168.1.0/24`; none: those of this machine.
  std::vector<std::string> networks;
  /// Single addresses to look at as well, also outside of these networks.
  std::vector<std::string> addresses;
  /// Look where this hardware address is now; empty: none in particular.
  std::string wanted;
  /// The search ends by then.
  timespan limit = std::chrono::seconds{30};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, search_order& x) {
  return f(caf::meta::type_name("search_order"), x.number, x.onvif, x.mdns, x.scan, x.ports,
           x.networks, x.addresses, x.wanted, x.limit);
}

/// What a finding is one of.
enum class finding_kind : std::uint8_t {
  /// A device that calls itself an ONVIF camera is there: it answered, or said hello.
  onvif_device,
  /// One has said goodbye.
  onvif_goodbye,
  /// Somebody announces an RTSP service by mDNS.
  mdns_service,
  /// A port where cameras have their RTSP server takes connections.
  open_port,
  /// A hardware address speaks from this address, for the first time or from a new one.
  neighbour,
  /// Two hardware addresses answer for one address: `mac` and `other_mac`.
  conflict,
  /// This machine's addresses or links have changed.
  network_changed,
};

[[nodiscard]] inline std::string to_string(finding_kind x) {
  switch (x) {
  case finding_kind::onvif_device:
    return "onvif_device";
  case finding_kind::onvif_goodbye:
    return "onvif_goodbye";
  case finding_kind::mdns_service:
    return "mdns_service";
  case finding_kind::open_port:
    return "open_port";
  case finding_kind::neighbour:
    return "neighbour";
  case finding_kind::conflict:
    return "conflict";
  case finding_kind::network_changed:
    return "network_changed";
  }
  return "invalid";
}

/// Something that was found in the network.
struct finding {
  finding_kind kind = finding_kind::neighbour;
  /// Of the search that brought it; 0: it came by itself.
  std::uint64_t search = 0;
  /// Where it was heard from, never where it says to be.
  std::string address;
  /// Of the device on our own segment that speaks from `address`; empty: not known, or the
  /// address lies behind a router.
  std::string mac;
  std::string other_mac;
  /// Whether the address is on a segment of ours.
  bool on_segment = false;
  /// RTSP port, of an open port or an mDNS service.
  std::uint16_t port = 0;
  /// ONVIF: its endpoint reference, without `urn:uuid:`, and its addresses of the device
  /// service as it tells them.
  std::string endpoint;
  std::vector<std::string> services;
  /// What it calls itself: the name, and the hardware; empty: it does not say.
  std::string name;
  std::string hardware;
  /// mDNS: path of the stream, with what follows a `?`.
  std::string path;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, finding& x) {
  return f(caf::meta::type_name("finding"), x.kind, x.search, x.address, x.mac, x.other_mac,
           x.on_segment, x.port, x.endpoint, x.services, x.name, x.hardware, x.path);
}

/// How far a search is.
struct search_progress {
  std::uint64_t number = 0;
  /// What is being done, for people; such as `asking 254 addresses of 192.168.1.0/24`.
  std::string doing;
  /// Hosts that live, and those among them whose ports were tried.
  std::uint32_t hosts = 0;
  std::uint32_t tried = 0;
  /// Addresses to go through, and how many have been.
  std::uint32_t addresses = 0;
  std::uint32_t asked = 0;
  bool finished = false;
  /// How the ways of finding are, by name; as in `camera_detection_figures::methods`.
  std::map<std::string, std::string> methods;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, search_progress& x) {
  return f(caf::meta::type_name("search_progress"), x.number, x.doing, x.hosts, x.tried,
           x.addresses, x.asked, x.finished, x.methods);
}

/// What one whole search brought: the network was searched, and every device asked.
struct search_result {
  std::vector<camera_facts> cameras;
  std::map<std::string, std::string> methods;
  std::vector<problem> problems;
  /// How long it took, in seconds.
  double took_s = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, search_result& x) {
  return f(caf::meta::type_name("search_result"), x.cameras, x.methods, x.problems, x.took_s);
}

} // namespace firefinder
