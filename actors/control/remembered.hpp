#pragma once

#include "actors/control/memory.hpp"
#include "messages/store.hpp"
#include "messages/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// What consensus has told last of each camera, also to an earlier process, and which of that the
/// store is still to be given. That is no decision of a person, and there may be a thousand new
/// ones at once: the store is given few at a time, so that an alarm never waits in it behind them.
class remembered_cameras {
public:
  /// Most cameras that are remembered. Further ones are not: none gives way.
  static constexpr std::size_t max_cameras = 1'000;
  /// Most records that the store has not answered for.
  static constexpr std::size_t window = 2;
  /// After a failure nothing is written for so long.
  static constexpr timespan retry_pause = std::chrono::seconds{30};
  /// Most records that wait; beyond it the store is not told of cameras that are forgotten.
  static constexpr std::size_t max_waiting = 4'096;

  void put(const std::string& id, const told_camera& what);
  void erase(const std::string& id);

  /// By id.
  [[nodiscard]] const std::map<std::string, told_camera>& all() const noexcept { return all_; }

  /// Ids of those with this key.
  [[nodiscard]] std::vector<std::string> with_key(const std::string& key) const;

  /// Takes up what the store has. What was put or erased before is the later word; for the rest
  /// of it the store's cameras come first. Until then the store is given nothing.
  void restore(const std::vector<store_record>& records);
  [[nodiscard]] bool is_restored() const noexcept { return restored_; }

  /// What the store is to be given now; ask until there is nothing.
  [[nodiscard]] std::optional<store_record> next(monotonic now);
  /// The store has written one.
  void written() noexcept { --in_flight_; }
  /// It has not written that of this camera.
  void failed(const std::string& id, monotonic now);
  /// When `next` has something after a failure.
  [[nodiscard]] std::optional<monotonic> next_try() const;
  /// There is another store.
  void resume() noexcept { paused_until_.reset(); }

  /// All that waits, for a store that is given no more after it.
  [[nodiscard]] std::vector<store_record> drain();

private:
  void insert(const std::string& id, told_camera what);
  [[nodiscard]] store_record record_of(const std::string& id) const;

  std::map<std::string, told_camera> all_;
  /// Key and id of those that have a key.
  std::set<std::pair<std::string, std::string>> by_key_;
  /// Ids of those that the store does not have as they are.
  std::set<std::string> waiting_;
  std::size_t in_flight_ = 0;
  std::optional<monotonic> paused_until_;
  bool restored_ = false;
};

} // namespace firefinder
