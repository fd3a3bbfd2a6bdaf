#pragma once

#include "messages/device.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace firefinder {

/// What the client of devices keeps to.
struct device_client_limits {
  /// Questions at the same time; further ones wait.
  std::size_t parallel = 200;
  /// Connections on which nothing is asked are closed after this time: cameras have few.
  std::chrono::seconds idle{2};
};

/// Asks devices by HTTP and RTSP, many at once, in steps, so that who waits for an answer can
/// be ended. Follows no redirection, uses no proxy, knows no other protocols, and shows a
/// password at most once for each question. For one thread.
class device_http {
public:
  using listener = std::function<void(device_answer)>;

  explicit device_http(const device_client_limits& limits);
  device_http(const device_http&) = delete;
  device_http& operator=(const device_http&) = delete;
  /// Gives up what is not answered; nobody hears of it.
  ~device_http();

  /// Puts the question. `done` is called once, from `work`.
  void ask(device_question question, listener done);

  /// Whether nothing is asked.
  [[nodiscard]] bool idle() const noexcept;

  /// Goes on with what is asked; waits at most this long for the network. Tells whether
  /// something was answered.
  bool work(std::chrono::milliseconds longest);

  /// Closes all connections, when nothing is asked.
  void close_connections();

private:
  struct handles;
  std::unique_ptr<handles> handles_;
};

} // namespace firefinder
