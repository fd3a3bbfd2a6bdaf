#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// One way to log in that a server offers (RFC 9110, section 11.6.1; RFC 2326, section 14).
struct login_challenge {
  /// In lower case, such as `digest` or `basic`.
  std::string scheme;
  /// Text of the prompt.
  std::string realm;
  /// Digest (RFC 7616): in lower case; empty: it does not say.
  std::string algorithm;
  std::string qop;

  friend bool operator==(const login_challenge&, const login_challenge&) = default;
};

/// Most challenges that are looked at.
inline constexpr std::size_t max_challenges = 8;

/// The challenges in one `WWW-Authenticate:` line, in their order; several may share it.
[[nodiscard]] std::vector<login_challenge> challenges_in(std::string_view line);

/// Those of all lines.
[[nodiscard]] std::vector<login_challenge> challenges_in(const std::vector<std::string>& lines);

} // namespace firefinder
