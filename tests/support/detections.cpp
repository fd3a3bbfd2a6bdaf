#include "tests/support/detections.hpp"

#include <chrono>
#include <cmath>

namespace firefinder::test {

namespace {

/// When the i-th of `n` detections was made: the last one now.
double seen_at(std::size_t i, std::size_t n) {
  return unix_now() - 0.2 * static_cast<double>(n - 1 - i);
}

} // namespace

double unix_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::array<double, 4> centred_box(double area) {
  const double half = std::sqrt(area) / 2;
  return {0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half};
}

std::array<int, 4> centred_box(double area, int width, int height) {
  const auto ratios = centred_box(area);
  const auto pixels
      = [](double ratio, int size) { return static_cast<int>(std::lround(ratio * size)); };
  return {pixels(ratios[0], width), pixels(ratios[1], height), pixels(ratios[2], width),
          pixels(ratios[3], height)};
}

std::vector<double> growing_areas(std::size_t n, double first_area, double growth) {
  std::vector<double> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back(
        first_area
        * (n < 2 ? 1.0 : std::pow(growth, static_cast<double>(i) / static_cast<double>(n - 1))));
  return result;
}

nlohmann::json detection_of(const std::string& camera, double area) {
  return {{"camera_id", camera}, {"object_id", "1"},          {"label", "fire"},
          {"confidence", 0.9},   {"bbox", centred_box(area)}, {"timestamp", unix_now()}};
}

std::vector<nlohmann::json> growing_fire(const std::string& camera, std::size_t n,
                                         double first_area, double growth) {
  std::vector<nlohmann::json> result;
  for (const double area : growing_areas(n, first_area, growth)) {
    auto one = detection_of(camera, area);
    one["timestamp"] = seen_at(result.size(), n);
    result.push_back(std::move(one));
  }
  return result;
}

std::vector<nlohmann::json> growing_fire_in_pixels(const std::string& camera, int width, int height,
                                                   std::size_t n, double first_area,
                                                   double growth) {
  auto result = growing_fire(camera, n, first_area, growth);
  const auto areas = growing_areas(n, first_area, growth);
  for (std::size_t i = 0; i < n; ++i) {
    result[i]["bbox"] = centred_box(areas[i], width, height);
    result[i]["frame_width"] = width;
    result[i]["frame_height"] = height;
  }
  return result;
}

nlohmann::json frigate_event(const std::string& type, const std::string& camera,
                             const std::string& label, const std::string& id, double area,
                             double frame_time) {
  const auto box = centred_box(area, 1280, 720);
  const int width = box[2] - box[0];
  const int height = box[3] - box[1];
  nlohmann::json after{{"id", id},
                       {"camera", camera},
                       {"frame_time", frame_time},
                       {"snapshot", nullptr},
                       {"label", label},
                       {"sub_label", nullptr},
                       {"top_score", 0.91},
                       {"score", 0.89},
                       {"false_positive", false},
                       {"start_time", frame_time},
                       {"end_time", nullptr},
                       {"box", box},
                       {"area", width * height},
                       {"ratio", static_cast<double>(width) / height},
                       {"region", {280, 0, 1000, 720}},
                       {"active", true},
                       {"stationary", false},
                       {"motionless_count", 0},
                       {"position_changes", 1},
                       {"current_zones", nlohmann::json::array()},
                       {"entered_zones", nlohmann::json::array()},
                       {"has_clip", false},
                       {"has_snapshot", false},
                       {"attributes", nlohmann::json::object()},
                       {"current_attributes", nlohmann::json::array()}};
  if (type == "end")
    after["end_time"] = frame_time + 5;
  auto before = after;
  if (type == "new") {
    before["top_score"] = 0;
    before["false_positive"] = true;
  }
  return {{"type", type}, {"before", std::move(before)}, {"after", std::move(after)}};
}

std::vector<nlohmann::json> growing_fire_of_frigate(const std::string& camera, std::size_t n,
                                                    double first_area, double growth,
                                                    const std::string& label) {
  const auto id = std::to_string(unix_now()) + "-f1re42";
  std::vector<nlohmann::json> result;
  for (const double area : growing_areas(n, first_area, growth))
    result.push_back(frigate_event(result.empty() ? "new" : "update", camera, label, id, area,
                                   seen_at(result.size(), n)));
  return result;
}

} // namespace firefinder::test
