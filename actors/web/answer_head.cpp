#include "actors/web/answer_head.hpp"

#include "actors/web/http_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace firefinder {

namespace {

constexpr std::string_view security_headers
    = "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
      "img-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
      "form-action 'none'; frame-ancestors 'none'\r\n"
      "Referrer-Policy: no-referrer\r\n"
      "X-Content-Type-Options: nosniff\r\n";

// A client need not read it (RFC 9110, section 15.1).
std::string_view phrase_of(std::uint16_t status) {
  constexpr std::array all{
      std::pair{http_status::ok, std::string_view{"OK"}},
      std::pair{http_status::not_modified, std::string_view{"Not Modified"}},
      std::pair{http_status::bad_request, std::string_view{"Bad Request"}},
      std::pair{http_status::unauthorized, std::string_view{"Unauthorized"}},
      std::pair{http_status::forbidden, std::string_view{"Forbidden"}},
      std::pair{http_status::not_found, std::string_view{"Not Found"}},
      std::pair{http_status::not_allowed, std::string_view{"Method Not Allowed"}},
      std::pair{http_status::timeout, std::string_view{"Request Timeout"}},
      std::pair{http_status::too_large, std::string_view{"Content Too Large"}},
      std::pair{http_status::uri_too_long, std::string_view{"URI Too Long"}},
      std::pair{http_status::unsupported, std::string_view{"Unsupported Media Type"}},
      std::pair{http_status::too_many, std::string_view{"Too Many Requests"}},
      std::pair{http_status::headers_too_large,
                std::string_view{"Request Header Fields Too Large"}},
      std::pair{http_status::not_implemented, std::string_view{"Not Implemented"}},
      std::pair{http_status::unavailable, std::string_view{"Service Unavailable"}},
  };
  const auto* found = std::ranges::find(all, status, [](const auto& x) { return x.first; });
  return found == all.end() ? std::string_view{} : found->second;
}

// RFC 9110, section 5.6.7: in English, whatever the locale.
std::string date_of(std::time_t moment) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  ::gmtime_r(&moment, &t);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     days.at(static_cast<std::size_t>(t.tm_wday)), t.tm_mday,
                     months.at(static_cast<std::size_t>(t.tm_mon)), t.tm_year + 1900, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

} // namespace

std::string text_of(const answer_head& x, std::time_t now) {
  auto result = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n{}{}", x.status, phrase_of(x.status),
                            date_of(now), x.headers, security_headers);
  if (!x.type.empty())
    result += fmt::format("Content-Type: {}\r\n", x.type);
  if (x.has_chunks)
    result += "Transfer-Encoding: chunked\r\n";
  else if (x.length)
    result += fmt::format("Content-Length: {}\r\n", *x.length);
  result += x.persists ? "Connection: keep-alive\r\nKeep-Alive: timeout=5, max=100\r\n\r\n"
                       : "Connection: close\r\n\r\n";
  return result;
}

std::string chunk_of(std::string_view text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}

} // namespace firefinder
