#include "actors/camera_detection/arp.hpp"

#include <algorithm>
#include <span>

namespace firefinder {

namespace {

constexpr std::uint16_t ethernet = 1;
constexpr std::uint16_t internet_protocol = 0x0800;
constexpr std::uint8_t mac_size = 6;
constexpr std::uint8_t ipv4_size = 4;

class writer {
public:
  explicit writer(std::span<std::uint8_t> to) noexcept : to_(to) {}

  void byte(std::uint32_t x) noexcept { to_[at_++] = static_cast<std::uint8_t>(x & 255); }
  void word(std::uint32_t x) noexcept {
    byte(x >> 8);
    byte(x);
  }
  void mac(const mac_address& x) noexcept {
    for (const auto b : x.bytes)
      byte(b);
  }
  void address(ipv4 x) noexcept {
    word(x.value >> 16);
    word(x.value);
  }

private:
  std::span<std::uint8_t> to_;
  std::size_t at_ = 0;
};

// Of bytes that are known to be enough.
class frame_reader {
public:
  explicit frame_reader(std::string_view from) noexcept : from_(from) {}

  std::uint32_t byte() noexcept { return static_cast<std::uint8_t>(from_[at_++]); }
  std::uint32_t word() noexcept {
    const auto high = byte();
    return high << 8 | byte();
  }
  mac_address mac() noexcept {
    mac_address result;
    for (auto& b : result.bytes)
      b = static_cast<std::uint8_t>(byte());
    return result;
  }
  ipv4 address() noexcept {
    const auto high = word();
    return {high << 16 | word()};
  }

private:
  std::string_view from_;
  std::size_t at_ = 0;
};

std::optional<std::uint8_t> hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9')
    return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F')
    return static_cast<std::uint8_t>(c - 'A' + 10);
  return {};
}

} // namespace

std::string to_string(const mac_address& x) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const auto b : x.bytes) {
    result += digits[b >> 4];
    result += digits[b & 15];
  }
  return result;
}

std::optional<mac_address> parse_mac(std::string_view text) {
  const bool spaced = text.size() == 17;
  if (!spaced && text.size() != 12)
    return {};
  mac_address result;
  std::size_t at = 0;
  for (auto& b : result.bytes) {
    if (spaced && at != 0) {
      if (text[at] != ':' && text[at] != '-')
        return {};
      ++at;
    }
    const auto high = hex_digit(text[at]);
    const auto low = hex_digit(text[at + 1]);
    if (!high || !low)
      return {};
    b = static_cast<std::uint8_t>(*high << 4 | *low);
    at += 2;
  }
  return result;
}

bool is_device_address(const mac_address& x) noexcept {
  return (x.bytes.front() & 1) == 0 && x != mac_address{};
}

std::array<std::uint8_t, arp_size> encode(const arp_packet& x) noexcept {
  std::array<std::uint8_t, arp_size> result{};
  writer to{result};
  to.word(ethernet);
  to.word(internet_protocol);
  to.byte(mac_size);
  to.byte(ipv4_size);
  to.word(static_cast<std::uint16_t>(x.what));
  to.mac(x.sender);
  to.address(x.sender_address);
  to.mac(x.target);
  to.address(x.target_address);
  return result;
}

arp_packet arp_request(const mac_address& own, ipv4 own_address, ipv4 wanted) noexcept {
  return {arp_packet::operation::request, own, own_address, {}, wanted};
}

std::optional<arp_packet> parse_arp(std::string_view bytes) noexcept {
  if (bytes.size() < arp_size)
    return {};
  frame_reader from{bytes};
  if (from.word() != ethernet || from.word() != internet_protocol || from.byte() != mac_size
      || from.byte() != ipv4_size)
    return {};
  const auto what = from.word();
  if (what != 1 && what != 2)
    return {};
  arp_packet result;
  result.what = static_cast<arp_packet::operation>(what);
  result.sender = from.mac();
  result.sender_address = from.address();
  result.target = from.mac();
  result.target_address = from.address();
  return result;
}

} // namespace firefinder
