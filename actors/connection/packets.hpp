#pragma once

#include "messages/status.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What a PUBLISH packet carries, as far as it tells one from another.
struct publish_content {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 0;

  friend bool operator==(const publish_content&, const publish_content&) = default;
};

/// Reads a PUBLISH packet as it goes over the wire (MQTT 3.1.1 and 5, section 3.3);
/// none when it is no whole PUBLISH.
[[nodiscard]] std::optional<publish_content> parse_publish(std::string_view packet, bool version_5);

/// A packet of a QoS 2 handshake, on disk.
struct kept_packet {
  /// The key that the client library gave it.
  std::string key;
  std::string bytes;
  /// The broker has completed the handshake.
  bool done = false;
};

/// Whether the packet is the PUBLISH of this payload on this topic.
[[nodiscard]] bool carries(const kept_packet& packet, std::string_view topic,
                           std::string_view payload);

/// Folder with one file per packet of a QoS 2 handshake that is under way, so that a
/// process that was killed within one can go on with it instead of beginning another:
/// the broker would take that for another alarm. A file that was not written whole does
/// not count.
class packet_folder {
public:
  explicit packet_folder(std::string path) : path_(std::move(path)) {}

  /// Makes the folder if need be and clears away what was not written whole.
  void prepare() const;

  /// All packets in the folder.
  [[nodiscard]] std::vector<kept_packet> read() const;

  /// Writes a packet; returns when the disk has it.
  [[nodiscard]] status write(const std::string& key, std::string_view bytes) const;

  /// Marks a packet as done; false when that cannot be.
  [[nodiscard]] bool finish(const std::string& key) const;

  void remove(const kept_packet& packet) const;

private:
  [[nodiscard]] std::string file(const std::string& key, bool done) const;

  std::string path_;
};

} // namespace firefinder
