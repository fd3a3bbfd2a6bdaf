#pragma once

#include "messages/time.hpp"
#include "messages/web.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// Wrong tokens that one address may show in a span before it is not heard at all.
inline constexpr std::size_t max_wrong_tokens = 10;
inline constexpr timespan wrong_token_span = std::chrono::minutes{1};

/// What the header `Authorization` of a request shows (RFC 6750, section 2.1). The time that
/// takes does not depend on where a wrong token differs.
[[nodiscard]] shown_token token_of(std::string_view authorization, std::string_view token);

/// Whether the header `Host` names this machine: an address, `localhost`, or the name at which we
/// listen. A page from elsewhere whose name was made to mean our address (DNS rebinding) is told
/// apart by it.
[[nodiscard]] bool is_own_host(std::string_view header, std::string_view configured);

/// Lets those in who may ask.
class gatekeeper {
public:
  /// Why somebody is not let in.
  struct refusal {
    std::uint16_t status = 401;
    std::string error;
  };

  explicit gatekeeper(bool has_token) : has_token_(has_token) {}

  /// Nothing: the question may be answered.
  [[nodiscard]] std::optional<refusal> look_at(const web_question& question, monotonic now);

private:
  [[nodiscard]] bool is_shut_out(const std::string& address, monotonic now);
  void note_failure(const std::string& address, monotonic now);

  bool has_token_;
  /// When an address has shown a wrong token, not longer ago than the span.
  std::map<std::string, std::deque<monotonic>> failures_;
};

} // namespace firefinder
