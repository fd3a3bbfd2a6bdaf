#include "actors/camera_detection/subnet.hpp"

#include <fmt/format.h>

#include <charconv>

namespace firefinder {

namespace {

constexpr std::uint32_t mask_of(std::uint8_t bits) noexcept {
  return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
}

// A decimal number of one to three digits.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  std::uint32_t x = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data(), end, x);
  if (text.empty() || text.size() > 3 || fault != std::errc{} || at != end || x > most)
    return {};
  return x;
}

} // namespace

std::string to_string(ipv4 x) {
  return fmt::format("{}.{}.{}.{}", x.value >> 24, x.value >> 16 & 255, x.value >> 8 & 255,
                     x.value & 255);
}

std::optional<ipv4> parse_ipv4(std::string_view text) {
  ipv4 result;
  for (int i = 0; i < 4; ++i) {
    const auto dot = i == 3 ? text.size() : text.find('.');
    if (dot == std::string_view::npos)
      return {};
    const auto x = parse_number(text.substr(0, dot), 255);
    if (!x)
      return {};
    result.value = result.value << 8 | *x;
    text.remove_prefix(i == 3 ? dot : dot + 1);
  }
  return result;
}

bool is_private(ipv4 x) noexcept {
  constexpr auto at = [](std::uint32_t a, std::uint32_t b) { return ipv4{a << 24 | b << 16}; };
  return contains({at(10, 0), 8}, x) || contains({at(172, 16), 12}, x)
         || contains({at(192, 168), 16}, x) || contains({at(169, 254), 16}, x);
}

bool is_shared(ipv4 x) noexcept { return contains({{100U << 24 | 64U << 16}, 10}, x); }

bool is_host_address(ipv4 x) noexcept {
  const auto first = x.value >> 24;
  return first != 0 && first != 127 && first < 224;
}

subnet subnet_of(ipv4 address, std::uint8_t bits) noexcept {
  return {{address.value & mask_of(bits)}, bits};
}

bool contains(const subnet& net, ipv4 x) noexcept {
  return ((x.value ^ net.base.value) & mask_of(net.bits)) == 0;
}

bool contains(const subnet& outer, const subnet& inner) noexcept {
  return inner.bits >= outer.bits && contains(outer, inner.base);
}

std::uint64_t host_count(const subnet& net) noexcept {
  const auto addresses = std::uint64_t{1} << (32 - net.bits);
  return addresses <= 2 ? addresses : addresses - 2;
}

ipv4 host_at(const subnet& net, std::uint64_t number) noexcept {
  const std::uint64_t first = net.bits >= 31 ? 0 : 1;
  return {net.base.value + static_cast<std::uint32_t>(first + number)};
}

std::string to_string(const subnet& x) {
  return fmt::format("{}/{}", to_string(x.base), unsigned{x.bits});
}

std::string too_large(const subnet& net) {
  if (host_count(net) <= max_hosts)
    return {};
  return fmt::format("{} has {} addresses, more than the {} that are searched one by one; name "
                     "the part where the cameras are",
                     to_string(net), host_count(net), max_hosts);
}

parsed_subnet parse_subnet(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ipv4(text.substr(0, slash));
  const auto bits = slash == std::string_view::npos ? std::optional<std::uint32_t>{32}
                                                    : parse_number(text.substr(slash + 1), 32);
  if (!address || !bits)
    return {{}, "this is no network such as 192.168.1.0/24"};
  const auto net = subnet_of(*address, static_cast<std::uint8_t>(*bits));
  if (auto why = too_large(net); !why.empty())
    return {{}, std::move(why)};
  if (!is_host_address(host_at(net, 0)))
    return {{}, fmt::format("{} is no network of hosts", to_string(net))};
  return {net, {}};
}

} // namespace firefinder
