#include "tests/support/scripted_broker.hpp"

#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace firefinder::test {

using std::chrono::steady_clock;
using wire::packet;
using wire::packet_type;

namespace {

/// One client of the broker.
struct client {
  descriptor socket;
  int number = 0;
  /// How this connection is treated: the behaviour of the moment it came.
  behaviour rules;
  std::string in;
  std::string out;
  bool close_when_sent = false;
  bool stalled = false;
  std::string client_id;
  int protocol = 4;
  bool connected = false;
  bool disconnected = false;
  std::vector<std::pair<std::string, int>> filters;
  /// Messages of quality of service 2 that wait for their PUBREL.
  std::map<std::uint16_t, wire::publish> unreleased;
  std::uint16_t next_id = 0;
};

packet connack(int protocol, std::uint8_t code, bool session_present = false) {
  std::string body{static_cast<char>(session_present ? 1 : 0), static_cast<char>(code)};
  if (protocol == 5)
    body += '\0';
  return {packet_type::connack, 0, std::move(body)};
}

} // namespace

struct scripted_broker::state {
  explicit state(behaviour b)
    : rules(b), port(free_port()), wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener(listen_on(port)) {
    // Of each connection; half of what is given is for the kernel itself.
    constexpr int size = 65'536;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }

  // -- everything below up to run() holds the mutex -----------------------------

  void send(client& c, const packet& p) { c.out += encode(p); }

  void deliver(const wire::publish& m) {
    for (auto& c : clients)
      for (const auto& [filter, granted] : c.filters)
        if (topic_matches(filter, m.topic)) {
          if (++c.next_id == 0)
            c.next_id = 1;
          send(c, wire::publish_packet(m.topic, m.payload, std::min(m.qos, granted), false,
                                       c.next_id, c.protocol));
          break;
        }
  }

  void on_connect(client& c, const packet& p) {
    const auto said = wire::read_connect(p);
    c.client_id = said.client_id;
    lives[static_cast<std::size_t>(c.number)].client_id = said.client_id;
    connects.push_back({steady_clock::now(), c.number, said});
    switch (c.rules.what) {
    case script::silent:
    case script::close_at_once:
      return;
    case script::refuse:
      send(c, connack(said.protocol, c.rules.code));
      c.close_when_sent = true;
      return;
    case script::cut_after_connack:
      send(c, connack(said.protocol, 0));
      c.close_when_sent = true;
      return;
    case script::serve_311:
    case script::serve_5:
      break;
    }
    const int served = c.rules.what == script::serve_5 ? 5 : 4;
    if (said.protocol == served) {
      c.connected = true;
      c.protocol = served;
      send(c, connack(served, 0, c.rules.session_present));
      return;
    }
    c.close_when_sent = true;
    if (served == 5)
      send(c, connack(4, 1));
    else if (c.rules.style == refusal_style::connack_311)
      send(c, connack(4, 1));
    else if (c.rules.style == refusal_style::connack_5)
      send(c, connack(5, 0x84));
  }

  void on_publish(client& c, const packet& p) {
    auto m = wire::read_publish(p, c.protocol);
    if (const auto code = refusals.find(m.topic); code != refusals.end() && m.qos > 0) {
      refused.emplace_back(m.topic, steady_clock::now());
      send(c, wire::acknowledgement(m.qos == 2 ? packet_type::pubrec : packet_type::puback, m.id,
                                    code->second));
      return;
    }
    const bool again = m.qos == 2 && c.unreleased.contains(m.id);
    if (!again)
      published.push_back({steady_clock::now(), c.number, c.client_id, m});
    if (m.qos == 2) {
      send(c, wire::acknowledgement(packet_type::pubrec, m.id));
      c.unreleased.emplace(m.id, std::move(m));
      return;
    }
    if (m.qos == 1)
      send(c, wire::acknowledgement(packet_type::puback, m.id));
    deliver(m);
  }

  void on_packet(client& c, const packet& p) {
    if (c.disconnected) {
      ++lives[static_cast<std::size_t>(c.number)].sent_after_disconnect;
      return;
    }
    if (p.type == packet_type::connect) {
      on_connect(c, p);
      return;
    }
    if (!c.connected)
      return;
    switch (p.type) {
    case packet_type::publish:
      on_publish(c, p);
      break;
    case packet_type::pubrel: {
      const auto id = wire::read_id(p);
      if (c.rules.completion)
        send(c, wire::acknowledgement(packet_type::pubcomp, id, *c.rules.completion));
      if (const auto held = c.unreleased.extract(id))
        deliver(held.mapped());
      break;
    }
    case packet_type::pubrec:
      send(c, wire::acknowledgement(packet_type::pubrel, wire::read_id(p)));
      break;
    case packet_type::subscribe: {
      const auto said = wire::read_subscribe(p, c.protocol);
      auto answer = wire::acknowledgement(packet_type::suback, said.id);
      if (c.protocol == 5)
        answer.body += '\0'; // no properties
      for (const auto& [filter, qos] : said.filters) {
        c.filters.emplace_back(filter, qos);
        filters.push_back(filter);
        answer.body += static_cast<char>(qos);
      }
      send(c, answer);
      break;
    }
    case packet_type::unsubscribe:
      send(c, wire::acknowledgement(packet_type::unsuback, wire::read_id(p)));
      break;
    case packet_type::pingreq:
      send(c, {packet_type::pingresp, 0, {}});
      break;
    case packet_type::disconnect:
      c.disconnected = true;
      lives[static_cast<std::size_t>(c.number)].said_disconnect = true;
      break;
    default:
      break;
    }
  }

  /// Accepts, but does not count as open yet, what has arrived.
  std::vector<descriptor> accept_all() const {
    std::vector<descriptor> result;
    for (;;) {
      descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!socket)
        return result;
      result.push_back(std::move(socket));
    }
  }

  void welcome(descriptor socket) {
    lives.push_back({steady_clock::now(), {}, {}, false, 0});
    if (rules.what == script::close_at_once) {
      lives.back().closed = lives.back().opened;
      return;
    }
    client c;
    c.socket = std::move(socket);
    c.number = static_cast<int>(lives.size()) - 1;
    c.rules = rules;
    clients.push_back(std::move(c));
  }

  /// Whether the connection is still good.
  bool receive(client& c) {
    if (c.stalled)
      return true;
    char buffer[16384];
    for (;;) {
      const auto n = ::recv(c.socket.get(), buffer, sizeof buffer, 0);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      if (n == 0)
        return false;
      c.in.append(buffer, static_cast<std::size_t>(n));
      try {
        while (const auto p = wire::take_packet(c.in))
          on_packet(c, *p);
      } catch (const std::exception&) {
        return false;
      }
    }
  }

  /// Whether the connection shall go on.
  static bool transmit(client& c) {
    while (!c.out.empty()) {
      const auto n = ::send(c.socket.get(), c.out.data(), c.out.size(), MSG_NOSIGNAL);
      if (n < 0)
        return errno == EAGAIN || errno == EINTR;
      c.out.erase(0, static_cast<std::size_t>(n));
    }
    return !c.close_when_sent;
  }

  void close(client& c) {
    lives[static_cast<std::size_t>(c.number)].closed = steady_clock::now();
    c.socket.reset();
  }

  // -- the thread ------------------------------------------------------------------

  void run() {
    while (!stopping) {
      std::vector<pollfd> waiting{{listener.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
      {
        const std::lock_guard guard{mutex};
        for (const auto& c : clients)
          waiting.push_back({c.stalled ? -1 : c.socket.get(),
                             static_cast<short>(c.out.empty() ? POLLIN : POLLIN | POLLOUT), 0});
      }
      ::poll(waiting.data(), waiting.size(), -1);
      std::uint64_t ignored = 0;
      (void)!::read(wake.get(), &ignored, sizeof ignored);
      const std::lock_guard guard{mutex};
      // First the new, then what the old have said: a client that closed before it
      // came again is seen to have closed before.
      auto arrived = accept_all();
      for (auto& c : clients)
        if (!receive(c))
          close(c);
      for (auto& socket : arrived)
        welcome(std::move(socket));
      // After all receiving, because what one says goes out to others.
      for (auto& c : clients)
        if (c.socket && !transmit(c))
          close(c);
      std::erase_if(clients, [](const client& c) { return !c.socket; });
    }
  }

  void nudge() const {
    const std::uint64_t one = 1;
    (void)!::write(wake.get(), &one, sizeof one);
  }

  mutable std::mutex mutex;
  std::atomic<bool> stopping = false;
  behaviour rules;
  std::uint16_t port;
  descriptor wake;
  descriptor listener;
  std::vector<client> clients;
  std::vector<connection_record> lives;
  std::vector<connect_record> connects;
  std::vector<publish_record> published;
  std::vector<std::string> filters;
  std::map<std::string, std::uint8_t> refusals;
  std::vector<std::pair<std::string, steady_clock::time_point>> refused;
  std::thread thread;
};

scripted_broker::scripted_broker(behaviour b) : state_(std::make_unique<state>(b)) {
  state_->thread = std::thread{[s = state_.get()] { s->run(); }};
}

scripted_broker::~scripted_broker() {
  state_->stopping = true;
  state_->nudge();
  state_->thread.join();
}

std::uint16_t scripted_broker::port() const noexcept { return state_->port; }

void scripted_broker::behave(behaviour b) {
  const std::lock_guard guard{state_->mutex};
  state_->rules = b;
}

void scripted_broker::refuse(const std::string& topic, std::uint8_t code) {
  const std::lock_guard guard{state_->mutex};
  if (code == 0)
    state_->refusals.erase(topic);
  else
    state_->refusals.insert_or_assign(topic, code);
}

void scripted_broker::stall(bool on) {
  const std::lock_guard guard{state_->mutex};
  for (auto& c : state_->clients)
    c.stalled = on;
  state_->nudge();
}

void scripted_broker::cut() {
  const std::lock_guard guard{state_->mutex};
  for (auto& c : state_->clients)
    c.close_when_sent = true;
  state_->nudge();
}

void scripted_broker::inject(const std::string& topic, std::string_view payload, int qos) {
  const std::lock_guard guard{state_->mutex};
  state_->deliver({topic, std::string{payload}, qos, false, false, 0});
  state_->nudge();
}

std::vector<connection_record> scripted_broker::connections() const {
  const std::lock_guard guard{state_->mutex};
  return state_->lives;
}

std::vector<connect_record> scripted_broker::connects() const {
  const std::lock_guard guard{state_->mutex};
  return state_->connects;
}

std::vector<connect_record> scripted_broker::connects(const std::string& client_id) const {
  auto all = connects();
  std::erase_if(all, [&](const connect_record& c) { return c.said.client_id != client_id; });
  return all;
}

std::vector<publish_record> scripted_broker::published() const {
  const std::lock_guard guard{state_->mutex};
  return state_->published;
}

std::vector<steady_clock::time_point> scripted_broker::refused(const std::string& topic) const {
  const std::lock_guard guard{state_->mutex};
  std::vector<steady_clock::time_point> result;
  for (const auto& [name, at] : state_->refused)
    if (name == topic)
      result.push_back(at);
  return result;
}

std::vector<std::string> scripted_broker::filters() const {
  const std::lock_guard guard{state_->mutex};
  return state_->filters;
}

bool scripted_broker::heard(const std::string& topic, const std::string& payload) const {
  const auto all = published();
  return std::any_of(all.begin(), all.end(), [&](const publish_record& p) {
    return p.said.topic == topic && p.said.payload == payload;
  });
}

int scripted_broker::most_parallel() const {
  const auto all = connections();
  int most = 0;
  for (const auto& one : all) {
    if (one.client_id.empty())
      continue;
    // Connections of the same client that were open when this one began.
    const auto open = [&](const connection_record& other) {
      return other.client_id == one.client_id && other.opened <= one.opened
             && (!other.closed || *other.closed > one.opened);
    };
    most = std::max(most, static_cast<int>(std::count_if(all.begin(), all.end(), open)));
  }
  return most;
}

} // namespace firefinder::test
