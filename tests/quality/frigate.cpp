#include "tests/quality/studies.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::quality {

namespace {

using nlohmann::json;

struct message {
  double t;
  json payload;
};

/// What one version of Frigate publishes about a fire.
struct capture {
  std::string version;
  std::vector<message> messages;
};

std::vector<capture> captures(const std::filesystem::path& folder) {
  const std::string prefix = "gen_events_fire_growth_";
  std::vector<capture> result;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    const auto name = entry.path().stem().string();
    if (!name.starts_with(prefix))
      continue;
    std::ifstream in{entry.path()};
    const auto content = json::parse(in);
    capture x{name.substr(prefix.size()), {}};
    // Times of publication are relative; the object began at 0.4 of them.
    for (const auto& m : content.at("messages")) {
      const auto& payload = m.at("payload");
      const double base = payload.at("after").at("start_time").get<double>() - 0.4;
      x.messages.push_back({base + m.at("publish_time_s").get<double>(), payload});
    }
    result.push_back(std::move(x));
  }
  std::sort(result.begin(), result.end(),
            [](const capture& a, const capture& b) { return a.version < b.version; });
  if (result.empty())
    throw std::runtime_error("no captures of Frigate in " + folder.string());
  return result;
}

/// The messages as a second camera would have them a twentieth of a second later.
std::vector<message> of_second_camera(std::vector<message> messages) {
  constexpr double later = 0.05;
  for (auto& m : messages) {
    m.t += later;
    for (const char* state : {"before", "after"})
      if (auto& x = m.payload[state]; x.is_object()) {
        x["camera"] = x.at("camera").get<std::string>() + "_2";
        x["id"] = x.at("id").get<std::string>() + "2";
        x["frame_time"] = x.at("frame_time").get<double>() + later;
      }
  }
  return messages;
}

std::string two_cameras_see(const std::vector<message>& messages) {
  auto all = messages;
  const auto second = of_second_camera(messages);
  all.insert(all.end(), second.begin(), second.end());
  std::stable_sort(all.begin(), all.end(),
                   [](const message& a, const message& b) { return a.t < b.t; });
  std::string result;
  for (const auto& m : all) {
    const json line = {{"t", m.t}, {"topic", "frigate/events"}, {"payload", m.payload}};
    result += line.dump() + '\n';
  }
  return result;
}

/// The first message, repeated each minute with the same box and score as Frigate repeats what
/// does not move, and its end.
std::vector<message> nothing_new(const std::vector<message>& messages) {
  constexpr int repeats = 10;
  constexpr double interval = 60;
  const auto& first = messages.front();
  std::vector<message> result = {first};
  auto repeated = first;
  for (int i = 1; i <= repeats; ++i) {
    repeated.t = first.t + interval * i;
    repeated.payload["type"] = "update";
    repeated.payload["before"] = result.back().payload.at("after");
    repeated.payload["after"]["frame_time"]
        = first.payload.at("after").at("frame_time").get<double>() + interval * i;
    result.push_back(repeated);
  }
  auto end = repeated;
  end.t += 5;
  end.payload["type"] = "end";
  end.payload["after"]["end_time"] = end.t;
  result.push_back(std::move(end));
  return result;
}

std::vector<message> ends_only(const std::vector<message>& messages) {
  std::vector<message> result;
  std::copy_if(messages.begin(), messages.end(), std::back_inserter(result),
               [](const message& m) { return m.payload.at("type") == "end"; });
  return result;
}

} // namespace

study frigate(const bench& b) {
  const auto versions = captures(b.data / "frigate");
  std::vector<std::string> recordings;
  for (const auto& v : versions) {
    recordings.push_back(two_cameras_see(v.messages));
    recordings.push_back(two_cameras_see(nothing_new(v.messages)));
    recordings.push_back(two_cameras_see(ends_only(v.messages)));
  }
  const auto triggers = b.program.play(recordings, {});

  study result;
  auto& t = result.tables.emplace_back();
  t.title = "Frigate, two cameras";
  t.note
      = "Payloads made by each version's own code: a fire that grows 50 % in a minute, seen for a "
        "minute at 5 frames a second; the default configuration. Beside it the same without "
        "anything new: repeated boxes, or the end alone.";
  t.columns = {"Frigate",       "messages of a camera",     "triggers",
               "seconds to it", "triggers, repeated boxes", "triggers, end alone"};
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const auto& fire = triggers[3 * i];
    const auto& repeated = triggers[3 * i + 1];
    const auto& ended = triggers[3 * i + 2];
    const auto& v = versions[i];
    t.rows.push_back({v.version, std::to_string(v.messages.size()), std::to_string(fire.size()),
                      fire.empty() ? "-" : fmt::format("{:.1f}", fire[0].t - v.messages.front().t),
                      std::to_string(repeated.size()), std::to_string(ended.size())});
    if (fire.size() != 1)
      result.failures.push_back(
          fmt::format("Frigate {}: {} triggers, wanted 1", v.version, fire.size()));
    if (!repeated.empty() || !ended.empty())
      result.failures.push_back(
          fmt::format("Frigate {}: a trigger though nothing was new", v.version));
  }
  return result;
}

} // namespace firefinder::quality
