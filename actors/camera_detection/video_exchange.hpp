#pragma once

// What the worker and the program that looks at a stream write to each other: a line of JSON
// each way. Both include this, so that they cannot disagree.

#include "messages/device.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// Most bytes of a request: a pipe takes as many at once, whoever reads it.
inline constexpr std::size_t max_video_request = 4096;

/// Most bytes of everything that the program writes.
inline constexpr std::size_t max_video_answer = std::size_t{64} * 1024;

/// Longest and shortest time that a look may be given.
inline constexpr timespan longest_video_deadline = std::chrono::seconds{120};
inline constexpr timespan shortest_video_deadline = std::chrono::milliseconds{100};

/// `{"url", "user", "password", "scheme", "deadline_s"}` and a line end. Nothing when it is too
/// long, or not in UTF-8.
[[nodiscard]] std::optional<std::string> video_request(const video_query& query);

/// Reads it; its deadline is brought into the range above. Nothing when it is not one, or when
/// its scheme is none of ours.
[[nodiscard]] std::optional<video_query> read_video_request(std::string_view line);

/// `{"outcome", "why", "codec", "width", "height", "fps", "key_frame_after_s"}` and a line end.
[[nodiscard]] std::string video_answer(const video_report& report);

/// Reads it. Figures and names that cannot be are left out, and of `why` all that is not
/// readable ASCII, because the program may have been led astray by the device that it looked
/// at. Nothing when it is not an answer.
[[nodiscard]] std::optional<video_report> read_video_answer(std::string_view text);

} // namespace firefinder
