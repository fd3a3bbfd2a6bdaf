#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {

/// What a scripted device does about a request.
struct device_reply {
  /// What it does afterwards.
  enum class then { keep, close, never_stop };

  /// As it goes over the wire; nothing: it stays mute.
  std::string bytes;
  then next = then::keep;
};

/// A server of HTTP or RTSP on a free port of the loopback interface, for any number of
/// connections with any number of requests, in a thread of its own. It knows where a request
/// ends, and nothing else: the rest is the script's.
class scripted_device {
public:
  /// Is asked from the server's thread, with the whole request.
  using script = std::function<device_reply(const std::string& request)>;

  explicit scripted_device(script what);
  scripted_device(const scripted_device&) = delete;
  scripted_device& operator=(const scripted_device&) = delete;
  ~scripted_device();

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// `SCHEME://127.0.0.1:port` and this path.
  [[nodiscard]] std::string url(const std::string& scheme, const std::string& path = "/") const;

  /// The requests so far.
  [[nodiscard]] std::vector<std::string> requests() const;

  /// Connections that came so far, and those that are there now.
  [[nodiscard]] std::size_t connections() const;
  [[nodiscard]] std::size_t open_connections() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// The value of a header line of a request or an answer; empty: it has none.
[[nodiscard]] std::string header_in(const std::string& message, const std::string& name);

} // namespace firefinder::test
