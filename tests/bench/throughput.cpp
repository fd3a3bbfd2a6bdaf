// What a message costs the daemon, and how many it can take, beside subscribers that do nothing
// but receive.
//
//   firefinder_throughput_bench [--json FILE] [--cameras N]... [--daemon FILE] [--set KEY=VALUE]...
//                               [--brief | --smoke]
//
// For each number of cameras there is a broker of its own, a mosquitto on loopback with a queue
// that nothing overflows. First the subscribers receive alone, as fast as the broker delivers: no
// more than a few thousand messages are under way, so that none is dropped. Then the daemon
// takes 90 % of what the one by paho received, with a fire in the midst, and then more than all
// of it. At last all three are subscribed at the same time, and get the same messages at a rate
// that all can follow; that shows what a message costs.

#include "tests/bench/figures.hpp"
#include "tests/bench/load.hpp"
#include "tests/bench/stage.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/wait.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

/// How long each step lasts.
struct spans {
  seconds alone{0.7};
  seconds most{2.1};
  seconds beyond{1};
  seconds together{2.5};
  /// Longest wait for the daemon to have announced all cameras: it announces 50 a second.
  steady_clock::duration announcement = 60s;
  /// After so long no house is begun.
  seconds all{200};
};

struct options {
  std::string json;
  std::string daemon = FIREFINDER_BINARY;
  std::vector<std::string> settings;
  std::vector<std::size_t> cameras{50, 2, 10'000, 2'000, 500};
  bool smoke = false;
  spans time;
};

/// A kind of messages.
struct kind {
  std::string name;
  sender from = sender::direct;
  int qos = 0;
  unsigned others_percent = 0;
  /// CPU time per message over that of the do-nothing subscriber, to be reached.
  double limit = 0;
  /// Messages a second that all can follow.
  double rate = 0;
};

constexpr double direct_limit = 2.0;
constexpr double frigate_limit = 2.5;
constexpr double direct_rate = 4'000;
constexpr double frigate_rate = 2'000;
constexpr unsigned usual_others = 95;

const kind direct_0{"direct, QoS 0", sender::direct, 0, 0, direct_limit, direct_rate};
const kind direct_1{"direct, QoS 1", sender::direct, 1, 0, direct_limit, direct_rate};
const kind frigate_0{"Frigate, QoS 0", sender::frigate, 0, 0, frigate_limit, frigate_rate};
const kind frigate_1{"Frigate, QoS 1", sender::frigate, 1, 0, frigate_limit, frigate_rate};
const kind frigate_mixed{"Frigate, 95 % others", sender::frigate, 0,
                         usual_others,           frigate_limit,   frigate_rate};

/// CPU time per detection of the Python service that this one replaces, in microseconds, by
/// number of cameras (measured on a machine of the same kind, while it worked off a burst), and how
/// many times as many detections per CPU-second are to be reached.
struct reference_cost {
  double us;
  double times;
};
const std::map<std::size_t, reference_cost> python{
    {2, {244, 10}}, {50, {2'700, 100}}, {2'000, {82'000, 3'000}}};

constexpr double most_share = 0.9;
constexpr double beyond_share = 1.2;
// More than this of the time between two fires must not be added to the trigger's delay.
constexpr double most_growth = 0.1;
// Of a trigger in the midst of it, in milliseconds.
constexpr double most_delay = 1'000;
// With less the generator could not keep up, and it is said.
constexpr double least_offered = 0.95;
// For a trigger, and for being through with everything.
constexpr auto longest = 5s;
constexpr auto between_reports = 11s;
constexpr auto health_topic = "system/fire_consensus/health";

const environment quick{{"COOLDOWN_PERIOD", "0"},
                        {"DETECTION_WINDOW", "10"},
                        {"HEALTH_INTERVAL", "10"},
                        {"LOG_LEVEL", "warning"},
                        {"MQTT_MAX_SOURCE_RATE", "1000000"}};

/// Adds to what is to be said of a figure.
void note(std::string& to, const std::string& more) {
  if (!to.empty() && !more.empty())
    to += "; ";
  to += more;
}

double in_ms(seconds x) { return x.count() * 1e3; }

/// What a subscriber does that has the broker for itself.
struct lone {
  /// Messages received per second.
  double rate = 0;
  /// Processor time per message.
  double us = 0;
};

lone alone(const std::string& library, std::uint16_t port, const kind& what, std::size_t cameras,
           seconds span) {
  const null_subscriber subscriber{library, port};
  load sending{port,
               {.from = what.from,
                .cameras = cameras,
                .qos = what.qos,
                .others_percent = what.others_percent,
                .received = [&subscriber] { return subscriber.received(); }}};
  std::this_thread::sleep_for(span / 5);
  const auto before = subscriber.received();
  const auto cpu = subscriber.cpu_time();
  const auto begin = steady_clock::now();
  std::this_thread::sleep_for(span);
  const auto received = static_cast<double>(subscriber.received() - before);
  const auto used = subscriber.cpu_time() - cpu;
  const seconds took = steady_clock::now() - begin;
  sending.stop();
  return {received / took.count(), used.count() * 1e6 / std::max(received, 1.0)};
}

struct peers {
  lone paho;
  lone mosquitto;
};

/// A broker with all that is at it, for one number of cameras.
class house {
public:
  house(const options& asked, std::size_t cameras, std::vector<std::string> settings)
    : asked_(asked), cameras_(cameras), settings_(std::move(settings)),
      broker_({.logs_packets = false, .further = "max_queued_messages 2000000\nsys_interval 1\n"}) {
  }

  /// What the subscribers receive alone; before the daemon is there.
  void measure_alone(const kind& what) {
    progress(what, "alone");
    auto& best = alone_[what.name];
    const auto keep = [](lone& to, const lone& x) {
      if (x.rate > to.rate)
        to = x;
    };
    // In turn, and the better ones: what else the machine does makes all of them worse.
    for (int i = 0; i < (asked_.smoke ? 1 : 2); ++i) {
      keep(best.paho, alone("paho", broker_.port(), what, cameras_, asked_.time.alone));
      keep(best.mosquitto, alone("mosquitto", broker_.port(), what, cameras_, asked_.time.alone));
    }
  }

  void start() {
    say("  " + label() + ": the daemon hears of all cameras");
    watcher_ = std::make_unique<mqtt_peer>(broker_.port());
    watcher_->subscribe(health_topic);
    subject_.reset();
    watcher_->clear();
    const announcements announced{broker_.port()};
    subject_ = std::make_unique<daemon>(asked_.daemon, broker_.port(), quick, settings_);
    if (!watcher_->wait_for([](const message& m) { return !m.retained; }, patience))
      throw std::runtime_error("the daemon does not come online:\n" + subject_->log());
    load everybody{broker_.port(),
                   {.cameras = cameras_, .qos = 1, .rate = 2'000, .messages = 2 * cameras_}};
    everybody.finish();
    const auto begin = steady_clock::now();
    if (announces() && !announced.complete(cameras_, asked_.time.announcement))
      note(notes_, "not all were announced in time");
    if (!comes_to_rest(*subject_, longest))
      note(notes_, "it was not at rest before");
    if (announced_ms_ < 0)
      announced_ms_ = in_ms(steady_clock::now() - begin);
    fires_ = std::make_unique<fire_watch>(broker_.port());
    // The cameras that will burn are new, too.
    static_cast<void>(fires_->burn(longest));
    if (!asked_.smoke)
      static_cast<void>(comes_to_rest(*subject_, 3s));
  }

  /// The daemon alone takes 90 % of what the do-nothing subscriber received, then more than all.
  void measure_most(const kind& what) {
    // It says that it sheds no more often than once a minute.
    if (subject_->logged("shed"))
      start();
    const auto& ceiling = alone_.at(what.name);
    progress(what, "90 % of the subscriber by paho");
    const auto dropped_before = dropped_by_broker(broker_.port());
    auto asked = options_of(what, most_share * ceiling.paho.rate);
    const auto span = std::chrono::duration_cast<steady_clock::duration>(asked_.time.most);
    // Not for ever where the trigger takes long.
    asked.messages = static_cast<std::uint64_t>(2 * asked.rate * asked_.time.most.count());
    const auto cpu_before = cpu_time_of(subject_->process().pid());
    const auto begin = steady_clock::now();
    load sending{broker_.port(), asked};
    std::this_thread::sleep_until(begin + span / 3);
    const auto early_at = steady_clock::now();
    const auto early = fires_->burn(longest);
    std::this_thread::sleep_until(begin + span);
    const seconds apart = steady_clock::now() - early_at;
    const auto offered
        = static_cast<double>(sending.sent()) / seconds{steady_clock::now() - begin}.count();
    const auto late = fires_->burn(longest);
    const auto through_at = steady_clock::now();
    sending.stop();
    const bool rests = comes_to_rest(*subject_, longest);
    const auto cpu = cpu_time_of(subject_->process().pid()) - cpu_before;
    std::this_thread::sleep_for(1100ms); // the broker tells once a second
    const auto dropped = dropped_by_broker(broker_.port()) - dropped_before;

    figure keeps{"Keeps up at 90 % of what the subscriber by paho receives",
                 what.name + ", " + label() + ": delay of a trigger", "ms"};
    keeps.value = in_ms(late.value_or(longest));
    keeps.limit = most_delay;
    keeps.note = format("%.0f/s", offered);
    const auto growth = early && late ? std::max(0.0, (*late - *early) / apart) : 1.0;
    if (growth > most_growth)
      note(keeps.note, format("the delay grows by %.0f ms a second", 1e3 * growth));
    if (dropped > 0)
      note(keeps.note, std::to_string(dropped) + " dropped by the broker");
    const bool sheds = subject_->logged("shed");
    const double shed = sheds ? shed_so_far() : 0;
    if (sheds)
      note(keeps.note, format("%.0f shed", shed));
    if (offered < least_offered * asked.rate)
      note(keeps.note, format("%.0f/s were to be offered", asked.rate));
    if (!rests)
      note(keeps.note, "it does not come to rest");
    keeps.failed = growth > most_growth || dropped > 0 || sheds || !late || !rests;
    figures_.push_back(keeps);
    figure cost{"CPU per message at that rate; the subscribers alone, at their highest",
                what.name + ", " + label(), "us",
                cpu.count() * 1e6
                    / static_cast<double>(std::max<std::uint64_t>(sending.sent(), 1))};
    cost.peer = ceiling.paho.us;
    cost.second_peer = ceiling.mosquitto.us;
    figures_.push_back(beside(cost));
    const auto taken = static_cast<double>(sending.sent()) - shed;
    if (rests && taken > 0)
      burst_costs_[what.name] = cpu.count() * 1e6 / taken;
    if (!keeps.failed) {
      measure_beyond(what, ceiling);
      return;
    }
    // It was offered more than it can take already.
    tell_fastest(what, ceiling, static_cast<double>(sending.sent()), through_at - begin, !!late);
  }

  /// All three at the same time, at a rate that all can follow.
  void measure_together(const kind& what) {
    progress(what, "all together");
    if (!paho_) {
      paho_ = std::make_unique<null_subscriber>("paho", broker_.port());
      mosquitto_ = std::make_unique<null_subscriber>("mosquitto", broker_.port());
    }
    const auto pid = subject_->process().pid();
    const auto paho_before = paho_->received();
    const auto mosquitto_before = mosquitto_->received();
    const auto paho_cpu = paho_->cpu_time();
    const auto mosquitto_cpu = mosquitto_->cpu_time();
    const auto cpu = cpu_time_of(pid);
    auto asked = options_of(what, what.rate);
    asked.messages = static_cast<std::uint64_t>(what.rate * asked_.time.together.count());
    load sending{broker_.port(), asked};
    sending.finish();
    const auto all = asked.messages;
    const bool arrived = poll_until(longest, [&] {
      return paho_->received() - paho_before >= all
             && mosquitto_->received() - mosquitto_before >= all;
    });
    // Nothing tells when the daemon is through; what it does late is its cost as well.
    std::this_thread::sleep_for(300ms);
    const auto n = static_cast<double>(all);
    figure cost{"CPU per message, all subscribed at the same time", what.name + ", " + label(),
                "us", (cpu_time_of(pid) - cpu).count() * 1e6 / n};
    cost.peer = (paho_->cpu_time() - paho_cpu).count() * 1e6 / n;
    cost.second_peer = (mosquitto_->cpu_time() - mosquitto_cpu).count() * 1e6 / n;
    cost.limit = what.limit;
    if (!arrived)
      note(cost.note, "messages were lost");
    note(cost.note, notes_);
    figures_.push_back(beside(cost));
    costs_[what.name] = cost.value;
  }

  /// Ends the daemon; what it says of itself before.
  void finish() {
    resident_ = subject_->resident_bytes();
    static_cast<void>(subject_->terminate(SIGTERM));
  }

  [[nodiscard]] const std::vector<figure>& figures() const { return figures_; }
  [[nodiscard]] double cost(const kind& what) const { return costs_.at(what.name); }
  [[nodiscard]] bool has_cost(const kind& what) const { return costs_.contains(what.name); }
  /// Processor time of a message of a burst that it has worked off, us; nothing: it was not
  /// through.
  [[nodiscard]] std::optional<double> burst_cost(const kind& what) const {
    const auto found = burst_costs_.find(what.name);
    return found == burst_costs_.end() ? std::nullopt : std::optional{found->second};
  }
  [[nodiscard]] double resident_mib() const {
    return static_cast<double>(resident_) / (1024.0 * 1024.0);
  }
  [[nodiscard]] double announced_ms() const { return announced_ms_; }
  [[nodiscard]] std::string label() const { return std::to_string(cameras_) + " cameras"; }

private:
  template <class... Ts>
  static std::string format(const char* how, Ts... values) {
    char text[128];
    std::snprintf(text, sizeof text, how, values...);
    return text;
  }

  [[nodiscard]] bool announces() const {
    return std::ranges::none_of(settings_,
                                [](const auto& one) { return one.starts_with("services="); });
  }

  /// Messages that the daemon has turned away.
  [[nodiscard]] double shed_so_far() const {
    watcher_->clear();
    const auto report = watcher_->wait_for(health_topic, between_reports);
    if (!report)
      throw std::runtime_error("no report of health");
    return nlohmann::json::parse(report->payload).value("messages_shed", 0.0);
  }

  [[nodiscard]] load_options options_of(const kind& what, double rate) const {
    return {.from = what.from,
            .cameras = cameras_,
            .qos = what.qos,
            .rate = rate,
            .others_percent = what.others_percent};
  }

  void progress(const kind& what, const std::string& doing) const {
    say("  " + label() + ", " + what.name + ": " + doing);
  }

  // More than the subscriber by paho could take is offered for a while; the trigger of a fire at
  // the end says when the daemon is through with it.
  void measure_beyond(const kind& what, const peers& ceiling) {
    progress(what, "as fast as possible");
    auto asked = options_of(what, beyond_share * ceiling.paho.rate);
    asked.messages = static_cast<std::uint64_t>(asked.rate * asked_.time.beyond.count());
    const auto begin = steady_clock::now();
    load sending{broker_.port(), asked};
    sending.finish();
    const auto delay = fires_->burn(longest);
    const seconds took = steady_clock::now() - begin;
    static_cast<void>(comes_to_rest(*subject_, longest));
    tell_fastest(what, ceiling, static_cast<double>(asked.messages), took, !!delay);
  }

  void tell_fastest(const kind& what, const peers& ceiling, double messages, seconds took,
                    bool through) {
    figure fastest{"Messages a second, each alone", what.name + ", " + label(), "1/s",
                   messages / took.count()};
    fastest.peer = ceiling.paho.rate;
    fastest.second_peer = ceiling.mosquitto.rate;
    if (!through)
      fastest.note = "at most: it was not through with them";
    figures_.push_back(beside(fastest));
  }

  const options& asked_;
  std::size_t cameras_;
  std::vector<std::string> settings_;
  std::string notes_;
  broker broker_;
  std::map<std::string, peers> alone_;
  std::map<std::string, double> costs_;
  std::map<std::string, double> burst_costs_;
  std::unique_ptr<mqtt_peer> watcher_;
  std::unique_ptr<daemon> subject_;
  std::unique_ptr<fire_watch> fires_;
  std::unique_ptr<null_subscriber> paho_;
  std::unique_ptr<null_subscriber> mosquitto_;
  std::vector<figure> figures_;
  double announced_ms_ = -1;
  std::uint64_t resident_ = 0;
};

/// What is measured for how many cameras.
struct plan {
  std::vector<kind> most;
  std::vector<kind> together;
};

plan plan_for(std::size_t cameras, bool smoke) {
  if (smoke)
    return {{direct_0}, {direct_0, frigate_mixed}};
  if (cameras == 50)
    return {{direct_0, direct_1, frigate_0, frigate_mixed},
            {direct_0, direct_1, frigate_0, frigate_1, frigate_mixed}};
  if (cameras == 2 || cameras == 2'000)
    return {{direct_0}, {direct_0, frigate_0}};
  return {{}, {direct_0, frigate_0}};
}

void run(house& h, const plan& what) {
  for (const auto& one : what.most)
    h.measure_alone(one);
  h.start();
  for (const auto& one : what.most)
    h.measure_most(one);
  for (const auto& one : what.together)
    h.measure_together(one);
  h.finish();
}

/// Puts together what is measured of several houses.
class results {
public:
  void add(std::size_t cameras, const house& h) {
    auto& of_house = all_[cameras];
    of_house.insert(of_house.end(), h.figures().begin(), h.figures().end());
    for (const auto& what : {direct_0, frigate_0})
      if (h.has_cost(what))
        costs_[what.name][cameras] = h.cost(what);
    if (const auto us = h.burst_cost(direct_0))
      burst_costs_[cameras] = *us;
    resident_[cameras] = h.resident_mib();
    figure announced{"From the last new camera until the daemon rests", h.label(), "ms",
                     h.announced_ms()};
    of_house.push_back(announced);
  }

  /// A house with fewer services: only for comparison.
  void add_lean(const house& h) {
    for (auto x : h.figures()) {
      x.part += ", services: [consensus]";
      x.limit.reset();
      lean_.push_back(x);
    }
  }

  [[nodiscard]] std::vector<figure> figures() const {
    std::vector<figure> result;
    for (const auto& [cameras, figures] : all_)
      result.insert(result.end(), figures.begin(), figures.end());
    result.insert(result.end(), lean_.begin(), lean_.end());
    for (const auto& [name, costs] : costs_) {
      const auto& [fewest, least] = *costs.begin();
      for (const auto& [cameras, us] : costs) {
        if (cameras == fewest)
          continue;
        figure x{"Cost against cameras",
                 name + ": " + std::to_string(cameras) + " cameras to " + std::to_string(fewest),
                 "us", us};
        x.ratio = us / least;
        if (cameras == 10'000)
          x.limit = 1.3;
        result.push_back(x);
      }
    }
    for (const auto& [cameras, cost] : python)
      if (const auto found = burst_costs_.find(cameras); found != burst_costs_.end()) {
        const auto us = found->second;
        figure x{"Detections of a burst per CPU-second, times those of the Python service",
                 std::to_string(cameras) + " cameras", "1/s", 1e6 / us};
        x.ratio = cost.us / us;
        x.limit = cost.times;
        x.at_least = true;
        result.push_back(x);
      }
    for (const auto& [cameras, mib] : resident_)
      result.push_back(
          {"Resident memory after the load", std::to_string(cameras) + " cameras", "MiB", mib});
    if (resident_.contains(500) && resident_.contains(10'000)) {
      figure x{"Resident memory after the load", "each further camera, from 500 to 10000", "KiB",
               (resident_.at(10'000) - resident_.at(500)) * 1024 / 9'500};
      x.limit = 2;
      result.push_back(x);
    }
    // Parts that several houses have are shown as one.
    std::vector<std::string> order;
    for (const auto& x : result)
      if (std::find(order.begin(), order.end(), x.part) == order.end())
        order.push_back(x.part);
    std::stable_sort(result.begin(), result.end(), [&order](const figure& a, const figure& b) {
      return std::find(order.begin(), order.end(), a.part)
             < std::find(order.begin(), order.end(), b.part);
    });
    return result;
  }

private:
  /// By number of cameras.
  std::map<std::size_t, std::vector<figure>> all_;
  std::vector<figure> lean_;
  std::map<std::string, std::map<std::size_t, double>> costs_;
  /// Of direct detections in a burst.
  std::map<std::size_t, double> burst_costs_;
  std::map<std::size_t, double> resident_;
};

std::vector<figure> measure(const options& asked) {
  results all;
  const auto end
      = steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(asked.time.all);
  const auto is_late = [end](const std::string& what) {
    const bool late = steady_clock::now() > end;
    if (late)
      say("  " + what + " left out: it has taken too long already");
    return late;
  };
  for (const auto cameras : asked.cameras) {
    if (is_late(std::to_string(cameras) + " cameras are"))
      continue;
    house h{asked, cameras, asked.settings};
    run(h, plan_for(cameras, asked.smoke));
    all.add(cameras, h);
  }
  if (asked.smoke || is_late("fewer services are"))
    return all.figures();
  auto settings = asked.settings;
  settings.insert(settings.end(), {"--set", "services=consensus"});
  house h{asked, asked.cameras.front(), settings};
  run(h, {{}, {direct_0, frigate_0}});
  all.add_lean(h);
  return all.figures();
}

options read(int argc, char** argv) {
  options result;
  std::vector<std::size_t> cameras;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name{argv[i]};
    // It is brief as it is; all parts of the report take the same options.
    if (name == "--brief")
      continue;
    if (name == "--smoke") {
      result.smoke = true;
      result.time = {seconds{0.2}, seconds{0.4}, seconds{0.1}, seconds{0.3}, 10s, seconds{60}};
      cameras = {2};
      continue;
    }
    if (++i == argc)
      throw std::invalid_argument("unknown, or lacks its value: " + std::string{name});
    const std::string value{argv[i]};
    if (name == "--json") {
      result.json = value;
    } else if (name == "--daemon") {
      result.daemon = value;
    } else if (name == "--set") {
      result.settings.insert(result.settings.end(), {"--set", value});
    } else if (name == "--cameras") {
      std::size_t n = 0;
      const auto* end = value.data() + value.size();
      if (std::from_chars(value.data(), end, n).ptr != end || n == 0 || n > 20'000)
        throw std::invalid_argument("1 to 20000 cameras, not " + value);
      cameras.push_back(n);
    } else {
      throw std::invalid_argument("there is no option " + std::string{name});
    }
  }
  if (!cameras.empty())
    result.cameras = cameras;
  return result;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  using namespace firefinder::test;
  try {
    const auto asked = read(argc, argv);
    const auto figures = measure(asked);
    if (asked.json.empty())
      print_table(std::cout, figures);
    else
      write_figures(asked.json, figures);
  } catch (const std::invalid_argument& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return 64;
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return 1;
  }
}
