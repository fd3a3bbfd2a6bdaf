#pragma once

#include "actors/frigate/settings.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace firefinder {

/// What a server answered.
struct http_answer {
  /// Why there is no answer, for people and without the address; empty: there is one.
  std::string failure;
  /// Status code, such as 200.
  long code = 0;
  std::string body;
};

/// Asks servers over HTTP, several at once, in steps, so that who waits for an answer can be
/// ended. Follows no redirection, uses no proxy, and knows no other protocols than http and
/// https; certificates must be valid. For one thread.
class http_client {
public:
  using listener = std::function<void(http_answer)>;

  explicit http_client(const http_limits& limits);
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;
  /// Gives up what is not answered; nobody hears of it.
  ~http_client();

  /// Asks for `address`. `done` is called once, from `work`.
  void get(const std::string& address, listener done);

  /// Sends `body` there, by the method `POST` or `PUT`.
  void send(const std::string& method, const std::string& address, const std::string& content_type,
            std::string body, listener done);

  /// Whether nothing is asked.
  [[nodiscard]] bool idle() const noexcept;

  /// Goes on with what is asked; waits at most this long for the network.
  void work(std::chrono::milliseconds longest);

private:
  struct handles;

  std::unique_ptr<handles> handles_;
};

} // namespace firefinder
