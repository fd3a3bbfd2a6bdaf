#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {

/// What an HTTP server says to a request.
struct http_reply {
  /// What it does afterwards.
  enum class then { close, say_nothing_more, never_stop };

  /// As it goes over the wire, with the header.
  std::string bytes;
  then next = then::close;

  /// A well-formed answer.
  static http_reply answer(const std::string& body, int status = 200,
                           const std::string& more_header = {});
};

/// An HTTP server on a free port of the loopback interface, in a thread of its own: as bad
/// as a test wants it to be.
class http_server {
public:
  /// What is said to each target, such as `/api/config`; to others, 404.
  explicit http_server(std::map<std::string, http_reply> replies);
  /// What is said to each request, which is given with its header; called by the thread of
  /// the server.
  explicit http_server(std::function<http_reply(const std::string& request)> answer);
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;
  ~http_server();

  /// `http://127.0.0.1:port`
  [[nodiscard]] std::string url(const std::string& credentials = {}) const;

  /// The requests so far, each with its header and its body.
  [[nodiscard]] std::vector<std::string> requests() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace firefinder::test
