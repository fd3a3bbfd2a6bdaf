#pragma once

#include "actors/consensus/settings.hpp"
#include "messages/detection.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace firefinder {

/// A camera's part in a trigger.
struct agreeing_camera {
  std::string id;
  std::vector<object_evidence> objects;
  /// What people call it; empty: as its id.
  std::string name{};

  [[nodiscard]] const std::string& shown() const noexcept { return name.empty() ? id : name; }
};

/// The decision that there is a fire.
struct decision {
  /// In the order in which the cameras became known.
  std::vector<agreeing_camera> cameras;
  monotonic at{};
  unix_seconds wall = 0;
  /// Counts the triggers since the store was made, from 1.
  std::uint64_t number = 0;
  /// Cameras that had to agree at that moment.
  std::uint32_t threshold = 0;
};

/// Agreement between cameras, and the pause after a trigger. Hears only what
/// changes; each verdict costs the logarithm of the number of cameras, and their number only
/// once enough of them agree.
class agreement {
public:
  explicit agreement(const consensus_settings& settings);
  agreement(agreement&&) = default;
  agreement& operator=(const agreement&) = delete;

  /// How it stands.
  struct outlook {
    decision_reason reason = decision_reason::too_few_cameras;
    /// Witnesses that agree: where only cameras of a zone do, those of the zone with most.
    std::uint32_t agreeing = 0;
    /// The decision, if the reason is `agreement`.
    std::optional<decision> fire;
  };

  /// Takes a verdict at `now`, on both clocks. There is a decision when it was caused by a
  /// detection, at least `threshold` witnesses agree, and no cooldown runs: the end of a
  /// cooldown alone decides nothing, the next detection does.
  [[nodiscard]] outlook add(const verdict& v, monotonic now, unix_seconds wall);

  /// How it stands at `now`, with nothing new.
  [[nodiscard]] outlook look(monotonic now) const;

  /// The trigger with this number never reached anyone: its cooldown ends.
  void give_back(std::uint64_t number);

  /// While held, nothing is decided: an earlier trigger still waits for the
  /// broker, and a second one would tell nobody anything new.
  void hold(bool on) noexcept { held_ = on; }

  /// While it waits, nothing is decided either: what was before, or what it is to go by, is not
  /// known yet. The last detection of that time is kept for `catch_up`.
  void wait(bool on) noexcept { waits_ = on; }
  [[nodiscard]] bool waits() const noexcept { return waits_; }

  /// Decides by the last detection that came while it waited, if none has come since; none:
  /// there was none, or it waits still.
  [[nodiscard]] std::optional<outlook> catch_up(monotonic now, unix_seconds wall);

  /// Whether anything is decided at all; agreement is followed all the same.
  void arm(bool on) noexcept { armed_ = on; }
  [[nodiscard]] bool armed() const noexcept { return armed_; }

  /// From now on these cameras, by all their names, do not count: what they said is forgotten,
  /// and what they say is heard as a word of one that sees nothing. Their trackers may be behind.
  void leave_out(std::set<std::string> cameras);

  /// From now on this many cameras must agree, at least 1. That alone decides nothing:
  /// the next detection does.
  void require(std::uint32_t threshold) noexcept { threshold_ = threshold; }

  /// From now on the pause after a trigger is so long: one that runs at `now` is measured by it,
  /// one that is over stays so, unless its length was waited for. That alone decides nothing.
  void pause(timespan length, monotonic now) noexcept;

  /// From now on each of these ids means the camera that it leads to: both are one witness.
  /// That alone decides nothing. Ids that meant one camera and mean two from now on stay one
  /// witness until neither agrees: nobody has seen more than before.
  void identify(std::unordered_map<std::string, std::string> synonyms);

  /// What a decision leaves behind, and the way back.
  [[nodiscard]] decision_memory memory() const noexcept;
  void restore(const decision_memory& memory, monotonic now);

  /// The camera that this id means now.
  [[nodiscard]] const std::string& meant_by(const std::string& camera) const;

  /// Witness of a camera; its own id if it has none.
  [[nodiscard]] const std::string& witness_of(const std::string& camera) const;

  /// Cameras that agree, in the order in which they became known; of more than `most` the first.
  [[nodiscard]] std::vector<std::string> agreeing(std::size_t most = SIZE_MAX) const;

  /// No two cameras that agree are of one witness.
  [[nodiscard]] bool each_is_a_witness() const noexcept {
    return agreeing_.size() == agreeing_witnesses_.size();
  }

  /// Changes whenever `agreeing` does.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

  [[nodiscard]] std::uint32_t threshold() const noexcept { return threshold_; }
  [[nodiscard]] bool in_cooldown(monotonic now) const noexcept;

  /// When the running cooldown ends; none when none runs at `now`.
  [[nodiscard]] std::optional<monotonic> cooldown_end(monotonic now) const noexcept;

  /// Triggers decided so far.
  [[nodiscard]] std::uint64_t triggers() const noexcept { return triggers_; }

  /// Seconds since the last trigger; -1 when there was none.
  [[nodiscard]] double last_trigger_ago(monotonic now) const noexcept;

  /// Triggers of the last hour.
  [[nodiscard]] std::uint64_t recent(monotonic now) const noexcept;

private:
  using rank = std::pair<monotonic, std::string>;

  /// Cameras that agree with each other, and of how many witnesses they are.
  struct group {
    std::vector<const verdict*> cameras;
    std::uint32_t witnesses = 0;
  };

  /// The cameras of one zone that agree, and its witnesses with the number of their cameras.
  struct zone_votes {
    std::map<rank, const verdict*> cameras;
    std::map<std::string, std::uint32_t> witnesses;
  };

  [[nodiscard]] std::vector<std::string> zones_of(const std::string& camera) const;
  void vote(const rank& place, const verdict& v);
  void take_back_vote(const rank& place, const verdict& v);
  [[nodiscard]] std::uint32_t most_in_a_zone() const;
  [[nodiscard]] group strongest_group(const std::string& with, monotonic holding_at) const;
  [[nodiscard]] std::uint32_t count(const std::vector<const verdict*>& cameras) const;
  [[nodiscard]] const std::string& configured_witness(const std::string& camera) const;
  [[nodiscard]] const std::string& joined(const std::string& witness) const;
  void join(const std::string& one, const std::string& other);
  [[nodiscard]] bool hold_together(const std::string& with, monotonic holding_at) const;
  [[nodiscard]] bool is_same_fire(monotonic now) const noexcept;
  void withdraw(const rank& place);
  void start_cooldown(monotonic now) noexcept;
  [[nodiscard]] outlook decide(const std::string& camera, monotonic at, monotonic now,
                               unix_seconds wall);

  std::uint32_t threshold_;
  timespan cooldown_;
  timespan same_fire_;
  std::map<std::string, std::string> witnesses_;
  /// Ids that mean a camera of another id; see `identify`.
  std::unordered_map<std::string, std::string> synonyms_;
  /// Witnesses that agree as one because they were one when they began to: to which of them the
  /// others count. None of them is left when that one agrees no more.
  std::map<std::string, std::string> joined_;
  /// Camera to its zones; empty unless only cameras of a zone agree with each other.
  std::map<std::string, std::vector<std::string>> zones_;
  bool by_zone_;
  /// Witness to the number of its cameras that agree.
  std::map<std::string, std::uint32_t> agreeing_witnesses_;
  /// The last verdict of every camera that agrees, by rank.
  std::map<rank, verdict> agreeing_;
  /// The same by zone, where only cameras of a zone agree with each other: counted as they come and
  /// go, lest every detection of a large fire looks at all cameras that see it.
  std::map<std::string, zone_votes> votes_;
  std::optional<monotonic> last_trigger_;
  /// Start of the cooldown; apart from `last_trigger_` because it can be given back.
  std::optional<monotonic> cooldown_start_;
  /// It was over when the length of cooldowns changed.
  bool cooldown_over_ = false;
  std::uint64_t triggers_ = 0;
  std::uint64_t revision_ = 0;
  /// Since the last trigger there was a time without agreement.
  bool lapsed_ = false;
  bool held_ = false;
  bool waits_ = false;
  std::set<std::string> left_out_;
  /// The camera and moment of the last detection that came meanwhile.
  std::optional<std::pair<std::string, monotonic>> waiting_;
  bool armed_ = true;
  std::deque<monotonic> history_;
};

} // namespace firefinder
