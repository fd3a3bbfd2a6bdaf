#pragma once

#include "actors/frigate/camera_block.hpp"
#include "messages/camera.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// The cameras that Frigate is to have. One is chosen when it is online for the first time,
/// and from then on until it is forgotten: a camera that is away comes back, and Frigate
/// waits for it.
class camera_choice {
public:
  /// Takes what is known of a camera. Returns whether Frigate is to be told something else.
  [[nodiscard]] bool changed(const camera_facts& camera);

  /// Takes that one is forgotten, or known by another id: then the one by the new id takes its
  /// place as soon as that is chosen. Returns whether Frigate is to be told something else.
  [[nodiscard]] bool removed(const camera_removed& camera);

  [[nodiscard]] const frigate_sources& cameras() const noexcept { return cameras_; }

  /// Names in Frigate of those that it is to have no more.
  [[nodiscard]] std::vector<std::string> removed() const { return {gone_.begin(), gone_.end()}; }

  /// Frigate has none of these any more.
  void forget(const std::vector<std::string>& names);

private:
  void drop(const std::string& id);

  frigate_sources cameras_;
  std::set<std::string> gone_;
  /// Former ids, by the id that takes their place.
  std::multimap<std::string, std::string> former_;
};

} // namespace firefinder
