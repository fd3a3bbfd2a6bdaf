#include "src/recording/problems.hpp"

#include "messages/log.hpp"

#include <numeric>
#include <ostream>

namespace firefinder::recording {

const char* to_string(problem kind) noexcept {
  switch (kind) {
  case problem::damaged_file:
    return "damaged_file";
  case problem::line_too_long:
    return "line_too_long";
  case problem::line_not_utf8:
    return "line_not_utf8";
  case problem::broken_line:
    return "broken_line";
  case problem::wrong_member:
    return "wrong_member";
  case problem::time_backwards:
    return "time_backwards";
  case problem::unknown_topic:
    return "unknown_topic";
  }
  return "unknown";
}

void problem_log::note(problem kind, std::string_view file, std::uint64_t line,
                       std::string_view detail) {
  if (++counts_[static_cast<std::size_t>(kind)] <= told_per_kind)
    out_ << file << ':' << line << ": " << to_string(kind) << ": " << log::clean(detail) << '\n';
}

void problem_log::finish() {
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if (counts_[i] > told_per_kind)
      out_ << to_string(static_cast<problem>(i)) << ": " << counts_[i] - told_per_kind << " more, "
           << counts_[i] << " in all\n";
}

std::uint64_t problem_log::count(problem kind) const noexcept {
  return counts_[static_cast<std::size_t>(kind)];
}

std::uint64_t problem_log::total() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

} // namespace firefinder::recording
