#include "actors/discovery/text_packer.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace firefinder {

namespace {

// The first byte of a packed text: how it is to be read.
constexpr char as_it_is = 0;
constexpr char copies = 1;
constexpr char copies_with_name = 2;

// Stands for the name. No JSON has it, which escapes such characters (RFC 8259, section 7).
constexpr char mark = '\1';

// What is looked for anywhere in the first text is so long; at the place that is due next, less
// will do.
constexpr std::size_t seed = 8;
constexpr std::size_t least_due = 4;

constexpr std::size_t longest_first = 32768;

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0;;) {
    const auto found = text.find(what, at);
    result.append(text, at, found - at);
    if (found == std::string_view::npos)
      return result;
    result.append(by);
    at = found + what.size();
  }
}

void add_number(std::string& to, std::size_t x) {
  for (; x >= 0x80; x >>= 7)
    to += static_cast<char>(x | 0x80);
  to += static_cast<char>(x);
}

std::size_t take_number(std::string_view& from) noexcept {
  std::size_t result = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    result |= static_cast<std::size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0)
      return result;
  }
}

std::size_t common(std::string_view a, std::string_view b) noexcept {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::size_t slot_of(const char* at, std::size_t slots) noexcept {
  std::uint64_t x = 0;
  std::memcpy(&x, at, seed);
  // Fibonacci hashing.
  return static_cast<std::size_t>((x * 0x9E3779B97F4A7C15U)
                                  >> (64 - static_cast<unsigned>(std::countr_zero(slots))));
}

} // namespace

void text_packer::learn(std::string_view text) {
  first_ = text.substr(0, longest_first);
  if (first_.size() < seed)
    return;
  places_.resize(std::bit_ceil(first_.size() / 2));
  // Of several places the first one stays.
  for (auto at = first_.size() - seed + 1; at-- > 0;)
    places_[slot_of(first_.data() + at, places_.size())] = static_cast<std::uint16_t>(at + 1);
}

std::size_t text_packer::place_of(std::string_view text, std::size_t at) const noexcept {
  if (places_.empty() || text.size() - at < seed)
    return std::string::npos;
  const std::size_t found = places_[slot_of(text.data() + at, places_.size())];
  return found != 0 && std::memcmp(first_.data() + found - 1, text.data() + at, seed) == 0
             ? found - 1
             : std::string::npos;
}

std::string text_packer::plain(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 1);
  result += as_it_is;
  result += text;
  return result;
}

// What follows the first byte, again and again: the length of what is its own, that itself, where
// the copy begins, counted from the end of the last one, and the length of the copy.
std::string text_packer::pack(std::string_view text, std::string_view name) {
  std::string marked;
  const bool marks = !name.empty() && text.find(mark) == std::string_view::npos;
  const auto whole = text;
  if (marks)
    text = marked = replaced(text, name, {&mark, 1});
  if (first_.empty())
    learn(text);
  std::string result;
  result += marks ? copies_with_name : copies;
  const auto offset = [this](std::size_t from, std::size_t to) {
    return (to + first_.size() + 1 - from) % (first_.size() + 1);
  };
  std::size_t own = 0;
  std::size_t due = 0;
  for (std::size_t at = 0; at < text.size() && result.size() < whole.size();) {
    // Values of the same length leave what follows them where it is due.
    const auto expected = due + (at - own);
    auto place = expected;
    auto size = expected < first_.size()
                    ? common(text.substr(at), std::string_view{first_}.substr(expected))
                    : 0;
    if (size < least_due && at + size < text.size()) {
      place = place_of(text, at);
      size = place == std::string::npos
                 ? 0
                 : common(text.substr(at), std::string_view{first_}.substr(place));
    }
    if (size == 0) {
      ++at;
      continue;
    }
    add_number(result, at - own);
    result.append(text, own, at - own);
    add_number(result, offset(due, place));
    add_number(result, size);
    own = at = at + size;
    due = place + size;
  }
  if (result.size() + (text.size() - own) >= whole.size())
    return plain(whole);
  if (own < text.size()) {
    add_number(result, text.size() - own);
    result.append(text, own);
  }
  result.shrink_to_fit();
  return result;
}

std::string text_packer::unpack(std::string_view packed, std::string_view name) const {
  const auto how = packed.front();
  packed.remove_prefix(1);
  if (how == as_it_is)
    return std::string{packed};
  std::string result;
  std::size_t place = 0;
  while (!packed.empty()) {
    const auto own = take_number(packed);
    result.append(packed, 0, own);
    packed.remove_prefix(own);
    if (packed.empty())
      break;
    place = (place + take_number(packed)) % (first_.size() + 1);
    const auto size = take_number(packed);
    result.append(first_, place, size);
    place += size;
  }
  return how == copies_with_name ? replaced(result, {&mark, 1}, name) : result;
}

} // namespace firefinder
