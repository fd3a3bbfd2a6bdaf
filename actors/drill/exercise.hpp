#pragma once

#include "actors/drill/settings.hpp"
#include "messages/link.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder {

/// What the virtual cameras of an exercise show: all the same fire.
struct exercise_plan {
  /// Share of the frame that it covers, frame by frame, 0..1.
  std::vector<double> areas;
  /// Time between two frames by the clock of the cameras.
  timespan apart{};
  /// How long before the first message the first frame was taken: the longer, the less of the
  /// exercise is spent waiting for frames.
  timespan head_start{};
  /// Why no fire can be played; empty: it can.
  std::string impossible;

  /// When frame `k` is published, at the earliest, after the first one.
  [[nodiscard]] timespan due(std::size_t k) const noexcept;
};

/// A fire that these rules verify, and no more than that.
[[nodiscard]] exercise_plan plan_of(const exercise_rules& rules);

/// What one camera detects in frame `k`: a detection as any detector sends it, marked as an
/// exercise and with its identity. `begun`: wall clock at the first message.
[[nodiscard]] std::string detection_payload(const exercise_plan& plan, std::size_t k,
                                            const exercise_rules& rules, const std::string& id,
                                            unix_seconds begun);

/// Name of virtual camera `n`, from 1.
[[nodiscard]] std::string camera_name(std::uint32_t n);

/// The trigger of an exercise, marked as one. Unless it is live, its `action` is `drill`: whoever
/// goes by the action alone must not take it for a trigger.
[[nodiscard]] std::string marked_trigger(const std::string& trigger, const std::string& id,
                                         bool live);

/// What an exercise has published and not yet heard again. What anybody else says on its topics,
/// or repeats, or what the broker retained, is not among it.
class echoes {
public:
  /// This is published now.
  void expect(const std::string& topic, const std::string& payload);

  /// Whether this is something that was published, heard for the first time.
  [[nodiscard]] bool recognise(const inbound& message);

private:
  std::set<std::pair<std::string, std::string>> expected_;
};

/// When the next exercise begins by itself, from now on, the link being up. `last`: wall clock
/// when the last one began, 0: never; `trouble`: the last one by itself failed.
[[nodiscard]] timespan until_next(unix_seconds last, bool trouble, timespan interval,
                                  unix_seconds now) noexcept;

/// After the link has come up, an exercise by itself waits so long.
inline constexpr timespan settling_time = std::chrono::minutes{5};

/// One that failed is repeated after this time, if the interval is not shorter.
inline constexpr timespan repeat_pause = std::chrono::hours{1};

/// One that would come while cameras agree, or a trigger waits for the broker, is put off.
inline constexpr timespan put_off = std::chrono::minutes{10};

} // namespace firefinder
