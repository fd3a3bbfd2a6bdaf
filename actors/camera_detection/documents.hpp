#pragma once

#include "actors/camera_detection/settings.hpp"
#include "messages/camera.hpp"
#include "messages/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// The payload of `camera/discovery/<id>`, JSON: everything that is known of a camera, with
/// the fields of wildfire-watch's camera detectors and ours beside them. Holds no user and no
/// password. `streams` is whether its video may be counted on.
/// Some cameras tell a password in the path of a stream, which is left out then; so is one in
/// which a password of `secrets` stands.
[[nodiscard]] std::string discovery_payload(const camera_facts& camera, bool streams,
                                            const std::vector<camera_credential>& secrets,
                                            const std::string& node_id, unix_seconds now);

/// The payload of `camera/status/<id>`, JSON: what has happened to a camera. `event` is
/// `ip_changed`, `ip_conflict` or a camera's condition.
[[nodiscard]] std::string status_payload(const camera_facts& camera, const std::string& event,
                                         const std::string& node_id, unix_seconds now);

/// A camera for the store, JSON.
[[nodiscard]] std::string stored_text(const camera_facts& camera);

/// Takes back what `stored_text` told; nothing when the text is none of ours.
[[nodiscard]] std::optional<camera_facts> from_stored_text(std::string_view text);

} // namespace firefinder
