#include "actors/camera_detection/foreign_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace firefinder {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

// Length of the character that begins there, as the Unicode standard's table 3-7 has it; 0: none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto first = byte_at(text, at);
  if (first < 0x80)
    return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, at + i) & 0xC0) != 0x80)
      return 0;
  const auto second = byte_at(text, at + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)
      || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
    return 0;
  return length;
}

bool is_control(std::string_view character) {
  const auto first = byte_at(character, 0);
  return first < 0x20 || first == 0x7F || (first == 0xC2 && byte_at(character, 1) < 0xA0);
}

std::string trimmed(std::string text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string::npos)
    return {};
  text.erase(text.find_last_not_of(' ') + 1);
  text.erase(0, first);
  return text;
}

} // namespace

std::string clean_text(std::string_view text, std::size_t most) {
  // What is looked at is bounded too.
  text = text.substr(0, most * 4);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_at(text, at);
    auto character = length == 0 ? replacement : text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
    // A line end between two words is a space.
    if (is_control(character))
      character = character == "\t" || character == "\n" ? " " : "";
    if (result.size() + character.size() > most)
      break;
    result += character;
  }
  return trimmed(std::move(result));
}

std::string lower_case(std::string_view text) {
  std::string result{text};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto digits = text.substr(at + 1, 2);
    std::uint8_t byte = 0;
    if (text[at] == '%' && digits.size() == 2
        && std::from_chars(digits.data(), digits.data() + 2, byte, 16).ptr == digits.data() + 2) {
      result += static_cast<char>(byte);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result;
}

} // namespace firefinder
