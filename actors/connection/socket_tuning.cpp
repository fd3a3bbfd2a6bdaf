#include "actors/connection/socket_tuning.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
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

} // namespace

void tune_sockets(std::uint16_t port) {
  for_each_socket_to(port, [](int fd) {
    constexpr int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_linger(fd, true);
  });
}

void close_gently(std::uint16_t port) {
  for_each_socket_to(port, [](int fd) { set_linger(fd, false); });
}

} // namespace firefinder
