#pragma once

#include "messages/decision.hpp"
#include "messages/time.hpp"

#include <arpa/inet.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// Where the page is served, and for whom.
struct web_settings {
  /// Name or address to listen at, an IPv6 address without brackets; empty: nothing is served.
  std::string host = "127.0.0.1";
  /// 0: a free one.
  std::uint16_t port = 8088;
  /// What a request must show; empty: nothing, and then only this machine is served.
  std::string token;
  std::string version;
  std::string instance;
  /// The broker, `host:port`.
  std::string broker;
  /// Wall clock when the process started.
  unix_seconds started_at = 0;
  /// Growth that verifies an object: last area over first area.
  double growth_needed = 1.2;

  /// Whether nobody but this machine can connect.
  [[nodiscard]] bool is_loopback() const {
    in_addr address{};
    return host == "localhost" || host == "::1"
           || (inet_pton(AF_INET, host.c_str(), &address) == 1 && host.starts_with("127."));
  }

  /// Whether anything is served at all: what others can reach needs a token.
  [[nodiscard]] bool is_served() const {
    return !host.empty() && (is_loopback() || !token.empty());
  }
};

/// How decisions are put into words, and read where they were written down: by whoever makes them.
struct decision_language {
  std::function<std::string(const decision_record&)> decision;
  std::function<std::string(const camera_standing&)> standing;
  /// None: it is no decision.
  std::function<std::optional<decision_record>(std::string_view)> read;
};

} // namespace firefinder
