#pragma once

#include "tests/quality/replay.hpp"
#include "tests/quality/table.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace firefinder::quality {

/// What was measured, and what of it falls short of what is promised.
struct study {
  std::vector<table> tables;
  std::vector<std::string> failures;
};

/// Where the real sequences are, and what judges them.
struct bench {
  std::filesystem::path data;
  replayer program;
};

/// Long-range fires that two cameras see, as they are and disturbed in several ways.
[[nodiscard]] study two_cameras(const bench& b);

/// One long-range camera decides alone: a real detector's output, and FIgLib.
[[nodiscard]] study one_camera(const bench& b);

/// What of a box tells a fire, on the detector's output. Promises nothing.
[[nodiscard]] study signs_of_fire(const bench& b);

/// One and two cameras with other constants, to show how much depends on each. Promises nothing.
[[nodiscard]] study constants(const bench& b);

/// Fires as Frigate reports them, and its messages that report nothing new.
[[nodiscard]] study frigate(const bench& b);

/// Fires close to the cameras, beside wildfire-watch's rule to the letter.
[[nodiscard]] study close_range(const bench& b);

} // namespace firefinder::quality
