#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {

/// A way through a connection of a proxy.
enum class direction {
  /// From those who connected to us.
  upstream,
  /// To them.
  downstream,
};

/// Forwards TCP connections of the loopback interface to another port of it, and
/// fails on demand. Served by a thread of its own.
class tcp_proxy {
public:
  explicit tcp_proxy(std::uint16_t target);
  ~tcp_proxy();
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Cuts every connection. What was held back is lost.
  void cut();

  /// Tells everything that comes by upstream, with the number of its connection, counted from 0:
  /// in order, in the proxy's thread, before it goes on. To be called before anybody connects.
  void watch_upstream(std::function<void(std::size_t connection, std::string_view bytes)> watch);

  /// Whether new connections are refused, as by a host where nobody listens.
  void refuse(bool on);

  /// Whether everything of one direction is held back, on all connections.
  void hold(direction d, bool on);

  /// Holds back `held` from the moment on at which `bytes` come by upstream. These
  /// bytes go on if `held` is downstream, and stay here if it is upstream.
  void hold_when_upstream_has(std::string bytes, direction held);

  /// Cuts every connection right behind `bytes` that come by downstream: who gets
  /// them can read them, but not answer.
  void cut_behind_downstream(std::string bytes);

  /// Whether the moment has come that one of these two waits for.
  [[nodiscard]] bool trap_sprung() const;

  /// Connections open now.
  [[nodiscard]] std::size_t open_connections() const;

  /// When connections were accepted, in order.
  [[nodiscard]] std::vector<std::chrono::steady_clock::time_point> accepted() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace firefinder::test
