#pragma once

#include "messages/house.hpp"

#include <boost/container/map.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace firefinder {

/// Whether both say the same, but for when the problems began: that is computed from two clocks,
/// and differs a little each time.
[[nodiscard]] bool same_house(const house_state& a, const house_state& b);

/// What those who show the house are told of cameras, and when: that a camera is online, why it
/// agrees or not, and who it is at once; the mere figures of its standing once a second. Of what
/// was told it keeps fingerprints only, lest a large house have a second copy of itself here.
class roster {
public:
  /// Least time between two messages that tell of other figures only.
  static constexpr timespan pause = std::chrono::seconds{1};

  using message = std::variant<house_camera, house_camera_gone>;
  /// Tells how a camera is now; none: there is no such camera.
  using lookup = std::function<std::optional<house_camera>(const std::string& id)>;

  /// The camera is so now.
  void put(house_camera x, monotonic now);

  /// There is no such camera any more.
  void remove(const std::string& id, const std::string& successor);

  /// What is to be told at `now`, in order. Cameras of which other figures wait are looked up.
  [[nodiscard]] std::vector<message> take(monotonic now, const lookup& look);

  /// When something becomes due, also in the past; none: nothing waits.
  [[nodiscard]] std::optional<monotonic> next() const;

  /// Every camera of which anything was told, as it is now.
  [[nodiscard]] std::vector<house_camera> all(const lookup& look);

private:
  struct entry {
    /// Fingerprints of all that was told last, and of that without mere figures. By mistake the
    /// latter only keeps something waiting: half of one does.
    std::size_t told = 0;
    std::uint32_t told_at_once = 0;
    /// Other figures wait for their time.
    bool waits = false;
    unix_seconds blind_since = 0;
    monotonic told_at{};
  };

  void tell(entry& camera, house_camera x, monotonic now);

  /// Its nodes are smaller than those of `std::map`.
  boost::container::map<std::string, entry> cameras_;
  std::set<std::pair<monotonic, std::string>> due_;
  std::vector<message> ready_;
};

} // namespace firefinder
