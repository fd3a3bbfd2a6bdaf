#pragma once

#include "messages/house.hpp"

#include <map>
#include <memory>
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
/// agrees or not, and who it is at once; the mere figures of its standing once a second.
class roster {
public:
  /// Least time between two messages that tell of other figures only.
  static constexpr timespan pause = std::chrono::seconds{1};

  using message = std::variant<house_camera, house_camera_gone>;

  /// The camera is so now.
  void put(house_camera x, monotonic now);

  /// There is no such camera any more.
  void remove(const std::string& id, const std::string& successor);

  /// What is to be told at `now`, in order.
  [[nodiscard]] std::vector<message> take(monotonic now);

  /// When something becomes due, also in the past; none: nothing waits.
  [[nodiscard]] std::optional<monotonic> next() const;

  /// Every camera as it was told last.
  [[nodiscard]] std::vector<house_camera> all() const;

private:
  struct entry {
    house_camera told;
    monotonic told_at{};
    /// Other figures that wait for their time; null: none do, as mostly.
    std::unique_ptr<house_camera> waits;
  };

  void tell(entry& camera, house_camera x, monotonic now);

  std::map<std::string, entry> cameras_;
  std::set<std::pair<monotonic, std::string>> due_;
  std::vector<message> ready_;
};

} // namespace firefinder
