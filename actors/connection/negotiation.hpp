#pragma once

#include "actors/connection/settings.hpp"
#include "messages/client.hpp"

#include <cstdint>

namespace firefinder {

/// A version of MQTT, by the number that CONNECT carries (MQTT 5 section 3.1.2.2).
enum class mqtt_version : std::uint8_t { v311 = 4, v5 = 5 };

[[nodiscard]] constexpr const char* name_of(mqtt_version x) noexcept {
  return x == mqtt_version::v5 ? "5" : "3.1.1";
}

/// Chooses the version of the next attempt: 5 first, 3.1.1 when the broker says
/// that it does not speak 5, or when it twice hung up on 5 without a word, as
/// old brokers do (MQTT 3.1.1 section 3.1.2.2 allows closing silently).
class negotiation {
public:
  explicit negotiation(protocol_choice choice) noexcept
    : automatic_(choice == protocol_choice::automatic),
      next_(choice == protocol_choice::v311 ? mqtt_version::v311 : mqtt_version::v5) {}

  /// Version for the next attempt.
  [[nodiscard]] mqtt_version next() const noexcept { return next_; }

  /// The attempt with `next()` failed. Returns whether another version should be
  /// tried at once, without a pause.
  [[nodiscard]] bool failed(refusal kind) noexcept {
    if (!automatic_)
      return false;
    const bool refused = kind == refusal::protocol;
    // Silence of a broker that has spoken this version before is an outage.
    silent_ = kind == refusal::no_answer && !proven_ ? silent_ + 1 : 0;
    if (!refused && silent_ < silence_limit)
      return false;
    silent_ = 0;
    proven_ = false;
    if (next_ == mqtt_version::v5) {
      next_ = mqtt_version::v311;
      return true;
    }
    // Neither version works: begin again, after a pause.
    next_ = mqtt_version::v5;
    return false;
  }

  /// The attempt with `next()` succeeded; later attempts begin with that version.
  void succeeded() noexcept {
    silent_ = 0;
    proven_ = true;
  }

private:
  static constexpr int silence_limit = 2;

  bool automatic_;
  mqtt_version next_;
  int silent_ = 0;
  bool proven_ = false;
};

} // namespace firefinder
