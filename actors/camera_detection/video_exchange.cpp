#include "actors/camera_detection/video_exchange.hpp"

#include "messages/plain.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::json;

// Greater than any camera's.
constexpr double most_pixels = 32'768;
constexpr double most_fps = 1000;
constexpr std::size_t longest_why = 200;
constexpr std::size_t longest_codec = 32;

constexpr video_outcome outcomes[]
    = {video_outcome::video,        video_outcome::no_video,  video_outcome::unreachable,
       video_outcome::unauthorized, video_outcome::not_found, video_outcome::timeout,
       video_outcome::unable};

constexpr login_scheme schemes[] = {login_scheme::none, login_scheme::digest, login_scheme::basic};

std::string text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

// From 0 to `most`; 0: there is none such.
double number_of(const json& object, const char* name, double most) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number())
    return 0;
  const auto x = found->get<double>();
  return std::isfinite(x) && x >= 0 && x <= most ? x : 0;
}

std::string readable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.size() > longest_why)
    text.resize(longest_why);
  return text;
}

bool is_codec(const std::string& text) {
  return text.size() <= longest_codec && std::ranges::all_of(text, is_plain);
}

} // namespace

std::optional<std::string> video_request(const video_query& query) {
  const json object{{"url", query.url},
                    {"user", query.user},
                    {"password", query.password},
                    {"scheme", to_string(query.scheme)},
                    {"deadline_s", to_seconds(query.deadline)}};
  std::string line;
  try {
    line = object.dump();
  } catch (const json::type_error&) {
    return std::nullopt; // not in UTF-8
  }
  line += '\n';
  if (line.size() > max_video_request)
    return std::nullopt;
  return line;
}

std::optional<video_query> read_video_request(std::string_view line) {
  if (line.size() > max_video_request)
    return std::nullopt;
  const auto object = json::parse(line, nullptr, false);
  if (!object.is_object())
    return std::nullopt;
  video_query result;
  result.url = text_of(object, "url");
  result.user = text_of(object, "user");
  result.password = text_of(object, "password");
  if (result.url.empty())
    return std::nullopt;
  if (object.contains("scheme")) {
    const auto word = text_of(object, "scheme");
    const auto* const scheme = std::find_if(std::begin(schemes), std::end(schemes),
                                            [&](auto x) { return to_string(x) == word; });
    if (scheme == std::end(schemes))
      return std::nullopt;
    result.scheme = *scheme;
  }
  if (const auto found = object.find("deadline_s"); found != object.end()) {
    if (!found->is_number())
      return std::nullopt;
    const auto seconds = found->get<double>();
    // A number that is none is the shortest.
    result.deadline = seconds >= to_seconds(longest_video_deadline)   ? longest_video_deadline
                      : seconds > to_seconds(shortest_video_deadline) ? from_seconds(seconds)
                                                                      : shortest_video_deadline;
  }
  return result;
}

std::string video_answer(const video_report& report) {
  const json object{{"outcome", to_string(report.outcome)},
                    {"why", report.why},
                    {"codec", report.codec},
                    {"width", report.width},
                    {"height", report.height},
                    {"fps", report.fps},
                    {"key_frame_after_s", report.key_frame_after_s}};
  return object.dump(-1, ' ', true, json::error_handler_t::replace) + '\n';
}

std::optional<video_report> read_video_answer(std::string_view text) {
  if (text.size() > max_video_answer)
    return std::nullopt;
  const auto object = json::parse(text, nullptr, false);
  if (!object.is_object())
    return std::nullopt;
  const auto word = text_of(object, "outcome");
  const auto* const outcome = std::find_if(std::begin(outcomes), std::end(outcomes),
                                           [&](auto x) { return to_string(x) == word; });
  if (outcome == std::end(outcomes))
    return std::nullopt;
  video_report result;
  result.outcome = *outcome;
  result.why = readable(text_of(object, "why"));
  if (auto codec = text_of(object, "codec"); is_codec(codec))
    result.codec = std::move(codec);
  result.width = static_cast<std::uint32_t>(number_of(object, "width", most_pixels));
  result.height = static_cast<std::uint32_t>(number_of(object, "height", most_pixels));
  result.fps = number_of(object, "fps", most_fps);
  result.key_frame_after_s
      = number_of(object, "key_frame_after_s", to_seconds(longest_video_deadline));
  return result;
}

} // namespace firefinder
