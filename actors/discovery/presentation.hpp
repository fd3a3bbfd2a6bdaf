#pragma once

#include "actors/discovery/house.hpp"
#include "actors/discovery/settings.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What a message is for; those that stand first are sent first.
enum class message_class : std::uint8_t { state, availability, document };

/// A message as it is to stand at the broker, retained, QoS 1. Its topic is without the
/// configured prefix.
struct retained_message {
  std::string topic;
  std::string payload;
  message_class what = message_class::state;
  /// Message expiry, after which the broker forgets it; 0: never.
  std::chrono::seconds outdated_after{0};

  friend bool operator==(const retained_message&, const retained_message&) = default;
};

/// A message that is told once.
struct passing_message {
  std::string topic;
  std::string payload;
  std::uint8_t qos = 1;
  bool retain = false;
  /// 0: for ever.
  std::chrono::seconds outdated_after{0};

  friend bool operator==(const passing_message&, const passing_message&) = default;
};

/// A form in which the house is shown: which messages are to stand at the broker. Plain
/// functions of what there is to show; two calls with the same give the same bytes.
class presentation {
public:
  presentation() = default;
  presentation(const presentation&) = delete;
  presentation& operator=(const presentation&) = delete;
  virtual ~presentation() = default;

  /// All that is to stand there about the house, without availability of the daemon.
  [[nodiscard]] virtual std::vector<retained_message> of_hub(const hub_view& hub) const = 0;

  /// All that is to stand there about a camera. Without its documents when it is not to be
  /// announced.
  [[nodiscard]] virtual std::vector<retained_message> of_camera(const camera_view& camera,
                                                                unix_seconds now) const = 0;

  /// What is told of an event, in this order. `camera`: the one that it is about, if it is.
  [[nodiscard]] virtual std::vector<passing_message> of_event(const house_event& event,
                                                              const camera_view* camera) const = 0;

  /// Topics, and payloads for there and not there, that tell whether the daemon is there.
  struct presence {
    std::string topic;
    std::string online = "online";
    std::string offline = "offline";
  };
  [[nodiscard]] virtual presence daemon_presence() const = 0;

  /// Filters for the retained documents that may be ours.
  [[nodiscard]] virtual std::vector<std::string> document_filters() const = 0;

  /// Whether this retained document, full or abbreviated, is ours and of this instance.
  [[nodiscard]] virtual bool is_ours(std::string_view topic, std::string_view payload) const = 0;
};

} // namespace firefinder
