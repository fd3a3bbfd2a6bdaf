#include "actors/control/alarm.hpp"

#include "messages/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace firefinder {

namespace {

constexpr std::size_t max_camera_name = 120;

} // namespace

void latched_alarm::plan_reminder(monotonic now) {
  next_reminder_.reset();
  if (memory_.alarm.active && !memory_.alarm.acknowledged && reminder_ > timespan{0})
    next_reminder_ = now + reminder_;
}

void latched_alarm::restore(const alarm_memory& before, monotonic now, unix_seconds wall) {
  memory_ = before;
  plan_reminder(now);
  // A process that is restarted again and again keeps the pace of the first one.
  const auto ago = wall - memory_.alarm.since;
  if (next_reminder_ && ago > 0)
    *next_reminder_ -= from_seconds(std::fmod(ago, to_seconds(reminder_)));
}

void latched_alarm::join(const alarm_memory& before, monotonic now) {
  const auto since = memory_;
  const auto& told = since.alarm;
  const bool nothing_new = since.known_trigger == before.known_trigger
                           && since.known_triggers <= before.known_triggers;
  memory_ = before;
  auto& alarm = memory_.alarm;
  if (nothing_new) {
    // All that was told had been told before; only what people said of it since counts.
    if (told.active && told.acknowledged && alarm.active) {
      alarm.acknowledged = true;
      alarm.acknowledged_at = told.acknowledged_at;
      alarm.acknowledged_by = told.acknowledged_by;
      alarm.acknowledge_reason = told.acknowledge_reason;
    }
  } else {
    memory_.known_triggers = since.known_triggers;
    memory_.known_trigger = since.known_trigger;
    alarm = told;
    const auto more = since.known_triggers > before.known_triggers
                          ? since.known_triggers - before.known_triggers
                          : told.triggers;
    const auto earlier = before.alarm.active ? before.alarm.triggers : 0U;
    alarm.triggers = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(more + earlier, std::numeric_limits<std::uint32_t>::max()));
    if (before.alarm.active)
      alarm.since = std::min(told.since, before.alarm.since);
    if (alarm.reset_at <= 0) {
      alarm.reset_at = before.alarm.reset_at;
      alarm.reset_by = before.alarm.reset_by;
      alarm.reset_reason = before.alarm.reset_reason;
    }
  }
  // A reset was said of all that is known.
  if (!told.active && told.reset_at > 0) {
    alarm.active = false;
    alarm.reset_at = told.reset_at;
    alarm.reset_by = told.reset_by;
    alarm.reset_reason = told.reset_reason;
  }
  plan_reminder(now);
}

std::optional<alarm_step> latched_alarm::hear(const house_state& house, monotonic now,
                                              unix_seconds wall) {
  auto& known = memory_;
  const bool first = known.began <= 0;
  if (first)
    known.began = wall;
  const bool other_id
      = !house.last_trigger_id.empty() && house.last_trigger_id != known.known_trigger;
  // One that is known is never told again, however the count falls and rises.
  if (!house.last_trigger_id.empty() && !other_id) {
    known.known_triggers = std::max(known.known_triggers, house.trigger_count);
    return std::nullopt;
  }
  // The count of a decision that has not taken up the time before, or has lost it, is lower: that
  // is no trigger, and no reason to take the next ones for known.
  if (house.trigger_count == 0 || (house.trigger_count <= known.known_triggers && !other_id))
    return std::nullopt;
  const bool before_memory = house.last_trigger > 0 && house.last_trigger < known.began;
  const bool old = house.last_trigger_id.empty() && (first || before_memory);
  const auto more = house.trigger_count > known.known_triggers && !first
                        ? house.trigger_count - known.known_triggers
                        : 1;
  known.known_triggers = house.trigger_count;
  known.known_trigger = house.last_trigger_id;
  if (old)
    return std::nullopt;

  happened_ = true;
  auto& alarm = known.alarm;
  const bool repeated = alarm.active;
  if (!repeated) {
    alarm.active = true;
    alarm.since = house.last_trigger > 0 ? house.last_trigger : wall;
    alarm.triggers = 0;
  }
  alarm.trigger_id = house.last_trigger_id;
  alarm.cameras.clear();
  for (const auto& x : house.last_trigger_cameras)
    if (alarm.cameras.size() < max_cameras)
      alarm.cameras.push_back(shown_text(x, max_camera_name));
  alarm.triggers = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(more + alarm.triggers, std::numeric_limits<std::uint32_t>::max()));
  alarm.acknowledged = false;
  alarm.acknowledged_at = 0;
  alarm.acknowledged_by.clear();
  alarm.acknowledge_reason.clear();
  plan_reminder(now);
  return repeated ? alarm_step::repeated : alarm_step::raised;
}

std::string latched_alarm::acknowledge(const std::string& by, const std::string& reason,
                                       unix_seconds wall) {
  auto& alarm = memory_.alarm;
  if (!alarm.active)
    return "there is no alarm to acknowledge";
  alarm.acknowledged = true;
  alarm.acknowledged_at = wall;
  alarm.acknowledged_by = shown_text(by, max_operator_name);
  alarm.acknowledge_reason = shown_text(reason, max_operator_reason);
  happened_ = true;
  next_reminder_.reset();
  return {};
}

std::string latched_alarm::reset(const std::string& by, const std::string& reason,
                                 unix_seconds wall) {
  auto& alarm = memory_.alarm;
  if (!alarm.active)
    return "there is no alarm to reset";
  alarm.active = false;
  alarm.reset_at = wall;
  alarm.reset_by = shown_text(by, max_operator_name);
  alarm.reset_reason = shown_text(reason, max_operator_reason);
  happened_ = true;
  next_reminder_.reset();
  return {};
}

bool latched_alarm::remind(monotonic now) {
  if (!next_reminder_ || now < *next_reminder_)
    return false;
  plan_reminder(now);
  return true;
}

} // namespace firefinder
