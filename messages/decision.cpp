#include "messages/decision.hpp"

namespace firefinder {

const char* to_string(standing_reason x) noexcept {
  switch (x) {
  case standing_reason::nothing_seen:
    return "nothing_seen";
  case standing_reason::too_few_samples:
    return "too_few_samples";
  case standing_reason::too_short:
    return "too_short";
  case standing_reason::not_growing:
    return "not_growing";
  case standing_reason::not_persistent:
    return "not_persistent";
  case standing_reason::not_confident:
    return "not_confident";
  case standing_reason::verified:
    return "verified";
  case standing_reason::latched:
    return "latched";
  case standing_reason::same_witness:
    return "same_witness";
  case standing_reason::not_registered:
    return "not_registered";
  case standing_reason::offline:
    return "offline";
  }
  return "unknown";
}

const char* to_string(decision_reason x) noexcept {
  switch (x) {
  case decision_reason::agreement:
    return "agreement";
  case decision_reason::too_few_cameras:
    return "too_few_cameras";
  case decision_reason::cooldown:
    return "cooldown";
  case decision_reason::same_fire:
    return "same_fire";
  case decision_reason::trigger_waits:
    return "trigger_waits";
  case decision_reason::disarmed:
    return "disarmed";
  case decision_reason::apart_in_time:
    return "apart_in_time";
  case decision_reason::no_detection:
    return "no_detection";
  }
  return "unknown";
}

} // namespace firefinder
