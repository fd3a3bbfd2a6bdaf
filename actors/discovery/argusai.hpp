#pragma once

#include "actors/discovery/presentation.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// The form `argusai`: for each camera the six entities, each with a document of its own, and
/// the topics of ArgusAI's MQTT service (ArgusAI 4.0, `mqtt_discovery_service` and
/// `mqtt_status_service`), so that automations made for it go on.
///
/// `own` is the form `device`, or null. What it says of the house and of the cameras is said here
/// too, without its documents; its documents of this instance are known as ours, so that those of
/// an earlier mode are found.
///
/// An event goes out as `of_event` (topic `event`), and what follows from it as the states
/// `last_event`, `activity` and `counts` of `of_camera`; the event is to be sent first. In
/// `status` and `counts` the member `last_updated` is the last one, and the only one that `now`
/// changes within a day.
///
/// A camera that is disabled or not to be announced has no documents; its states stay.
///
/// `argusai.strict` is ArgusAI to the letter: everything but birth, will and removals expires,
/// also what is retained; a camera that was ever active stays so; documents name
/// `<topic_prefix>/status` with `online` and `offline`, whatever is configured; the counters do
/// not say when they began, and are sent again before the broker forgets them.
[[nodiscard]] std::unique_ptr<presentation>
make_argusai_presentation(const discovery_settings& settings, std::unique_ptr<presentation> own);

// From the form `argusai` to the form `device`. Home Assistant keeps what it knows of an entity
// (its id, name, area, history) when `{"migrate_discovery": true}` unloads it before another
// document brings the same `unique_id` back. So the document of the device takes the six
// entities over, for as long as they are wanted: when a later one leaves them out, Home Assistant
// forgets them.

/// The form `device` (`device`, of settings with the mode `device`) that takes over the cameras
/// with these keys, or has done so: their documents contain the six entities as well, and the
/// topics that those show go on, `argusai.strict` or not without ArgusAI's faults. A camera of
/// these is shown by `document_facts::taken`:
/// - `let_go`: the six old documents tell Home Assistant to let the entities go; no other one is
///   there;
/// - `bring_back`: the same, and the device's document;
/// - `done`: the device's document.
/// A camera that is not announced has none of these.
[[nodiscard]] std::unique_ptr<presentation>
make_migrated_presentation(const discovery_settings& settings, std::unique_ptr<presentation> device,
                           std::set<std::string> cameras);

/// The rules of ArgusAI's payloads and topics.
namespace argusai {

/// What the topic `status` may say.
enum class camera_status : std::uint8_t { online, offline, unavailable };

[[nodiscard]] inline std::string to_string(camera_status x) {
  switch (x) {
  case camera_status::online:
    return "online";
  case camera_status::offline:
    return "offline";
  case camera_status::unavailable:
    return "unavailable";
  }
  return "invalid";
}

/// Of a camera's state as ArgusAI's cameras have it (`connected`, `starting`, `disconnected`,
/// `error`, `stopped`), in any case; `unavailable` for every other word.
[[nodiscard]] camera_status status_of(std::string_view camera_state);

/// Of what is known of a camera. It is online while detections or pictures come from it,
/// whatever the network says.
[[nodiscard]] camera_status status_of(const camera_view& camera);

/// `id` without what must not stand in a topic: what is not of `[A-Za-z0-9_-]` is left out.
[[nodiscard]] std::string topic_id(std::string_view id);

/// Id of the event of a camera at this moment: the same in `event` and in `last_event`, after a
/// restart too. Fire and smoke in one frame are one event. A UUID (RFC 9562, version 5).
[[nodiscard]] std::string event_id(std::string_view instance, std::string_view camera,
                                   unix_seconds at);

/// Where ArgusAI's API would show a picture of the event.
[[nodiscard]] std::string thumbnail_url(std::string_view api_base_url, std::string_view event);

/// Confidence 0..1 in per cent, 0..100; no number is 0.
[[nodiscard]] int per_cent(double confidence);

/// Most characters of `description_snippet`.
inline constexpr std::size_t max_snippet = 100;

/// The first `most` characters of a text in UTF-8, without control characters.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t most);

/// When counters are sent again that the broker forgets after `expiry`: after 5 minutes as
/// ArgusAI does, but before they are gone, which there was a matter of luck.
[[nodiscard]] std::chrono::seconds repetition(std::chrono::seconds expiry);

/// When the day and the week of this moment began, by UTC; weeks begin on Mondays.
[[nodiscard]] unix_seconds day_start(unix_seconds now);
[[nodiscard]] unix_seconds week_start(unix_seconds now);

} // namespace argusai

} // namespace firefinder
