#pragma once

#include <string>

namespace firefinder {

/// What a daemon answered, for the command `status`.
struct status_report {
  /// What is printed on standard output.
  std::string text;
  /// Why the daemon could not answer, in its own words; empty: it could.
  std::string refusal;
  /// Something keeps the daemon from being what its owner takes it for.
  bool degraded = false;
};

/// The answer to `bridge/request/status` for people: problems first, then how each camera stands,
/// then the triggers. The answer comes from the network: what is missing is left out, and what
/// could steer a terminal is shown as `?`. With `as_json`, its data as it is.
[[nodiscard]] status_report report_status(const std::string& response, bool as_json);

/// The answer to `bridge/request/explain`, likewise.
[[nodiscard]] status_report report_explanation(const std::string& response, bool as_json);

} // namespace firefinder
