// How long from the deciding detection to the trigger at a subscriber, beside a client
// that does nothing but answer, and one that synchronises its answer to the disk before; and what
// the daemon takes of the machine.
//
//   firefinder_latency_bench [--json FILE] [--rounds N] [--brief] [--smoke]
//
// All run against one broker and their rounds alternate, so that what else the
// machine does meets all. At last the daemon has to take half of what a do-nothing subscriber by
// paho receives, beside all that. `--brief` leaves out some numbers of cameras. Take the ratios;
// the absolute figures are the machine's. TMPDIR says where everybody's files are: with
// TMPDIR=/var/tmp on a disk, without it in memory.

#include "tests/bench/figures.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/stage.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <optional>
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

struct options {
  std::string json;
  std::size_t rounds = 400;
  std::vector<std::size_t> others{0, 50, 500, 2'000};
  int starts = 10;
  std::chrono::seconds idle{10};
  /// Only whether it works.
  bool smoke = false;
};

// What is to be reached: ratios to the echo client, MiB, percent of a core.
constexpr double most_median = 1.3;
constexpr double most_p99 = 2;
constexpr double most_under_load = 5;
constexpr double most_resident = 16;
constexpr double most_idle = 0.2;

// Some thousand cameras are announced to Home Assistant little by little, 50 a second.
constexpr auto longest_announcement = 60s;

// Under load no more rounds begin after so long: there each may take its time.
constexpr auto longest_under_load = 12s;
constexpr std::size_t loading_cameras = 50;
constexpr double load_share = 0.5;

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

/// Both that answer beside the daemon.
struct echoes {
  explicit echoes(std::uint16_t port)
    : plain(port, plain_echo, 0), durable(port, durable_echo, synchronisations) {}

  echo_client plain;
  echo_client durable;
};

/// Times of many rounds, in milliseconds.
struct series {
  std::vector<double> ms;

  [[nodiscard]] double median() const { return quantile(ms, 0.5); }
  [[nodiscard]] double p99() const { return quantile(ms, 0.99); }
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
    : port_(b.port()), watcher_(b.port()), cameras_(b.port()) {
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

  /// Has `n` cameras known, online, announced, each with something in view that does not grow.
  void add_others(std::size_t n) {
    if (n == 0)
      return;
    const announcements announced{port_};
    for (std::size_t i = 0; i < n; ++i)
      cameras_.post("fire/detection", detection_of("other-" + std::to_string(i), 0.05).dump());
    cameras_.flush();
    if (!announced.complete(n, longest_announcement)
        || !comes_to_rest(*subject_, longest_announcement))
      say("  the daemon does not come to rest");
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

  std::uint16_t port_;
  mqtt_peer watcher_;
  mqtt_peer cameras_;
  std::unique_ptr<daemon> subject_;
  std::size_t rounds_ = 0;
};

/// Adds a median and a 99th percentile to the figures, and prints both.
void tell(std::vector<figure>& to, const std::string& when, const series& decided,
          const series& echo, const series& durable, double median_limit,
          std::optional<double> p99_limit) {
  figure median{"Trigger latency beside an echo, and one that synchronises to the disk",
                "median, " + when, "ms", decided.median(), echo.median()};
  median.limit = median_limit;
  median.second_peer = durable.median();
  figure p99{"Trigger latency beside an echo, and one that synchronises to the disk",
             "99th percentile, " + when, "ms", decided.p99(), echo.p99()};
  p99.limit = p99_limit;
  p99.second_peer = durable.p99();
  p99.note = "of " + std::to_string(decided.ms.size()) + " rounds";
  to.push_back(beside(median));
  to.push_back(beside(p99));
}

/// Latencies with so many other cameras known.
void at_rest(std::vector<figure>& to, std::size_t others, const options& asked) {
  say("  latency with " + std::to_string(others) + " other cameras");
  // It retains nothing of other cameras.
  const broker b;
  const echoes peers{b.port()};
  stage s{b, eager};
  s.add_others(others);
  series warm_up;
  series echo;
  series durable;
  series decided;
  for (std::size_t i = 0; i < (asked.smoke ? 1 : 20); ++i)
    s.round(warm_up, warm_up, warm_up);
  for (std::size_t i = 0; i < asked.rounds; ++i)
    s.round(echo, durable, decided);
  tell(to, others == 0 ? "at rest" : std::to_string(others) + " other cameras", decided, echo,
       durable, most_median, most_p99);
}

/// Messages a second that a do-nothing subscriber receives of so many cameras.
double ceiling(const broker& b, std::chrono::duration<double> span) {
  const null_subscriber subscriber{"paho", b.port()};
  load sending{b.port(), {.cameras = loading_cameras, .received = [&subscriber] {
                            return subscriber.received();
                          }}};
  std::this_thread::sleep_for(span / 5);
  const auto before = subscriber.received();
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(span);
  const auto received = subscriber.received() - before;
  sending.stop();
  return static_cast<double>(received)
         / std::chrono::duration<double>{steady_clock::now() - begin}.count();
}

void under_load(std::vector<figure>& to, const options& asked) {
  say("  latency under load");
  const broker b{{.logs_packets = false, .further = "max_queued_messages 2000000\n"}};
  const echoes peers{b.port()};
  const auto rate = load_share * ceiling(b, asked.smoke ? 100ms : 1000ms);
  stage s{b, eager};
  series warm_up;
  series echo;
  series durable;
  series decided;
  s.round(warm_up, warm_up, warm_up);
  const load others{b.port(), {.cameras = loading_cameras, .rate = rate}};
  // Its cameras are new for a moment.
  std::this_thread::sleep_for(asked.smoke ? 50ms : 1000ms);
  const auto begin = steady_clock::now();
  for (std::size_t i = 0; i < asked.rounds && steady_clock::now() < begin + longest_under_load; ++i)
    s.round(echo, durable, decided);
  tell(to, "at " + std::to_string(static_cast<int>(rate)) + " detections/s (50 % load)", decided,
       echo, durable, most_under_load, {});
}

/// What the daemon takes at rest with four cameras.
void footprint(std::vector<figure>& to, const broker& b, const options& asked) {
  say("  memory and processor time at rest");
  mqtt_peer cameras{b.port()};
  stage s{b};
  auto& subject = s.subject();
  for (const std::string camera : {"north", "south", "east", "west"})
    for (const auto& one : growing_fire(camera))
      cameras.post("fire/detection", one.dump());
  cameras.flush();
  static_cast<void>(comes_to_rest(subject, asked.smoke ? 200ms : 5000ms));
  const auto before = cpu_time_of(subject.process().pid());
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(asked.idle);
  const std::chrono::duration<double> passed = steady_clock::now() - begin;
  figure idle{"At rest, 4 cameras", "processor time of one core", "%",
              100 * (cpu_time_of(subject.process().pid()) - before) / passed};
  idle.limit = most_idle;
  figure resident{"At rest, 4 cameras", "resident memory", "MiB",
                  static_cast<double>(subject.resident_bytes()) / (1024.0 * 1024.0)};
  resident.limit = most_resident;
  to.push_back(resident);
  to.push_back(idle);
}

/// Time from exec to the first `online` at a subscriber.
void start_up(std::vector<figure>& to, const broker& b, const options& asked) {
  say("  start");
  std::vector<double> all;
  for (int i = 0; i < asked.starts; ++i) {
    stage s{b};
    all.push_back(s.online_after_ms);
    s.subject().terminate(SIGTERM);
  }
  to.push_back({"Start", "exec to online, median of " + std::to_string(asked.starts), "ms",
                quantile(all, 0.5)});
}

int measure_all(const options& asked) {
  std::vector<figure> result;
  for (const auto others : asked.others)
    at_rest(result, others, asked);
  under_load(result, asked);
  const broker fresh;
  footprint(result, fresh, asked);
  start_up(result, fresh, asked);
  if (asked.json.empty())
    print_table(std::cout, result);
  else
    write_figures(asked.json, result);
  return 0;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  firefinder::test::options asked;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option{argv[i]};
    const std::string_view value{i + 1 < argc ? argv[i + 1] : ""};
    const auto read = [&](std::size_t& into) {
      return std::from_chars(value.data(), value.data() + value.size(), into).ec == std::errc{}
             && into > 0;
    };
    if (option == "--json" && !value.empty()) {
      asked.json = value;
      ++i;
    } else if (option == "--rounds" && read(asked.rounds)) {
      ++i;
    } else if (option == "--brief") {
      asked.rounds = 200;
      asked.others = {0, 2'000};
      asked.starts = 5;
    } else if (option == "--smoke") {
      asked = {asked.json, 2, {0}, 1, std::chrono::seconds{0}, true};
    } else {
      std::cerr << "usage: " << argv[0] << " [--json FILE] [--rounds N] [--brief] [--smoke]\n";
      return 64;
    }
  }
  try {
    return firefinder::test::measure_all(asked);
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
