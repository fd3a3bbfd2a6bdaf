#pragma once

#include "messages/device.hpp"

#include <chrono>
#include <string>

namespace firefinder::probe {

/// Plays the stream over TCP until the first key frame that can be decoded. `url` may hold
/// user and password; at most one log-in is tried, and by Basic only if `scheme` says so. Goes
/// to no other address, whatever the device says. Returns soon after `begin` + `deadline`, except
/// while a name is looked up.
[[nodiscard]] video_report look(const std::string& url, login_scheme scheme,
                                std::chrono::steady_clock::time_point begin, timespan deadline);

} // namespace firefinder::probe
