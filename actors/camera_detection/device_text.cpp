#include "actors/camera_detection/device_text.hpp"

#include <algorithm>
#include <cstdint>

namespace firefinder {

namespace {

constexpr std::string_view base64_digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::string_view white = " \t\r\n\f\v";

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(white);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(white) - begin + 1);
}

std::string foreign_text(std::string_view text, std::size_t most) {
  std::string result;
  text = trimmed(text);
  while (!text.empty()) {
    std::uint32_t character = 0;
    const auto length = first_character(text, character);
    if (length == 1 && white.find(text[0]) != std::string_view::npos) {
      // One space for many: what was written over several lines is one text.
      if (!result.empty() && result.back() != ' ' && result.size() < most)
        result += ' ';
    } else if (length > 0 && !controls_output(character)) {
      if (result.size() + length > most)
        break;
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  if (!result.empty() && result.back() == ' ')
    result.pop_back();
  return result;
}

std::optional<std::string> hardware_address(std::string_view text) {
  text = trimmed(text);
  const bool separated = text.size() == 17 && (text[2] == ':' || text[2] == '-');
  if (!separated && text.size() != 12)
    return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (separated && i % 3 == 2) {
      if (text[i] != text[2])
        return std::nullopt;
      continue;
    }
    digits += text[i];
  }
  digits = lower_case(digits);
  if (digits.find_first_not_of("0123456789abcdef") != std::string::npos
      || digits.find_first_not_of('0') == std::string::npos)
    return std::nullopt;
  // The lowest bit of the first byte marks a group.
  if (std::string_view{"13579bdf"}.find(digits[1]) != std::string_view::npos)
    return std::nullopt;
  return digits;
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4U];
    result += digits[byte & 0xfU];
  }
  return result;
}

std::string to_base64(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      result += i + j <= bytes.size() ? base64_digits[group >> (18 - 6 * j) & 0x3f] : '=';
  }
  return result;
}

std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::string result;
  result.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const auto c : text) {
    const auto digit = base64_digits.find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    group = (group << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    bits += 6;
    if (bits < 8)
      continue;
    bits -= 8;
    result += static_cast<char>(group >> bits & 0xff);
  }
  return result;
}

} // namespace firefinder
