#pragma once

#include "actors/consensus/identity.hpp"
#include "actors/consensus/settings.hpp"
#include "messages/camera.hpp"

#include <map>
#include <string>

namespace firefinder {

/// What camera detection tells of cameras, as far as a decision needs it: which names mean one
/// camera, whether it is there, and how large its pictures are. Everything is told by the ids
/// that decisions go by (`camera_identity`).
class known_devices {
public:
  explicit known_devices(const std::map<std::string, camera_settings>& cameras)
    : identity_(cameras) {}

  /// What a message has changed.
  struct change {
    /// Which camera a name means.
    bool identity = false;
    /// How one is, or how large its pictures are.
    bool facts = false;

    [[nodiscard]] bool any() const noexcept { return identity || facts; }
  };

  [[nodiscard]] change learn(const camera_facts& found, monotonic now);
  [[nodiscard]] change forget(const camera_removed& gone);

  [[nodiscard]] const camera_identity& identity() const noexcept { return identity_; }

  /// One camera in the network.
  struct device {
    camera_condition condition = camera_condition::found;
    std::string reason;
    /// What it calls itself; empty: nothing.
    std::string name;
    /// Since when it is not there, if it is not, and when it was first told of.
    monotonic since{};
    monotonic found_at{};
    /// Of its main stream; {0, 0}: not known.
    frame_size frame{0, 0};

    /// Its network or its streams say that it delivers nothing.
    [[nodiscard]] bool is_missing() const noexcept {
      return condition != camera_condition::found && condition != camera_condition::online;
    }
    /// Whether it answers.
    [[nodiscard]] bool answers() const noexcept {
      return condition != camera_condition::found && condition != camera_condition::offline;
    }
  };

  /// By the id of the camera. Of several devices that are one camera, the one that is there.
  [[nodiscard]] const std::map<std::string, device>& cameras() const noexcept { return cameras_; }

  /// Sizes of the pictures of their main streams, as far as they are known.
  [[nodiscard]] std::map<std::string, frame_size> frames() const;

private:
  void gather();

  camera_identity identity_;
  /// By the common form of the id in the network.
  std::map<std::string, device> devices_;
  std::map<std::string, device> cameras_;
};

} // namespace firefinder
