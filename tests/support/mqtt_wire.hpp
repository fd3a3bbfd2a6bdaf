#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// As much of MQTT 3.1.1 on the wire as a broker of the rig needs, and CONNECT of
// both versions. Written from the OASIS texts, apart from every MQTT library.

namespace firefinder::test::wire {

/// Types of control packets, section 2.2.1.
enum class packet_type : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  pubrec = 5,
  pubrel = 6,
  pubcomp = 7,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
};

/// One control packet: type, flags of the first byte, and everything after the
/// remaining length.
struct packet {
  packet_type type{};
  std::uint8_t flags = 0;
  std::string body;
};

/// Takes the first whole packet off `buffer`; nothing when it is not complete.
/// Throws when no such packet can exist.
[[nodiscard]] std::optional<packet> take_packet(std::string& buffer);

/// The packet's bytes.
[[nodiscard]] std::string encode(const packet& p);

/// A PUBLISH as a packet. `id` counts from 1 and is not sent at quality of service 0.
[[nodiscard]] packet publish_packet(const std::string& topic, std::string_view payload, int qos,
                                    bool retain, std::uint16_t id, int protocol = 4);

/// One of the packets that hold nothing but a packet identifier and, in 5, a reason code other
/// than 0 (success).
[[nodiscard]] packet acknowledgement(packet_type type, std::uint16_t id, std::uint8_t code = 0);

/// A will as in CONNECT.
struct will {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  /// Seconds for which it is held back (MQTT 5).
  std::optional<std::uint32_t> delay{};
};

/// What a CONNECT says.
struct connect {
  /// 4 is MQTT 3.1.1.
  int protocol = 0;
  std::string client_id;
  /// "Clean session" of 3.1.1, "clean start" of 5.
  bool clean = false;
  std::uint16_t keepalive = 0;
  std::optional<std::uint32_t> session_expiry;
  std::optional<test::wire::will> will;
  std::optional<std::string> username;
  std::optional<std::string> password;
};

/// Reads the body of a CONNECT.
[[nodiscard]] connect read_connect(const packet& p);

/// What a PUBLISH says.
struct publish {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retain = false;
  bool duplicate = false;
  std::uint16_t id = 0;
  /// Seconds after which it is outdated (MQTT 5).
  std::optional<std::uint32_t> expiry{};
};

/// Reads a PUBLISH; `protocol` as in CONNECT.
[[nodiscard]] publish read_publish(const packet& p, int protocol = 4);

/// What a SUBSCRIBE says.
struct subscribe {
  std::uint16_t id = 0;
  std::vector<std::pair<std::string, int>> filters;
};

/// Reads a SUBSCRIBE.
[[nodiscard]] subscribe read_subscribe(const packet& p, int protocol = 4);

/// The packet identifier at the start of an acknowledgement.
[[nodiscard]] std::uint16_t read_id(const packet& p);

} // namespace firefinder::test::wire
