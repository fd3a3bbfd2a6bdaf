#pragma once

#include <nlohmann/json.hpp>

#include <array>
#include <string>
#include <vector>

namespace firefinder::test {

/// Seconds since 1970-01-01 00:00 UTC, now.
[[nodiscard]] double unix_now();

/// A square in the middle of the frame that covers this share of it: corners as ratios.
[[nodiscard]] std::array<double, 4> centred_box(double area);

/// The same in whole pixels of a frame of this size.
[[nodiscard]] std::array<int, 4> centred_box(double area, int width, int height);

/// Areas of a fire seen `n` times: from `first_area` to `first_area * growth`, each
/// the same factor above the one before.
[[nodiscard]] std::vector<double> growing_areas(std::size_t n, double first_area, double growth);

/// One direct detection, normalised box, seen now.
[[nodiscard]] nlohmann::json detection_of(const std::string& camera, double area);

/// Direct detections of a fire before one camera, oldest first, the last one now and
/// 200 ms apart. With the defaults it is verified by the sixth, not before.
[[nodiscard]] std::vector<nlohmann::json> growing_fire(const std::string& camera, std::size_t n = 6,
                                                       double first_area = 0.02,
                                                       double growth = 3.0);

/// The same with boxes in pixels, and the size of the frame.
[[nodiscard]] std::vector<nlohmann::json>
growing_fire_in_pixels(const std::string& camera, int width, int height, std::size_t n = 6,
                       double first_area = 0.02, double growth = 3.0);

/// A Frigate event about an object; `type` is "new", "update" or "end", the box in
/// pixels of a 1280x720 frame.
[[nodiscard]] nlohmann::json frigate_event(const std::string& type, const std::string& camera,
                                           const std::string& label, const std::string& id,
                                           double area, double frame_time);

/// Frigate's events about a fire: "new", then "update" up to `n` in all.
[[nodiscard]] std::vector<nlohmann::json>
growing_fire_of_frigate(const std::string& camera, std::size_t n = 6, double first_area = 0.02,
                        double growth = 3.0, const std::string& label = "fire");

} // namespace firefinder::test
