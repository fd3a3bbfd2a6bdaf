#pragma once

#include "actors/frigate/settings.hpp"
#include "messages/frigate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

// What Frigate's API answers, of versions 0.12 to 0.18. None of these functions throws for
// what a server may send; what is missing or of another type is not known.

/// The cameras in the answer of `/api/config`, at most `max_frigate_cameras`; none when it is
/// no configuration of Frigate's. Those that are switched off there (`enabled: false`) are
/// left out. What the document does not say of a camera is not held against it.
[[nodiscard]] std::optional<std::vector<frigate_camera>> cameras_of(std::string_view document,
                                                                    const frigate_labels& labels);

/// The objects of fire and smoke in sight in the answer of `/api/events`, at most
/// `max_frigate_objects`. Boxes there are `[left, top, width, height]`, each as a ratio of
/// the frame, and not the corners in pixels that MQTT tells. Events by hand, of sound, and of
/// recordings that Frigate replays are left out.
[[nodiscard]] std::vector<frigate_object> objects_of(std::string_view document,
                                                     const frigate_labels& labels);

/// The version in the answer of `/api/version`, such as `0.16.2-4d58206`; empty when it is
/// none.
[[nodiscard]] std::string version_of(std::string_view document);

/// The address of a resource, such as `/api/config`, of the API at `url`. A slash or `/api`
/// at the end of `url` means nothing.
[[nodiscard]] std::string address_of(std::string_view url, std::string_view resource);

/// `url` without user name and password, to show it.
[[nodiscard]] std::string without_credentials(std::string_view url);

} // namespace firefinder
