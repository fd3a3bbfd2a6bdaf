#include "messages/url_secrets.hpp"

#include <cstddef>
#include <string>

namespace firefinder {

namespace {

// A shorter one stands in any address.
constexpr std::size_t min_password_bytes = 4;

int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() && digit_of(text[i + 1]) >= 0
                         && digit_of(text[i + 2]) >= 0;
    result += escaped ? static_cast<char>(digit_of(text[i + 1]) * 16 + digit_of(text[i + 2]))
                      : text[i];
    i += escaped ? 2 : 0;
  }
  return result;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool names_password(std::string_view text) {
  std::string name;
  for (const char x : text) {
    const auto c = lower(x);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      name += c;
      continue;
    }
    if ((c == '=' || c == ':') && (name.starts_with("pass") || name == "pwd"))
      return true;
    // What it begins with is what counts: `pass_word`, `passwd[0]`.
    if (!name.starts_with("pass") || c == '/' || c == '?' || c == '&' || c == ';' || c == '#')
      name.clear();
  }
  return false;
}

} // namespace

bool path_shows_password(std::string_view path_and_query, std::string_view password) {
  const auto plain = decoded(path_and_query);
  if (names_password(path_and_query) || names_password(plain))
    return true;
  return password.size() >= min_password_bytes
         && (path_and_query.find(password) != std::string_view::npos
             || plain.find(password) != std::string::npos);
}

} // namespace firefinder
