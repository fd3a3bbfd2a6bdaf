#pragma once

#include "src/recording/message.hpp"
#include "src/recording/problems.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

namespace firefinder::recording {

/// Latest moment that a recording may name, in unix seconds: the year 2255. Times are
/// nanoseconds in 64 bits.
inline constexpr double latest_moment = 9e9;

/// What is wrong with a line.
struct fault {
  problem kind = problem::broken_line;
  std::string detail;
};

/// Reads lines of recordings: `{"t", "topic", "payload", "qos", "retain", "size"}`, of which the
/// first three must be there. Other members are passed over. A text as payload is taken as
/// it is, anything else with the bytes that it has in the line.
class line_parser {
public:
  /// Reads `line` into `result`; on a fault `result` is worthless. At least
  /// `simdjson::SIMDJSON_PADDING` bytes behind the line can be read.
  [[nodiscard]] std::optional<fault> parse(std::string_view line, message& result);

private:
  simdjson::dom::parser parser_;
};

} // namespace firefinder::recording
