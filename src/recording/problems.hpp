#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>

namespace firefinder::recording {

/// What can be wrong with a line of a recording.
enum class problem : std::uint8_t {
  /// The file cannot be read to its end.
  damaged_file,
  /// Longer than `max_line_bytes`.
  line_too_long,
  line_not_utf8,
  /// No JSON object.
  broken_line,
  /// A member is missing or of the wrong type.
  wrong_member,
  /// `t` is less than before: the message is taken at the latest time seen.
  time_backwards,
  /// Nobody listens to the topic.
  unknown_topic,
};

/// How many there are.
inline constexpr std::size_t problem_kinds = 7;

/// The problem as it stands in figures, such as `broken_line`.
[[nodiscard]] const char* to_string(problem kind) noexcept;

/// Counts what is wrong with recordings and tells people: each of the first of a kind
/// with its place, then how many there were.
class problem_log {
public:
  /// Lines told for each kind.
  static constexpr std::uint64_t told_per_kind = 20;

  /// `out` outlives this object.
  explicit problem_log(std::ostream& out) : out_(out) {}

  /// Notes a problem of a line, counted from 1, of a file. `detail`: what exactly, for people.
  void note(problem kind, std::string_view file, std::uint64_t line, std::string_view detail);

  /// Tells how many were not told.
  void finish();

  [[nodiscard]] std::uint64_t count(problem kind) const noexcept;
  [[nodiscard]] std::uint64_t total() const noexcept;

private:
  std::ostream& out_;
  std::array<std::uint64_t, problem_kinds> counts_{};
};

} // namespace firefinder::recording
