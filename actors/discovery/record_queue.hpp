#pragma once

#include "messages/store.hpp"
#include "messages/time.hpp"

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// What the store is still to be given: the newest value of each record, few at a time, so that
/// an alarm never waits in the store behind thousands of them.
class record_queue {
public:
  /// Most records that the store has not answered for.
  static constexpr std::size_t window = 2;
  /// After a failure nothing is tried for so long.
  static constexpr timespan retry_pause = std::chrono::seconds{5};

  /// `first`: before those that wait.
  void put(store_record what, bool first = false);

  /// What is to be given now; ask until there is nothing.
  [[nodiscard]] std::optional<store_record> next(monotonic now);

  /// The store has written this record.
  void written(const store_record& what);
  /// It has not.
  void failed(const store_record& what, monotonic now);

  /// When `next` has something after a failure.
  [[nodiscard]] std::optional<monotonic> next_try() const;

  /// Everything that the store has not confirmed, in order; nothing waits any more.
  [[nodiscard]] std::vector<store_record> drain();

private:
  using key = std::pair<record_kind, std::string>;

  std::map<key, std::string> waiting_;
  /// Keys in `waiting_` and some that were there.
  std::deque<key> order_;
  std::map<key, std::string> in_flight_;
  std::optional<monotonic> paused_until_;
};

} // namespace firefinder
