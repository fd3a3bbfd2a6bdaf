#pragma once

#include "actors/discovery/mixed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

/// How all cameras are called, one behind another: a house has thousands. Of texts below 4 GiB.
class camera_list {
public:
  void clear() noexcept {
    texts_.clear();
    ends_.clear();
    fingerprint_ = 0;
  }
  void add(std::string_view key, std::string_view id, std::string_view name) {
    for (const auto text : {key, id, name}) {
      texts_ += text;
      ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
      fingerprint_ = mixed({fingerprint_, std::hash<std::string_view>{}(text)});
    }
  }
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size() / 3; }
  /// Another one for other cameras, as far as 64 bits go.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  /// Calls `visit` with key, id and name of each.
  template <class Visit>
  void each(const Visit& visit) const {
    std::size_t at = 0;
    const auto next = [this, &at](std::uint32_t end) {
      const auto begin = std::exchange(at, end);
      return std::string_view{texts_}.substr(begin, end - begin);
    };
    for (std::size_t i = 0; i < ends_.size(); i += 3) {
      const auto key = next(ends_[i]);
      const auto id = next(ends_[i + 1]);
      visit(key, id, next(ends_[i + 2]));
    }
  }

private:
  std::string texts_;
  std::vector<std::uint32_t> ends_;
  std::uint64_t fingerprint_ = 0;
};

} // namespace firefinder
