#include "tests/support/mqtt_wire.hpp"

#include <stdexcept>

namespace firefinder::test::wire {

namespace {

/// Takes fields off the front of a packet's body.
class reader {
public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  std::string_view bytes(std::size_t n) {
    if (n > rest_.size())
      throw std::runtime_error("an MQTT packet ends too early");
    const auto result = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return result;
  }

  std::uint8_t byte() { return static_cast<std::uint8_t>(bytes(1).front()); }

  std::uint16_t word() {
    const auto high = byte();
    return static_cast<std::uint16_t>(high << 8U | byte());
  }

  std::uint32_t variable() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 28; shift += 7) {
      const auto b = byte();
      value |= static_cast<std::uint32_t>(b & 0x7fU) << shift;
      if ((b & 0x80U) == 0)
        return value;
    }
    throw std::runtime_error("an MQTT length has more than four bytes");
  }

  std::string text() {
    const auto size = word();
    return std::string{bytes(size)};
  }

  std::string rest() { return std::string{bytes(rest_.size())}; }

private:
  std::string_view rest_;
};

void put_word(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8U & 0xffU);
  out += static_cast<char>(value & 0xffU);
}

/// Properties that count seconds, MQTT 5 section 2.2.2.2.
constexpr std::uint8_t message_expiry = 0x02;
constexpr std::uint8_t session_expiry = 0x11;
constexpr std::uint8_t will_delay = 0x18;

/// One of them among the properties of a CONNECT, a will or a PUBLISH.
std::optional<std::uint32_t> seconds(std::uint8_t wanted, reader properties) {
  while (!properties.at_end()) {
    const auto id = properties.byte();
    switch (id) {
    case message_expiry:
    case session_expiry:
    case will_delay:
    case 0x27: { // maximum packet size
      const std::uint32_t high = properties.word();
      const auto value = high << 16U | properties.word();
      if (id == wanted)
        return value;
      break;
    }
    case 0x21: // receive maximum
    case 0x22: // topic alias maximum
    case 0x23: // topic alias
      properties.word();
      break;
    case 0x01: // payload format
    case 0x17: // request problem information
    case 0x19: // request response information
      properties.byte();
      break;
    case 0x03: // content type
    case 0x08: // response topic
    case 0x09: // correlation data
      properties.text();
      break;
    case 0x26: // user property
      properties.text();
      properties.text();
      break;
    default: // authentication; nothing of interest comes behind it
      return std::nullopt;
    }
  }
  return std::nullopt;
}

} // namespace

std::optional<packet> take_packet(std::string& buffer) {
  std::size_t length = 0;
  std::size_t header = 1;
  for (unsigned shift = 0;; shift += 7, ++header) {
    if (shift == 28)
      throw std::runtime_error("an MQTT length has more than four bytes");
    if (header >= buffer.size())
      return std::nullopt;
    const auto b = static_cast<unsigned char>(buffer[header]);
    length |= static_cast<std::size_t>(b & 0x7fU) << shift;
    if ((b & 0x80U) == 0)
      break;
  }
  ++header;
  if (buffer.size() < header + length)
    return std::nullopt;
  const auto first = static_cast<unsigned char>(buffer.front());
  packet result{static_cast<packet_type>(first >> 4U), static_cast<std::uint8_t>(first & 0x0fU),
                buffer.substr(header, length)};
  buffer.erase(0, header + length);
  return result;
}

std::string encode(const packet& p) {
  std::string out;
  out += static_cast<char>(static_cast<unsigned>(p.type) << 4U | p.flags);
  auto length = p.body.size();
  do {
    const auto b = length & 0x7fU;
    length >>= 7U;
    out += static_cast<char>(length > 0 ? b | 0x80U : b);
  } while (length > 0);
  return out + p.body;
}

packet publish_packet(const std::string& topic, std::string_view payload, int qos, bool retain,
                      std::uint16_t id, int protocol) {
  packet p{packet_type::publish, static_cast<std::uint8_t>(qos << 1 | (retain ? 1 : 0)), {}};
  put_word(p.body, topic.size());
  p.body += topic;
  if (qos > 0)
    put_word(p.body, id);
  if (protocol == 5)
    p.body += '\0'; // no properties
  p.body += payload;
  return p;
}

packet acknowledgement(packet_type type, std::uint16_t id, std::uint8_t code) {
  packet p{type, static_cast<std::uint8_t>(type == packet_type::pubrel ? 2 : 0), {}};
  put_word(p.body, id);
  if (code != 0)
    p.body += static_cast<char>(code);
  return p;
}

connect read_connect(const packet& p) {
  reader in{p.body};
  connect c;
  if (in.text() != "MQTT")
    throw std::runtime_error("CONNECT does not name MQTT");
  c.protocol = in.byte();
  const unsigned flags = in.byte();
  c.clean = (flags & 0x02U) != 0;
  c.keepalive = in.word();
  if (c.protocol == 5)
    c.session_expiry = seconds(session_expiry, reader{in.bytes(in.variable())});
  c.client_id = in.text();
  if ((flags & 0x04U) != 0) {
    will w;
    if (c.protocol == 5)
      w.delay = seconds(will_delay, reader{in.bytes(in.variable())});
    w.topic = in.text();
    w.payload = in.text();
    w.qos = static_cast<int>(flags >> 3U & 3U);
    w.retain = (flags & 0x20U) != 0;
    c.will = w;
  }
  if ((flags & 0x80U) != 0)
    c.username = in.text();
  if ((flags & 0x40U) != 0)
    c.password = in.text();
  return c;
}

publish read_publish(const packet& p, int protocol) {
  reader in{p.body};
  publish result;
  result.qos = p.flags >> 1U & 3U;
  result.retain = (p.flags & 1U) != 0;
  result.duplicate = (p.flags & 8U) != 0;
  result.topic = in.text();
  if (result.qos > 0)
    result.id = in.word();
  if (protocol == 5)
    result.expiry = seconds(message_expiry, reader{in.bytes(in.variable())});
  result.payload = in.rest();
  return result;
}

subscribe read_subscribe(const packet& p, int protocol) {
  reader in{p.body};
  subscribe result;
  result.id = in.word();
  if (protocol == 5)
    in.bytes(in.variable());
  while (!in.at_end()) {
    auto filter = in.text();
    result.filters.emplace_back(std::move(filter), in.byte() & 3);
  }
  return result;
}

std::uint16_t read_id(const packet& p) { return reader{p.body}.word(); }

} // namespace firefinder::test::wire
