#include "tests/chaos/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace firefinder::chaos {

namespace {

constexpr double short_ttl_s = 3;

/// Draws what a plan needs.
class dice {
public:
  explicit dice(std::uint64_t seed) : engine_(seed) {}

  double between(double low, double high) {
    return std::uniform_real_distribution<>{low, high}(engine_);
  }
  int whole(int low, int high) { return std::uniform_int_distribution<>{low, high}(engine_); }
  bool chance(double share) { return between(0, 1) < share; }
  template <class Container>
  auto one_of(const Container& all) {
    auto place = all.begin();
    std::advance(place, whole(0, static_cast<int>(all.size()) - 1));
    return *place;
  }

private:
  std::mt19937_64 engine_;
};

/// Around the decision: close to it as a rule, sometimes well before or after.
double around_the_decision(dice& d) {
  return d.chance(0.6) ? d.between(-0.3, 0.2) : d.between(-1.2, 0.7);
}

trap any_trap(dice& d) {
  static const std::vector<packet_type> types{packet_type::publish, packet_type::pubrec,
                                              packet_type::pubrel, packet_type::pubcomp};
  static const std::vector<point> points{point::before, point::inside, point::after, point::before,
                                         point::after};
  const auto type = d.one_of(types);
  return {type, d.one_of(points)};
}

/// A trap at which the broker has not got the whole trigger yet.
trap early_trap(dice& d) {
  static const std::vector<trap> traps{
      {packet_type::publish, point::before}, {packet_type::publish, point::inside},
      {packet_type::publish, point::after},  {packet_type::pubrec, point::before},
      {packet_type::pubrec, point::inside},  {packet_type::pubrec, point::after},
      {packet_type::pubrel, point::before},  {packet_type::pubrel, point::inside}};
  return d.one_of(traps);
}

constexpr double armed_at = -1.0;

std::vector<step> steps_of(fault f, const plan& p, dice& d) {
  using namespace std::chrono_literals;
  step s;
  s.what = f;
  s.at = around_the_decision(d);
  switch (f) {
  case fault::cut:
    if (d.chance(0.3)) {
      auto again = s;
      again.at += d.between(0.02, 1.0);
      return {s, again};
    }
    break;
  case fault::outage:
    s.lasts = d.between(0.2, 2.0);
    break;
  case fault::stall_up:
  case fault::stall_down:
  case fault::stall_both:
    s.lasts = d.between(0.2, 2.0);
    s.hard = d.chance(0.4);
    break;
  case fault::half_open:
    s.lasts = d.between(0.3, 2.0);
    s.hard = d.chance(0.15);
    break;
  case fault::trickle:
    s.lasts = d.between(1.0, 3.0);
    s.pace.bytes = static_cast<std::size_t>(d.whole(1, 8));
    s.pace.interval = std::chrono::microseconds{d.whole(1000, 5000)};
    break;
  case fault::fragment:
    s.at = -1.2;
    s.lasts = d.between(2.0, 4.0);
    s.pace.bytes = 1;
    break;
  case fault::delay:
    s.lasts = d.between(0.5, 2.5);
    s.pace.delay = std::chrono::milliseconds{d.whole(20, 600)};
    break;
  case fault::duplicate:
    s.at = d.between(-1.3, -0.2);
    s.lasts = d.between(1.0, 4.0);
    break;
  case fault::handshake: {
    std::vector<step> result;
    const int times = d.chance(0.3) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      s.at = armed_at;
      s.trap = any_trap(d);
      s.lasts = d.chance(0.5) ? 0 : d.between(0.1, 1.0);
      result.push_back(s);
    }
    return result;
  }
  case fault::broker_freeze:
    s.lasts = d.between(0.2, 2.0);
    if (d.chance(0.4)) {
      s.at = armed_at;
      s.trap = any_trap(d);
    }
    break;
  case fault::broker_restart:
  case fault::broker_kill:
    s.lasts = d.between(0.0, 0.8);
    if (d.chance(0.5)) {
      s.at = armed_at;
      s.trap = any_trap(d);
    }
    break;
  case fault::expiry:
    s.at = armed_at;
    s.trap = d.chance(0.85) ? early_trap(d) : trap{packet_type::pubrel, point::after};
    s.lasts = p.ttl_s + d.between(0.5, 1.5);
    break;
  case fault::kill: {
    std::vector<step> result;
    const int times = d.chance(0.5) ? 1 : d.whole(2, 3);
    for (int i = 0; i < times; ++i) {
      s.lasts = d.between(0.0, 0.8);
      result.push_back(s);
      // The next one may meet a daemon that is still beginning.
      s.at += s.lasts + d.between(0.02, 0.8);
    }
    return result;
  }
  case fault::kill_handshake: {
    std::vector<step> result;
    const int times = d.chance(0.3) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
      s.at = armed_at;
      s.trap = any_trap(d);
      s.lasts = d.between(0.0, 0.8);
      s.hard = d.chance(0.5);
      result.push_back(s);
    }
    return result;
  }
  case fault::kill_expiry:
    s.at = armed_at;
    s.trap = early_trap(d);
    s.lasts = p.ttl_s + d.between(0.5, 1.5);
    s.hard = true;
    break;
  }
  return {s};
}

bool expires(fault f) { return f == fault::expiry || f == fault::kill_expiry; }

bool stops_broker(fault f) { return f == fault::broker_restart || f == fault::broker_kill; }

std::string_view name_of(packet_type t) {
  switch (t) {
  case packet_type::publish:
    return "PUBLISH";
  case packet_type::pubrec:
    return "PUBREC";
  case packet_type::pubrel:
    return "PUBREL";
  default:
    return "PUBCOMP";
  }
}

std::string_view name_of(point p) {
  return p == point::before ? "before" : p == point::inside ? "inside" : "after";
}

} // namespace

const std::vector<fault_kind>& fault_kinds() {
  static const std::vector<fault_kind> all{
      {fault::cut, "cut", "link", "every connection is cut"},
      {fault::outage, "outage", "link", "cut, and new connections are refused for a while"},
      {fault::stall_up, "stall-up", "link", "nothing gets to the broker for a while"},
      {fault::stall_down, "stall-down", "link", "nothing gets to the daemon for a while"},
      {fault::stall_both, "stall-both", "link", "neither gets anything for a while"},
      {fault::half_open, "half-open", "link", "everything said is lost, and no end is told"},
      {fault::trickle, "trickle", "bytes", "a few bytes every few milliseconds"},
      {fault::fragment, "fragment", "bytes", "segments of one byte"},
      {fault::delay, "delay", "bytes", "every packet comes late"},
      {fault::duplicate, "duplicate", "bytes", "every detection is delivered twice"},
      {fault::handshake, "handshake", "handshake",
       "cut before, inside or after PUBLISH, PUBREC, PUBREL or PUBCOMP of a trigger"},
      {fault::broker_freeze, "broker-freeze", "broker", "SIGSTOP, later SIGCONT"},
      {fault::broker_restart, "broker-restart", "broker", "SIGTERM and a new start"},
      {fault::broker_kill, "broker-kill", "broker", "SIGKILL and a new start"},
      {fault::expiry, "expiry", "expiry",
       "no link from the handshake on until the trigger expires"},
      {fault::kill, "kill", "kill", "kill -9 of the daemon, one to three times"},
      {fault::kill_handshake, "kill-handshake", "kill", "kill -9 of the daemon in the handshake"},
      {fault::kill_expiry, "kill-expiry", "kill",
       "kill -9 in the handshake, and a new start when the trigger has expired"},
  };
  return all;
}

const fault_kind& kind_of(fault f) {
  return *std::find_if(fault_kinds().begin(), fault_kinds().end(),
                       [f](const fault_kind& k) { return k.what == f; });
}

std::set<fault> chosen_faults(std::string_view names) {
  std::set<fault> result;
  if (names.empty())
    for (const auto& k : fault_kinds())
      result.insert(k.what);
  while (!names.empty()) {
    const auto name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(names.size(), name.size() + 1));
    bool known = false;
    for (const auto& k : fault_kinds())
      if (k.name == name || k.family == name) {
        result.insert(k.what);
        known = true;
      }
    if (!known)
      throw std::invalid_argument(fmt::format("there is no fault and no family '{}'", name));
  }
  return result;
}

std::string_view name_of(ending e) {
  switch (e) {
  case ending::orderly:
    return "SIGTERM";
  case ending::broker_frozen:
    return "SIGTERM while the broker is halted";
  case ending::no_link:
    return "SIGTERM without a way to the broker";
  case ending::half_open:
    return "SIGTERM while everything said is lost";
  case ending::killed:
    return "SIGKILL";
  }
  return "";
}

bool plan::has(fault f) const {
  return std::any_of(steps.begin(), steps.end(), [f](const step& s) { return s.what == f; });
}

bool plan::kills() const {
  return has(fault::kill) || has(fault::kill_handshake) || has(fault::kill_expiry);
}

plan make_plan(std::uint64_t seed, const std::set<fault>& faults) {
  dice d{seed};
  plan p;
  p.seed = seed;
  p.persistence = d.chance(0.5);
  p.protocol = d.chance(0.2) ? "3.1.1" : d.chance(0.5) ? "5" : "auto";
  p.noise_cameras = d.whole(1, 2);
  const auto first = d.one_of(faults);
  std::set<fault> chosen{first};
  // One that outlasts a trigger leaves no room for others.
  if (expires(first)) {
    p.ttl_s = short_ttl_s;
  } else {
    for (int more = d.whole(0, 2); more > 0; --more)
      if (const auto f = d.one_of(faults); !expires(f))
        chosen.insert(f);
  }
  for (const auto f : chosen)
    for (auto& s : steps_of(f, p, d))
      p.steps.push_back(std::move(s));
  std::stable_sort(p.steps.begin(), p.steps.end(),
                   [](const step& a, const step& b) { return a.at < b.at; });
  const bool forgets = std::any_of(chosen.begin(), chosen.end(), stops_broker);
  p.brief = d.chance(0.3) && !forgets && !expires(first);
  const double last = d.between(0, 1);
  p.end = last < 0.5                 ? ending::orderly
          : last < 0.65              ? ending::broker_frozen
          : last < 0.8               ? ending::no_link
          : last < 0.9 || !p.kills() ? ending::half_open
                                     : ending::killed;
  return p;
}

std::string describe(const plan& p) {
  auto text
      = fmt::format("seed {}: broker {} persistence, MQTT {}, ttl {:.0f} s, {} fire, {} noise "
                    "camera{}, ends by {}\n",
                    p.seed, p.persistence ? "with" : "without", p.protocol, p.ttl_s,
                    p.brief ? "brief" : "lasting", p.noise_cameras, p.noise_cameras == 1 ? "" : "s",
                    name_of(p.end));
  for (const auto& s : p.steps) {
    text += fmt::format("  {:+.3f} s {}", s.at, kind_of(s.what).name);
    if (s.trap)
      text += fmt::format(" {} {}", name_of(s.trap->where), name_of(s.trap->type));
    if (s.lasts > 0)
      text += fmt::format(" for {:.3f} s", s.lasts);
    if (s.pace.bytes != 0)
      text += fmt::format(", {} bytes every {} us", s.pace.bytes, s.pace.interval.count());
    if (s.pace.delay.count() != 0)
      text += fmt::format(", {} ms late", s.pace.delay.count());
    if (s.hard)
      text += s.what == fault::half_open ? ", never reset" : ", what was on its way is lost";
    text += '\n';
  }
  return text;
}

} // namespace firefinder::chaos
