#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// How the transport is protected.
struct tls_settings {
  bool enabled = false;
  /// File with the certificates we trust; empty: the system's.
  std::string ca;
  /// Our certificate and its key, for brokers that ask for one.
  std::string certificate;
  std::string key;
  /// Accept any certificate of any host.
  bool insecure = false;
};

/// Which MQTT version to speak.
enum class protocol_choice : std::uint8_t {
  /// 5, and 3.1.1 when the broker does not speak 5.
  automatic,
  v5,
  v311,
};

/// What the broker has kept for a session has come by then: a thousand messages, which is what
/// mosquitto keeps unless told otherwise, over a slow link.
inline constexpr timespan backlog_span = std::chrono::seconds{5};

/// Settings of the connection to the broker.
struct connection_settings {
  std::string host = "localhost";
  std::uint16_t port = 1883;
  /// Empty: none is sent.
  std::string username;
  std::string password;
  tls_settings tls;
  std::string client_id = "firefinder";
  protocol_choice protocol = protocol_choice::automatic;
  std::chrono::seconds keepalive{30};
  /// How long the broker keeps our session while we are away; 0: not at all.
  std::chrono::seconds session_expiry{300};
  /// Messages a second that one source may send for long.
  double max_source_rate = 200;
  /// Whether messages gather before they are looked at while very many arrive (`moderation`). The
  /// actor waits for them, so it needs a thread of its own.
  bool gather = false;
  /// First and longest pause between attempts to connect.
  timespan reconnect_min = std::chrono::seconds{1};
  timespan reconnect_max = std::chrono::seconds{60};
  /// Longest time for one attempt to connect.
  std::chrono::seconds connect_timeout{10};
  /// Put before every topic, either empty or ending in a slash.
  std::string topic_prefix;
  /// Topics below this level are somebody else's (Home Assistant's): the prefix is not put before
  /// them. Empty: none are.
  std::string unprefixed;
  /// One topic per service that says `online` or `offline`, retained. The first
  /// is the will of the connection that carries the traffic; each other one has
  /// a connection of its own, because a connection has only one will.
  std::vector<std::string> presence_topics;
  /// Those of them of which somebody else says `online`, when there is more to say before.
  std::set<std::string> quiet_presence;
  /// What a presence topic says in place of `offline`, where that is something else.
  std::map<std::string, std::string> farewells;
  /// How long the broker holds back the wills of those (MQTT 5, section 3.1.3.2.2): who is back
  /// sooner was never away.
  std::chrono::seconds will_delay{5};
  /// Folder for the packets of a QoS 2 handshake that is under way; empty: they are
  /// forgotten with the process.
  std::string packets;
  /// Links are counted from here, so that a connection actor that replaces
  /// another never repeats a generation of its predecessor.
  std::uint64_t generation_base = 0;
};

} // namespace firefinder
