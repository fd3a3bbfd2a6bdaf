#pragma once

#include "messages/decision.hpp"
#include "messages/trace.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::replay {

/// What is known of a run beside the recording.
struct truth {
  /// When it began to burn, in unix seconds.
  std::optional<double> ignition;
  /// Nothing burned at all.
  bool no_fire = false;
};

/// A trigger, measured.
struct measured_trigger {
  decision_record what;
  /// Before the ignition, or without any; empty: not known.
  std::optional<bool> is_false;
  /// From the first detection that counted of the last camera that was needed to the trigger;
  /// empty: there was none.
  std::optional<double> delay_s;
  /// Frames of that camera after that one, up to the trigger.
  std::uint64_t delay_frames = 0;
};

/// Follows one run and measures its triggers.
class evaluation {
public:
  /// A camera that says nothing for so long, in seconds, begins anew: it is not watching, and
  /// what it sees next is not what it saw before. Longer than the slowest cameras take for ten
  /// frames (a frame in 120 s).
  static constexpr double silence_s = 1'800;

  explicit evaluation(const truth& known) : known_(known) {}

  void add(const sample_trace& what);
  void add(const decision_record& what);

  [[nodiscard]] const std::vector<measured_trigger>& triggers() const noexcept { return triggers_; }

  /// The decision that was made last; none yet.
  [[nodiscard]] const std::optional<decision_record>& last() const noexcept { return last_; }

  /// Time in which cameras were watching, summed over them, in days.
  [[nodiscard]] double camera_days() const noexcept { return watched_s_ / 86'400; }

private:
  struct camera {
    double heard = 0;
    /// Of the detections that count, since the last trigger or silence.
    std::optional<double> first;
    double latest = 0;
    /// Moments at which it was heard since then, the first one included.
    std::uint64_t frames = 0;
  };

  truth known_;
  std::map<std::string, camera> cameras_;
  double watched_s_ = 0;
  std::optional<decision_record> last_;
  std::vector<measured_trigger> triggers_;
};

/// The figures of one configuration, over one run or several.
struct score {
  std::uint64_t runs = 0;
  /// Runs with a trigger that is not known to be false.
  std::uint64_t confirmed = 0;
  std::uint64_t triggers = 0;
  std::uint64_t false_alarms = 0;
  /// Whether it is known of every run which triggers are false.
  bool truth_known = true;
  double camera_days = 0;
  /// Of triggers that are not known to be false.
  std::vector<double> delays_s;
  std::vector<double> delays_frames;

  void add(const evaluation& x, const truth& known);
  void add(const score& other);
};

/// The value below which a share of the values, 0..1, lies (nearest rank); empty for none.
[[nodiscard]] std::optional<double> quantile(std::vector<double> values, double share);

/// For each trigger, which of the other run's it corresponds to: the nearest in time within
/// `evaluation::silence_s`, each one once.
struct pairing {
  /// Places of those that nobody else made.
  std::vector<std::size_t> only_a;
  std::vector<std::size_t> only_b;
};
[[nodiscard]] pairing pair(const std::vector<measured_trigger>& a,
                           const std::vector<measured_trigger>& b);

} // namespace firefinder::replay
