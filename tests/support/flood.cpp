#include "tests/support/flood.hpp"

#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace firefinder::test {

namespace {

// What is due in such a span is sent at once, and then the broker's answer is waited for.
constexpr std::chrono::milliseconds beat{10};

constexpr std::size_t small = 2'000;
constexpr std::size_t large = 200'000;

} // namespace

struct flood::publisher {
  publisher(std::uint16_t port, flood_source what) : source(std::move(what)), peer(port) {
    thread = std::thread{[this] { run(); }};
  }

  ~publisher() {
    stopping = true;
    thread.join();
  }

  publisher(const publisher&) = delete;
  publisher& operator=(const publisher&) = delete;

  void run() {
    const auto begin = std::chrono::steady_clock::now();
    try {
      for (auto next = begin; !stopping; next += beat) {
        std::this_thread::sleep_until(next);
        const std::chrono::duration<double> passed = next - begin;
        for (const auto due = static_cast<std::uint64_t>(passed.count() * source.rate); sent < due;
             ++sent)
          peer.post(source.topic, source.payload, {.qos = source.qos});
        peer.flush();
      }
    } catch (const std::exception& e) {
      const std::lock_guard guard{mutex};
      failure = e.what();
    }
  }

  flood_source source;
  mqtt_peer peer;
  std::atomic<bool> stopping = false;
  std::atomic<std::uint64_t> sent = 0;
  std::mutex mutex;
  std::string failure;
  std::thread thread;
};

flood::flood(std::uint16_t port, const std::vector<flood_source>& sources) {
  for (const auto& one : sources)
    publishers_.push_back(std::make_unique<publisher>(port, one));
}

flood::~flood() {
  for (const auto& p : publishers_)
    p->stopping = true;
}

std::uint64_t flood::messages() const {
  std::uint64_t sum = 0;
  for (const auto& p : publishers_)
    sum += p->sent;
  return sum;
}

std::uint64_t flood::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& p : publishers_)
    sum += p->sent * p->source.payload.size();
  return sum;
}

std::string flood::failure() const {
  for (const auto& p : publishers_) {
    const std::lock_guard guard{p->mutex};
    if (!p->failure.empty())
      return p->source.topic + ": " + p->failure;
  }
  return {};
}

std::string padded_detection(const std::string& camera, std::size_t bytes) {
  auto one = detection_of(camera, 0.05);
  // Without one it never grows too old.
  one.erase("timestamp");
  const auto box = one.at("bbox");
  one.erase("bbox");
  const auto confidence = one.at("confidence");
  one.erase("confidence");
  auto& list = one["detections"] = nlohmann::json::array();
  list.push_back({{"object_id", "steady"}, {"bbox", box}, {"confidence", confidence}});
  const nlohmann::json unsure{{"bbox", box}, {"confidence", 0.1}};
  const auto length = unsure.dump().size() + 1;
  for (auto size = one.dump().size(); size < bytes; size += length)
    list.push_back(unsure);
  return one.dump();
}

std::string padded_event(const std::string& camera, std::size_t bytes) {
  auto one = frigate_event("update", camera, "fire", "steady", 0.05, unix_now());
  one["after"].erase("frame_time");
  auto& path = one["after"]["path_data"] = nlohmann::json::array();
  const nlohmann::json step = nlohmann::json::array({{0.4315, 0.7241}, 1732212000.125});
  const auto length = step.dump().size() + 1;
  for (auto size = one.dump().size(); size < bytes; size += length)
    path.push_back(step);
  return one.dump();
}

std::vector<flood_source> flood_of_every_kind(double scale) {
  return {
      {"fire/detection/flood-1", padded_detection("flood-1", small), 0, 2000 * scale},
      {"fire/detection/flood-2", padded_detection("flood-2", large), 1, 100 * scale},
      {"fire/detection", padded_detection("flood-3", small), 1, 2000 * scale},
      {"fire/detection", padded_detection("flood-4", large), 0, 100 * scale},
      {"frigate/events", padded_event("flood-5", small), 0, 2000 * scale},
      {"frigate/events", padded_event("flood-6", large), 1, 100 * scale},
      {"system/camera_telemetry", R"({"camera_id":"flood-7"})", 0, 1000 * scale},
  };
}

std::vector<flood_source> costly_flood(double scale) {
  std::string payload = R"({"detections":[0)";
  while (payload.size() < large)
    payload += ",0";
  payload += "]}";
  std::vector<flood_source> result;
  for (int i = 0; i < 6; ++i)
    result.push_back({"fire/detection/flood-" + std::to_string(i), payload, i % 2, 100 * scale});
  return result;
}

} // namespace firefinder::test
