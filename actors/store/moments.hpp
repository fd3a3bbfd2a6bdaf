#pragma once

#include "messages/store.hpp"

#include <string>

namespace firefinder {

/// A moment as it is stored: on both clocks, with the boot of the machine in which
/// the monotonic one was read.
struct stored_moment {
  monotonic mono = never;
  unix_seconds wall = 0;
  std::string boot;
};

/// What the clocks say now, in this boot.
struct clock_reading {
  monotonic mono{};
  unix_seconds wall = 0;
  std::string boot;
};

/// `moment` of this process as it is to be stored.
[[nodiscard]] stored_moment to_stored(monotonic moment, const clock_reading& now);

/// Which way to err when the clocks do not tell how long ago something was: the
/// machine was booted since, and its wall clock shows a time before the moment.
enum class if_unknown { just_now, long_ago };

/// A stored moment on the monotonic clock of this process. Within one boot the
/// monotonic clock alone decides, so that no step of the wall clock matters; after
/// another boot the wall clock does. Never later than `now`, unless the moment lies
/// ahead and `ahead` says by how much it may: an expiry does, at the most by its
/// whole time to live. `never` stays `never`.
[[nodiscard]] monotonic from_stored(const stored_moment& moment, const clock_reading& now,
                                    if_unknown rule, timespan ahead = timespan{0});

} // namespace firefinder
