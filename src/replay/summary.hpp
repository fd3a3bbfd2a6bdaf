#pragma once

#include "messages/detection.hpp"
#include "src/recording/problems.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace firefinder::replay {

/// What a run was, in figures.
struct summary {
  /// Messages of the recording, also those to which nobody listens.
  std::uint64_t messages = 0;
  /// Detections that counted.
  std::uint64_t accepted = 0;
  /// Detections, messages and lines that did not, by reason.
  std::map<std::string, std::uint64_t> dropped;
  std::uint64_t triggers = 0;
  /// Cameras that were heard.
  std::uint64_t cameras = 0;
  /// From the first message to the last, in seconds.
  double span_s = 0;

  /// Takes over what the tracker has counted, and which lines were passed over between
  /// these two states of the log.
  void add(const tracker_figures& figures);
  void add(const recording::problem_log& before, const recording::problem_log& after);
};

/// The last line of `replay --json`; `file` is added when it is not empty.
[[nodiscard]] std::string summary_line(const summary& x, const std::string& file);

/// The same for people, several lines.
[[nodiscard]] std::string summary_text(const summary& x);

/// A line of JSON with `"file"` as its first member; as it is when `file` is empty.
[[nodiscard]] std::string with_file(const std::string& line, const std::string& file);

/// A moment for people: UTC, ISO 8601, milliseconds.
[[nodiscard]] std::string moment_text(double t);

} // namespace firefinder::replay
