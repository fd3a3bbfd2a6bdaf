#pragma once

#include "messages/time.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

namespace firefinder {

/// In which form cameras are announced.
enum class discovery_mode : std::uint8_t {
  /// Not at all; our own topics go on.
  off,
  /// A document for each device.
  device,
  /// Six documents for each camera, as ArgusAI does.
  argusai,
};

[[nodiscard]] inline std::string to_string(discovery_mode x) {
  switch (x) {
  case discovery_mode::off:
    return "off";
  case discovery_mode::device:
    return "device";
  case discovery_mode::argusai:
    return "argusai";
  }
  return "invalid";
}

/// Settings of the form `argusai`; the defaults are ArgusAI's.
struct argusai_settings {
  std::string topic_prefix = "liveobject";
  /// Empty: `<topic_prefix>/status`.
  std::string availability_topic;
  std::string birth_message = "online";
  std::string will_message = "offline";
  /// Of events.
  std::uint8_t qos = 1;
  bool retain_messages = true;
  /// Message expiry of what is not retained; `strict`: of everything.
  std::chrono::seconds message_expiry{300};
  /// Where its API shows pictures of events.
  std::string api_base_url = "http://localhost:8000";
  /// To the letter, with ArgusAI's faults.
  bool strict = false;
};

/// Settings of the discovery actor.
struct discovery_settings {
  discovery_mode mode = discovery_mode::device;
  /// Where Home Assistant listens, without a slash at the end.
  std::string discovery_prefix = "homeassistant";
  /// Our own topics begin so, without a slash at the end.
  std::string base_topic = "firefinder";
  /// Stands before every topic on the wire but Home Assistant's: empty, or ends in a slash. The
  /// connection adds it; it is needed for topics that stand in documents.
  std::string topic_prefix;
  /// `[a-z0-9_]{1,16}`.
  std::string instance = "main";
  /// Home Assistant tells there, by this payload, that it has started.
  std::string status_topic = "homeassistant/status";
  std::string birth_payload = "online";
  /// After that everything is announced again, at a random moment between these.
  timespan birth_delay_min = std::chrono::seconds{1};
  timespan birth_delay_max = std::chrono::seconds{10};
  /// Tell Home Assistant the hardware addresses of cameras, by which it makes one device of those
  /// that other integrations know too.
  bool connections = false;
  /// Longest detection window that operators may set.
  timespan longest_window = std::chrono::seconds{300};
  argusai_settings argusai;
  std::string version;
  /// Wall clock when the daemon started; 0: when this actor did.
  unix_seconds started_at = 0;
  /// Of the source that this program was made of; empty: not known.
  std::string commit;
  /// Host and port.
  std::string broker;
  /// Zone to the ids of its cameras.
  std::map<std::string, std::set<std::string>> zones;
  /// Other ids of each camera of the configuration, by its id.
  std::map<std::string, std::set<std::string>> aliases;
  /// JSON: the effective configuration without secrets, and the schema of requests.
  std::string configuration = "{}";
  std::string request_schema = "{}";
  /// The day of a moment of the wall clock in the time zone of the house, counted from
  /// 1970-01-01, which was a Thursday.
  std::function<std::int64_t(unix_seconds)> local_day;
};

} // namespace firefinder
