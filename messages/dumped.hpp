#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace firefinder {

/// JSON in one line; bytes in it that are no UTF-8 are replaced by U+FFFD.
template <class Json = nlohmann::ordered_json>
[[nodiscard]] std::string dumped(const Json& x) {
  return x.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace firefinder
