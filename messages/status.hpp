#pragma once

#include <string>
#include <utility>

namespace firefinder {

/// The outcome of an operation that returns nothing: success, or a sentence
/// that says what failed.
class [[nodiscard]] status {
public:
  /// Success.
  status() = default;

  /// Failure; `why` must not be empty.
  static status failure(std::string why) {
    status result;
    result.why_ = std::move(why);
    return result;
  }

  [[nodiscard]] explicit operator bool() const noexcept { return why_.empty(); }

  /// The reason of the failure; empty on success.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

private:
  std::string why_;
};

} // namespace firefinder
