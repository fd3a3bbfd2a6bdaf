#include "tests/fuzz/mutator.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace firefinder::fuzz {

namespace {

constexpr std::array<std::string_view, 26> numbers{"0",
                                                   "-0",
                                                   "1",
                                                   "-1",
                                                   "0.5",
                                                   "1.0000001",
                                                   "255",
                                                   "256",
                                                   "65535",
                                                   "65536",
                                                   "4294967296",
                                                   "1e18",
                                                   "1e308",
                                                   "-1e308",
                                                   "1e309",
                                                   "1e-308",
                                                   "5e-324",
                                                   "1e-400",
                                                   "0.7",
                                                   "NaN",
                                                   "Infinity",
                                                   "null",
                                                   "true",
                                                   "9223372036854775807",
                                                   "-9223372036854775808",
                                                   "18446744073709551616"};

using namespace std::string_view_literals;
constexpr std::array<std::string_view, 20> texts{""sv,
                                                 "unknown"sv,
                                                 "fire"sv,
                                                 "SMOKE"sv,
                                                 "+"sv,
                                                 "#"sv,
                                                 "a/b"sv,
                                                 "\0"sv,
                                                 "\n"sv,
                                                 "\\u0000"sv,
                                                 "\\ud800"sv,
                                                 "\xc3"sv,
                                                 "\xed\xa0\x80"sv,
                                                 "\xc0\xaf"sv,
                                                 "0.9"sv,
                                                 "1e999"sv,
                                                 "2025-06-15T15:06:40Z"sv,
                                                 "2025-06-15T15:06:40.5+02:00"sv,
                                                 "{}"sv,
                                                 "'"sv};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> brackets{
    {{"[", "]"}, {"{\"a\":", "}"}, {"{", "}"}, {"", "]"}}};

bool belongs_to_number(char c) {
  return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

std::string repeated(std::string_view text, std::size_t n) {
  std::string result;
  result.reserve(text.size() * n);
  for (std::size_t i = 0; i < n; ++i)
    result += text;
  return result;
}

} // namespace

mutator::mutator(std::uint64_t seed, std::vector<std::string> corpus, std::size_t max_bytes)
  : random_(seed), corpus_(std::move(corpus)), max_bytes_(max_bytes) {}

std::string mutator::next() {
  auto text = corpus_.empty() ? std::string{} : corpus_[below(corpus_.size())];
  for (auto n = below(4) + 1; n > 0; --n)
    mutate(text);
  // Rare, because it takes as long as hundreds of others.
  if (below(256) == 0)
    inflate(text);
  text.resize(std::min(text.size(), max_bytes_));
  return text;
}

// The library's distributions may differ from one machine to the next.
std::size_t mutator::below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

void mutator::mutate(std::string& text) {
  using operation = void (mutator::*)(std::string&);
  constexpr std::array<operation, 12> operations{
      &mutator::turn_bit,     &mutator::set_byte,       &mutator::insert_bytes,
      &mutator::cut,          &mutator::truncate,       &mutator::repeat,
      &mutator::splice,       &mutator::replace_number, &mutator::replace_number,
      &mutator::replace_text, &mutator::replace_text,   &mutator::nest};
  (this->*operations[below(operations.size())])(text);
}

void mutator::turn_bit(std::string& text) {
  if (text.empty())
    return;
  auto& c = text[below(text.size())];
  c = static_cast<char>(static_cast<unsigned char>(c) ^ (1U << below(8)));
}

void mutator::set_byte(std::string& text) {
  if (!text.empty())
    text[below(text.size())] = static_cast<char>(below(256));
}

void mutator::insert_bytes(std::string& text) {
  const auto at = below(text.size() + 1);
  if (below(2) == 0)
    text.insert(at, texts[below(texts.size())]);
  else
    text.insert(at, 1 + below(8), static_cast<char>(below(256)));
}

void mutator::cut(std::string& text) {
  const auto at = below(text.size());
  text.erase(at, 1 + below(text.size() - at));
}

void mutator::truncate(std::string& text) { text.resize(below(text.size() + 1)); }

void mutator::repeat(std::string& text) {
  const auto at = below(text.size());
  const auto part = text.substr(at, 1 + below(64));
  text.insert(at, repeated(part, 1 + below(8)));
}

void mutator::splice(std::string& text) {
  if (corpus_.empty())
    return;
  const std::string_view other = corpus_[below(corpus_.size())];
  const auto from = below(other.size() + 1);
  const auto part = other.substr(from, below(other.size() - from + 1));
  const auto at = below(text.size() + 1);
  text.replace(at, below(2) == 0 ? 0 : std::min(part.size(), text.size() - at), part);
}

// The number at or behind a random place.
void mutator::replace_number(std::string& text) {
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(below(text.size()));
  const auto first = std::find_if(from, text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto last = std::find_if_not(first, text.end(), belongs_to_number);
  if (first != last)
    text.replace(first, last, numbers[below(numbers.size())]);
}

// What stands between two quotes behind a random place.
void mutator::replace_text(std::string& text) {
  const auto first = text.find('"', below(text.size()));
  if (first == std::string::npos)
    return;
  const auto last = text.find('"', first + 1);
  if (last != std::string::npos)
    text.replace(first + 1, last - first - 1, texts[below(texts.size())]);
}

void mutator::nest(std::string& text) {
  const auto [open, close] = brackets[below(brackets.size())];
  const auto depth = 1 + below(below(32) == 0 ? 20'000 : 70);
  const auto at = below(text.size() + 1);
  const auto length = below(2) == 0 ? text.size() - at : below(text.size() - at + 1);
  const auto inner = text.substr(at, length);
  text.replace(at, length, repeated(open, depth) + inner + repeated(close, depth));
}

// Makes it as large as it may be, to see whether time grows faster than size.
void mutator::inflate(std::string& text) {
  const auto at = below(text.size());
  const auto part = text.substr(at, 1 + below(100));
  if (!part.empty() && text.size() < max_bytes_)
    text.insert(at, repeated(part, (max_bytes_ - text.size()) / part.size()));
}

} // namespace firefinder::fuzz
