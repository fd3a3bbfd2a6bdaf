#pragma once

// Documents that stand at the broker, whoever put them there.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string_view>

namespace firefinder {

/// A document of at most so many bytes; one that is longer, or no JSON, is discarded. What lies
/// deeper than `max_depth` is left out, and not built first.
[[nodiscard]] inline nlohmann::ordered_json parse_foreign(std::string_view text,
                                                          std::size_t max_bytes, int max_depth) {
  using json = nlohmann::ordered_json;
  if (text.size() > max_bytes)
    return json::value_t::discarded;
  const auto shallow
      = [max_depth](int depth, json::parse_event_t, const json&) { return depth <= max_depth; };
  return json::parse(text.begin(), text.end(), shallow, false);
}

/// The member under its full name or its abbreviation; null when `object` is none or has none.
[[nodiscard]] inline const nlohmann::ordered_json*
foreign_member(const nlohmann::ordered_json* object, const char* full, const char* brief) {
  if (object == nullptr || !object->is_object())
    return nullptr;
  for (const auto* name : {full, brief})
    if (const auto found = object->find(name); found != object->end())
      return &*found;
  return nullptr;
}

} // namespace firefinder
