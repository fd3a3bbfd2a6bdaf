#include "actors/frigate/secrets.hpp"

#include "messages/url_secrets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace firefinder {

namespace {

constexpr std::size_t max_login_bytes = 128;
// More makes Frigate give ffmpeg an error in place of the address.
constexpr std::size_t max_address_bytes = 1'000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
         || c == '-';
}

bool is_plain(char c) { return is_word(c) || c == '.' || c == '~'; }

void encode(std::string& to, char c) {
  to += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

std::string encoded(const std::string& text) {
  std::string result;
  for (const char c : text)
    if (is_plain(c))
      result += c;
    else
      encode(result, c);
  return result;
}

// A user that Frigate's rule does not fit.
std::string disguised(const std::string& user) {
  auto result = encoded(user);
  if (!result.empty() && std::all_of(result.begin(), result.end(), is_word)) {
    std::string first;
    encode(first, result.front());
    result.replace(0, 1, first);
  }
  return result;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t result = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
    ++result;
  return result;
}

// Whether Frigate's rule leaves this address right.
bool rule_holds(const std::string& url, const camera_credential& with) {
  const auto& word = with.password;
  // No password: there is nothing to encode.
  if (word.empty() || std::all_of(word.begin(), word.end(), is_plain))
    return url.find('@') == std::string::npos;
  if (!std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; }))
    return false;
  const auto host = url.find("://") + 3;
  const auto whole = url.substr(0, host) + with.user + ':' + word + '@' + url.substr(host);
  return url.find('@') == std::string::npos && occurrences(whole, word) == 1
         && whole.find(word) == host + with.user.size() + 1;
}

} // namespace

std::optional<std::vector<frigate_secret>>
secrets_of(const std::string& id, const frigate_source& camera, const camera_credential& with) {
  // ffmpeg decodes before it cuts, so no colon can be told.
  if (with.user.find(':') != std::string::npos || with.user.find('\0') != std::string::npos
      || with.password.find('\0') != std::string::npos || with.user.size() > max_login_bytes
      || with.password.size() > max_login_bytes)
    return std::nullopt;
  const auto prefix = secret_prefix(id);
  const bool as_it_is
      = !with.user.empty() && std::all_of(with.user.begin(), with.user.end(), is_word)
        && rule_holds(camera.main.url, with) && (!camera.sub || rule_holds(camera.sub->url, with));
  std::vector<frigate_secret> result{
      {prefix + "USER", as_it_is ? with.user : disguised(with.user)},
      {prefix + "PASSWORD", as_it_is ? with.password : encoded(with.password)}};
  const auto login = result[0].value.size() + result[1].value.size() + 2;
  const auto fits = [&](const frigate_input& x) {
    return x.url.size() + (as_it_is ? encoded(with.password).size() : 0) + login
           <= max_address_bytes;
  };
  if (!fits(camera.main) || (camera.sub && !fits(*camera.sub)))
    return std::nullopt;
  return result;
}

frigate_source with_secret_paths(frigate_source camera, std::string_view password) {
  const auto look = [&](frigate_input& x) {
    const auto url = std::string_view{x.url};
    x.path_is_secret = path_shows_password(url.substr(path_position(url)), password);
  };
  look(camera.main);
  if (camera.sub)
    look(*camera.sub);
  return camera;
}

std::vector<frigate_secret> path_secrets_of(const std::string& id, const frigate_source& camera) {
  std::vector<frigate_secret> result;
  const auto add = [&](const frigate_input& x, const char* name) {
    if (x.path_is_secret)
      result.push_back({secret_prefix(id) + name, x.url.substr(path_position(x.url))});
  };
  add(camera.main, "PATH");
  if (camera.sub)
    add(*camera.sub, "SUBPATH");
  return result;
}

} // namespace firefinder
