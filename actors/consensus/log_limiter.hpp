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
  /// Most keys that may speak in one interval; the lines of others are held back,
  /// so that foreign names can fill neither the memory nor the log.
  static constexpr std::size_t max_keys = 200;

  explicit log_limiter(timespan interval) : interval_(interval) {}

  /// Whether a line for `key` may be written at `now`. If so, the number of
  /// lines for it that were held back since the last one.
  [[nodiscard]] std::optional<std::uint64_t> admit(const std::string& key, monotonic now) {
    auto found = entries_.find(key);
    if (found != entries_.end() && now - found->second.last < interval_) {
      ++found->second.held_back;
      return std::nullopt;
    }
    if (found == entries_.end()) {
      if (entries_.size() >= max_keys)
        std::erase_if(entries_, [&](const auto& x) { return now - x.second.last >= interval_; });
      if (entries_.size() >= max_keys)
        return std::nullopt;
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
