#pragma once

#include "tests/quality/figures.hpp"
#include "tests/quality/peers.hpp"
#include "tests/quality/studies.hpp"

#include <string>
#include <vector>

namespace firefinder::quality {

// What the studies of long-range cameras share.

/// Name of the program under test in the tables.
inline constexpr const char* ours = "firefinder";
/// What labels that have no confidence get.
inline constexpr double usual_confidence = 0.9;

[[nodiscard]] std::filesystem::path figlib_file(const bench& b);
[[nodiscard]] std::filesystem::path detector_file(const bench& b);

/// Times of the alarms of each scene.
using moments = std::vector<std::vector<double>>;

/// Those of the program under the profile landscape, with these settings beside it.
[[nodiscard]] moments judged_by_us(const bench& b, const std::vector<scene>& scenes,
                                   unsigned threshold, std::vector<std::string> settings = {});
[[nodiscard]] moments judged_by(const peer& p, const std::vector<scene>& scenes,
                                unsigned threshold);

// Ways to count scenes by their index.
[[nodiscard]] bool every(std::size_t i);
[[nodiscard]] bool even(std::size_t i);
[[nodiscard]] bool odd(std::size_t i);

// Cells.
[[nodiscard]] std::string found_of_all(const figures& x);
[[nodiscard]] std::string percent(double share);
/// Median and 90th percentile.
[[nodiscard]] std::string spread(const std::vector<double>& x, int digits);

/// Columns, and a row of them, of a table about known fires.
[[nodiscard]] const std::vector<std::string>& fire_columns();
[[nodiscard]] std::vector<std::string> fire_row(const std::string& name, const figures& all,
                                                const figures& first, const figures& second);

/// What a rule made of the detector's sequences, by their labels.
struct detector_figures {
  figures fires;
  figures no_fires;
  figures unknown;
};
[[nodiscard]] detector_figures by_label(const std::vector<scene>& scenes, const moments& alarms,
                                        bool (*counts)(std::size_t));

} // namespace firefinder::quality
