#include "actors/store/moments.hpp"

#include <algorithm>

namespace firefinder {

namespace {

// "Long ago" and the farthest moment that is told apart from it.
constexpr timespan ages = std::chrono::hours{24 * 365 * 10};

} // namespace

stored_moment to_stored(monotonic moment, const clock_reading& now) {
  if (moment == never)
    return {};
  return {moment, now.wall - to_seconds(now.mono - moment), now.boot};
}

monotonic from_stored(const stored_moment& moment, const clock_reading& now, if_unknown rule,
                      timespan ahead) {
  if (moment.mono == never)
    return never;
  const auto latest = now.mono + ahead;
  if (!moment.boot.empty() && moment.boot == now.boot)
    return std::min(moment.mono, latest);
  const auto age_s = std::clamp(now.wall - moment.wall, -to_seconds(ages), to_seconds(ages));
  // The wall clock has not yet reached it: a machine without a clock of its own
  // that has not heard of the time, or one whose clock was set back.
  if (age_s < -to_seconds(ahead))
    return rule == if_unknown::just_now ? latest : now.mono - ages;
  return std::min(now.mono - from_seconds(age_s), latest);
}

} // namespace firefinder
