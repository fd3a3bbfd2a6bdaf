#include "src/probe/address.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace firefinder::probe {

namespace {

constexpr std::string_view scheme = "rtsp://";

// libavformat keeps addresses, and "user:password" as it stands in them, in arrays of 1024
// and of 128 bytes, and cuts off what is longer.
constexpr std::size_t longest_url = 1000;
constexpr std::size_t longest_login = 127;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
         || std::string_view{"-._~!$&'()*+,;="}.find(c) != std::string_view::npos;
}

std::string encoded(const std::string& text) {
  constexpr auto* digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (is_plain(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte >> 4U];
    result += digits[byte & 0xFU];
  }
  return result;
}

bool has_control(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_port(std::string_view text) {
  unsigned number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end && number >= 1 && number <= 65'535;
}

// host, host:port, [address] or [address]:port.
bool is_host(std::string_view text) {
  std::size_t end = text.find(':');
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos)
      return false;
    ++end;
  }
  end = std::min(end, text.size());
  const auto host = text.substr(0, end);
  const auto rest = text.substr(end);
  return !host.empty() && host != "[]" && (rest.empty() || is_port(rest.substr(1)));
}

// What is wrong with it; empty: nothing.
std::string fault_of(const std::string& url) {
  if (url.size() > longest_url)
    return "its address is too long";
  if (has_control(url) || url.find(' ') != std::string::npos)
    return "its address has spaces or control characters in it";
  if (!url.starts_with(scheme))
    return "its address does not begin with rtsp://";
  const auto host = std::string_view{url}.substr(
      scheme.size(), url.find_first_of("/?#", scheme.size()) - scheme.size());
  if (host.find('@') != std::string_view::npos)
    return "its address has a user in it, who is to be told apart from it";
  if (!is_host(host))
    return "its address has no host, or no valid port";
  return {};
}

} // namespace

address address_of(const video_query& query) {
  address result;
  result.why = fault_of(query.url);
  if (!result.why.empty()) {
    result.outcome = video_outcome::not_found;
    return result;
  }
  result.url = query.url;
  if (query.user.empty() || query.scheme == login_scheme::none)
    return result;
  const auto login = encoded(query.user) + ':' + encoded(query.password);
  // It decodes the whole before it looks for the colon.
  if (query.user.find(':') != std::string::npos)
    result.why = "a user's name with a colon in it cannot be told to it";
  else if (has_control(query.user) || has_control(query.password)
           || query.user.find_first_of("\"\\") != std::string::npos)
    result.why = "its user's name or password has characters in it that cannot be told to it";
  else if (login.size() > longest_login)
    result.why = "its user's name and password are too long to be told to it";
  if (!result.why.empty()) {
    result.outcome = video_outcome::unauthorized;
    return result;
  }
  result.url.insert(scheme.size(), login + '@');
  return result;
}

} // namespace firefinder::probe
