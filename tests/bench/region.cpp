// One daemon, or one for each of several sites, before a whole region: ten thousand cameras that
// watch a landscape, a front of smoke that many zones see within a minute, and all cameras at once
// after the broker was away.
//
//   firefinder_region_bench [--cameras N] [--burst N] [--zone N] [--sites N] [--speed X]
//                           [--rest SECONDS] [--json FILE] [--daemon FILE] [--set KEY=VALUE]...
//
// Cameras speak over a few connections, as behind gateways: it is the daemon that is measured.
// `--speed` sends that much faster. Windows counted in frames pass faster with it; those in seconds
// do not: the pause after a trigger, the hour for which a camera goes on agreeing, the silence
// after which it is offline. With `--sites` the zones are divided among daemons of their own, each
// under a topic prefix at the same broker.

#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using moment = steady_clock::time_point;
using json = nlohmann::ordered_json;

struct options {
  std::size_t cameras = 10'000;
  std::size_t burst = 500;
  std::size_t zone = 20;
  std::size_t sites = 1;
  double speed = 1;
  double rest = 60;
  std::string json;
  std::string daemon = FIREFINDER_BINARY;
  std::vector<std::string> settings;
};

// What the region does, in seconds.
constexpr double frame_every = 30;
constexpr double burst_frame_every = 5;
constexpr double front_lasts = 60;
// All cameras of a zone see the smoke within this, and the last of them is verified afterwards.
constexpr double zone_spread = 6;
constexpr double after_front = 20;

// Frames with smoke of this confidence that verify an object under the profile landscape.
constexpr std::size_t frames_needed = 3;
constexpr double smoke_confidence = 0.75;
constexpr std::size_t cameras_needed = 2;

constexpr std::size_t connections = 8;
constexpr auto beat = 10ms;
constexpr auto longest = 60s;
constexpr auto health_topic = "system/fire_consensus/health";

double in_seconds(steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

double in_ms(steady_clock::duration d) { return 1000 * in_seconds(d); }

steady_clock::duration from_seconds(double s) {
  return std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>{s});
}

double in_mib(double bytes) { return bytes / (1024.0 * 1024.0); }

// Of no values at all it is nothing, and JSON's null.
double quantile(std::vector<double> all, double share) {
  if (all.empty())
    return std::numeric_limits<double>::quiet_NaN();
  std::sort(all.begin(), all.end());
  const auto last = static_cast<double>(all.size() - 1);
  return all[static_cast<std::size_t>(std::lround(share * last))];
}

json summary(const std::vector<double>& delays_ms) {
  return {{"number", delays_ms.size()},
          {"median_ms", quantile(delays_ms, 0.5)},
          {"p99_ms", quantile(delays_ms, 0.99)},
          {"longest_ms", quantile(delays_ms, 1)}};
}

struct camera {
  std::string id;
  std::string topic;
  std::size_t zone = 0;
  std::size_t site = 0;
  moment next{};
  /// When it sees the smoke for the first time.
  moment smoke = moment::max();
  std::size_t frames_with_smoke = 0;
  /// When the frame was sent that makes it agree.
  moment agrees = moment::max();
};

// A message for each frame: mostly nothing in it, now and then something doubtful, never twice in
// one place; and the smoke, which grows slowly.
std::string payload_of(const camera& c, bool smoke, std::mt19937& random) {
  std::uniform_real_distribution<double> share{0, 1};
  std::string box;
  if (smoke) {
    const double half
        = 0.02 + 0.001 * static_cast<double>(std::min<std::size_t>(c.frames_with_smoke, 100));
    box = fmt::format(R"({{"label":"smoke","confidence":{},"bbox":[{:.4f},{:.4f},{:.4f},{:.4f}]}})",
                      smoke_confidence, 0.5 - half, 0.5 - half, 0.5 + half, 0.5 + half);
  } else if (share(random) < 0.2) {
    const double x = 0.95 * share(random);
    const double y = 0.95 * share(random);
    box = fmt::format(
        R"({{"label":"smoke","confidence":{:.2f},"bbox":[{:.4f},{:.4f},{:.4f},{:.4f}]}})",
        0.05 + 0.25 * share(random), x, y, x + 0.02, y + 0.02);
  }
  return fmt::format(R"({{"camera_id":"{}","timestamp":{:.3f},"detections":[{}]}})", c.id,
                     unix_now(), box);
}

class region {
public:
  explicit region(const options& asked)
    : asked_(asked), mosquitto_({.persistence = true, .logs_packets = false}), random_(7) {
    const auto zones = (asked.cameras + asked.zone - 1) / asked.zone;
    for (std::size_t i = 0; i < asked.cameras; ++i) {
      camera c;
      c.zone = i / asked.zone;
      c.site = c.zone * asked.sites / zones;
      c.id = fmt::format("c{:05}", i);
      c.topic = prefix(c.site) + "fire/detection/" + c.id;
      cameras_.push_back(std::move(c));
    }
    result_["machine"] = {{"cores", std::thread::hardware_concurrency()}};
    result_["asked"]
        = {{"cameras", asked.cameras},     {"zones", zones},       {"sites", asked.sites},
           {"burst_cameras", asked.burst}, {"speed", asked.speed}, {"settings", asked.settings}};
    for (std::size_t s = 0; s < asked.sites; ++s)
      configurations_.push_back(configuration_of(s));
  }

  json measure() {
    measure_empty();
    start();
    become_known();
    rest();
    burst();
    broker_restarts();
    daemons_restart();
    report_of_the_broker();
    return std::move(result_);
  }

private:
  [[nodiscard]] std::string prefix(std::size_t site) const {
    return asked_.sites == 1 ? "" : fmt::format("site-{}/", site);
  }

  std::filesystem::path configuration_of(std::size_t site) const {
    const auto path = directory_.path() / fmt::format("site-{}.yaml", site);
    std::ofstream out{path};
    out << "consensus:\n  profile: landscape\n  zone_agreement: true\n  zone_activation: true\n"
           "  service_id: site-"
        << site << "\nhome_assistant:\n  mode: off\n  instance: site_" << site << "\n";
    if (asked_.sites != 1)
      out << "mqtt:\n  topic_prefix: " << prefix(site) << "\n";
    out << "cameras:\n";
    for (const auto& c : cameras_)
      if (c.site == site)
        out << "  " << c.id << ": {zones: [" << fmt::format("z{:03}", c.zone) << "]}\n";
    return path;
  }

  std::unique_ptr<daemon> start_one(std::size_t site, std::vector<std::string> command) const {
    for (const auto& x : asked_.settings)
      command.insert(command.end(), {"--set", x});
    // A folder for each, so that a restart finds what was before.
    return std::make_unique<daemon>(
        asked_.daemon, mosquitto_.port(),
        environment{{"LOG_LEVEL", "warning"},
                    {"WEB_LISTEN", "off"},
                    {"STATE_DIR", (directory_.path() / fmt::format("state-{}", site)).string()},
                    {"MQTT_CLIENT_ID", fmt::format("region-{}", site)}},
        command);
  }

  std::unique_ptr<daemon> start_site(std::size_t site) const {
    return start_one(site, {"--config", configurations_[site].string()});
  }

  // The same with no camera at all.
  void measure_empty() {
    mqtt_peer watcher{mosquitto_.port()};
    watcher.subscribe(health_topic);
    auto empty = start_one(
        asked_.sites, {"--set", "consensus.profile=landscape", "--set", "home_assistant.mode=off"});
    if (!watcher.wait_for(health_topic, longest))
      throw std::runtime_error("the daemon does not come online:\n" + empty->log());
    empty_bytes_ = static_cast<double>(empty->resident_bytes());
    (void)empty->terminate(SIGTERM);
    std::printf("resident without cameras        %.1f MiB\n", in_mib(empty_bytes_));
    result_["resident_empty_mib"] = in_mib(empty_bytes_);
  }

  void listen() {
    watcher_ = std::make_unique<mqtt_peer>(mosquitto_.port());
    reader_ = std::make_unique<mqtt_peer>(mosquitto_.port());
    for (std::size_t s = 0; s < asked_.sites; ++s) {
      watcher_->subscribe(prefix(s) + "fire/trigger");
      watcher_->subscribe(prefix(s) + "fire/consensus_state", 0);
      watcher_->subscribe(prefix(s) + presence_topics[0], 0);
      reader_->subscribe(prefix(s) + health_topic, 0);
    }
  }

  void speak() {
    publishers_.clear();
    for (std::size_t i = 0; i < connections; ++i)
      publishers_.push_back(std::make_unique<mqtt_peer>(mosquitto_.port()));
  }

  void start() {
    listen();
    speak();
    const auto begin = steady_clock::now();
    for (std::size_t s = 0; s < asked_.sites; ++s)
      daemons_.push_back(start_site(s));
    for (std::size_t s = 0; s < asked_.sites; ++s)
      if (!reader_->wait_for([topic = prefix(s) + health_topic](
                                 const message& m) { return m.topic == topic && !m.retained; },
                             longest))
        throw std::runtime_error("the daemon does not come online:\n" + daemons_[s]->log());
    const auto took = in_seconds(steady_clock::now() - begin);
    std::printf("started, first report after     %.2f s; resident %.1f MiB\n", took,
                in_mib(resident()));
    result_["start"] = {{"seconds", took}, {"resident_mib", in_mib(resident())}};
    // Evenly spread.
    for (std::size_t i = 0; i < cameras_.size(); ++i) {
      cameras_[i].next = steady_clock::now()
                         + from_seconds(frame_every / asked_.speed * static_cast<double>(i)
                                        / static_cast<double>(cameras_.size()));
      due_.emplace(cameras_[i].next, i);
    }
  }

  [[nodiscard]] double resident() const {
    double sum = 0;
    for (const auto& d : daemons_)
      sum += static_cast<double>(d->resident_bytes());
    return sum;
  }

  [[nodiscard]] double cpu() const {
    double sum = 0;
    for (const auto& d : daemons_)
      sum += d->cpu_time().count();
    return sum;
  }

  void send(std::size_t index) {
    auto& c = cameras_[index];
    const bool smoke = c.next >= c.smoke;
    c.frames_with_smoke += smoke ? 1 : 0;
    const auto payload = payload_of(c, smoke, random_);
    if (c.frames_with_smoke == frames_needed && c.agrees == moment::max())
      c.agrees = steady_clock::now();
    publishers_[index % connections]->post(c.topic, payload);
    ++sent_;
  }

  // Cameras send what is due.
  void run_until(moment end) {
    while (steady_clock::now() < end) {
      const auto now = steady_clock::now();
      while (due_.top().first <= now) {
        const auto [at, index] = due_.top();
        due_.pop();
        auto& c = cameras_[index];
        // Its plan has changed since.
        if (at != c.next)
          continue;
        send(index);
        const bool burns = c.smoke <= at;
        c.next += from_seconds((burns ? burst_frame_every : frame_every) / asked_.speed);
        if (!burns)
          c.next = std::min(c.next, c.smoke);
        due_.emplace(c.next, index);
      }
      for (const auto& p : publishers_)
        p->flush();
      std::this_thread::sleep_until(std::min(end, now + beat));
    }
  }

  struct report {
    double messages = 0;
    double shed = 0;
    double online = 0;
    double bytes = 0;
    double took_ms = 0;
    /// The decision was asked for its figures and did not tell them in time.
    bool silent = false;
  };

  // Asks for a report of health: how long it takes tells what waits in the mailboxes before it.
  // Who is not connected does not hear the question: `patient` says to wait all the same.
  [[nodiscard]] report ask(bool patient = true) {
    report all;
    for (std::size_t s = 0; s < asked_.sites; ++s) {
      reader_->clear();
      const auto begin = steady_clock::now();
      reader_->post(prefix(s) + "firefinder/bridge/request/health_check", "{}");
      reader_->flush();
      const auto heard
          = reader_->wait_for([topic = prefix(s) + health_topic](
                                  const message& m) { return m.topic == topic && !m.retained; },
                              patient ? steady_clock::duration{longest} : 2s);
      if (!heard && patient)
        throw std::runtime_error("no report of health:\n" + daemons_[s]->log());
      if (!heard) {
        all.silent = true;
        continue;
      }
      const auto told = nlohmann::json::parse(heard->payload);
      all.silent = all.silent || told.value("cameras_total", 0) == 0;
      all.messages += told.value("messages_received", 0.0);
      all.shed += told.value("messages_shed", 0.0);
      all.online += told.value("cameras_online", 0.0);
      all.bytes = std::max(all.bytes, static_cast<double>(heard->payload.size()));
      all.took_ms = std::max(all.took_ms, in_ms(heard->arrived - begin));
    }
    return all;
  }

  // A span of life. Only at its end the daemon is asked, because the answer costs it something.
  json live(const char* what, double seconds) {
    const auto begin = steady_clock::now();
    const auto cpu_before = cpu();
    const auto sent_before = sent_;
    run_until(begin + from_seconds(seconds));
    const auto took = in_seconds(steady_clock::now() - begin);
    const auto share = 100 * (cpu() - cpu_before) / took;
    const auto rate = static_cast<double>(sent_ - sent_before) / took;
    const auto heard = ask();
    const auto behind = heard.silent ? std::numeric_limits<double>::quiet_NaN()
                                     : static_cast<double>(sent_) - heard.messages - heard.shed;
    std::printf("%-31s %.0f messages/s, %.2f %% of a core, %.0f us a message; resident %.1f MiB\n",
                what, rate, share, 1e4 * share / rate, in_mib(resident()));
    std::printf("                                then behind by %.0f messages, a report of health "
                "after %.0f ms, %.0f KiB; shed %.0f%s\n",
                behind, heard.took_ms, heard.bytes / 1024, heard.shed,
                heard.silent ? "; THE DECISION DOES NOT ANSWER" : "");
    std::fflush(stdout);
    return {{"seconds", took},
            {"messages_per_s", rate},
            {"cpu_percent_of_a_core", share},
            {"cpu_us_per_message", 1e4 * share / rate},
            {"resident_mib", in_mib(resident())},
            {"behind", behind},
            {"report_after_ms", heard.took_ms},
            {"report_bytes", heard.bytes},
            {"shed", heard.shed}};
  }

  void become_known() {
    result_["becoming_known"] = live("every camera's first frame", frame_every / asked_.speed + 1);
    const auto heard = ask();
    const auto each = (resident() - empty_bytes_ * static_cast<double>(asked_.sites))
                      / static_cast<double>(asked_.cameras);
    std::printf("known                           %.0f cameras, %.0f bytes each\n", heard.online,
                each);
    result_["known"] = {{"cameras", heard.online}, {"bytes_per_camera", each}};
  }

  void rest() { result_["rest"] = live("at rest", asked_.rest); }

  // The front passes from zone to zone; neighbours in time are zones of different sites.
  void burst() {
    const auto zones = asked_.burst / asked_.zone;
    const auto all = asked_.cameras / asked_.zone;
    const auto begin = steady_clock::now();
    std::uniform_real_distribution<double> within{0, zone_spread};
    std::vector<std::size_t> seen;
    for (std::size_t k = 0; k < zones; ++k) {
      const auto zone = k * all / zones;
      seen.push_back(zone);
      const auto reached = (front_lasts - zone_spread) * static_cast<double>(k)
                           / static_cast<double>(std::max<std::size_t>(zones, 2) - 1);
      for (std::size_t i = zone * asked_.zone; i < (zone + 1) * asked_.zone; ++i) {
        auto& c = cameras_[i];
        c.smoke = begin + from_seconds((reached + within(random_)) / asked_.speed);
        if (c.next > c.smoke) {
          c.next = c.smoke;
          due_.emplace(c.next, i);
        }
      }
    }
    watcher_->clear();
    result_["burst"] = live("the front passes", front_lasts / asked_.speed);
    result_["after_the_front"] = live("and is still seen", after_front / asked_.speed);
    judge(seen);
  }

  // When did the daemon say what it had to say?
  void judge(const std::vector<std::size_t>& zones) {
    std::map<std::string, moment> listed;
    for (std::size_t s = 0; s < asked_.sites; ++s)
      for (const auto& m : watcher_->messages(prefix(s) + "fire/consensus_state"))
        if (const auto told = nlohmann::json::parse(m.payload); !m.retained)
          for (const auto& id : told.at("cameras"))
            listed.try_emplace(id.get<std::string>(), m.arrived);
    std::vector<double> each;
    std::vector<double> decided;
    std::size_t unheard = 0;
    // By site, the frame by which the first zone of it can be decided.
    std::map<std::size_t, moment> deciding;
    for (const auto zone : zones) {
      std::vector<const camera*> order;
      for (std::size_t i = zone * asked_.zone; i < (zone + 1) * asked_.zone; ++i)
        order.push_back(&cameras_[i]);
      std::sort(order.begin(), order.end(),
                [](const camera* a, const camera* b) { return a->agrees < b->agrees; });
      for (std::size_t i = 0; i < order.size(); ++i) {
        const auto found = listed.find(order[i]->id);
        if (found == listed.end()) {
          ++unheard;
          continue;
        }
        const auto delay = in_ms(found->second - order[i]->agrees);
        each.push_back(delay);
        if (i + 1 == cameras_needed)
          decided.push_back(delay);
      }
      if (order.size() >= cameras_needed) {
        const auto at = order[cameras_needed - 1]->agrees;
        const auto [known, fresh] = deciding.try_emplace(order[0]->site, at);
        known->second = std::min(known->second, at);
      }
    }
    std::vector<double> triggered;
    std::size_t triggers = 0;
    std::map<std::string, std::size_t> named;
    for (const auto& [site, at] : deciding) {
      const auto fires = watcher_->messages(prefix(site) + "fire/trigger");
      triggers += fires.size();
      if (!fires.empty())
        triggered.push_back(in_ms(fires.front().arrived - at));
      for (const auto& m : fires) {
        const auto told = nlohmann::json::parse(m.payload);
        for (const auto& zone : told.at("zones"))
          ++named[zone.get<std::string>()];
      }
    }
    const auto told = [](const char* what, const std::vector<double>& all) {
      std::printf("%-31s median %.1f ms, p99 %.1f ms, longest %.1f ms of %zu\n", what,
                  quantile(all, 0.5), quantile(all, 0.99), quantile(all, 1), all.size());
    };
    std::printf("zones that had to decide        %zu, in %zu sites: %zu triggers, which name %zu "
                "zones\n",
                zones.size(), deciding.size(), triggers, named.size());
    told("deciding frame to trigger", triggered);
    told("a zone's deciding frame to state", decided);
    told("a camera's to state", each);
    if (unheard != 0)
      std::printf("cameras of the front that were never said to agree: %zu\n", unheard);
    std::fflush(stdout);
    result_["decisions"] = {{"zones", zones.size()},
                            {"sites_with_fire", deciding.size()},
                            {"triggers", triggers},
                            {"zones_named", named.size()},
                            {"to_trigger", summary(triggered)},
                            {"zone_to_state", summary(decided)},
                            {"camera_to_state", summary(each)},
                            {"never_said_to_agree", unheard}};
  }

  void all_at_once() {
    for (std::size_t i = 0; i < cameras_.size(); ++i)
      send(i);
    for (const auto& p : publishers_)
      p->flush();
  }

  // Until every one of them is heard and counted.
  json until_all_are_heard(const char* what, moment since, double messages, double cpu_before) {
    const auto offered = in_seconds(steady_clock::now() - since);
    report heard;
    double slowest = 0;
    const bool all = poll_until(longest, [&] {
      heard = ask(false);
      slowest = std::max(slowest, heard.took_ms);
      // Reports are answered five times a second.
      std::this_thread::sleep_for(250ms);
      return heard.messages + heard.shed >= messages
             && heard.online >= static_cast<double>(asked_.cameras);
    });
    const auto took = in_seconds(steady_clock::now() - since) - 0.25;
    double connected = 0;
    for (std::size_t s = 0; s < asked_.sites; ++s)
      for (const auto& m : watcher_->messages(prefix(s) + presence_topics[0]))
        if (m.payload == "online" && !m.retained)
          connected = std::max(connected, in_seconds(m.arrived - since));
    std::printf("%-31s %zu frames offered in %.2f s; connected after %.2f s; all handled and %.0f "
                "cameras online after "
                "%.2f s%s; %.2f s of processor; shed %.0f; a report after at most %.0f ms; "
                "resident %.1f MiB\n",
                what, cameras_.size(), offered, connected, heard.online, took,
                all ? "" : " NOT ALL", cpu() - cpu_before, heard.shed, slowest, in_mib(resident()));
    std::fflush(stdout);
    return {{"offered_in_s", offered},
            {"connected_after_s", connected},
            {"all_after_s", took},
            {"all", all},
            {"cameras_online", heard.online},
            {"cpu_s", cpu() - cpu_before},
            {"shed", heard.shed},
            {"report_after_at_most_ms", slowest},
            {"resident_mib", in_mib(resident())}};
  }

  void broker_restarts() {
    const auto before = ask();
    const auto cpu_before = cpu();
    publishers_.clear();
    watcher_.reset();
    reader_.reset();
    mosquitto_.restart();
    const auto begin = steady_clock::now();
    speak();
    listen();
    all_at_once();
    result_["broker_restarts"] = until_all_are_heard(
        "the broker comes back", begin,
        before.messages + before.shed + static_cast<double>(cameras_.size()), cpu_before);
  }

  // As after a power cut: it knows what it has written down, and hears everybody at once.
  void daemons_restart() {
    daemons_.clear();
    for (std::size_t s = 0; s < asked_.sites; ++s)
      daemons_.push_back(start_site(s));
    const auto begin = steady_clock::now();
    all_at_once();
    result_["daemons_restart"] = until_all_are_heard("the daemon is killed and back", begin,
                                                     static_cast<double>(cameras_.size()), 0);
  }

  void report_of_the_broker() {
    const auto dropped
        = retained_payload(mosquitto_.port(), "$SYS/broker/publish/messages/dropped");
    std::printf("messages that the broker dropped: %s\n", dropped.value_or("not told").c_str());
    result_["broker_dropped"] = dropped.value_or("not told");
    for (const auto& d : daemons_)
      if (const auto log = d->log(); !log.empty())
        std::printf("the daemon's log ends with:\n%s\n",
                    log.substr(log.size() > 2000 ? log.size() - 2000 : 0).c_str());
  }

  const options asked_;
  const temporary_directory directory_;
  broker mosquitto_;
  std::mt19937 random_;
  json result_;
  std::vector<camera> cameras_;
  std::vector<std::filesystem::path> configurations_;
  using plan = std::pair<moment, std::size_t>;
  std::priority_queue<plan, std::vector<plan>, std::greater<>> due_;
  std::vector<std::unique_ptr<mqtt_peer>> publishers_;
  std::unique_ptr<mqtt_peer> watcher_;
  std::unique_ptr<mqtt_peer> reader_;
  std::vector<std::unique_ptr<daemon>> daemons_;
  std::uint64_t sent_ = 0;
  double empty_bytes_ = 0;
};

template <class T>
T number(std::string_view text) {
  T value{};
  const auto end = text.data() + text.size();
  if (std::from_chars(text.data(), end, value).ptr != end || !(value > 0))
    throw std::runtime_error("not a number above 0: " + std::string{text});
  return value;
}

options read(int argc, char** argv) {
  options result;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    if (i + 1 == argc)
      throw std::runtime_error("no value for " + std::string{name});
    const std::string value = argv[i + 1];
    if (name == "--cameras")
      result.cameras = number<std::size_t>(value);
    else if (name == "--burst")
      result.burst = number<std::size_t>(value);
    else if (name == "--zone")
      result.zone = number<std::size_t>(value);
    else if (name == "--sites")
      result.sites = number<std::size_t>(value);
    else if (name == "--speed")
      result.speed = number<double>(value);
    else if (name == "--rest")
      result.rest = number<double>(value);
    else if (name == "--json")
      result.json = value;
    else if (name == "--daemon")
      result.daemon = value;
    else if (name == "--set")
      result.settings.push_back(value);
    else
      throw std::runtime_error("there is no option " + std::string{name});
  }
  if (result.cameras > 65'536 || result.burst > result.cameras || result.zone > result.burst
      || result.cameras % result.zone != 0 || result.sites > 20 || result.speed > 20
      || result.rest > 600)
    throw std::runtime_error(
        "at most 65536 cameras in whole zones, 20 sites, 20 times as fast, 600 "
        "s at rest; and the front is a zone at least and all cameras at most");
  return result;
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  try {
    const auto asked = firefinder::test::read(argc, argv);
    const auto result = firefinder::test::region{asked}.measure();
    if (!asked.json.empty())
      std::ofstream{asked.json} << result.dump(2) << '\n';
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
