#include "actors/camera_detection/device_url.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <algorithm>
#include <charconv>

namespace firefinder {

namespace {

// Some cameras escape twice, and XML takes one away.
std::string without_entities(std::string_view text) {
  constexpr std::string_view entity = "&amp;";
  std::string result;
  for (;;) {
    const auto found = text.find(entity);
    result += text.substr(0, found);
    if (found == std::string_view::npos)
      return result;
    result += '&';
    text.remove_prefix(found + entity.size());
  }
}

std::optional<std::uint16_t> port_in(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault != std::errc{} || end != text.data() + text.size() || port == 0)
    return std::nullopt;
  return port;
}

} // namespace

std::uint16_t device_url::effective_port() const noexcept {
  if (port != 0)
    return port;
  return scheme == "rtsp" ? 554 : scheme == "https" ? 443 : 80;
}

std::string to_string(const device_url& x) {
  auto result = x.scheme + "://" + x.host;
  if (x.port != 0) {
    result += ':';
    result += std::to_string(x.port);
  }
  return result += x.path;
}

std::optional<std::string> url_path(std::string_view text) {
  text = text.substr(0, text.find('#'));
  if (text.size() > max_url_path)
    return std::nullopt;
  std::string result = text.starts_with('/') ? "" : "/";
  for (const auto c : without_entities(text)) {
    if (c == ' ')
      result += "%20";
    else if (c > ' ' && c < 0x7f)
      result += c;
    else
      return std::nullopt;
  }
  return result;
}

std::optional<device_url> parse_device_url(std::string_view text) {
  text = trimmed(text);
  const auto colon = text.find("://");
  if (colon == std::string_view::npos)
    return std::nullopt;
  device_url result;
  result.scheme = lower_case(text.substr(0, colon));
  if (result.scheme != "http" && result.scheme != "https" && result.scheme != "rtsp")
    return std::nullopt;
  text.remove_prefix(colon + 3);
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, end);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  // The colons of an IPv6 address stand in brackets.
  const auto bracket = authority.rfind(']');
  const auto port
      = authority.find(':', bracket == std::string_view::npos ? std::size_t{0} : bracket);
  if (port != std::string_view::npos && port + 1 < authority.size()) {
    const auto number = port_in(authority.substr(port + 1));
    if (!number)
      return std::nullopt;
    result.port = *number;
  }
  result.host = foreign_text(authority.substr(0, port), 256);
  auto path = url_path(text.substr(end));
  if (!path)
    return std::nullopt;
  result.path = std::move(*path);
  return result;
}

} // namespace firefinder
