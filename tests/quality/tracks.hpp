#pragma once

#include "tests/quality/sequences.hpp"

#include <vector>

namespace firefinder::quality {

/// For each box of a frame the index of the one of `last` that it continues, the best overlaps
/// first, each once; -1: none that it overlaps by `least_overlap` or more, and at all.
[[nodiscard]] std::vector<int> continued(const std::vector<box>& boxes,
                                         const std::vector<box>& last, double least_overlap);

/// The boxes of the track that is the first to be seen in so many frames; none: no track is. A
/// track ends when it was not seen for 8 frames.
[[nodiscard]] std::vector<box> first_track(const std::vector<frame>& frames, std::size_t length);

} // namespace firefinder::quality
