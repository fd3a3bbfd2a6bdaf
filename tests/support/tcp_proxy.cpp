#include "tests/support/tcp_proxy.hpp"

#include "tests/support/net.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace firefinder::test {

namespace {

constexpr std::size_t enough = 1U << 20U;

/// One side of a connection, with what is on its way to it.
struct side {
  descriptor socket;
  std::string pending;
};

/// One forwarded connection: [0] is who connected to us, [1] the target.
struct forwarded {
  std::array<side, 2> sides;
  std::size_t number = 0;
  bool broken = false;
};

constexpr std::size_t index(direction d) { return d == direction::upstream ? 0 : 1; }

} // namespace

struct tcp_proxy::state {
  explicit state(std::uint16_t to)
    : target(to), port(free_port()), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener(listen_on(port)) {}

  void take_connections() {
    for (;;) {
      descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!socket)
        return;
      const int yes = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      accepted.push_back(std::chrono::steady_clock::now());
      auto to = connect_to(target);
      if (!to)
        continue;
      forwarded f;
      f.sides[0].socket = std::move(socket);
      f.sides[1].socket = std::move(to);
      f.number = accepted.size() - 1;
      all.push_back(std::move(f));
    }
  }

  /// Reads what `from` has said into what goes to the other side.
  void receive(forwarded& f, std::size_t from) {
    auto& to = f.sides[1 - from].pending;
    char buffer[16384];
    while (to.size() < enough && !f.broken) {
      const auto n = ::recv(f.sides[from].socket.get(), buffer, sizeof buffer, 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
        return;
      if (n <= 0) {
        // An end is passed on only with everything before it.
        if (!held[from])
          send(f, 1 - from);
        f.broken = true;
        return;
      }
      to.append(buffer, static_cast<std::size_t>(n));
      if (from == 0 && watch)
        watch(f.number, {buffer, static_cast<std::size_t>(n)});
      if (from == 0 && !trap.empty() && to.find(trap) != std::string::npos) {
        trap.clear();
        sprung = true;
        held[index(trap_holds)] = true;
      }
    }
  }

  /// Sends what is on its way to `to`.
  static void send(forwarded& f, std::size_t to) {
    auto& s = f.sides[to];
    while (!s.pending.empty()) {
      const auto n = ::send(s.socket.get(), s.pending.data(), s.pending.size(), MSG_NOSIGNAL);
      if (n < 0) {
        f.broken = f.broken || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN);
        return;
      }
      s.pending.erase(0, static_cast<std::size_t>(n));
    }
  }

  /// Cuts all connections, if it is time to.
  void cut_if_due() {
    for (const auto& f : all) {
      const auto& on_the_way = f.sides[0].pending;
      if (cut_behind.empty() || on_the_way.find(cut_behind) == std::string::npos)
        continue;
      (void)::send(f.sides[0].socket.get(), on_the_way.data(), on_the_way.size(), MSG_NOSIGNAL);
      cut_behind.clear();
      sprung = true;
      cut();
      return;
    }
  }

  void cut() {
    for (const auto& f : all)
      for (const auto& s : f.sides)
        abort_on_close(s.socket);
    all.clear();
  }

  void run() {
    while (!stopping) {
      std::vector<pollfd> waiting{{wake.get(), POLLIN, 0}};
      {
        const std::lock_guard guard{mutex};
        if (listener)
          waiting.push_back({listener.get(), POLLIN, 0});
        for (const auto& f : all)
          for (std::size_t i = 0; i < 2; ++i) {
            short events = 0;
            // Only an end of the connection is of interest while it is held back.
            if (f.sides[1 - i].pending.size() < enough)
              events = POLLIN;
            if (!f.sides[i].pending.empty() && !held[1 - i])
              events = static_cast<short>(events | POLLOUT);
            waiting.push_back({f.sides[i].socket.get(), events, 0});
          }
      }
      ::poll(waiting.data(), waiting.size(), -1);
      std::uint64_t ignored = 0;
      (void)!::read(wake.get(), &ignored, sizeof ignored);
      const std::lock_guard guard{mutex};
      if (listener)
        take_connections();
      for (auto& f : all)
        for (std::size_t from = 0; from < 2; ++from) {
          receive(f, from);
          if (from == 1 && !cut_behind.empty())
            continue;
          if (!held[from])
            send(f, 1 - from);
        }
      if (!cut_behind.empty()) {
        cut_if_due();
        if (!held[1])
          for (auto& f : all)
            send(f, 0);
      }
      std::erase_if(all, [](const forwarded& f) { return f.broken; });
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
  std::vector<forwarded> all;
  std::vector<std::chrono::steady_clock::time_point> accepted;
  std::array<bool, 2> held{};
  std::string trap;
  direction trap_holds = direction::upstream;
  std::string cut_behind;
  bool sprung = false;
  std::function<void(std::size_t, std::string_view)> watch;
  std::thread thread;
};

tcp_proxy::tcp_proxy(std::uint16_t target) : state_(std::make_unique<state>(target)) {
  state_->thread = std::thread{[s = state_.get()] { s->run(); }};
}

tcp_proxy::~tcp_proxy() {
  state_->stopping = true;
  state_->nudge();
  state_->thread.join();
}

std::uint16_t tcp_proxy::port() const noexcept { return state_->port; }

void tcp_proxy::cut() {
  const std::lock_guard guard{state_->mutex};
  state_->cut();
  state_->nudge();
}

void tcp_proxy::watch_upstream(std::function<void(std::size_t, std::string_view)> watch) {
  const std::lock_guard guard{state_->mutex};
  state_->watch = std::move(watch);
}

void tcp_proxy::refuse(bool on) {
  const std::lock_guard guard{state_->mutex};
  if (!on && !state_->listener) {
    state_->listener = listen_on(state_->port);
  } else if (on && state_->listener) {
    // Closing alone would not end it while the thread waits for it.
    ::shutdown(state_->listener.get(), SHUT_RDWR);
    state_->listener.reset();
  }
  state_->nudge();
}

void tcp_proxy::hold(direction d, bool on) {
  const std::lock_guard guard{state_->mutex};
  state_->held[index(d)] = on;
  state_->nudge();
}

void tcp_proxy::hold_when_upstream_has(std::string bytes, direction held) {
  const std::lock_guard guard{state_->mutex};
  state_->trap = std::move(bytes);
  state_->trap_holds = held;
  state_->sprung = false;
}

void tcp_proxy::cut_behind_downstream(std::string bytes) {
  const std::lock_guard guard{state_->mutex};
  state_->cut_behind = std::move(bytes);
  state_->sprung = false;
}

bool tcp_proxy::trap_sprung() const {
  const std::lock_guard guard{state_->mutex};
  return state_->sprung;
}

std::size_t tcp_proxy::open_connections() const {
  const std::lock_guard guard{state_->mutex};
  return state_->all.size();
}

std::vector<std::chrono::steady_clock::time_point> tcp_proxy::accepted() const {
  const std::lock_guard guard{state_->mutex};
  return state_->accepted;
}

} // namespace firefinder::test
