#include "actors/consensus/json_text.hpp"

#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <new>

namespace firefinder {

namespace {

namespace dom = simdjson::dom;
using nlohmann::json;

bool nests_deeper_than(std::string_view text, std::size_t limit) noexcept {
  std::ptrdiff_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > static_cast<std::ptrdiff_t>(limit))
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

} // namespace

// An empty list within as many others as simdjson allows is no level to it, but it is one to us;
// so it is allowed one less than we look at.
json_reader::json_reader(std::size_t max_depth) : max_depth_(max_depth) {
  if (quick_.allocate(simdjson::dom::MINIMAL_DOCUMENT_CAPACITY, max_depth) != simdjson::SUCCESS)
    throw std::bad_alloc{};
}

std::variant<dom::element, json_fault> json_reader::read(const std::string& text) {
  patient_.reset();
  dom::element result;
  if (quick_.parse(text).get(result) == simdjson::SUCCESS)
    return result;
  return read_patiently(text);
}

// What simdjson refuses may still be JSON: a whole number of more than 64 bits, a byte order mark,
// or what nests just as deep as may be.
std::variant<dom::element, json_fault> json_reader::read_patiently(const std::string& text) {
  if (nests_deeper_than(text, max_depth_))
    return json_fault::too_deep;
  // nlohmann takes a zero byte for the end and would not see what follows.
  if (text.find('\0') != std::string::npos)
    return json_fault::malformed;
  const auto tree = json::parse(text, nullptr, false);
  if (tree.is_discarded())
    return is_utf8(text) ? json_fault::malformed : json_fault::not_utf8;
  // Written again it has no such number any more.
  const auto plain = dumped(tree);
  dom::element result;
  if (patient_.emplace().parse(plain).get(result) == simdjson::SUCCESS)
    return result;
  return json_fault::malformed;
}

bool is_utf8(std::string_view text) noexcept {
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const auto first = byte(i);
    std::size_t length = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (first < 0x80)
      length = 1;
    else if (first >= 0xc2 && first <= 0xdf)
      length = 2;
    else if (first >= 0xe0 && first <= 0xef)
      length = 3;
    else if (first >= 0xf0 && first <= 0xf4)
      length = 4;
    else
      return false;
    if (first == 0xe0)
      low = 0xa0;
    else if (first == 0xed)
      high = 0x9f;
    else if (first == 0xf0)
      low = 0x90;
    else if (first == 0xf4)
      high = 0x8f;
    if (i + length > text.size())
      return false;
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = byte(i + k);
      if (next < (k == 1 ? low : 0x80) || next > (k == 1 ? high : 0xbf))
        return false;
    }
    i += length;
  }
  return true;
}

json_member member(const dom::object& object, std::string_view name) noexcept {
  json_member result;
  for (auto at = object.begin(), end = object.end(); at != end; ++at)
    if (at.key_equals(name))
      result = at.value();
  return result && result->is_null() ? std::nullopt : result;
}

json_member last_of(const json_member& value) noexcept {
  json_member result;
  dom::array entries;
  if (value && value->get(entries) == simdjson::SUCCESS)
    for (const auto entry : entries)
      result = entry;
  return result;
}

std::pair<json_member, json_member> pair_in(const dom::element& value) noexcept {
  dom::array entries;
  if (value.get(entries) != simdjson::SUCCESS || entries.size() != 2)
    return {};
  auto at = entries.begin();
  const json_member first = *at;
  return {first, *++at};
}

std::string written(const dom::element& value) {
  switch (value.type()) {
  case dom::element_type::INT64:
    return std::to_string(value.get_int64().value_unsafe());
  case dom::element_type::UINT64:
    return std::to_string(value.get_uint64().value_unsafe());
  case dom::element_type::DOUBLE:
    return json(double{value.get_double().value_unsafe()}).dump();
  case dom::element_type::BOOL:
    return value.get_bool().value_unsafe() ? "true" : "false";
  default:
    return "null";
  }
}

} // namespace firefinder
