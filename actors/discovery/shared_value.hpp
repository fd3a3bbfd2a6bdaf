#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace firefinder {

/// A value, or none. Where there is none it takes the room of two pointers; copies have it in
/// common until one of them changes it. Compared by the value.
template <class T>
class shared_value {
public:
  shared_value() = default;
  // As with `std::optional`, a value is one that there is.
  template <class From>
  requires std::convertible_to<From, T> shared_value(From&& value)
    : value_(std::make_shared<T>(std::forward<From>(value))) {}

  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
  /// To change it.
  [[nodiscard]] T& own() {
    if (value_.use_count() > 1)
      value_ = std::make_shared<T>(*value_);
    return *value_;
  }
  T& emplace() {
    value_ = std::make_shared<T>();
    return *value_;
  }
  void reset() noexcept { value_.reset(); }

  friend bool operator==(const shared_value& a, const shared_value& b) {
    return a.value_ == b.value_ || (a.value_ && b.value_ && *a.value_ == *b.value_);
  }

private:
  std::shared_ptr<T> value_;
};

} // namespace firefinder
