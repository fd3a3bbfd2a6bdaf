#pragma once

#include "actors/consensus/settings.hpp"
#include "messages/camera.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

  /// Most other names of one camera that are taken from the network.
  static constexpr std::size_t max_aliases = 32;

  /// Takes note of a camera that was found in the network: its id and aliases are one camera.
  /// Where one of them is an id or alias of the configuration, all mean that one. A name that
  /// is the id of another camera in the network, or configured, means that one all the same.
  /// Returns whether any name means another camera than before.
  bool learn(const camera_facts& found);

  /// A camera of the network is known by another id, or forgotten. Its names mean its
  /// successor, if it has one. Returns as `learn`.
  bool forget(const camera_removed& gone);

  /// Names that mean a camera of another id, by what was found in the network: common form of
  /// the name to the id.
  [[nodiscard]] const std::unordered_map<std::string, std::string>& synonyms() const noexcept {
    return synonyms_;
  }

private:
  bool gather();

  /// Common form of an id or alias to the configured id.
  std::unordered_map<std::string, std::string> known_;
  /// Common forms of the names of each camera in the network, by its id; that one first.
  std::map<std::string, std::vector<std::string>> found_;
  /// Names of cameras that are known by another id now, by that id.
  std::map<std::string, std::set<std::string>> former_;
  std::unordered_map<std::string, std::string> synonyms_;
};

} // namespace firefinder
