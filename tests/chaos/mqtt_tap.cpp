#include "tests/chaos/mqtt_tap.hpp"

#include <nlohmann/json.hpp>

namespace firefinder::chaos {

namespace {

constexpr std::uint8_t duplicate_flag = 8;
constexpr auto trigger_topic = "fire/trigger";

/// The payload of a PUBLISH; MQTT 5 has properties before it.
std::string payload_of(std::string rest, int protocol) {
  if (protocol != 5)
    return rest;
  std::size_t length = 0;
  for (std::size_t i = 0; i < rest.size() && i < 4; ++i) {
    const auto b = static_cast<unsigned char>(rest[i]);
    length |= static_cast<std::size_t>(b & 0x7fU) << (7 * i);
    if ((b & 0x80U) == 0)
      return rest.substr(std::min(rest.size(), i + 1 + length));
  }
  return {};
}

} // namespace

mqtt_tap::finding mqtt_tap::look(int connection, direction way, const packet& p) {
  finding result;
  auto& t = talks_[connection];
  const bool up = way == direction::upstream;
  const auto handshake = [&](const std::string& trigger, std::uint16_t id) {
    wire_event event;
    event.type = p.type;
    event.trigger_id = trigger;
    event.packet_id = id;
    event.connection = connection;
    result.handshake = std::move(event);
  };
  switch (p.type) {
  case packet_type::connect: {
    const auto said = test::wire::read_connect(p);
    t.client_id = said.client_id;
    t.protocol = said.protocol;
    break;
  }
  case packet_type::publish: {
    const auto said = test::wire::read_publish(p);
    result.repeatable = !up && said.qos == 1;
    if (!up || said.qos == 0)
      break;
    const auto key = std::pair{t.client_id, said.id};
    if (said.topic != trigger_topic) {
      triggers_.erase(key);
      break;
    }
    const auto payload
        = nlohmann::json::parse(payload_of(said.payload, t.protocol), nullptr, false);
    const bool readable = payload.is_object();
    handshake(readable ? payload.value("trigger_id", "") : "(unreadable)", said.id);
    result.handshake->expires_at = readable ? payload.value("expires_at", 0.0) : 0;
    result.handshake->duplicate = said.duplicate;
    triggers_[key] = result.handshake->trigger_id;
    break;
  }
  case packet_type::pubrec:
  case packet_type::pubrel:
  case packet_type::pubcomp: {
    const auto id = test::wire::read_id(p);
    const auto known = triggers_.find({t.client_id, id});
    if ((p.type == packet_type::pubrel) == up && known != triggers_.end())
      handshake(known->second, id);
    break;
  }
  case packet_type::puback:
    if (up) {
      const auto known = t.repetitions.find(test::wire::read_id(p));
      if (known != t.repetitions.end() && --known->second == 0) {
        t.repetitions.erase(known);
        result.swallow = true;
      }
    }
    break;
  default:
    break;
  }
  return result;
}

void mqtt_tap::repeated(int connection, const packet& p) {
  talks_[connection].repetitions[test::wire::read_publish(p).id] = 2;
}

void mqtt_tap::ended(int connection) { talks_.erase(connection); }

packet as_duplicate(packet p) {
  p.flags = static_cast<std::uint8_t>(p.flags | duplicate_flag);
  return p;
}

} // namespace firefinder::chaos
