#pragma once

#include "actors/consensus/settings.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace firefinder {

/// The form that all spellings of a camera's name have in common: 12 lower-case hex digits
/// for a hardware address (`AA:BB:CC:DD:EE:FF`, `aa-bb-cc-dd-ee-ff`, `aabbccddeeff`,
/// `cam_aabbccddeeff`), otherwise the name as it is. Of a name at one Frigate instance,
/// `prefix/name`, only the part behind the last slash is changed.
[[nodiscard]] std::string common_form(std::string_view name);

/// Tells which physical camera a name means, so that a camera that is heard by several ways
/// is one witness.
class camera_identity {
public:
  explicit camera_identity(const std::map<std::string, camera_settings>& cameras);

  /// A camera.
  struct identified {
    /// Its id: that of the configuration where `name` is there as an id or alias, otherwise
    /// the common form of the name.
    std::string id;
    /// The id is not from the configuration, and the name may be spelled in other ways.
    bool many_spellings = false;
  };

  /// The camera that is called `name`, by the Frigate instance with this topic prefix; an
  /// empty prefix: by no Frigate.
  [[nodiscard]] identified of(std::string_view name, std::string_view prefix = {}) const;

private:
  /// Common form of an id or alias to the configured id.
  std::unordered_map<std::string, std::string> known_;
};

} // namespace firefinder
