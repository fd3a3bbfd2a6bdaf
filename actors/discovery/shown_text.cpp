#include "actors/discovery/shown_text.hpp"

#include <algorithm>
#include <cstdint>

namespace firefinder {

namespace {

constexpr std::string_view white = " \t\r\n\f\v";

// How many bytes the character at the start of `text` has, and what it is; 0: it is no UTF-8
// (RFC 3629, section 4).
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

// Also ends of lines of Unicode, and what turns the direction of writing.
bool controls(std::uint32_t x) noexcept {
  return x < 0x20 || (x >= 0x7f && x < 0xa0) || x == 0x200e || x == 0x200f
         || (x >= 0x2028 && x <= 0x202e) || (x >= 0x2066 && x <= 0x2069) || x == 0xfeff;
}

} // namespace

std::string shown_text(std::string_view text, std::size_t most) {
  std::string result;
  std::size_t characters = 0;
  bool gap = false;
  while (!text.empty()) {
    std::uint32_t character = 0;
    const auto length = first_character(text, character);
    if (length == 1 && white.find(text[0]) != std::string_view::npos) {
      gap = !result.empty();
    } else if (length > 0 && !controls(character)) {
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

} // namespace firefinder
