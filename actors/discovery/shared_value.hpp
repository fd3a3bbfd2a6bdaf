#pragma once

#include <concepts>
#include <memory>
#include <utility>

namespace firefinder {

/// A value, or none. Where there is none it takes the room of two pointers; copies have it in
/// common, and a change makes another one. Compared by the value.
template <class T>
class shared_value {
public:
  shared_value() = default;
  // As with `std::optional`, a value is one that there is.
  template <class From>
  requires std::convertible_to<From, T> shared_value(From&& value)
    : value_(std::make_shared<const T>(std::forward<From>(value))) {}

  [[nodiscard]] explicit operator bool() const noexcept { return value_ != nullptr; }
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_.get(); }
  /// Has `what` change the value that there is.
  template <class What>
  void change(const What& what) {
    auto next = *value_;
    what(next);
    value_ = std::make_shared<const T>(std::move(next));
  }
  void emplace() { value_ = std::make_shared<const T>(); }
  void reset() noexcept { value_.reset(); }

  friend bool operator==(const shared_value& a, const shared_value& b) {
    return a.value_ == b.value_ || (a.value_ && b.value_ && *a.value_ == *b.value_);
  }

private:
  std::shared_ptr<const T> value_;
};

} // namespace firefinder
