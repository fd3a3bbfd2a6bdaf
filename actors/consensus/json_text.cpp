#include "actors/consensus/json_text.hpp"

#include <simdjson.h>

#include <cstdint>

namespace firefinder {

namespace {

using nlohmann::json;
namespace dom = simdjson::dom;

// Of two members with one name the last one stays, as with nlohmann.
json value_of(const dom::element& x) {
  switch (x.type()) {
  case dom::element_type::OBJECT: {
    auto result = json::object();
    const dom::object members = x.get_object().value_unsafe();
    for (const auto& [key, value] : members)
      result[std::string{key}] = value_of(value);
    return result;
  }
  case dom::element_type::ARRAY: {
    auto result = json::array();
    const dom::array entries = x.get_array().value_unsafe();
    result.get_ref<json::array_t&>().reserve(entries.size());
    for (const auto& value : entries)
      result.push_back(value_of(value));
    return result;
  }
  case dom::element_type::STRING:
    return std::string{x.get_string().value_unsafe()};
  case dom::element_type::INT64: {
    // nlohmann takes what has no sign for unsigned.
    const std::int64_t number = x.get_int64().value_unsafe();
    return number >= 0 ? json(static_cast<std::uint64_t>(number)) : json(number);
  }
  case dom::element_type::UINT64:
    return std::uint64_t{x.get_uint64().value_unsafe()};
  case dom::element_type::DOUBLE:
    return double{x.get_double().value_unsafe()};
  case dom::element_type::BOOL:
    return bool{x.get_bool().value_unsafe()};
  case dom::element_type::NULL_VALUE:
    return nullptr;
  }
  return nullptr;
}

} // namespace

json parsed_json(const std::string& text) {
  // It keeps its buffers, one for each thread.
  thread_local dom::parser parser;
  dom::element value;
  if (parser.parse(text).get(value) == simdjson::SUCCESS)
    return value_of(value);
  // What simdjson refuses may still be JSON: a whole number of more than 64 bits.
  return json::parse(text, nullptr, false);
}

} // namespace firefinder
