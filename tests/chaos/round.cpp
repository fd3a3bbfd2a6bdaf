#include "tests/chaos/round.hpp"

#include "tests/chaos/fire.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

namespace firefinder::chaos {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;
using std::chrono::steady_clock;

constexpr seconds until_trap_springs{6};

// What would be a second trigger shows itself within this: after a kill the fire is
// verified anew by seven frames.
constexpr seconds settling{0.8};
constexpr seconds settling_after_kill{2.2};

constexpr seconds stop_limit{2};
constexpr seconds stop_tolerance{0.25};

constexpr const char* presence[] = {"system/fire_consensus/lwt", "firefinder/bridge/state"};

test::broker_options broker_of(const plan& p) {
  test::broker_options options;
  options.persistence = p.persistence;
  return options;
}

launch settings_of(const plan& p, launch what, std::uint16_t port) {
  const auto set = [&what](const std::string& key, const std::string& value) {
    what.arguments.push_back("--set");
    what.arguments.push_back(key + '=' + value);
  };
  set("mqtt.broker", "127.0.0.1");
  set("mqtt.port", std::to_string(port));
  set("mqtt.client_id", "chaos-daemon");
  set("mqtt.protocol", p.protocol);
  set("mqtt.keepalive_s", "5");
  set("mqtt.reconnect_min_s", "0.2");
  set("mqtt.reconnect_max_s", "1");
  // Without the search for cameras: everything stays on the loopback interface.
  set("services", "consensus,discovery");
  set("consensus.trigger_ttl_s", fmt::format("{}", p.ttl_s));
  set("consensus.cooldown_s", "300");
  set("web.listen", "off");
  return what;
}

/// A fault of the plan on its way.
struct running_step {
  explicit running_step(const step& s) : what(s) {}

  enum class phase { waiting, armed, active, returning, over };
  step what;
  phase at = phase::waiting;
  steady_clock::time_point since{};
};

class performance {
public:
  performance(const plan& p, const launch& what, const std::atomic<bool>& stop,
              const limits& bounds)
    : plan_(p), stop_(stop), bounds_(bounds), broker_(broker_of(p)), proxy_(broker_.port()),
      witness_(broker_.port(), {"chaos-witness", {"fire/#", "system/#", "firefinder/#"}, {}}),
      way_(broker_.port(), {"chaos-cameras"}), fire_(way_, p.seed, p.brief, p.noise_cameras),
      daemon_(settings_of(p, what, proxy_.port()), directory_.path()),
      steps_(p.steps.begin(), p.steps.end()) {}

  outcome play();

private:
  // -- time ------------------------------------------------------------------------

  void pulse();
  template <class Predicate>
  bool live_until(seconds limit, Predicate&& predicate);
  void live(seconds time);
  void mark(const std::string& text);
  void find(std::string kind, std::string what);

  // -- faults ------------------------------------------------------------------------

  void advance(running_step& r);
  [[nodiscard]] bool strike(const step& s);
  [[nodiscard]] bool strike_broker(const step& s);
  void kill_daemon();
  void end(running_step& r);
  [[nodiscard]] bool forgets(const step& s) const;
  void close_way(bool closed);

  // -- the acts ------------------------------------------------------------------------

  void begin();
  void heal();
  void await_trigger();
  void check_state();
  void finish();
  void check_logs();
  [[nodiscard]] std::string wrong_in_state() const;
  [[nodiscard]] bool all_say(std::string_view word) const;
  [[nodiscard]] evidence seen() const;

  const plan& plan_;
  const std::atomic<bool>& stop_;
  limits bounds_;
  test::temporary_directory directory_;
  test::broker broker_;
  fault_proxy proxy_;
  lasting_peer witness_;
  lasting_peer way_;
  fire fire_;
  subject daemon_;
  std::vector<running_step> steps_;
  bool burning_ = false;
  bool trap_taken_ = false;
  bool expects_daemon_ = false;
  int ways_closed_ = 0;
  std::vector<double> memory_losses_;
  std::vector<std::pair<double, std::string>> marks_;
  outcome result_;
};

// -- time --------------------------------------------------------------------------------

void performance::pulse() {
  if (stop_)
    throw interrupted{};
  if (burning_) {
    fire_.publish_due();
    for (auto& r : steps_)
      advance(r);
  }
  if (expects_daemon_)
    if (const auto how = daemon_.ended()) {
      find("crash", fmt::format("the daemon ended by itself: {}",
                                how->signal != 0 ? fmt::format("signal {}", how->signal)
                                                 : fmt::format("exit code {}", how->code)));
      expects_daemon_ = false;
    }
  std::this_thread::sleep_for(1ms);
}

template <class Predicate>
bool performance::live_until(seconds limit, Predicate&& predicate) {
  const auto deadline = steady_clock::now() + limit;
  auto next_look = steady_clock::now();
  while (steady_clock::now() < deadline) {
    if (steady_clock::now() >= next_look) {
      if (predicate())
        return true;
      next_look = steady_clock::now() + 20ms;
    }
    pulse();
  }
  return predicate();
}

void performance::live(seconds time) {
  (void)live_until(time, [] { return false; });
}

void performance::mark(const std::string& text) { marks_.emplace_back(test::unix_now(), text); }

void performance::find(std::string kind, std::string what) {
  mark(kind + ": " + what);
  result_.findings.push_back({std::move(kind), std::move(what), true});
}

// -- faults ------------------------------------------------------------------------------

bool performance::forgets(const step& s) const {
  return s.what == fault::broker_kill || (s.what == fault::broker_restart && !plan_.persistence);
}

void performance::close_way(bool closed) {
  ways_closed_ += closed ? 1 : -1;
  proxy_.refuse(ways_closed_ > 0);
}

void performance::kill_daemon() {
  if (const auto before = daemon_.kill(); before && expects_daemon_)
    find("crash", "the daemon had ended before it was killed");
  expects_daemon_ = false;
}

bool performance::strike_broker(const step& s) {
  switch (s.what) {
  case fault::broker_freeze:
    broker_.freeze();
    proxy_.release();
    return true;
  case fault::broker_restart:
  case fault::broker_kill:
    close_way(true);
    if (forgets(s))
      memory_losses_.push_back(test::unix_now());
    if (s.what == fault::broker_kill)
      broker_.kill();
    else
      broker_.stop();
    proxy_.release();
    return true;
  default:
    return false;
  }
}

/// The fault begins. Returns whether it could.
bool performance::strike(const step& s) {
  switch (s.what) {
  case fault::cut:
    proxy_.cut();
    return true;
  case fault::outage:
  case fault::handshake:
  case fault::expiry:
    close_way(true);
    proxy_.cut();
    return true;
  case fault::stall_up:
  case fault::stall_down:
  case fault::stall_both:
    if (s.what != fault::stall_down)
      proxy_.stall(direction::upstream, true);
    if (s.what != fault::stall_up)
      proxy_.stall(direction::downstream, true);
    return true;
  case fault::half_open:
    proxy_.half_open(true);
    return true;
  case fault::trickle:
  case fault::fragment:
  case fault::delay:
    proxy_.set_pace(s.pace);
    return true;
  case fault::duplicate:
    proxy_.duplicate(true);
    return true;
  case fault::kill:
  case fault::kill_handshake:
  case fault::kill_expiry:
    if (!daemon_.started())
      return false;
    kill_daemon();
    if (s.hard)
      proxy_.cut();
    proxy_.release();
    return true;
  default:
    return strike_broker(s);
  }
}

/// The fault ends.
void performance::end(running_step& r) {
  const auto& s = r.what;
  r.at = running_step::phase::over;
  switch (s.what) {
  case fault::cut:
    break;
  case fault::outage:
  case fault::handshake:
  case fault::expiry:
    close_way(false);
    break;
  case fault::stall_up:
  case fault::stall_down:
  case fault::stall_both:
    if (s.hard)
      proxy_.cut();
    proxy_.stall(direction::upstream, false);
    proxy_.stall(direction::downstream, false);
    break;
  case fault::half_open:
    proxy_.half_open(false);
    if (!s.hard)
      proxy_.cut_dead();
    break;
  case fault::trickle:
  case fault::fragment:
  case fault::delay:
    proxy_.set_pace({});
    break;
  case fault::duplicate:
    proxy_.duplicate(false);
    break;
  case fault::broker_freeze:
    broker_.thaw();
    break;
  case fault::broker_restart:
  case fault::broker_kill:
    broker_.start();
    if (forgets(s))
      witness_.begin_anew();
    // Nobody else speaks before the witness listens.
    r.at = running_step::phase::returning;
    break;
  case fault::kill:
  case fault::kill_handshake:
  case fault::kill_expiry:
    daemon_.start();
    expects_daemon_ = true;
    break;
  }
}

void performance::advance(running_step& r) {
  using phase = running_step::phase;
  const auto& s = r.what;
  const auto name = std::string{kind_of(s.what).name};
  const auto begin_now = [&] {
    mark(name + " begins");
    if (!strike(s)) {
      r.at = phase::over;
      return;
    }
    ++result_.injected[s.what];
    r.at = phase::active;
    r.since = steady_clock::now();
  };
  const auto now_s = test::unix_now() - fire_.decides_at();
  switch (r.at) {
  case phase::waiting:
    if (now_s < s.at || (s.trap && trap_taken_))
      return;
    if (!s.trap) {
      begin_now();
      return;
    }
    trap_taken_ = true;
    proxy_.arm(*s.trap);
    r.at = phase::armed;
    r.since = steady_clock::now();
    return;
  case phase::armed:
    if (proxy_.sprung()) {
      begin_now();
      proxy_.release();
    } else if (steady_clock::now() - r.since > until_trap_springs) {
      mark(name + " never came to it");
      proxy_.disarm();
      r.at = phase::over;
    }
    break;
  case phase::active:
    if (steady_clock::now() - r.since >= seconds{s.lasts}) {
      end(r);
      mark(name + " ends");
    }
    break;
  case phase::returning:
    if (witness_.ready(0s)) {
      close_way(false);
      r.at = phase::over;
      mark("the way to the broker is open again");
    }
    break;
  case phase::over:
    break;
  }
  if (r.at == phase::over && s.trap)
    trap_taken_ = false;
}

// -- the acts ------------------------------------------------------------------------------

evidence performance::seen() const {
  return {witness_.messages("fire/trigger"), witness_.messages("fire/trigger_missed"),
          proxy_.events(), memory_losses_, fire::cameras()};
}

void performance::begin() {
  if (!witness_.ready(test::patience) || !way_.ready(test::patience))
    throw std::runtime_error("the peers do not get to the broker");
  daemon_.start();
  expects_daemon_ = true;
  if (!live_until(bounds_.online, [&] { return all_say("online"); }))
    find("presence", "the daemon does not come online at its start");
}

void performance::heal() {
  // Broker faults that are over leave a broker that runs; the rest is the link.
  const bool leave_dead = std::any_of(plan_.steps.begin(), plan_.steps.end(), [](const step& s) {
    return s.what == fault::half_open && s.hard;
  });
  proxy_.heal(!leave_dead);
  mark("healed");
}

void performance::await_trigger() {
  const bool dead = std::any_of(plan_.steps.begin(), plan_.steps.end(),
                                [](const step& s) { return s.what == fault::half_open && s.hard; });
  (void)live_until(dead ? bounds_.delivered_past_dead_links : bounds_.delivered, [&] {
    const auto sum = stand_of(seen());
    return (!sum.delivered.empty() || sum.died_with_the_broker) && sum.open.empty();
  });
  // The link may be down still where the trigger was faster than a fault.
  (void)live_until(bounds_.right_state, [&] { return all_say("online"); });
  live(plan_.kills() ? settling_after_kill : settling);
}

std::string performance::wrong_in_state() const {
  std::string wrong;
  std::optional<std::string> state;
  std::map<std::string, std::string> said;
  for (const auto& m : test::retained(broker_.port(), "#")) {
    said[m.topic] = m.payload;
    if (m.topic.rfind("fire/trigger", 0) == 0)
      wrong += m.topic + " is retained; ";
  }
  for (const auto* topic : presence)
    if (said[topic] != "online")
      wrong += fmt::format("{} says '{}'; ", topic, said[topic]);
  const auto sum = stand_of(seen());
  const auto shown = nlohmann::json::parse(said["fire/consensus_state"], nullptr, false);
  const bool burns = shown.is_object() && shown.value("fire_detected", false)
                     && shown.value("consensus_count", 0) == 2;
  const bool cools = shown.is_object() && shown.value("state", "") == "cooldown";
  const bool triggered = !sum.delivered.empty() || sum.died_with_the_broker;
  if ((!plan_.brief && !burns) || (triggered && !cools))
    wrong += "fire/consensus_state says '" + said["fire/consensus_state"] + "'; ";
  return wrong;
}

void performance::check_state() {
  std::string wrong;
  if (!live_until(bounds_.right_state, [&] { return (wrong = wrong_in_state()).empty(); }))
    find("state", wrong);
  if (expects_daemon_)
    result_.resident_bytes = daemon_.resident_bytes();
  if (result_.resident_bytes > bounds_.resident_bytes)
    find("memory", fmt::format("{} MiB resident", result_.resident_bytes >> 20U));
}

/// Whether every presence topic has said this word last.
bool performance::all_say(std::string_view word) const {
  return std::all_of(std::begin(presence), std::end(presence), [&](const char* topic) {
    const auto m = witness_.last(topic);
    return m && m->payload == word;
  });
}

void performance::finish() {
  burning_ = false;
  expects_daemon_ = false;
  if (!daemon_.started() || daemon_.ended())
    return;
  mark(std::string{name_of(plan_.end)});
  if (plan_.end == ending::killed) {
    (void)daemon_.kill();
  } else {
    if (plan_.end == ending::broker_frozen)
      broker_.freeze();
    if (plan_.end == ending::half_open)
      proxy_.half_open(true);
    if (plan_.end == ending::no_link) {
      proxy_.refuse(true);
      proxy_.cut();
    }
    const auto begin = steady_clock::now();
    const auto how = daemon_.stop(10s);
    result_.stop_s = seconds{steady_clock::now() - begin}.count();
    mark(fmt::format("ended after {:.3f} s", result_.stop_s));
    if (!how || result_.stop_s > (stop_limit + stop_tolerance).count())
      find("stop", how ? fmt::format("took {:.2f} s", result_.stop_s) : "does not stop");
    else if (how->code != 0)
      find("stop", how->signal != 0 ? fmt::format("ended by signal {}", how->signal)
                                    : fmt::format("exit code {}", how->code));
    (void)daemon_.kill();
    broker_.thaw();
    proxy_.heal();
  }
  if (!live_until(bounds_.right_state, [&] { return all_say("offline"); }))
    find("presence", "does not say offline everywhere after the end");
  for (const auto& m : test::retained(broker_.port(), "fire/trigger"))
    find("retained", "after the end: " + m.payload);
}

void performance::check_logs() {
  result_.daemon_log = daemon_.log();
  result_.broker_log = broker_.log();
  for (const char* text : {"terminate called", "AddressSanitizer", "LeakSanitizer",
                           "runtime error:", "Assertion", "double free", "corrupted"})
    if (result_.daemon_log.find(text) != std::string::npos)
      find("crash", fmt::format("its log says '{}'", text));
  // A peer of ours that is ended while it connects is another matter.
  std::istringstream lines{result_.broker_log};
  for (std::string line; std::getline(lines, line);)
    if (line.find("Client chaos-daemon") != std::string::npos
        && (line.find("due to malformed packet") != std::string::npos
            || line.find("due to protocol error") != std::string::npos))
      find("malformed", "the broker says: " + line);
  if (const auto wrong = proxy_.malformed(); !wrong.empty())
    find("malformed", wrong);
}

outcome performance::play() {
  const auto begun = steady_clock::now();
  begin();
  fire_.light();
  burning_ = true;
  (void)live_until(60s, [&] {
    return std::all_of(steps_.begin(), steps_.end(),
                       [](const running_step& r) { return r.at == running_step::phase::over; });
  });
  heal();
  await_trigger();
  check_state();
  finish();
  check_logs();
  const auto all = seen();
  for (auto& f : judge(all))
    result_.findings.push_back(std::move(f));
  const auto sum = stand_of(all);
  result_.delivered = sum.delivered.size();
  result_.reported = sum.reported.size();
  result_.latencies = sum.latencies;
  result_.took_s = seconds{steady_clock::now() - begun}.count();
  result_.history = describe(plan_) + "times in seconds from the detection that decides\n"
                    + protocol_of(all, marks_, fire_.decides_at());
  return result_;
}

} // namespace

bool outcome::kept_every_promise() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const finding& f) { return f.violation; });
}

outcome play(const plan& p, const launch& what, const std::atomic<bool>& stop,
             const limits& bounds) {
  return performance{p, what, stop, bounds}.play();
}

} // namespace firefinder::chaos
