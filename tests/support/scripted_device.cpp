#include "tests/support/scripted_device.hpp"

#include "tests/support/net.hpp"

#include <poll.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <list>
#include <mutex>
#include <thread>

namespace firefinder::test {

namespace {

struct connection {
  descriptor socket;
  std::string in;
  std::string out;
  device_reply::then next = device_reply::then::keep;
};

// Length of the first whole request in `in`; 0: there is none yet.
std::size_t request_length(const std::string& in) {
  const auto header = in.find("\r\n\r\n");
  if (header == std::string::npos)
    return 0;
  const auto length = header_in(in.substr(0, header + 2), "Content-Length");
  const auto whole = header + 4 + (length.empty() ? 0 : std::stoul(length));
  return in.size() >= whole ? whole : 0;
}

} // namespace

std::string header_in(const std::string& message, const std::string& name) {
  for (auto line = message.find("\r\n"); line != std::string::npos;
       line = message.find("\r\n", line)) {
    line += 2;
    if (::strncasecmp(message.c_str() + line, name.c_str(), name.size()) != 0
        || message[line + name.size()] != ':')
      continue;
    const auto value = message.find_first_not_of(' ', line + name.size() + 1);
    return message.substr(value, message.find("\r\n", value) - value);
  }
  return {};
}

struct scripted_device::state {
  explicit state(script x)
    : what(std::move(x)), port(free_port()), listener(listen_on(port)),
      wake(::eventfd(0, EFD_CLOEXEC)), worker([this] { run(); }) {}

  ~state() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake.get(), &one, sizeof one));
    worker.join();
  }

  void run() {
    for (;;) {
      std::vector<pollfd> all{{wake.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
      for (const auto& x : open) {
        const bool writes = !x.out.empty() || x.next == device_reply::then::never_stop;
        all.push_back({x.socket.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
      }
      ::poll(all.data(), all.size(), -1);
      if (all[0].revents != 0)
        return;
      auto event = all.begin() + 2;
      for (auto x = open.begin(); x != open.end(); ++event)
        x = event->revents == 0 || serve(*x) ? std::next(x) : open.erase(x);
      if (all[1].revents != 0)
        accept();
      const std::lock_guard guard{lock};
      now_open = open.size();
    }
  }

  void accept() {
    descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (!socket)
      return;
    open.push_back({std::move(socket), {}, {}});
    const std::lock_guard guard{lock};
    ++accepted;
  }

  // Goes on with a connection; false: it is over.
  bool serve(connection& x) {
    if (x.next == device_reply::then::never_stop && x.out.empty())
      x.out.assign(65'536, ' ');
    if (!x.out.empty())
      return send(x);
    std::array<char, 16'384> buffer{};
    const auto got = ::recv(x.socket.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0)
      return false;
    x.in.append(buffer.data(), static_cast<std::size_t>(got));
    const auto length = request_length(x.in);
    if (length == 0)
      return true;
    const auto request = x.in.substr(0, length);
    x.in.erase(0, length);
    {
      const std::lock_guard guard{lock};
      seen.push_back(request);
    }
    auto reply = what(request);
    x.out = std::move(reply.bytes);
    x.next = reply.next;
    return send(x);
  }

  static bool send(connection& x) {
    const auto sent = ::send(x.socket.get(), x.out.data(), x.out.size(), MSG_NOSIGNAL);
    if (sent > 0)
      x.out.erase(0, static_cast<std::size_t>(sent));
    else if (sent < 0 && errno != EAGAIN)
      return false;
    return !x.out.empty() || x.next != device_reply::then::close;
  }

  script what;
  std::uint16_t port;
  descriptor listener;
  descriptor wake;
  std::list<connection> open;
  mutable std::mutex lock;
  std::vector<std::string> seen;
  std::size_t accepted = 0;
  std::size_t now_open = 0;
  std::thread worker;
};

scripted_device::scripted_device(script what) : state_(std::make_unique<state>(std::move(what))) {}

scripted_device::~scripted_device() = default;

std::uint16_t scripted_device::port() const noexcept { return state_->port; }

std::string scripted_device::url(const std::string& scheme, const std::string& path) const {
  return scheme + "://127.0.0.1:" + std::to_string(state_->port) + path;
}

std::vector<std::string> scripted_device::requests() const {
  const std::lock_guard guard{state_->lock};
  return state_->seen;
}

std::size_t scripted_device::connections() const {
  const std::lock_guard guard{state_->lock};
  return state_->accepted;
}

std::size_t scripted_device::open_connections() const {
  const std::lock_guard guard{state_->lock};
  return state_->now_open;
}

} // namespace firefinder::test
