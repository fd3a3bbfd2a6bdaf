#pragma once

#include "actors/file_descriptor.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace firefinder {

/// Keeps other daemons away from what this one keeps on disk: whoever has it works with the
/// store and the packets beside it. Held as long as this lives; the kernel drops it with the
/// process, however that ends.
class state_lock {
public:
  enum class outcome {
    held,
    /// Another process has it.
    busy,
    /// The wait was given up.
    given_up,
    /// There can be no lock at this path.
    impossible,
  };

  /// Takes it, by a file at this path. Waits so long for one who is about to end, or until
  /// `gives_up`, which is asked again and again.
  [[nodiscard]] outcome take(const std::string& path, std::chrono::milliseconds patience,
                             const std::function<bool()>& gives_up);

  /// Why it is impossible, for people.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }

private:
  file_descriptor file_;
  std::string why_;
};

} // namespace firefinder
