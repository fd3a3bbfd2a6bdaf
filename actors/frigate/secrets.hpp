#pragma once

#include "actors/frigate/camera_block.hpp"
#include "messages/frigate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// The values that the placeholders of the camera `id` stand for, as Frigate must have them;
/// nothing when `with` cannot be told to it.
///
/// Three read what stands before the `@`. Frigate puts the values in, and when the user is of
/// `[A-Za-z0-9_-]` percent-encodes the password, wherever in the address it stands; ffmpeg
/// decodes once, and cuts at the first colon. So a usual password is given as it is, by which
/// Frigate also recognises it and hides it on its pages. Where its rule would spoil the
/// address both parts are encoded by us, the user so that the rule does not apply.
[[nodiscard]] std::optional<std::vector<frigate_secret>>
secrets_of(const std::string& id, const frigate_source& camera, const camera_credential& with);

/// `camera`, with what follows the host as a secret where that shows a password. `password` is
/// that of its credential; empty: it has none, or none is known.
[[nodiscard]] frigate_source with_secret_paths(frigate_source camera, std::string_view password);

/// The values of the placeholders for what follows the host in the addresses of such a camera.
[[nodiscard]] std::vector<frigate_secret> path_secrets_of(const std::string& id,
                                                          const frigate_source& camera);

} // namespace firefinder
