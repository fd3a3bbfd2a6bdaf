#pragma once

#include "actors/connection/settings.hpp"
#include "messages/link.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// How much may be under way (arrived, and not yet handled by all it went to), and how fast one
/// source may send.
struct intake_limits {
  /// Messages: each of so many cameras has one under way.
  std::size_t messages = 16'384;
  /// Bytes of topics and payloads: 32 of the largest messages, or the greatest number of
  /// messages at 512 bytes each.
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
  /// Messages a second of one source; `bytes_of_one` of a message count as one.
  double source_rate = 200;
  /// How far a source may be ahead of its rate: what has waited at the broker comes all at
  /// once.
  timespan ahead = std::chrono::seconds{20};
};

/// Bytes that count as one message at a source's rate, so that a few large messages are not
/// cheaper than the many small ones that take as long to decode.
inline constexpr std::size_t bytes_of_one = std::size_t{2} * 1024;

/// What was turned away.
struct shed_count {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

/// The gate before the mailboxes, which have no bounds of their own. It bounds what is under
/// way, and shares the room out: a source may hold as much as is still free, so that one
/// source alone gets half of the room, and N of them each the (N+1)-th part, as does whoever
/// comes next (dynamic thresholds; Choudhury and Hahne, 1998). Before that it bounds the rate of
/// each source (the generic cell rate algorithm; ITU-T I.371, annex A). A source is a topic, or a
/// camera where a payload names one. What matters least is shed first.
///
/// It belongs to one thread, that of paho's callbacks. What it gave out it counts by the reference
/// counts of the receipts.
class intake {
public:
  explicit intake(const intake_limits& limits = {}) : limits_(limits) {}
  intake(const intake&) = delete;
  intake& operator=(const intake&) = delete;

  /// Asks for a message to be let in at `now`. The payload is what would be kept of it.
  /// Null: it is shed.
  [[nodiscard]] receipt admit(std::string_view topic, std::string_view payload, monotonic now);

  /// A session was resumed at `now`: what the broker has kept comes next, the oldest first, and
  /// uses up nobody's rate, lest the newest be shed.
  void resumed(monotonic now) noexcept { backlog_until_ = now + backlog_span; }

  /// What was shed since the last answer; at most one answer a second.
  [[nodiscard]] std::optional<shed_count> report(monotonic now);

  /// Messages that are under way, as of the last look at them.
  [[nodiscard]] std::size_t messages() const noexcept { return under_way_.size(); }

  /// Their bytes.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  /// Where they came from.
  [[nodiscard]] std::size_t sources() const noexcept { return sources_.size(); }

private:
  struct holding {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };

  using holdings = std::unordered_map<std::uint64_t, holding>;

  struct entry {
    receipt held;
    std::size_t bytes;
    holdings::value_type* source;
  };

  [[nodiscard]] bool has_room(std::uint64_t source, std::size_t size, bool minor) const;
  [[nodiscard]] receipt shed(std::size_t size);
  void sweep(monotonic now);
  void forget_the_slow(monotonic now);

  intake_limits limits_;
  std::vector<entry> under_way_;
  std::size_t bytes_ = 0;
  /// Only of sources that have something under way.
  holdings sources_;
  /// Until when each source has used up its rate; past for one that keeps to it.
  std::unordered_map<std::uint64_t, monotonic> used_up_to_;
  /// The number of those at which the ones that are past are looked for.
  std::size_t forget_at_ = 0;
  monotonic backlog_until_{};
  /// The number of entries at which those that are handled are looked for.
  std::size_t sweep_at_ = 0;
  std::optional<monotonic> swept_;
  shed_count shed_;
  std::optional<monotonic> told_;
};

/// The camera that a payload names as `camera` or `camera_id` near its beginning; empty when
/// there is none. It does not parse: the answer only chooses whose share of the room is used.
[[nodiscard]] std::string_view camera_near_the_beginning(std::string_view payload) noexcept;

/// Whether a topic tells only that something is alive, so that it is shed first.
[[nodiscard]] bool is_minor(std::string_view topic) noexcept;

} // namespace firefinder
