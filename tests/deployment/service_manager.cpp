#include "tests/deployment/service_manager.hpp"

#include "tests/support/wait.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace firefinder::test {

service_manager::service_manager()
  : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = (directory_.path() / "notify").string();
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (!socket_
      || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw_errno("cannot listen at " + path);
}

environment service_manager::variables(std::chrono::milliseconds watchdog) const {
  return {{"NOTIFY_SOCKET", directory_.path() / "notify"},
          {"WATCHDOG_USEC", std::to_string(std::chrono::microseconds{watchdog}.count())}};
}

const std::vector<service_manager::message>& service_manager::messages() {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0)
      return messages_;
    messages_.push_back(
        {{buffer.data(), static_cast<std::size_t>(size)}, std::chrono::steady_clock::now()});
  }
}

std::size_t service_manager::count(const std::string& line) {
  const auto& all = messages();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&line](const auto& m) {
    return ('\n' + m.text + '\n').find('\n' + line + '\n') != std::string::npos;
  }));
}

bool service_manager::wait_for(const std::string& line, std::size_t n) {
  return poll_until(patience, [&] { return count(line) >= n; });
}

std::string service_manager::transcript() {
  std::string result;
  for (const auto& m : messages())
    result += m.text + '\n';
  return result;
}

} // namespace firefinder::test
