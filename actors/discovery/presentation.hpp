#pragma once

#include "actors/discovery/house.hpp"
#include "actors/discovery/mixed.hpp"
#include "actors/discovery/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
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
  /// It is sent again after this, although nothing has changed; 0: never.
  std::chrono::seconds repeated_after{0};
  /// What of it people and machines act on, in bits: where these have changed, it goes before
  /// messages of which only the figures have.
  std::uint8_t signs = 0;

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

/// How far the form `device` has taken a camera over from the form `argusai`.
enum class takeover : std::uint8_t {
  /// It has nothing to take over.
  none,
  /// Home Assistant is told to let the entities go, and to keep what it knows of them.
  let_go,
  /// The device's document brings them back; the old ones still say that they have let go.
  bring_back,
  /// The old documents are gone.
  done,
};

[[nodiscard]] inline std::string to_string(takeover x) {
  switch (x) {
  case takeover::none:
    return "none";
  case takeover::let_go:
    return "let_go";
  case takeover::bring_back:
    return "bring_back";
  case takeover::done:
    return "done";
  }
  return "invalid";
}

/// All that the documents of a camera are made of. It changes rarely, and documents are long: they
/// are made anew only when it does.
struct document_facts {
  std::string key;
  std::string name;
  bool enabled = true;
  bool announced = true;
  /// What the camera says of itself; empty: nothing.
  std::string manufacturer;
  std::string model;
  std::string firmware_version;
  /// `AA:BB:CC:DD:EE:FF`; empty: not known.
  std::string mac;
  takeover taken = takeover::none;

  friend bool operator==(const document_facts&, const document_facts&) = default;
};

/// What stands for these facts in a form of this number: others have another one, as far as 64
/// bits go. Never 0.
[[nodiscard]] inline std::uint64_t stand_in(const document_facts& x, std::uint64_t form) {
  const std::hash<std::string> of;
  return mixed({form, of(x.key), of(x.name), of(x.manufacturer), of(x.model),
                of(x.firmware_version), of(x.mac), x.enabled, x.announced,
                static_cast<std::uint64_t>(x.taken)});
}

[[nodiscard]] inline document_facts facts_of(const camera_view& camera,
                                             takeover taken = takeover::none) {
  document_facts result;
  result.key = camera.key;
  result.name = camera.name;
  result.enabled = camera.enabled;
  result.announced = camera.announced;
  result.taken = taken;
  if (camera.device) {
    result.manufacturer = camera.device->manufacturer;
    result.model = camera.device->model;
    result.firmware_version = camera.device->firmware_version;
    result.mac = camera.device->mac;
  }
  return result;
}

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

  /// States and availability of a camera.
  [[nodiscard]] virtual std::vector<retained_message> states_of(const camera_view& camera,
                                                                unix_seconds now) const = 0;

  /// Documents of a camera; none when it is not to be announced.
  [[nodiscard]] virtual std::vector<retained_message>
  documents_of(const document_facts& camera) const = 0;

  /// All that is to stand there about a camera.
  [[nodiscard]] std::vector<retained_message> of_camera(const camera_view& camera, unix_seconds now,
                                                        takeover taken = takeover::none) const {
    auto result = states_of(camera, now);
    auto documents = documents_of(facts_of(camera, taken));
    result.insert(result.end(), std::make_move_iterator(documents.begin()),
                  std::make_move_iterator(documents.end()));
    return result;
  }

  /// What is told of an event, in this order.
  [[nodiscard]] virtual std::vector<passing_message> of_event(const house_event& event) const = 0;

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
