#pragma once

#include "messages/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace firefinder {

/// Which camera has which `camera_key`. Different ids may have one key: then the camera that was
/// known first has it, and the others have none until it is gone.
class camera_keys {
public:
  /// Takes note of a camera; one that is known already stays as it is.
  void add(const std::string& id, monotonic now);

  /// Forgets a camera. Returns the one that has its key from now on, if any.
  std::optional<std::string> remove(const std::string& id);

  /// Key of a camera; empty: it has none.
  [[nodiscard]] std::string key_of(const std::string& id) const;

  /// A camera that has no key.
  struct without {
    /// The key that it would have, and the camera that has it; both empty: its id has no letter
    /// or digit.
    std::string key;
    std::string holder;
    monotonic since{};
  };

  /// All of them, by id.
  [[nodiscard]] const std::map<std::string, without>& keyless() const noexcept { return keyless_; }

private:
  /// Ids are as good as equal when their keys are.
  struct by_key {
    [[nodiscard]] std::size_t operator()(const std::string& id) const;
    [[nodiscard]] bool operator()(const std::string& a, const std::string& b) const;
  };

  /// The camera that has each key. The key itself is not kept: there may be thousands.
  std::unordered_set<std::string, by_key, by_key> holders_;
  /// Others that would have it, in the order in which they became known.
  std::map<std::string, std::vector<std::string>> waiting_;
  std::map<std::string, without> keyless_;
};

} // namespace firefinder
