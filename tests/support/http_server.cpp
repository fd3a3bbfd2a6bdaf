#include "tests/support/http_server.hpp"

#include "tests/support/net.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <thread>

namespace firefinder::test {

http_reply http_reply::answer(const std::string& body, int status, const std::string& more_header) {
  return {"HTTP/1.1 " + std::to_string(status) + " x\r\nConnection: close\r\nContent-Length: "
              + std::to_string(body.size()) + "\r\n" + more_header + "\r\n" + body,
          then::close};
}

namespace {

// With as much behind its header as that says.
bool is_whole(const std::string& request) {
  const auto end = request.find("\r\n\r\n");
  if (end == std::string::npos)
    return false;
  const std::string name = "Content-Length: ";
  const auto length = request.find(name);
  return length == std::string::npos || length > end
         || request.size() >= end + 4 + std::stoul(request.substr(length + name.size()));
}

std::string target_of(const std::string& request) {
  const auto from = request.find(' ') + 1;
  return request.substr(from, request.find(' ', from) - from);
}

} // namespace

struct http_server::state {
  explicit state(std::function<http_reply(const std::string&)> how)
    : answer(std::move(how)), port(free_port()), listener(listen_on(port)),
      wake(::eventfd(0, EFD_CLOEXEC)), worker([this] { run(); }) {}

  ~state() {
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake.get(), &one, sizeof one));
    worker.join();
  }

  // Whether `socket` can do that before the end; false: the end has come.
  bool wait(const descriptor& socket, short what) const {
    std::array<pollfd, 2> all{pollfd{socket.get(), what, 0}, pollfd{wake.get(), POLLIN, 0}};
    ::poll(all.data(), all.size(), -1);
    return all[1].revents == 0;
  }

  void run() {
    while (wait(listener, POLLIN)) {
      descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
      if (socket)
        serve(std::move(socket));
    }
  }

  void serve(descriptor socket) {
    std::string request;
    std::array<char, 4096> buffer{};
    while (!is_whole(request)) {
      if (!wait(socket, POLLIN))
        return;
      const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
      if (got <= 0)
        return;
      request.append(buffer.data(), static_cast<std::size_t>(got));
    }
    {
      const std::lock_guard guard{lock};
      requests.push_back(request);
    }
    const auto reply = answer(request);
    auto going = send(socket, reply.bytes);
    while (going && reply.next == http_reply::then::never_stop)
      going = send(socket, std::string(65'536, ' '));
    if (reply.next == http_reply::then::say_nothing_more)
      held.push_back(std::move(socket));
  }

  [[nodiscard]] bool send(const descriptor& socket, const std::string& bytes) const {
    for (std::size_t sent = 0; sent < bytes.size();) {
      if (!wait(socket, POLLOUT))
        return false;
      const auto n = ::send(socket.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      sent += static_cast<std::size_t>(n);
    }
    return true;
  }

  std::function<http_reply(const std::string&)> answer;
  std::uint16_t port;
  descriptor listener;
  descriptor wake;
  std::vector<descriptor> held;
  mutable std::mutex lock;
  std::vector<std::string> requests;
  std::thread worker;
};

http_server::http_server(std::map<std::string, http_reply> replies)
  : http_server([replies = std::move(replies)](const std::string& request) {
      const auto known = replies.find(target_of(request));
      return known == replies.end() ? http_reply::answer("", 404) : known->second;
    }) {}

http_server::http_server(std::function<http_reply(const std::string&)> answer)
  : state_(std::make_unique<state>(std::move(answer))) {}

http_server::~http_server() = default;

std::string http_server::url(const std::string& credentials) const {
  return "http://" + credentials + (credentials.empty() ? "" : "@")
         + "127.0.0.1:" + std::to_string(state_->port);
}

std::vector<std::string> http_server::requests() const {
  const std::lock_guard guard{state_->lock};
  return state_->requests;
}

} // namespace firefinder::test
