// An empty body in chunks that comes in pieces fails an assertion of Beast's, though it is read
// rightly.
#define BOOST_DISABLE_ASSERTS

#include "actors/web/request_reader.hpp"

#include "actors/web/http_status.hpp"
#include "messages/text.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

namespace firefinder {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using error_code = boost::beast::error_code;

// Longest target, in bytes (RFC 9112, section 3, wants 8,000 at least).
constexpr std::size_t max_target = 8192;

std::string text_of(string_view x) { return {x.data(), x.size()}; }

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

std::optional<int> hex_digit(char c) {
  if (is_decimal(c))
    return c - '0';
  const auto letter = static_cast<char>(c | 0x20);
  return letter >= 'a' && letter <= 'f' ? std::optional{letter - 'a' + 10} : std::nullopt;
}

// RFC 3986, section 2.1; what is no escape stays as it is.
std::string decoded(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const auto high = hex_digit(text[i + 1]);
      const auto low = hex_digit(text[i + 2]);
      if (high && low) {
        result += static_cast<char>(*high * 16 + *low);
        i += 2;
        continue;
      }
    }
    result += plus_is_space && text[i] == '+' ? ' ' : text[i];
  }
  return result;
}

void split_target(std::string_view target, request_head& head) {
  // A client may name the machine in the target, and then the header says nothing (RFC 9112,
  // section 3.2.2).
  constexpr std::string_view scheme = "http://";
  if (lower_case(target.substr(0, scheme.size())) == scheme) {
    target.remove_prefix(scheme.size());
    const auto end = std::min(target.find_first_of("/?"), target.size());
    head.host = target.substr(0, end);
    target.remove_prefix(end);
  }
  const auto mark = std::min(target.find('?'), target.size());
  head.path = mark == 0 ? "/" : decoded(target.substr(0, mark), false);
  auto rest = target.substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto sign = std::min(pair.find('='), pair.size());
    if (sign > 0)
      head.query.emplace(decoded(pair.substr(0, sign), true),
                         decoded(pair.substr(std::min(sign + 1, pair.size())), true));
  }
}

} // namespace

// Of Beast's own messages nothing is needed but what is kept here.
class request_reader::parser : public http::basic_parser<true> {
public:
  parser(std::size_t max_body, std::size_t max_request) : max_body_(max_body) {
    eager(false);
    header_limit(static_cast<std::uint32_t>(max_request));
    // What is asked for is looked at first. (Without a limit every length is too long for it.)
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  request_head head;
  std::string body;
  bool head_told = false;
  /// What is read at present.
  std::string_view source;
  /// Why the head is refused, although it can be read; 0: it is not.
  std::uint16_t fault = 0;

private:
  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    head.method = text_of(method);
    head.is_old = version < 11;
    target_ = text_of(target);
    if (target_.size() > max_target)
      fault = http_status::uri_too_long;
  }

  void on_response_impl(int, string_view, int, error_code&) override {}

  void on_field_impl(http::field name, string_view raw_name, string_view text,
                     error_code&) override {
    // What comes behind a body in chunks is none of the headers (RFC 9110, section 6.5.1).
    if (head_told)
      return;
    // What goes on in another line is copied (RFC 9112, section 5.2, lets us refuse it).
    // So is none whose first line is empty: then it lies behind the end of that line.
    const std::less<> before;
    const auto* const name_end = raw_name.data() + raw_name.size();
    if (before(text.data(), name_end) || before(source.data() + source.size(), text.data())
        || std::find(name_end, text.data(), '\r') != text.data())
      fault = http_status::bad_request;
    const auto value = text_of(text);
    const auto take = [&value](std::string& into) {
      if (into.empty())
        into = value;
    };
    switch (name) {
    case http::field::host:
      if (std::exchange(has_host_, true))
        fault = http_status::bad_request;
      take(head.host);
      break;
    case http::field::content_length:
      // Beast takes a list of equal numbers too.
      if (std::exchange(has_length_, true) || !std::ranges::all_of(value, is_decimal))
        fault = http_status::bad_request;
      break;
    case http::field::transfer_encoding:
      // HTTP/1.0 knows none, so what stands between may have taken it for something else (RFC 9112,
      // section 6.1).
      if (std::exchange(has_coding_, true) || head.is_old)
        fault = http_status::bad_request;
      else if (lower_case(value) != "chunked")
        fault = http_status::not_implemented;
      break;
    case http::field::content_encoding:
      head.has_encoding = true;
      break;
    case http::field::expect:
      head.expects_continue = !head.is_old && lower_case(value) == "100-continue";
      break;
    case http::field::authorization:
      take(head.authorization);
      break;
    case http::field::content_type:
      take(head.content_type);
      break;
    case http::field::if_none_match:
      take(head.if_none_match);
      break;
    default:
      break;
    }
  }

  void on_header_impl(error_code&) override {
    head.has_body = content_length().value_or(chunked() ? 1 : 0) > 0;
    head.persists = keep_alive();
    split_target(target_, head);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(string_view part, error_code&) override {
    body.append(part.data(), part.size());
    return part.size();
  }

  void on_chunk_header_impl(std::uint64_t size, string_view, error_code& ec) override {
    if (size > max_body_ - body.size())
      ec = http::error::body_limit;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, string_view part, error_code&) override {
    body.append(part.data(), part.size());
    return part.size();
  }

  void on_finish_impl(error_code&) override {}

  std::size_t max_body_;
  std::string target_;
  bool has_host_ = false;
  bool has_length_ = false;
  bool has_coding_ = false;
};

request_reader::request_reader(std::size_t max_body, std::size_t max_request)
  : max_body_(max_body), max_request_(max_request) {
  next();
}

request_reader::~request_reader() = default;

void request_reader::take(std::string_view bytes) { bytes_ += bytes; }

const request_head& request_reader::head() const { return parser_->head; }

const std::string& request_reader::body() const { return parser_->body; }

bool request_reader::is_at_end() const noexcept { return parser_->is_done() && bytes_.empty(); }

void request_reader::next() {
  parser_ = std::make_unique<parser>(max_body_, max_request_);
  read_ = 0;
}

request_reader::progress request_reader::refuse(std::uint16_t status, std::string why) {
  status_ = status;
  why_ = std::move(why);
  return progress::is_refused;
}

request_reader::progress request_reader::go_on() {
  const auto not_understood = [this](std::uint16_t status) {
    return refuse(status, fmt::format("this is no request that is understood ({})", status));
  };
  const auto too_large = [this] {
    return refuse(http_status::too_large, fmt::format("a body has at most {} bytes", max_body_));
  };
  if (status_ != 0)
    return progress::is_refused;
  auto& p = *parser_;
  // An empty line before a request is left out (RFC 9112, section 2.2).
  if (read_ == 0 && bytes_ == "\r")
    return progress::needs_more;
  if (read_ == 0 && bytes_.starts_with("\r\n")) {
    bytes_.erase(0, 2);
    read_ = 2;
  }
  for (;;) {
    if (p.is_header_done() && !p.head_told) {
      p.head_told = true;
      // It would count a chunk as often as it looks at its first line.
      p.body_limit(boost::none);
      if (p.fault != 0)
        return not_understood(p.fault);
      return progress::has_head;
    }
    if (p.is_done())
      return progress::is_whole;
    if (p.is_header_done() && p.content_length().value_or(0) > max_body_)
      return too_large();
    // Beast does not say so where it waits for a body.
    error_code fault = http::error::need_more;
    if (!bytes_.empty()) {
      p.source = bytes_;
      const auto n = p.put(boost::asio::const_buffer{bytes_.data(), bytes_.size()}, fault);
      bytes_.erase(0, n);
      read_ += n;
    }
    if (fault == http::error::body_limit)
      return too_large();
    const bool is_too_long
        = fault == http::error::header_limit
          || (fault == http::error::need_more && read_ + bytes_.size() >= max_request_);
    if (is_too_long && !p.is_header_done())
      return refuse(http_status::headers_too_large,
                    fmt::format("a request has at most {} bytes", max_request_));
    if (is_too_long)
      return too_large();
    if (fault == http::error::need_more)
      return progress::needs_more;
    if (fault)
      return not_understood(http_status::bad_request);
  }
}

} // namespace firefinder
