// How long from the deciding detection to the trigger at a subscriber, beside a client
// that does nothing but answer, and one that synchronises its answer to the disk before; and what
// the daemon takes of the machine.
//
//   firefinder_latency_bench [--json FILE] [--rounds N]
//
// All run against one broker and their rounds alternate, so that what else the
// machine does meets all. Take the ratios; the absolute figures are the machine's. TMPDIR says
// where everybody's files are: with TMPDIR=/var/tmp on a disk, without it in memory.

#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr std::size_t default_rounds = 400;
constexpr std::size_t other_cameras[] = {0, 50, 500};
constexpr int starts = 10;
constexpr auto idle_time = 10s;

/// As often an alarm is synchronised to the disk before a subscriber has it: the alarm itself, and
/// of the PUBLISH and the PUBREL packet the file and its folder each.
constexpr int synchronisations = 5;

const std::string plain_echo = "bench/echo";
const std::string durable_echo = "bench/durable";
const std::string echo_answer = "/answer";

/// The do-nothing client: subscribes at quality of service 1 and publishes one
/// message of quality 2 for each message in, from the callback, in one thread. (Its
/// answer is as long as a trigger.) It synchronises each answer to the disk so often before.
class echo_client {
public:
  echo_client(std::uint16_t port, const std::string& topic, int syncs)
    : topic_(topic), syncs_(syncs), client_(mosquitto_new(nullptr, true, this)) {
    if (file_ < 0)
      throw std::runtime_error("the echo client cannot open its file");
    mosquitto_int_option(client_, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
    mosquitto_int_option(client_, MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_message_callback_set(client_,
                                   [](mosquitto* client, void* self, const mosquitto_message*) {
                                     static_cast<echo_client*>(self)->answer(client);
                                   });
    mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* self, int, int, const int*) {
      static_cast<echo_client*>(self)->ready_ = true;
    });
    if (mosquitto_connect(client_, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS)
      throw std::runtime_error("the echo client cannot connect");
    mosquitto_subscribe(client_, nullptr, topic_.c_str(), 1);
    thread_ = std::thread{[this] {
      while (!stopping_ && mosquitto_loop(client_, 100, 1) == MOSQ_ERR_SUCCESS) {
      }
    }};
    if (!poll_until(patience, [this] { return ready_.load(); }))
      throw std::runtime_error("the echo client cannot subscribe");
  }

  ~echo_client() {
    stopping_ = true;
    thread_.join();
    mosquitto_destroy(client_);
    ::close(file_);
  }

  echo_client(const echo_client&) = delete;
  echo_client& operator=(const echo_client&) = delete;

private:
  void answer(mosquitto* client) const {
    for (int i = 0; i < syncs_; ++i)
      if (::write(file_, answer_.data(), answer_.size()) < 0 || ::fdatasync(file_) != 0)
        return;
    mosquitto_publish(client, nullptr, (topic_ + echo_answer).c_str(),
                      static_cast<int>(answer_.size()), answer_.data(), 2, false);
  }

  std::string topic_;
  int syncs_;
  temporary_directory folder_;
  int file_ = ::open((folder_.path() / "answers").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  mosquitto* client_;
  std::string answer_ = std::string(700, 'x');
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// Times of many rounds, in milliseconds.
struct series {
  std::vector<double> ms;

  [[nodiscard]] double quantile(double q) const {
    if (ms.empty())
      return 0;
    auto sorted = ms;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
  }
  [[nodiscard]] double median() const { return quantile(0.5); }
  [[nodiscard]] double p99() const { return quantile(0.99); }
};

double in_ms(steady_clock::duration d) {
  return std::chrono::duration<double, std::milli>(d).count();
}

/// Settings of a daemon that may trigger again at once, and that lets cameras send without a pause.
const environment eager{{"COOLDOWN_PERIOD", "0"},
                        {"DETECTION_WINDOW", "10"},
                        {"LOG_LEVEL", "warning"},
                        {"MQTT_MAX_SOURCE_RATE", "1000000"}};

/// A daemon that is online, and who is needed to talk to it.
class stage {
public:
  explicit stage(const broker& b, const environment& env = {})
    : watcher_(b.port()), cameras_(b.port()) {
    watcher_.subscribe(presence_topics[0]);
    watcher_.clear();
    subject_ = std::make_unique<daemon>(FIREFINDER_BINARY, b.port(), env);
    const auto online = watcher_.wait_for(
        [](const message& m) { return m.payload == "online" && !m.retained; }, patience);
    if (!online)
      throw std::runtime_error("the daemon does not come online:\n" + subject_->log());
    online_after_ms = in_ms(online->arrived - subject_->started());
    watcher_.subscribe("fire/trigger");
    watcher_.subscribe(plain_echo + echo_answer);
    watcher_.subscribe(durable_echo + echo_answer);
  }

  ~stage() { subject_->process().kill(); }
  stage(const stage&) = delete;
  stage& operator=(const stage&) = delete;

  /// Has `n` cameras known, online, each with something in view that does not grow.
  void add_others(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i)
      cameras_.post("fire/detection", detection_of("other-" + std::to_string(i), 0.05).dump());
    cameras_.flush();
  }

  /// One round of each: the echo clients', then the daemon's.
  void round(series& echo, series& durable, series& decided) {
    const auto object = "object-" + std::to_string(rounds_++);
    auto fire = growing("a", object);
    for (const auto& one : fire)
      cameras_.post("fire/detection", one.dump());
    fire = growing("b", object);
    for (std::size_t i = 0; i + 1 < fire.size(); ++i)
      cameras_.post("fire/detection", fire[i].dump());
    cameras_.flush();
    // The daemon has to be through with these; nothing tells when.
    std::this_thread::sleep_for(settle);
    const std::string question(200, 'x');
    echo.ms.push_back(measure(plain_echo, question, plain_echo + echo_answer, ""));
    durable.ms.push_back(measure(durable_echo, question, durable_echo + echo_answer, ""));
    const auto payload = fire.back().dump();
    decided.ms.push_back(measure("fire/detection", payload, "fire/trigger", object + '"'));
    // Both shrink, so neither camera agrees any more when the next round begins.
    for (const std::string camera : {"a", "b"})
      for (const double area : {0.010, 0.009, 0.008, 0.007}) {
        auto one = detection_of(camera, area);
        one["object_id"] = object;
        cameras_.post("fire/detection", one.dump());
      }
    cameras_.flush();
    std::this_thread::sleep_for(settle);
  }

  [[nodiscard]] daemon& subject() { return *subject_; }

  double online_after_ms = 0;

private:
  static constexpr auto settle = 4ms;

  static std::vector<nlohmann::json> growing(const std::string& camera, const std::string& object) {
    auto fire = growing_fire(camera);
    for (auto& one : fire)
      one["object_id"] = object;
    return fire;
  }

  /// Time from publishing to the answer which names `word`.
  double measure(const std::string& topic, const std::string& payload, const std::string& answer,
                 const std::string& word) {
    watcher_.clear();
    const auto begin = steady_clock::now();
    cameras_.post(topic, payload);
    const auto m = watcher_.wait_for(
        [&](const message& x) {
          return x.topic == answer && x.payload.find(word) != std::string::npos;
        },
        patience);
    if (!m)
      throw std::runtime_error("no answer on " + answer + "; the daemon's log:\n"
                               + subject_->log());
    cameras_.flush();
    return in_ms(m->arrived - begin);
  }

  mqtt_peer watcher_;
  mqtt_peer cameras_;
  std::unique_ptr<daemon> subject_;
  std::size_t rounds_ = 0;
};

/// Latencies with so many other cameras known.
nlohmann::json latency(const broker& b, std::size_t others, std::size_t rounds) {
  stage s{b, eager};
  s.add_others(others);
  series warm_up;
  series echo;
  series durable;
  series decided;
  for (std::size_t i = 0; i < 20; ++i)
    s.round(warm_up, warm_up, warm_up);
  for (std::size_t i = 0; i < rounds; ++i)
    s.round(echo, durable, decided);
  std::printf("%13zu  %8.3f  %8.3f  %12.3f  %8.3f  %12.3f  %8.3f  %11.2f  %8.2f  %11.2f  %8.2f\n",
              others, echo.median(), echo.p99(), durable.median(), durable.p99(), decided.median(),
              decided.p99(), decided.median() / echo.median(), decided.p99() / echo.p99(),
              decided.median() / durable.median(), decided.p99() / durable.p99());
  std::fflush(stdout);
  return {{"other_cameras", others},
          {"rounds", rounds},
          {"echo_median_ms", echo.median()},
          {"echo_p99_ms", echo.p99()},
          {"durable_echo_median_ms", durable.median()},
          {"durable_echo_p99_ms", durable.p99()},
          {"trigger_median_ms", decided.median()},
          {"trigger_p99_ms", decided.p99()},
          {"median_ratio", decided.median() / echo.median()},
          {"p99_ratio", decided.p99() / echo.p99()},
          {"median_ratio_to_durable", decided.median() / durable.median()},
          {"p99_ratio_to_durable", decided.p99() / durable.p99()}};
}

/// What the daemon takes at rest with four cameras.
nlohmann::json footprint(const broker& b) {
  mqtt_peer cameras{b.port()};
  stage s{b};
  auto& subject = s.subject();
  for (const std::string camera : {"north", "south", "east", "west"})
    for (const auto& one : growing_fire(camera))
      cameras.post("fire/detection", one.dump());
  cameras.flush();
  std::this_thread::sleep_for(1s);
  const auto before = subject.cpu_time();
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(idle_time);
  const std::chrono::duration<double> passed = steady_clock::now() - begin;
  const double cpu = 100 * (subject.cpu_time() - before) / passed;
  const double mib = static_cast<double>(subject.resident_bytes()) / (1024.0 * 1024.0);
  std::printf("resident memory, 4 cameras  %.1f MiB\n", mib);
  std::printf("idle processor time         %.2f %% of one core, over %.0f s\n", cpu,
              passed.count());
  return {{"resident_mib", mib}, {"idle_cpu_percent", cpu}};
}

/// Time from exec to the first `online` at a subscriber.
double start_up(const broker& b) {
  series all;
  for (int i = 0; i < starts; ++i) {
    stage s{b};
    all.ms.push_back(s.online_after_ms);
    s.subject().terminate(SIGTERM);
  }
  std::printf("exec to online              %.0f ms, median of %d starts (%.0f to %.0f)\n",
              all.median(), starts, all.quantile(0), all.quantile(1));
  return all.median();
}

int measure_all(std::size_t rounds, const std::string& json_file) {
  const broker b;
  nlohmann::json result;
  std::printf(
      "               echo client, ms         durable echo, ms        detection to trigger, ms   "
      "ratio to echo          ratio to durable echo\n"
      "other cameras    median       p99        median       p99        median       p99       "
      "median       p99       median       p99\n");
  {
    const echo_client echo{b.port(), plain_echo, 0};
    const echo_client durable{b.port(), durable_echo, synchronisations};
    for (const auto others : other_cameras)
      result["latency"].push_back(latency(b, others, rounds));
  }
  result["footprint"] = footprint(b);
  result["exec_to_online_ms"] = start_up(b);
  if (!json_file.empty()) {
    std::ofstream out{json_file};
    out << result.dump(2) << '\n';
    if (!out)
      throw std::runtime_error("cannot write " + json_file);
  }
  return 0;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  std::size_t rounds = firefinder::test::default_rounds;
  std::string json_file;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option{argv[i]};
    const std::string_view value{i + 1 < argc ? argv[i + 1] : ""};
    const auto read = [&](std::size_t& into) {
      return std::from_chars(value.data(), value.data() + value.size(), into).ec == std::errc{}
             && into > 0;
    };
    if (option == "--json" && !value.empty()) {
      json_file = value;
      ++i;
    } else if (option == "--rounds" && read(rounds)) {
      ++i;
    } else {
      std::cerr << "usage: " << argv[0] << " [--json FILE] [--rounds N]\n";
      return 64;
    }
  }
  try {
    return firefinder::test::measure_all(rounds, json_file);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
