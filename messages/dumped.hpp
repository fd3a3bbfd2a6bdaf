#pragma once

#include <string>

namespace firefinder {

/// JSON (a `nlohmann::basic_json`) in one line; bytes in it that are no UTF-8 are replaced by
/// U+FFFD.
template <class Json>
[[nodiscard]] std::string dumped(const Json& x) {
  return x.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace firefinder
