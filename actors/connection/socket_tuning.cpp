#include "actors/connection/socket_tuning.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>

namespace firefinder {

namespace {

struct directory_closer {
  void operator()(DIR* directory) const { closedir(directory); }
};

std::uint16_t peer_port(int fd) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0)
    return 0;
  if (peer.ss_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, &peer, sizeof address);
    return ntohs(address.sin_port);
  }
  if (peer.ss_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, &peer, sizeof address);
    return ntohs(address.sin6_port);
  }
  return 0;
}

template <class F>
void for_each_socket_to(std::uint16_t port, F&& set) {
  const std::unique_ptr<DIR, directory_closer> directory{opendir("/proc/self/fd")};
  if (!directory)
    return;
  while (const auto* entry = readdir(directory.get())) {
    const std::string_view name{entry->d_name};
    int fd = -1;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), fd);
    if (error != std::errc{} || end != name.data() + name.size() || peer_port(fd) != port)
      continue;
    set(fd);
  }
}

void set_linger(int fd, bool hard) {
  const linger how{hard ? 1 : 0, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof how);
}

constexpr timespan piece = std::chrono::milliseconds{1};

bool has_unread(int fd, std::uint16_t port) {
  int bytes = 0;
  return peer_port(fd) == port && ioctl(fd, FIONREAD, &bytes) == 0 && bytes > 0;
}

// Of those sockets that still belong to a connection to that port.
void set_all(const std::vector<int>& sockets, std::uint16_t port, int level, int option,
             int value) {
  for (const int fd : sockets)
    if (peer_port(fd) == port)
      setsockopt(fd, level, option, &value, sizeof value);
}

// While it lives, the kernel keeps what arrives to itself.
class held_back {
public:
  held_back(const std::vector<int>& sockets, std::uint16_t port) : sockets_(sockets), port_(port) {
    set(much);
  }

  ~held_back() { set(anything); }
  held_back(const held_back&) = delete;
  held_back& operator=(const held_back&) = delete;

private:
  // Far below what a socket can hold, so that nobody who sends has to wait.
  static constexpr int much = 32 * 1024;
  static constexpr int anything = 1;

  // A smaller mark wakes whoever waits for what has come (tcp_set_rcvlowat, Linux 4.18).
  void set(int bytes) const { set_all(sockets_, port_, SOL_SOCKET, SO_RCVLOWAT, bytes); }

  const std::vector<int>& sockets_;
  std::uint16_t port_;
};

} // namespace

void tune_sockets(std::uint16_t port) {
  for_each_socket_to(port, [](int fd) {
    constexpr int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_linger(fd, true);
  });
}

std::vector<int> sockets_to(std::uint16_t port) {
  std::vector<int> result;
  for_each_socket_to(port, [&result](int fd) { result.push_back(fd); });
  return result;
}

void acknowledge_segments(const std::vector<int>& sockets, std::uint16_t port) {
  set_all(sockets, port, IPPROTO_TCP, TCP_QUICKACK, 1);
}

bool gather(const std::vector<int>& sockets, std::uint16_t port, timespan span,
            const std::function<bool()>& is_wanted) {
  if (std::ranges::any_of(sockets, [port](int fd) { return has_unread(fd, port); }))
    return false;
  {
    const held_back while_waiting{sockets, port};
    // In pieces: nobody can wake who sleeps here.
    for (auto left = span; left > timespan{0} && !is_wanted(); left -= piece)
      wait_for(std::min(left, piece));
    // What the broker kept until now comes with the rest.
    acknowledge_segments(sockets, port);
  }
  return true;
}

void wait_for(timespan span) {
  constexpr std::int64_t second = 1'000'000'000;
  timespec rest{static_cast<std::time_t>(span.count() / second),
                static_cast<long>(span.count() % second)};
  ::nanosleep(&rest, nullptr);
}

void close_gently(std::uint16_t port) {
  for_each_socket_to(port, [](int fd) { set_linger(fd, false); });
}

} // namespace firefinder
