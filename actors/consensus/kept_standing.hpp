#pragma once

#include "messages/decision.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace firefinder {

/// A `camera_standing` in less memory, as there may be thousands of: what follows from the rules is
/// the same for most cameras, and stands once for all of them, in a `standing_pool`.
class kept_standing {
public:
  /// As a camera stands of which nothing was heard.
  kept_standing() = default;

  [[nodiscard]] standing_reason reason() const noexcept {
    return shared_ != nullptr ? shared_->reason : standing_reason::nothing_seen;
  }
  [[nodiscard]] bool agrees() const noexcept { return shared_ != nullptr && shared_->agrees; }

  /// All of it.
  [[nodiscard]] camera_standing full() const;

private:
  friend class standing_pool;

  /// Names and figures as in `camera_standing`.
  struct shared {
    bool agrees = false;
    standing_reason reason = standing_reason::nothing_seen;
    std::uint32_t samples_needed = 0;
    std::uint32_t frames = 0;
    std::uint32_t seen_needed = 0;
    double growth_needed = 0;
    double evidence_needed = 0;
    std::string verified_by;

    friend auto operator<=>(const shared&, const shared&) = default;
  };

  /// Null: a default one.
  const shared* shared_ = nullptr;
  std::uint32_t samples_ = 0;
  std::uint32_t seen_ = 0;
  std::string object_;
  double growth_ = 0;
  double confidence_ = 0;
  double confidence_needed_ = 0;
  double evidence_ = 0;
  double area_ = 0;
  double cadence_s_ = 0;
  double window_s_ = 0;
};

/// What standings have in common: each reason with each set of demands once, some hundred at the
/// most. It outlives them.
class standing_pool {
public:
  /// `to` is `x` from now on.
  void keep(const camera_standing& x, kept_standing& to);

  /// Of so many kinds standings were.
  [[nodiscard]] std::size_t size() const noexcept { return shared_.size(); }

private:
  std::set<kept_standing::shared> shared_;
};

} // namespace firefinder
