#pragma once

#include "actors/web/settings.hpp"
#include "messages/actors.hpp"
#include "messages/status.hpp"

#include <memory>
#include <string>

namespace firefinder {

/// The HTTP server: listens, and answers on a thread of its own from its start to its destruction,
/// which ends every connection at once. It owns the page's files; every other
/// question goes to the web actor as a message.
///
/// Everything that comes in is bounded: connections at a time, bytes and seconds of a request,
/// seconds in which a client must take something of its answer.
class http_server {
public:
  http_server(const web_settings& settings, caf::actor_system& system, web_actor whom);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Begins to serve, or says why it cannot.
  [[nodiscard]] status start();

  /// Where it serves, such as `http://127.0.0.1:8088/`.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
  std::string url_;
};

} // namespace firefinder
