#pragma once

#include "actors/control/memory.hpp"
#include "messages/control.hpp"
#include "messages/house.hpp"
#include "messages/time.hpp"

#include <optional>
#include <string>

namespace firefinder {

/// The alarm: raised by a trigger, it stays until it is reset. It says what people know of a
/// fire and changes nothing about triggers.
class latched_alarm {
public:
  /// Most cameras that it names.
  static constexpr std::size_t max_cameras = 100;

  /// `reminder`: between two reminders of one that nobody has acknowledged; 0: there are none.
  explicit latched_alarm(timespan reminder) : reminder_(reminder) {}

  /// Takes up what an earlier process knew.
  void restore(const alarm_memory& before, monotonic now, unix_seconds wall);

  /// Takes up what an earlier process knew, late: this one has been told of triggers or orders
  /// since. Orders of this process win, a trigger that was known before is none again, and an
  /// alarm that was active then goes on.
  void join(const alarm_memory& before, monotonic now);

  /// How the house stands: `raised` or `repeated` when there was a trigger that was not known.
  ///
  /// Triggers are told apart by their count, which the store keeps here as well, so that one is
  /// found that was decided while nobody listened. Where no count is known yet, one without an
  /// id was decided long ago.
  [[nodiscard]] std::optional<alarm_step> hear(const house_state& house, monotonic now,
                                               unix_seconds wall);

  /// Somebody knows of it: no more reminders. Returns why that cannot be; empty: it is done.
  [[nodiscard]] std::string acknowledge(const std::string& by, const std::string& reason,
                                        unix_seconds wall);

  /// It is over. Returns as `acknowledge`.
  [[nodiscard]] std::string reset(const std::string& by, const std::string& reason,
                                  unix_seconds wall);

  /// Whether people are to be reminded now.
  [[nodiscard]] bool remind(monotonic now);

  /// When they are to be next.
  [[nodiscard]] std::optional<monotonic> next_reminder() const noexcept { return next_reminder_; }

  [[nodiscard]] const alarm_view& view() const noexcept { return memory_.alarm; }
  [[nodiscard]] const alarm_memory& memory() const noexcept { return memory_; }

  /// Whether anybody would miss it: one was raised, or reset, since the start.
  [[nodiscard]] bool has_happened() const noexcept { return happened_; }

private:
  void plan_reminder(monotonic now);

  timespan reminder_;
  alarm_memory memory_;
  std::optional<monotonic> next_reminder_;
  bool happened_ = false;
};

} // namespace firefinder
