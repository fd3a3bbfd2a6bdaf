#include "messages/text.hpp"

#include <algorithm>

namespace firefinder {

namespace {

constexpr std::string_view white = " \t\r\n\f\v";

constexpr std::size_t address_digits = 12;
// As cameras are named in a Frigate configuration that was generated from addresses:
// Frigate allows no colons, and YAML takes some bare addresses for numbers.
constexpr std::string_view generated_prefix = "cam_";

std::optional<char> hex_digit(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
    return c;
  if (c >= 'A' && c <= 'F')
    return static_cast<char>(c - 'A' + 'a');
  return std::nullopt;
}

} // namespace

std::size_t first_character(std::string_view text, std::uint32_t& character) noexcept {
  const auto at = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = at(0);
  if (lead < 0x80) {
    character = lead;
    return 1;
  }
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
    return 0;
  character = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80)
      return 0;
    character = character << 6 | (at(i) & 0x3fU);
  }
  const bool too_long = (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  return too_long || surrogate || character > 0x10ffff ? 0 : length;
}

bool controls_output(std::uint32_t x) noexcept {
  return x < 0x20 || (x >= 0x7f && x < 0xa0) || x == 0x200e || x == 0x200f
         || (x >= 0x2028 && x <= 0x202e) || (x >= 0x2066 && x <= 0x2069) || x == 0xfeff;
}

std::string shown_text(std::string_view text, std::size_t most) {
  std::string result;
  std::size_t characters = 0;
  bool gap = false;
  while (!text.empty()) {
    std::uint32_t character = 0;
    const auto length = first_character(text, character);
    if (length == 1 && white.find(text[0]) != std::string_view::npos) {
      gap = !result.empty();
    } else if (length > 0 && !controls_output(character)) {
      if (characters + (gap ? 2 : 1) > most)
        break;
      characters += gap ? 2 : 1;
      if (gap)
        result += ' ';
      gap = false;
      result += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return result;
}

std::string lower_case(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// Digits in pairs, with the same separator between all of them or with none.
std::optional<std::string> spelled_address(std::string_view name) {
  if (name.starts_with(generated_prefix))
    name.remove_prefix(generated_prefix.size());
  const bool separated = name.size() == address_digits + 5;
  if (!separated && name.size() != address_digits)
    return std::nullopt;
  const char separator = separated ? name[2] : '\0';
  if (separated && separator != ':' && separator != '-')
    return std::nullopt;
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (separated && i % 3 == 2) {
      if (name[i] != separator)
        return std::nullopt;
      continue;
    }
    const auto digit = hex_digit(name[i]);
    if (!digit)
      return std::nullopt;
    result += *digit;
  }
  return result;
}

} // namespace firefinder
