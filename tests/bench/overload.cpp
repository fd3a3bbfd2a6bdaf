// What becomes of the daemon, and of a fire, while far more arrives than it can decode.
//
//   firefinder_overload_bench [--seconds N] [--scale X | --times X] [--daemon FILE]
//                             [--broker LINES] [--set KEY=VALUE]...
//
// Publishers flood the broker, with `--scale` 1 by 7,000 messages of every kind and 76 MB a
// second. With `--times` they send messages that are costly to decode, X times as many as the
// daemon decodes of them when it may use all that the machine has left; that is measured first.
// Meanwhile there is a fire every few seconds, in turn by direct detections and by Frigate.
// `--broker` adds lines to mosquitto's configuration, separated by commas.

#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/flood.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/wait.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

struct options {
  std::size_t seconds = 60;
  double scale = 1;
  double times = 0;
  std::string daemon = FIREFINDER_BINARY;
  std::string broker;
  std::vector<std::string> settings;
};

// 600 MB a second: what is offered waits in the memory of the publishers and of the broker.
constexpr double most_scale = 5;

// A fire must not meet the evidence of the one before, nor its cooldown.
constexpr auto between_fires = 12s;
const environment quick{{"COOLDOWN_PERIOD", "5"},
                        {"DETECTION_WINDOW", "10"},
                        {"HEALTH_INTERVAL", "10"},
                        {"LOG_LEVEL", "warning"}};

double in_seconds(steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

double in_mib(std::uint64_t bytes) { return static_cast<double>(bytes) / (1024.0 * 1024.0); }

class measurement {
public:
  explicit measurement(const options& asked)
    : mosquitto_({.logs_packets = false, .further = asked.broker}), watcher_(mosquitto_.port()),
      cameras_(mosquitto_.port()) {
    watcher_.subscribe("system/fire_consensus/health");
    watcher_.subscribe("fire/trigger");
    subject_ = std::make_unique<daemon>(asked.daemon, mosquitto_.port(), quick, asked.settings);
    if (!watcher_.wait_for("system/fire_consensus/health", patience))
      throw std::runtime_error("the daemon does not come online:\n" + subject_->log());
  }

  /// Messages of these sources that are decoded in a second.
  double capacity(const std::vector<flood_source>& sources) {
    const flood everybody{mosquitto_.port(), sources};
    watcher_.clear();
    if (!watcher_.wait_for_count("system/fire_consensus/health", 3, 60s))
      throw std::runtime_error("no report of health within the flood");
    // The first may have been begun before the flood.
    const auto reports = watcher_.messages("system/fire_consensus/health");
    const auto received = [](const message& m) {
      return nlohmann::json::parse(m.payload).value("messages_received", 0.0);
    };
    return (received(reports[2]) - received(reports[1]))
           / in_seconds(reports[2].arrived - reports[1].arrived);
  }

  void run(std::size_t seconds, const std::vector<flood_source>& sources) {
    std::printf("resident before             %.1f MiB\n", in_mib(subject_->resident_bytes()));
    watcher_.clear();
    const auto begin = steady_clock::now();
    auto next_fire = begin + 3s;
    auto everybody = std::make_unique<flood>(mosquitto_.port(), sources);
    while (steady_clock::now() < begin + std::chrono::seconds{seconds}) {
      if (steady_clock::now() >= next_fire) {
        next_fire += between_fires;
        burn();
      }
      static_cast<void>(poll_until(100ms, [this] {
        look();
        return false;
      }));
    }
    const auto took = in_seconds(steady_clock::now() - begin);
    const auto cpu = subject_->cpu_time().count();
    const auto offered = everybody->messages();
    const auto bytes = everybody->bytes();
    if (const auto failure = everybody->failure(); !failure.empty())
      std::printf("a publisher gave up: %s\n", failure.c_str());
    everybody.reset();
    // Two reports: the first may have been begun while the flood lasted.
    watcher_.clear();
    if (!watcher_.wait_for_count("system/fire_consensus/health", 2, 60s))
      throw std::runtime_error("no report of health after the flood");
    const auto report
        = nlohmann::json::parse(watcher_.messages("system/fire_consensus/health").back().payload);
    const auto handled = report.value("messages_received", 0.0);
    const auto shed = report.value("messages_shed", 0.0);
    std::printf("offered                     %.0f messages/s, %.1f MiB/s, over %.0f s\n",
                static_cast<double>(offered) / took, in_mib(bytes) / took, took);
    std::printf("received                    %.0f messages/s\n", (handled + shed) / took);
    std::printf("handled                     %.0f messages/s\n", handled / took);
    std::printf("shed                        %.0f messages/s\n", shed / took);
    std::printf("resident at the most        %.1f MiB\n", in_mib(most_));
    std::printf("resident afterwards         %.1f MiB\n", in_mib(subject_->resident_bytes()));
    std::printf("processor time              %.0f %% of one core\n", 100 * cpu / took);
  }

private:
  void look() { most_ = std::max(most_, subject_->resident_bytes()); }

  void burn() {
    const bool frigate = fires_ % 2 != 0;
    const auto number = std::to_string(fires_++);
    for (const std::string side : {"north-", "south-"}) {
      const auto camera = side + number;
      for (const auto& one : frigate ? growing_fire_of_frigate(camera) : growing_fire(camera))
        cameras_.publish(frigate ? "frigate/events" : "fire/detection/" + camera, one.dump());
    }
    const auto decided = steady_clock::now();
    const auto alarm = watcher_.wait_for(
        [&](const message& m) {
          look();
          return m.topic == "fire/trigger" && m.payload.find("north-" + number) != m.payload.npos;
        },
        between_fires);
    const auto* kind = frigate ? "Frigate" : "direct";
    if (alarm)
      std::printf("fire %-2s %-8s             trigger after %.3f s\n", number.c_str(), kind,
                  in_seconds(alarm->arrived - decided));
    else
      std::printf("fire %-2s %-8s             no trigger\n", number.c_str(), kind);
    std::fflush(stdout);
  }

  broker mosquitto_;
  mqtt_peer watcher_;
  mqtt_peer cameras_;
  std::unique_ptr<daemon> subject_;
  std::uint64_t most_ = 0;
  std::size_t fires_ = 0;
};

std::vector<flood_source> sources_for(const options& asked) {
  if (asked.times == 0)
    return flood_of_every_kind(asked.scale);
  auto unlimited = asked;
  unlimited.settings.insert(unlimited.settings.end(), {"--set", "mqtt.max_source_rate=1000000"});
  const auto decoded = measurement{unlimited}.capacity(costly_flood());
  std::printf("decoded at the most         %.0f messages/s\n", decoded);
  double offered = 0;
  for (const auto& one : costly_flood())
    offered += one.rate;
  return costly_flood(std::min(asked.times * decoded / offered, most_scale));
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  firefinder::test::options asked;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option{argv[i]};
    const std::string value{argv[i + 1]};
    if (option == "--seconds") {
      std::from_chars(value.data(), value.data() + value.size(), asked.seconds);
    } else if (option == "--scale") {
      std::from_chars(value.data(), value.data() + value.size(), asked.scale);
    } else if (option == "--times") {
      std::from_chars(value.data(), value.data() + value.size(), asked.times);
    } else if (option == "--daemon") {
      asked.daemon = value;
    } else if (option == "--broker") {
      asked.broker = value;
      std::replace(asked.broker.begin(), asked.broker.end(), ',', '\n');
    } else if (option == "--set") {
      asked.settings.insert(asked.settings.end(), {"--set", value});
    } else {
      asked.seconds = 0;
    }
  }
  if (argc % 2 == 0 || asked.seconds == 0) {
    std::cerr << "usage: " << argv[0]
              << " [--seconds N] [--scale X | --times X] [--daemon FILE] [--broker LINES]"
                 " [--set KEY=VALUE]...\n";
    return 64;
  }
  try {
    const auto sources = sources_for(asked);
    firefinder::test::measurement{asked}.run(asked.seconds, sources);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
