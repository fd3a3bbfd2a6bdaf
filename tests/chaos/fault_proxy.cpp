#include "tests/chaos/fault_proxy.hpp"

#include "tests/support/detections.hpp"
#include "tests/support/net.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace firefinder::chaos {

namespace {

using std::chrono::steady_clock;
using test::descriptor;

/// Packets that wait before no more is read.
constexpr std::size_t enough = 4096;

constexpr std::size_t index(direction d) { return d == direction::upstream ? 0 : 1; }
constexpr direction way_of(std::size_t i) {
  return i == 0 ? direction::upstream : direction::downstream;
}

/// A packet on its way.
struct parcel {
  steady_clock::time_point due;
  std::string bytes;
  std::size_t sent = 0;
  /// Springs the trap when so many bytes have gone.
  std::optional<std::size_t> springs_at{};
  /// Its place among the events.
  std::optional<std::size_t> event{};
};

/// One way of a connection.
struct lane {
  /// Bytes of a packet that is not complete yet.
  std::string partial;
  std::deque<parcel> parcels;
  steady_clock::time_point next_portion;
  /// The sender has ended the connection.
  bool ended = false;
};

/// A connection: lane and socket 0 are of the one who connected, 1 of the broker.
struct forwarded {
  int number = 0;
  std::array<descriptor, 2> sockets;
  std::array<lane, 2> lanes;
  /// Says nothing any more, and hears nothing.
  bool dead = false;
  bool over = false;
};

} // namespace

struct fault_proxy::state {
  explicit state(std::uint16_t to)
    : target(to), port(test::free_port()), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener(test::listen_on(port)) {}

  void take_connections() {
    for (;;) {
      descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!socket)
        return;
      const int yes = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      forwarded f;
      f.number = accepted++;
      f.dead = swallowing;
      if (!swallowing) {
        f.sockets[1] = test::connect_to(target);
        if (!f.sockets[1]) {
          test::abort_on_close(socket);
          continue;
        }
      }
      f.sockets[0] = std::move(socket);
      all.push_back(std::move(f));
    }
  }

  // -- in --------------------------------------------------------------------------

  void take_packet(forwarded& f, std::size_t from, const packet& p) {
    const auto found = tap.look(f.number, way_of(from), p);
    parcel next{steady_clock::now() + speed.delay, test::wire::encode(p)};
    if (found.handshake) {
      next.event = events.size();
      events.push_back(*found.handshake);
      events.back().seen = test::unix_now();
    }
    if (f.dead || found.swallow)
      return;
    if (found.handshake && armed && armed->type == p.type) {
      const auto size = next.bytes.size();
      next.springs_at = armed->where == point::before   ? 0
                        : armed->where == point::inside ? size / 2
                                                        : size;
      armed.reset();
    }
    auto& parcels = f.lanes[from].parcels;
    parcels.push_back(std::move(next));
    if (!repeating || !found.repeatable)
      return;
    parcels.push_back({parcels.back().due, test::wire::encode(as_duplicate(p))});
    tap.repeated(f.number, p);
    ++repetitions;
  }

  void receive(forwarded& f, std::size_t from) {
    auto& l = f.lanes[from];
    char buffer[16384];
    while (!l.ended && l.parcels.size() < enough && f.sockets[from]) {
      const auto n = ::recv(f.sockets[from].get(), buffer, sizeof buffer, 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
        return;
      if (n <= 0) {
        l.ended = true;
        return;
      }
      l.partial.append(buffer, static_cast<std::size_t>(n));
      try {
        while (const auto p = test::wire::take_packet(l.partial))
          take_packet(f, from, *p);
      } catch (const std::exception& e) {
        malformed = e.what();
        f.over = true;
        return;
      }
    }
  }

  // -- out -------------------------------------------------------------------------

  [[nodiscard]] bool held(std::size_t from) const { return frozen || stalled[from]; }

  /// When the next portion of this lane may go; nothing when none waits.
  [[nodiscard]] std::optional<steady_clock::time_point> due(const forwarded& f,
                                                            std::size_t from) const {
    const auto& l = f.lanes[from];
    if (f.dead || held(from) || l.parcels.empty())
      return std::nullopt;
    return speed.bytes == 0 ? l.parcels.front().due
                            : std::max(l.parcels.front().due, l.next_portion);
  }

  void spring(parcel& p) {
    p.springs_at.reset();
    frozen = true;
    has_sprung = true;
  }

  void send(forwarded& f, std::size_t from) {
    auto& l = f.lanes[from];
    for (;;) {
      const auto when = due(f, from);
      const auto now = steady_clock::now();
      if (!when || *when > now || f.over)
        return;
      auto& p = l.parcels.front();
      const auto stop = p.springs_at.value_or(p.bytes.size());
      auto n = stop - p.sent;
      if (speed.bytes != 0) {
        n = std::min(n, speed.bytes);
        l.next_portion = now + speed.interval;
      }
      if (n > 0) {
        const auto sent
            = ::send(f.sockets[1 - from].get(), p.bytes.data() + p.sent, n, MSG_NOSIGNAL);
        if (sent < 0) {
          f.over = errno != EAGAIN && errno != EINTR && errno != ENOTCONN;
          return;
        }
        p.sent += static_cast<std::size_t>(sent);
      }
      const bool done = p.sent == p.bytes.size();
      if (done && p.event)
        events[*p.event].passed = test::unix_now();
      if (p.springs_at && p.sent == *p.springs_at)
        spring(p);
      if (done)
        l.parcels.pop_front();
    }
  }

  /// Passes the end of a connection on, behind everything before it.
  void finish(forwarded& f) {
    if (f.dead) {
      f.over = f.over || (f.lanes[0].ended && (f.lanes[1].ended || !f.sockets[1]));
      return;
    }
    for (std::size_t from = 0; from < 2; ++from)
      if (f.lanes[from].ended && !held(from) && f.lanes[from].parcels.empty())
        f.over = true;
  }

  // -- the thread ------------------------------------------------------------------

  void cut(bool dead_only) {
    for (auto& f : all)
      if (f.dead || !dead_only) {
        for (const auto& s : f.sockets)
          if (s)
            test::abort_on_close(s);
        f.over = true;
      }
    sweep();
  }

  void sweep() {
    std::erase_if(all, [this](const forwarded& f) {
      if (f.over)
        tap.ended(f.number);
      return f.over;
    });
  }

  [[nodiscard]] std::vector<pollfd> interests(std::optional<steady_clock::time_point>& next) const {
    std::vector<pollfd> result{{wake.get(), POLLIN, 0}};
    if (listener)
      result.push_back({listener.get(), POLLIN, 0});
    const auto now = steady_clock::now();
    for (const auto& f : all)
      for (std::size_t i = 0; i < 2; ++i) {
        short events_wanted = 0;
        if (!f.lanes[i].ended && f.lanes[i].parcels.size() < enough)
          events_wanted = POLLIN;
        if (const auto when = due(f, 1 - i)) {
          if (*when <= now)
            events_wanted = static_cast<short>(events_wanted | POLLOUT);
          else
            next = next ? std::min(*next, *when) : *when;
        }
        if (events_wanted != 0 && f.sockets[i])
          result.push_back({f.sockets[i].get(), events_wanted, 0});
      }
    return result;
  }

  void run() {
    while (!stopping) {
      std::optional<steady_clock::time_point> next;
      std::vector<pollfd> waiting;
      {
        const std::lock_guard guard{mutex};
        waiting = interests(next);
      }
      timespec limit{};
      if (next) {
        const auto left = std::max(std::chrono::nanoseconds{0},
                                   std::chrono::nanoseconds{*next - steady_clock::now()});
        limit.tv_sec = left / std::chrono::seconds{1};
        limit.tv_nsec = (left % std::chrono::seconds{1}).count();
      }
      ::ppoll(waiting.data(), waiting.size(), next ? &limit : nullptr, nullptr);
      std::uint64_t ignored = 0;
      (void)!::read(wake.get(), &ignored, sizeof ignored);
      const std::lock_guard guard{mutex};
      if (listener)
        take_connections();
      for (auto& f : all) {
        for (std::size_t from = 0; from < 2; ++from) {
          receive(f, from);
          send(f, from);
        }
        finish(f);
      }
      sweep();
    }
  }

  void nudge() const {
    const std::uint64_t one = 1;
    (void)!::write(wake.get(), &one, sizeof one);
  }

  mutable std::mutex mutex;
  std::atomic<bool> stopping = false;
  std::uint16_t target;
  std::uint16_t port;
  descriptor wake;
  descriptor listener;
  std::list<forwarded> all;
  int accepted = 0;
  mqtt_tap tap;
  std::vector<wire_event> events;
  pace speed;
  std::array<bool, 2> stalled{};
  bool swallowing = false;
  bool repeating = false;
  std::size_t repetitions = 0;
  std::optional<trap> armed;
  bool has_sprung = false;
  bool frozen = false;
  std::string malformed;
  std::thread thread;
};

fault_proxy::fault_proxy(std::uint16_t target) : state_(std::make_unique<state>(target)) {
  state_->thread = std::thread{[s = state_.get()] { s->run(); }};
}

fault_proxy::~fault_proxy() {
  state_->stopping = true;
  state_->nudge();
  state_->thread.join();
}

std::uint16_t fault_proxy::port() const noexcept { return state_->port; }

void fault_proxy::cut() {
  const std::lock_guard guard{state_->mutex};
  state_->frozen = false;
  state_->cut(false);
  state_->nudge();
}

void fault_proxy::refuse(bool on) {
  const std::lock_guard guard{state_->mutex};
  if (!on && !state_->listener) {
    state_->listener = test::listen_on(state_->port);
  } else if (on && state_->listener) {
    // Closing alone would not end it while the thread waits for it.
    ::shutdown(state_->listener.get(), SHUT_RDWR);
    state_->listener.reset();
  }
  state_->nudge();
}

void fault_proxy::stall(direction way, bool on) {
  const std::lock_guard guard{state_->mutex};
  state_->stalled[index(way)] = on;
  state_->nudge();
}

void fault_proxy::half_open(bool on) {
  const std::lock_guard guard{state_->mutex};
  state_->swallowing = on;
  for (auto& f : state_->all) {
    if (on) {
      f.dead = true;
      for (auto& l : f.lanes)
        l.parcels.clear();
    } else if (!f.sockets[1]) {
      // Nobody at the far side knows of it: the first word is answered by a reset.
      test::abort_on_close(f.sockets[0]);
      f.over = true;
    }
  }
  state_->sweep();
  state_->nudge();
}

void fault_proxy::cut_dead() {
  const std::lock_guard guard{state_->mutex};
  state_->cut(true);
  state_->nudge();
}

void fault_proxy::set_pace(const pace& p) {
  const std::lock_guard guard{state_->mutex};
  state_->speed = p;
  state_->nudge();
}

void fault_proxy::duplicate(bool on) {
  const std::lock_guard guard{state_->mutex};
  state_->repeating = on;
}

void fault_proxy::arm(const trap& t) {
  const std::lock_guard guard{state_->mutex};
  state_->armed = t;
  state_->has_sprung = false;
}

void fault_proxy::disarm() {
  const std::lock_guard guard{state_->mutex};
  state_->armed.reset();
  for (auto& f : state_->all)
    for (auto& l : f.lanes)
      for (auto& p : l.parcels)
        p.springs_at.reset();
}

bool fault_proxy::sprung() const {
  const std::lock_guard guard{state_->mutex};
  return state_->has_sprung;
}

void fault_proxy::release() {
  const std::lock_guard guard{state_->mutex};
  state_->frozen = false;
  state_->nudge();
}

void fault_proxy::heal(bool dead_too) {
  disarm();
  refuse(false);
  const std::lock_guard guard{state_->mutex};
  state_->frozen = false;
  state_->stalled = {};
  state_->speed = {};
  state_->repeating = false;
  state_->swallowing = false;
  if (dead_too)
    state_->cut(true);
  state_->nudge();
}

std::vector<wire_event> fault_proxy::events() const {
  const std::lock_guard guard{state_->mutex};
  return state_->events;
}

std::size_t fault_proxy::duplicates() const {
  const std::lock_guard guard{state_->mutex};
  return state_->repetitions;
}

std::string fault_proxy::malformed() const {
  const std::lock_guard guard{state_->mutex};
  return state_->malformed;
}

std::size_t fault_proxy::open_connections() const {
  const std::lock_guard guard{state_->mutex};
  return state_->all.size();
}

} // namespace firefinder::chaos
