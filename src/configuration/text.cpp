#include "src/configuration/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace firefinder::configuration {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

constexpr std::size_t longest_printed = 200;

// Length of the UTF-8 sequence that `text` starts with; 0 when it is malformed.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  std::size_t length = 0;
  std::uint32_t code = 0;
  if ((lead & 0xE0U) == 0xC0) {
    length = 2;
    code = lead & 0x1FU;
  } else if ((lead & 0xF0U) == 0xE0) {
    length = 3;
    code = lead & 0x0FU;
  } else if ((lead & 0xF8U) == 0xF0) {
    length = 4;
    code = lead & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80)
      return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code >= smallest.at(length) && code <= 0x10FFFF && !surrogate ? length : 0;
}

// Control characters of ASCII and of Latin-1, given as a well-formed sequence.
bool is_control(std::string_view sequence) noexcept {
  const auto lead = static_cast<std::uint8_t>(sequence.front());
  if (sequence.size() == 1)
    return lead < 0x20 || lead == 0x7F;
  return lead == 0xC2 && static_cast<std::uint8_t>(sequence[1]) < 0xA0;
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
  }
}

// Masks what stands between `://` and the last `@` of the word. Rather too much than
// too little: a password may contain a slash.
std::string without_userinfo(std::string_view text) {
  std::string out;
  while (true) {
    const auto scheme = text.find("://");
    if (scheme == std::string_view::npos)
      return out.append(text);
    const auto start = scheme + 3;
    const auto end = std::min(text.find_first_of(blanks, start), text.size());
    const auto at = text.substr(start, end - start).rfind('@');
    out.append(text.substr(0, start));
    if (at != std::string_view::npos)
      out.append("********").append(text.substr(start + at, end - start - at));
    else
      out.append(text.substr(start, end - start));
    // Another scheme in this word has nothing to mask, and to look at each of them
    // would take the square of their number.
    text.remove_prefix(end);
  }
}

} // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> out;
  while (true) {
    const auto comma = text.find(',');
    if (const auto part = trimmed(text.substr(0, comma)); !part.empty())
      out.emplace_back(part);
    if (comma == std::string_view::npos)
      return out;
    text.remove_prefix(comma + 1);
  }
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (&part != &parts.front())
      out += separator;
    out += part;
  }
  return out;
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text) {
  const auto masked = without_userinfo(text);
  std::string out;
  for (std::string_view rest = masked; !rest.empty();) {
    if (out.size() >= longest_printed)
      return out + "…";
    const auto length = sequence_length(rest);
    const auto sequence = rest.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(sequence))
      append_escaped(out, sequence);
    else
      out += sequence;
    rest.remove_prefix(sequence.size());
  }
  return out;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between prefixes; the third one for swaps.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> known) {
  // Nobody means a name that differs in most of its letters, and names are short.
  constexpr std::size_t longest_name = 200;
  if (text.size() > longest_name)
    return {};
  const auto sought = lower_case(text);
  std::string_view best;
  auto least = std::numeric_limits<std::size_t>::max();
  for (const auto candidate : known) {
    // The beginning of a name is as good as a name with one wrong letter.
    const bool abbreviated
        = text.size() >= 3 && lower_case(candidate.substr(0, text.size())) == sought;
    const auto shorter = std::min(text.size(), candidate.size());
    const auto longer = std::max(text.size(), candidate.size());
    const auto limit = std::max<std::size_t>(2, shorter / 3);
    // No cheaper than the difference in length; this spares most of the work.
    if (!abbreviated && longer - shorter > limit)
      continue;
    const auto distance = abbreviated ? 1 : edit_distance(sought, lower_case(candidate));
    if (distance < least && distance <= limit) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

std::string_view topic_problem(std::string_view text) noexcept {
  constexpr std::size_t longest_topic = 1024;
  if (text.size() > longest_topic)
    return "is longer than 1024 bytes";
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0)
      return "is not UTF-8";
    const auto sequence = text.substr(0, length);
    if (sequence == "#" || sequence == "+")
      return "contains a wildcard, # or +";
    if (is_control(sequence))
      return "contains a control character";
    text.remove_prefix(length);
  }
  return {};
}

} // namespace firefinder::configuration
