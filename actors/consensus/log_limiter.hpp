#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace firefinder {

/// Lets one line per key through in each interval and counts the others.
class log_limiter {
public:
  /// Most keys that are remembered; past it all are forgotten, so that foreign
  /// names cannot fill the memory.
  static constexpr std::size_t max_keys = 4'096;

  explicit log_limiter(timespan interval) : interval_(interval) {}

  /// Whether a line for `key` may be written at `now`. If so, the number of
  /// lines that were held back since the last one.
  [[nodiscard]] std::optional<std::uint64_t> admit(const std::string& key, monotonic now) {
    auto found = entries_.find(key);
    if (found != entries_.end() && now - found->second.last < interval_) {
      ++found->second.held_back;
      return std::nullopt;
    }
    if (found == entries_.end()) {
      if (entries_.size() >= max_keys)
        entries_.clear();
      found = entries_.emplace(key, entry{}).first;
    }
    const auto result = found->second.held_back;
    found->second = {now, 0};
    return result;
  }

private:
  struct entry {
    monotonic last{};
    std::uint64_t held_back = 0;
  };

  timespan interval_;
  std::map<std::string, entry> entries_;
};

} // namespace firefinder
