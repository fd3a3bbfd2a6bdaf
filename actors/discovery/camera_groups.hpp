#pragma once

#include "messages/camera.hpp"
#include "messages/house.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// What is shown of that what consensus tells of a camera.
struct heard_camera {
  explicit heard_camera(const house_camera& x)
    : key(x.key), name(x.name), blind_since(x.blind_since), expected(x.expected), counts(x.counts),
      online(x.online), by_frigate(x.by_frigate) {}

  /// See `house_camera`.
  std::string key;
  std::string name;
  unix_seconds blind_since;
  bool expected;
  bool counts;
  bool online;
  bool by_frigate;
};

/// Which ids mean one camera: brings together what consensus tells of a camera and what is
/// known of it in the network. A camera has a home: the id by which decisions go, or, where
/// consensus does not know it, its id in the network. Each change costs the logarithm of the
/// number of cameras for each name of those that it is about.
class camera_groups {
public:
  /// Most other names of one device that are looked at.
  static constexpr std::size_t max_aliases = 32;

  using ids = std::set<std::string>;

  /// Names of cameras of the configuration: id to its other names. To be called before anything
  /// is told.
  void configure(const std::map<std::string, std::set<std::string>>& aliases);

  // Each returns the homes that came, went or have changed.

  /// Consensus tells of a camera.
  [[nodiscard]] ids tell(const house_camera& told);
  /// Consensus does not know it under this id any more. Its names mean its successor, which
  /// has from now on what was told, until it is told of itself.
  [[nodiscard]] ids untell(const house_camera_gone& gone);
  /// A device was found in the network.
  [[nodiscard]] ids find(const camera_facts& found);
  /// It is not known under this id any more; its successor is this device until it is told of.
  [[nodiscard]] ids lose(const camera_removed& gone);

  /// Whether there is a camera of this home.
  [[nodiscard]] bool is_home(const std::string& id) const;

  /// The home of the camera that this name means; empty: nobody has told of it.
  [[nodiscard]] std::string home_of(const std::string& name) const;

  /// What is known of the camera of this home; null: nothing. Of several devices it is the one
  /// that is there. Valid until the next change.
  [[nodiscard]] const heard_camera* told(const std::string& home) const;
  [[nodiscard]] const camera_facts* device(const std::string& home) const;

  [[nodiscard]] bool knows_told(const std::string& id) const { return told_.count(id) != 0; }
  [[nodiscard]] bool knows_device(const std::string& id) const;
  /// Ids of the cameras that consensus has told of.
  [[nodiscard]] ids told_ids() const;
  [[nodiscard]] std::size_t told_count() const noexcept { return told_.size(); }
  [[nodiscard]] std::size_t device_count() const noexcept { return devices_.size(); }

private:
  struct found_device {
    camera_facts facts;
    /// Common forms; that of its id first.
    std::vector<std::string> names;
    std::string home;
  };

  [[nodiscard]] std::string place_of(const found_device& x) const;
  [[nodiscard]] std::string hidden_behind(const std::string& told) const;
  void remove_device(const std::string& id, ids& touched);
  void insert_told(const std::string& id, heard_camera told, ids& names);
  [[nodiscard]] const std::string* told_as(const std::string& form) const;
  [[nodiscard]] ids regroup(ids names, ids touched);

  /// Common form of a configured name to its id.
  std::map<std::string, std::string> configured_;
  struct told_place {
    heard_camera camera;
    /// Its id is its common form, and no other camera's.
    bool is_form = false;
    /// It is a home.
    bool is_home = false;
  };
  std::map<std::string, told_place> told_;
  /// Common form of a told id to it, where they differ.
  std::map<std::string, std::string> forms_;
  /// Common form of a name to the id that consensus knows it by now.
  std::map<std::string, std::string> meant_;
  /// By the common form of the id in the network.
  std::map<std::string, found_device> devices_;
  /// Common form of a name to the devices that have it.
  std::map<std::string, ids> names_;
  /// Every home that has devices, and these.
  std::map<std::string, ids> homes_;
  /// Told ids of cameras that have another home.
  std::map<std::string, std::string> hidden_;
};

} // namespace firefinder
