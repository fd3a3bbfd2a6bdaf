#pragma once

#include "actors/consensus/agreement.hpp"
#include "actors/consensus/decode.hpp"
#include "actors/consensus/tracking.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::frigate_test {

using json = nlohmann::json;

/// What decides, without actors, in a time that the test gives.
class house {
public:
  /// Our wall clock at the monotonic moment 0.
  static constexpr unix_seconds epoch = 1'750'000'000;

  explicit house(consensus_settings settings = {})
    : settings_(std::move(settings)), decoder_(settings_.acceptance), cameras_(settings_.tracking),
      vote_(settings_) {}

  [[nodiscard]] monotonic now() const { return now_; }
  [[nodiscard]] unix_seconds wall() const { return epoch + to_seconds(now_) + wall_step_; }

  /// Our wall clock is put forward.
  void step_wall(double seconds) { wall_step_ += seconds; }

  void pass_to(monotonic when) {
    now_ = when;
    while (const auto due = cameras_.next_deadline()) {
      if (*due > now_)
        break;
      for (const auto& v : cameras_.advance(*due))
        vote(v);
    }
  }

  void pass(timespan time) { pass_to(now_ + time); }

  decoded hear(const inbound& message) {
    auto result = decoder_.decode(message);
    for (const auto& what : result.dropped)
      dropped[to_string(what.reason)] += what.count;
    for (const auto* seen : {&result.missed, &result.seen})
      if (*seen) {
        const auto outcome = cameras_.add(**seen);
        samples += outcome.accepted;
        repeated += outcome.repeated;
        if (outcome.change)
          vote(*outcome.change);
      }
    return result;
  }

  decoded hear(const std::string& topic, const std::string& payload, bool retained = false) {
    return hear(message(topic, payload, retained));
  }

  [[nodiscard]] inbound message(const std::string& topic, const std::string& payload,
                                bool retained = false) const {
    inbound result;
    result.topic = topic;
    result.payload = payload;
    result.size = payload.size();
    result.retained = retained;
    result.arrived = now_;
    result.received_at = wall();
    return result;
  }

  [[nodiscard]] decoder& decoding() { return decoder_; }
  [[nodiscard]] std::vector<std::string> agreeing() const { return vote_.agreeing(); }
  [[nodiscard]] std::map<std::string, camera_figures> cameras() const {
    return cameras_.figures(now_);
  }

  std::map<std::string, std::uint64_t> dropped;
  std::uint64_t samples = 0;
  std::uint64_t repeated = 0;
  std::vector<decision> triggers;

private:
  void vote(const verdict& v) {
    if (auto d = vote_.add(v, now_, wall()); d.fire)
      triggers.push_back(std::move(*d.fire));
  }

  consensus_settings settings_;
  decoder decoder_;
  tracking cameras_;
  agreement vote_;
  monotonic now_ = std::chrono::seconds{1000};
  double wall_step_ = 0;
};

/// A state of an object as Frigate 0.15 tells it.
inline json state(unix_seconds frame_time, json box, double score = 0.8) {
  return {{"id", "1750000000.1-abcdef"},
          {"camera", "barn"},
          {"label", "fire"},
          {"frame_time", frame_time},
          {"score", score},
          {"top_score", 0.9},
          {"false_positive", false},
          {"start_time", 1750000000.1},
          {"end_time", nullptr},
          {"box", std::move(box)}};
}

inline std::string event(const std::string& type, const json& after,
                         const json& before = json::object()) {
  return json{{"type", type}, {"before", before}, {"after", after}}.dump();
}

/// The folder of Frigate's payloads beside the sources; none when it is not there.
inline std::optional<std::filesystem::path> payload_folder() {
  auto folder = std::filesystem::path{FIREFINDER_SOURCE_DIR}.parent_path() / "shared/data/frigate";
  if (!std::filesystem::is_directory(folder))
    return std::nullopt;
  return folder;
}

/// A payload file: its messages, each with the time at which it was published, in seconds from
/// the beginning.
inline std::vector<std::pair<double, json>> payloads(const std::filesystem::path& file) {
  std::ifstream in{file};
  const auto content = json::parse(in);
  std::vector<std::pair<double, json>> result;
  for (const auto& x : content.at("messages"))
    if (x.contains("payload"))
      result.emplace_back(x.at("publish_time_s").get<double>(), x.at("payload"));
    else
      result.emplace_back(x.at("after").at("frame_time").get<double>(), x);
  return result;
}

/// The generated fires, one for each version of Frigate.
inline std::vector<std::filesystem::path> generated_fires(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> result;
  for (const auto& x : std::filesystem::directory_iterator{folder})
    if (x.path().filename().string().starts_with("gen_events_fire_growth_"))
      result.push_back(x.path());
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace firefinder::frigate_test
