#include "tests/quality/replay.hpp"

#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace firefinder::quality {

namespace {

using nlohmann::json;

json payload(const std::string& camera, const frame& f) {
  json detections = json::array();
  for (const auto& b : f.boxes)
    detections.push_back({{"confidence", b.confidence}, {"bbox", {b.x1, b.y1, b.x2, b.y2}}});
  return {{"camera_id", camera}, {"timestamp", f.t}, {"detections", std::move(detections)}};
}

} // namespace

std::string recording(const scene& x) {
  std::vector<std::pair<const sequence*, const frame*>> frames;
  for (const auto& c : x.cameras)
    for (const auto& f : c.frames)
      frames.emplace_back(&c, &f);
  std::stable_sort(frames.begin(), frames.end(),
                   [](const auto& a, const auto& b) { return a.second->t < b.second->t; });
  std::string result;
  for (const auto& [camera, f] : frames) {
    const json line = {{"t", f->t},
                       {"topic", "fire/detection/" + camera->camera},
                       {"payload", payload(camera->camera, *f)}};
    result += line.dump() + '\n';
  }
  return result;
}

std::vector<std::vector<trigger>> replayer::play(const std::vector<std::string>& recordings,
                                                 const std::vector<std::string>& settings) const {
  const test::temporary_directory directory;
  std::vector<std::string> argv = {binary_.string(), "replay"};
  for (const auto& s : settings) {
    argv.emplace_back("--set");
    argv.push_back(s);
  }
  argv.insert(argv.end(), {"--json", "--each"});
  for (std::size_t i = 0; i < recordings.size(); ++i)
    argv.push_back(directory.write(std::to_string(i) + ".jsonl", recordings[i]).string());
  using namespace std::chrono_literals;
  const auto outcome = test::run(std::move(argv), {}, 120s);
  if (outcome.state != test::exit_state{0, 0})
    throw std::runtime_error(
        (std::ostringstream{} << "firefinder replay: " << outcome.state << ": " << outcome.error)
            .str());

  std::vector<std::vector<trigger>> result(recordings.size());
  std::istringstream lines{outcome.output};
  for (std::string line; std::getline(lines, line);) {
    const auto decision = json::parse(line);
    if (decision.value("decision", "") != "trigger")
      continue;
    trigger x{decision.at("t").get<double>(), {}};
    for (const auto& [camera, standing] : decision.at("cameras").items())
      if (standing.at("agrees").get<bool>())
        x.cameras.insert(camera);
    const std::filesystem::path file = decision.at("file").get<std::string>();
    result.at(std::stoul(file.stem().string())).push_back(std::move(x));
  }
  return result;
}

} // namespace firefinder::quality
