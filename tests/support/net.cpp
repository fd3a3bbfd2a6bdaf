#include "tests/support/net.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <deque>
#include <mutex>
#include <random>
#include <stdexcept>
#include <system_error>

namespace firefinder::test {

namespace {

// Below the range from which Linux takes ports of outgoing connections: a client
// that dials a port of that range long enough ends up connected to itself.
constexpr std::uint16_t first_port = 15000;
constexpr std::uint16_t last_port = 31999;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

template <class Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Claims the port among the processes that use this library: a name in the
/// abstract socket namespace lives as long as its process and leaves no file.
descriptor claim(std::uint16_t port) {
  descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto name = "firefinder-test-port-" + std::to_string(port);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = offsetof(sockaddr_un, sun_path) + 1 + name.size();
  if (::bind(fd.get(), generic(address), static_cast<socklen_t>(length)) != 0)
    fd.reset();
  return fd;
}

bool bindable(std::uint16_t port) {
  const descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto address = loopback(port);
  return ::bind(fd.get(), generic(address), sizeof address) == 0;
}

} // namespace

std::uint16_t free_port() {
  static std::mutex mutex;
  const std::lock_guard guard{mutex};
  static std::deque<descriptor> claimed;
  // Whoever runs for long gives back what it asked for long ago: libmosquitto cannot use
  // descriptors from 1024 on.
  constexpr std::size_t most_claims = 256;
  if (claimed.size() >= most_claims)
    claimed.pop_front();
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<unsigned> pick{first_port, last_port};
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(pick(random));
    auto ours = claim(port);
    if (ours && bindable(port)) {
      claimed.push_back(std::move(ours));
      return port;
    }
  }
  throw std::runtime_error("no free port on the loopback interface");
}

descriptor listen_on(std::uint16_t port) {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto address = loopback(port);
  if (::bind(fd.get(), generic(address), sizeof address) != 0 || ::listen(fd.get(), 128) != 0)
    throw_errno("cannot listen on 127.0.0.1:" + std::to_string(port));
  return fd;
}

descriptor connect_to(std::uint16_t port) {
  descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int yes = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const auto address = loopback(port);
  if (::connect(fd.get(), generic(address), sizeof address) != 0 && errno != EINPROGRESS)
    fd.reset();
  return fd;
}

bool accepts_connections(std::uint16_t port) {
  const auto fd = connect_to(port);
  if (!fd)
    return false;
  pollfd waiting{fd.get(), POLLOUT, 0};
  if (::poll(&waiting, 1, 1000) != 1)
    return false;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0;
}

void abort_on_close(const descriptor& connection) {
  const linger now{1, 0};
  ::setsockopt(connection.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace firefinder::test
