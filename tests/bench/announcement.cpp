// How long everything takes to stand at the broker for Home Assistant, and a change to get there,
// beside a client that publishes as many bytes as fast as the same broker takes them.
//
//   firefinder_announcement_bench [--cameras N]... [--rounds N]
//
// Each house is configured, so that all its cameras are announced at once. Both ways run against
// one broker, a mosquitto with its default limits, and alternate. Take the ratios; the absolute
// figures are the machine's.

#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto longest = 120s;
constexpr auto bridge_state = "firefinder/bridge/state";

struct options {
  std::vector<std::size_t> cameras;
  std::size_t rounds = 20;
};

double in_ms(steady_clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

std::string name_of(std::size_t camera) { return "cam" + std::to_string(camera); }

bool is_online(const message& m) {
  return m.topic == bridge_state && m.payload == "online" && !m.retained;
}

std::filesystem::path house_of(std::size_t cameras, const temporary_directory& directory) {
  auto path = directory.path() / ("house" + std::to_string(cameras) + ".yaml");
  std::ofstream out{path};
  out << "cameras:\n";
  for (std::size_t i = 0; i < cameras; ++i)
    out << "  " << name_of(i) << ":\n    name: Camera " << i << '\n';
  return path;
}

struct announcement {
  double took_ms = 0;
  std::size_t documents = 0;
  std::size_t messages = 0;
  std::vector<message> all;
};

// From the first word after CONNECT to the `online` that ends it.
announcement announce(std::size_t cameras, broker& b, const std::filesystem::path& config,
                      std::unique_ptr<daemon>& running) {
  mqtt_peer watcher{b.port()};
  watcher.subscribe("#", 0);
  running = std::make_unique<daemon>(FIREFINDER_BINARY, b.port(), environment{},
                                     std::vector<std::string>{"--config", config.string()});
  const auto connected = watcher.wait_for(
      [](const message& m) { return m.topic == "system/fire_consensus/lwt" && !m.retained; },
      longest);
  const auto complete = watcher.wait_for(is_online, longest);
  if (!connected || !complete)
    throw std::runtime_error("there was no complete announcement; the daemon's log:\n"
                             + running->log());
  announcement result;
  result.took_ms = in_ms(complete->arrived - connected->arrived);
  for (const auto& m : watcher.messages()) {
    if (m.retained || m.arrived > complete->arrived)
      continue;
    result.messages += 1;
    result.documents += topic_matches("homeassistant/device/+/config", m.topic) ? 1 : 0;
    result.all.push_back(m);
  }
  if (result.documents != cameras + 1)
    std::cout << "  WRONG: " << result.documents << " documents of " << cameras + 1 << '\n';
  return result;
}

// The same messages, as fast as the broker takes them.
double bare(const std::vector<message>& all, broker& b) {
  mqtt_peer watcher{b.port()};
  watcher.subscribe("bare/#", 0);
  mqtt_peer sender{b.port()};
  const auto begin = steady_clock::now();
  for (const auto& m : all)
    sender.post("bare/" + m.topic, m.payload, {.qos = 1, .retain = true});
  sender.flush();
  const auto last = watcher.wait_for_count("bare/#", all.size(), longest);
  const auto took = in_ms(steady_clock::now() - begin);
  if (!last)
    std::cout << "  the bare client's messages were lost\n";
  for (const auto& m : all)
    sender.post("bare/" + m.topic, "", {.qos = 1, .retain = true});
  sender.flush();
  return took;
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all.empty() ? 0 : all[all.size() / 2];
}

// From a detection to the state that tells of it, beside a message from peer to peer.
void changes(broker& b, const options& asked) {
  mqtt_peer watcher{b.port()};
  watcher.subscribe("firefinder/camera/+/state", 0);
  watcher.subscribe("bare/echo", 0);
  mqtt_peer camera{b.port()};
  // A state goes out once a second, and all have just gone out.
  std::this_thread::sleep_for(1100ms);
  std::vector<double> ours;
  std::vector<double> echo;
  for (std::size_t i = 0; i < asked.rounds; ++i) {
    const auto topic = "firefinder/camera/" + name_of(i) + "/state";
    watcher.clear();
    auto begin = steady_clock::now();
    camera.publish("bare/echo", "x");
    if (const auto heard = watcher.wait_for("bare/echo", longest))
      echo.push_back(in_ms(heard->arrived - begin));
    begin = steady_clock::now();
    camera.publish("fire/detection/" + name_of(i), detection_of(name_of(i), 0.02).dump());
    const auto told = watcher.wait_for(
        [&](const message& m) {
          return m.topic == topic && m.payload.find(R"("fire":"ON")") != std::string::npos;
        },
        longest);
    if (told)
      ours.push_back(in_ms(told->arrived - begin));
  }
  std::sort(ours.begin(), ours.end());
  std::printf("  a change at rest: median %.1f ms, longest %.1f ms of %zu; a bare message %.1f ms; "
              "ratio %.1f\n",
              median(ours), ours.empty() ? 0 : ours.back(), ours.size(), median(echo),
              median(ours) / median(echo));
}

void under_load(broker& b) {
  mqtt_peer watcher{b.port()};
  watcher.subscribe("firefinder/camera/+/state", 0);
  mqtt_peer camera{b.port()};
  watcher.clear();
  constexpr auto span = 5s;
  const auto end = steady_clock::now() + span;
  std::size_t sent = 0;
  while (steady_clock::now() < end) {
    for (std::size_t i = 0; i < 20; ++i, ++sent)
      camera.post("fire/detection/" + name_of(i),
                  detection_of(name_of(i), 0.02 + 1e-6 * static_cast<double>(sent % 1000)).dump());
    camera.flush();
    std::this_thread::sleep_for(50ms);
  }
  std::map<std::string, std::size_t> told;
  for (const auto& m : watcher.messages())
    told[m.topic] += m.retained ? 0 : 1;
  std::size_t most = 0;
  for (const auto& [topic, n] : told)
    most = std::max(most, n);
  std::printf("  %zu detections of 20 cameras in 5 s: at most %zu states of one camera\n", sent,
              most);
}

int number(std::string_view text) {
  int value = 0;
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end || value < 1)
    throw std::runtime_error("not a number: " + std::string{text});
  return value;
}

options read(int argc, char** argv) {
  options result;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto value = static_cast<std::size_t>(number(argv[i + 1]));
    if (name == "--cameras")
      result.cameras.push_back(value);
    else if (name == "--rounds")
      result.rounds = value;
    else
      throw std::runtime_error("there is no option " + std::string{name});
  }
  if (result.cameras.empty())
    result.cameras = {20, 500};
  return result;
}

int measure(const options& asked) {
  const temporary_directory directory;
  for (const auto cameras : asked.cameras) {
    std::cout << cameras << " cameras\n";
    const auto config = house_of(cameras, directory);
    broker b{{.logs_packets = false, .default_limits = true}};
    std::unique_ptr<daemon> running;
    for (int i = 0; i < 3; ++i) {
      running.reset();
      const auto told = announce(cameras, b, config, running);
      const auto beside = bare(told.all, b);
      std::printf(
          "  announcement %d: %zu documents, %zu messages in %.0f ms; as fast as the broker "
          "takes them %.0f ms; ratio %.1f\n",
          i + 1, told.documents, told.messages, told.took_ms, beside, told.took_ms / beside);
    }
    if (asked.rounds <= cameras)
      changes(b, asked);
    if (cameras >= 20)
      under_load(b);
    std::this_thread::sleep_for(11s);
    const auto dropped = retained_payload(b.port(), "$SYS/broker/publish/messages/dropped");
    std::cout << "  messages that the broker dropped: " << dropped.value_or("not told") << '\n';
    (void)running->terminate(SIGTERM);
  }
  return 0;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  try {
    return firefinder::test::measure(firefinder::test::read(argc, argv));
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
