#pragma once

#include "actors/connection/outbox.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace firefinder {

/// Keeps the client from having more under way than the broker takes at a time. Past that paho
/// queues, and an acknowledgement does not wake the thread that sends: a second goes by for every
/// such window full (paho.mqtt.c, pull request 1457; so in 1.3.12), for an alarm in that queue too.
/// So what has no turn yet waits here, in its order, and an alarm needs none. Plain data: it sends
/// nothing and looks at no clock.
class send_window {
public:
  /// Most that the client has under way, whatever the broker takes.
  static constexpr std::uint16_t most_under_way = 100;
  /// Most messages that wait and are not worth waiting for long (`delivery::live`). A house of
  /// 1,000 cameras may tell 4,000 at once: fire and smoke of each, in two forms.
  static constexpr std::size_t most_live = 5'000;
  /// What has no answer by then leaves its place to others.
  static constexpr timespan patience = std::chrono::seconds{30};

  /// A link begins, whose broker takes `receive_maximum` at a time (MQTT 5, section 3.2.2.3.3).
  void begin(std::uint16_t receive_maximum) noexcept;

  /// It ends: nothing waits, nothing is under way. Returns how many live ones were dropped.
  std::size_t end();

  /// Something is to be sent. A value whose topic has one that waits takes its place, so that a
  /// topic which changes often has its turn as any other. What the broker does not answer (quality
  /// of service 0) waits only behind what waits of its topic. False: it was dropped, because too
  /// many wait.
  [[nodiscard]] bool add(dispatch d);

  /// What is to be sent now; it is under way from here on if the broker answers it.
  [[nodiscard]] std::optional<dispatch> next(monotonic now);

  /// The broker has answered it, or it was not sent.
  void answered(std::uint64_t ticket) { under_way_.erase(ticket); }

  [[nodiscard]] bool awaits_answers() const noexcept { return !under_way_.empty(); }

  /// Whether something waits that goes before all else.
  [[nodiscard]] bool has_alarm() const noexcept { return !at_once_.empty(); }

  [[nodiscard]] bool empty() const noexcept { return at_once_.empty() && waiting_.empty(); }

private:
  /// How many may be under way, alarms aside.
  std::size_t size_ = 1;
  /// By ticket, since when.
  std::map<std::uint64_t, monotonic> under_way_;
  std::deque<dispatch> at_once_;
  std::list<dispatch> waiting_;
  /// By topic, the last one that waits.
  std::unordered_map<std::string, std::list<dispatch>::iterator> last_;
  /// Of those that wait.
  std::size_t live_ = 0;
};

} // namespace firefinder
