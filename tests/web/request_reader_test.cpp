#include "actors/web/request_reader.hpp"

#include "actors/web/http_status.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firefinder::request_reader_test {
namespace {

using progress = request_reader::progress;

constexpr std::size_t max_body = 100;
constexpr std::size_t max_request = 20'000;

class web_requests : public testing::Test {
protected:
  /// Goes on until more is needed, a request is whole, or it is refused.
  progress read(std::string_view bytes) {
    reader.take(bytes);
    auto result = reader.go_on();
    if (result == progress::has_head)
      result = reader.go_on();
    return result;
  }

  [[nodiscard]] const request_head& head() const { return reader.head(); }

  request_reader reader{max_body, max_request};
};

/// 0: it is read, 1: it may go on.
std::uint16_t refusal_of(std::string_view bytes) {
  request_reader reader{max_body, max_request};
  reader.take(bytes);
  auto result = reader.go_on();
  if (result == progress::has_head)
    result = reader.go_on();
  if (result == progress::needs_more)
    return 1;
  return result == progress::is_refused ? reader.status() : 0;
}

std::string post(const std::string& headers, const std::string& rest = {}) {
  return "POST /api/command HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + rest;
}

TEST_F(web_requests, say_what_they_ask_for) {
  ASSERT_EQ(read("GET /api/state HTTP/1.1\r\nHost: localhost:8088\r\nAuthorization: Bearer x\r\n"
                 "content-type:  text/plain \r\nIf-None-Match: \"1\"\r\n\r\n"),
            progress::is_whole);
  EXPECT_EQ(head().method, "GET");
  EXPECT_EQ(head().path, "/api/state");
  EXPECT_EQ(head().host, "localhost:8088");
  EXPECT_EQ(head().authorization, "Bearer x");
  EXPECT_EQ(head().content_type, "text/plain");
  EXPECT_EQ(head().if_none_match, "\"1\"");
  EXPECT_FALSE(head().has_body);
  EXPECT_FALSE(head().has_encoding);
  EXPECT_TRUE(head().persists);
  EXPECT_FALSE(head().is_old);
}

TEST_F(web_requests, are_decoded) {
  ASSERT_EQ(read("GET /a%20b+%c3%A4%2Fc%zz%4?x=1+2%2B3&y&=4&x=5&%26=a=b&&z=%0 HTTP/1.1\r\n\r\n"),
            progress::is_whole);
  EXPECT_EQ(head().path, "/a b+\xc3\xa4/c%zz%4");
  const std::map<std::string, std::string> expected{
      {"x", "1 2+3"}, {"y", ""}, {"&", "a=b"}, {"z", "%0"}};
  EXPECT_EQ(head().query, expected);
}

TEST_F(web_requests, have_no_body_in_chunks_that_come_in_pieces) {
  for (const auto x : post("Transfer-Encoding: chunked\r\n", "0\r\n\r"))
    ASSERT_EQ(read({&x, 1}), progress::needs_more);
  EXPECT_EQ(read("\n"), progress::is_whole);
  EXPECT_EQ(reader.body(), "");
}

// Who reads only the first line of such a header reads another request.
TEST_F(web_requests, have_no_header_that_begins_in_its_second_line) {
  for (const std::string header :
       {"Transfer-Encoding:\r\n chunked\r\n", "Content-Length:\r\n\t2\r\n", "X:\r\n y\r\n"})
    EXPECT_EQ(refusal_of(post(header, "ab")), http_status::bad_request) << header;
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n"), http_status::bad_request);
  EXPECT_EQ(refusal_of(post("Referer:\r\nX: \r\nContent-Length: 2\r\n", "ab")), 0U);
}

TEST_F(web_requests, may_name_the_machine_in_the_target) {
  ASSERT_EQ(read("GET http://127.0.0.1:1/x?y=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            progress::is_whole);
  EXPECT_EQ(head().host, "127.0.0.1:1");
  EXPECT_EQ(head().path, "/x");
  EXPECT_EQ(head().query.at("y"), "1");
  reader.next();
  ASSERT_EQ(read("GET HTTP://127.0.0.1?y=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            progress::is_whole);
  EXPECT_EQ(head().path, "/");
  EXPECT_EQ(head().query.at("y"), "1");
}

TEST_F(web_requests, come_in_whatever_pieces) {
  const auto all
      = post("Transfer-Encoding: chunked\r\n", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\n");
  for (std::size_t i = 0; i + 1 < all.size(); ++i)
    ASSERT_EQ(read(all.substr(i, 1)), progress::needs_more) << i;
  ASSERT_EQ(read(all.substr(all.size() - 1)), progress::is_whole);
  EXPECT_EQ(reader.body(), "abcde");
  EXPECT_FALSE(reader.has_unread());
}

TEST_F(web_requests, follow_one_another) {
  const auto first = post("Content-Length: 3\r\n", "abc");
  reader.take(first + first + "GET / HTTP/1.1\r\n\r\nGET");
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(read(""), progress::is_whole);
    EXPECT_EQ(reader.body(), "abc");
    reader.next();
    EXPECT_TRUE(reader.has_begun());
  }
  ASSERT_EQ(read(""), progress::is_whole);
  EXPECT_EQ(head().method, "GET");
  EXPECT_TRUE(reader.body().empty());
  reader.next();
  EXPECT_EQ(read(""), progress::needs_more);
  EXPECT_TRUE(reader.has_begun());
}

TEST_F(web_requests, tell_their_head_before_their_body_comes) {
  reader.take(post("Content-Length: 3\r\nExpect: 100-Continue\r\n"));
  ASSERT_EQ(reader.go_on(), progress::has_head);
  EXPECT_TRUE(head().has_body);
  EXPECT_TRUE(head().expects_continue);
  EXPECT_EQ(reader.go_on(), progress::needs_more);
  reader.take("abc");
  EXPECT_EQ(reader.go_on(), progress::is_whole);
}

TEST_F(web_requests, say_whether_another_follows) {
  const auto persists = [](const std::string& line, const std::string& connection) {
    request_reader another{max_body, max_request};
    another.take(line + "\r\n" + connection + "\r\n");
    EXPECT_EQ(another.go_on(), progress::has_head);
    return another.head().persists;
  };
  EXPECT_TRUE(persists("GET / HTTP/1.1", ""));
  EXPECT_FALSE(persists("GET / HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(persists("GET / HTTP/1.1", "Connection: TE, close\r\n"));
  EXPECT_FALSE(persists("GET / HTTP/1.0", ""));
  EXPECT_TRUE(persists("GET / HTTP/1.0", "Connection: keep-alive\r\n"));
}

TEST_F(web_requests, may_begin_with_one_empty_line) {
  EXPECT_EQ(read("\r"), progress::needs_more);
  EXPECT_EQ(read("\nGET / HTTP/1.1\r\n\r\n"), progress::is_whole);
  EXPECT_EQ(refusal_of("\r\n\r\n"), 400);
}

TEST(web_requests_refused, because_two_could_read_two_things) {
  const std::string length = "Content-Length: 3\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string chunks = "3\r\nabc\r\n0\r\n\r\n";
  EXPECT_EQ(refusal_of(post(length, "abc")), 0);
  EXPECT_EQ(refusal_of(post(chunked, chunks)), 0);
  for (const auto& headers :
       {length + length, length + "Content-Length: 4\r\n", length + chunked, chunked + length,
        chunked + chunked, std::string{"Content-Length: 3, 3\r\n"},
        std::string{"Content-Length: +3\r\n"}, std::string{"Content-Length: 0x3\r\n"},
        std::string{"Content-Length: -3\r\n"}, std::string{"Content-Length:\r\n"},
        std::string{"Content-Length: 1\r\n 2\r\n"},
        std::string{"Content-Length: 99999999999999999999\r\n"},
        std::string{"Content-Length : 3\r\n"}, std::string{" Content-Length: 3\r\n"},
        std::string{"Content-Length: 3\n"}, std::string{"Content-Length: 3\rX: y\r\n"},
        std::string{"X: a\0b\r\n", 8}, std::string{"Host: other\r\n"},
        std::string{"X: a\r\n\tb\r\n"}})
    EXPECT_EQ(refusal_of(post(headers, chunks)), 400) << headers;
  // A coding that is not known (RFC 9112, section 6.1).
  for (const auto* coding : {"gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                             "identity", "xchunked", "\"chunked\""})
    EXPECT_EQ(refusal_of(post("Transfer-Encoding: " + std::string{coding} + "\r\n", chunks)), 501)
        << coding;
  EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\n" + chunked + "\r\n" + chunks), 400);
  // Chunks that are none.
  for (const auto* body :
       {"g\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n", "3 x\r\nabc\r\n0\r\n\r\n", "ffffffffffffffff1\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n"})
    EXPECT_EQ(refusal_of(post(chunked, body)), 400) << body;
  EXPECT_EQ(refusal_of(post(chunked, "3\nabc\n0\n\n")), 1);
}

TEST(web_requests_refused, because_they_are_none) {
  for (const std::string& bytes :
       {std::string{"hello\r\n\r\n"}, std::string{"GET /\r\n\r\n"}, std::string(64, '\0'),
        std::string{"GET / HTTP/2.0\r\n\r\n"}, std::string{"GET / http/1.1\r\n\r\n"},
        std::string{"GET /a b HTTP/1.1\r\n\r\n"}, std::string{"GET / HTTP/1.1\r\nnonsense\r\n\r\n"},
        std::string{"GET / HTTP/1.1\r\n: x\r\n\r\n"}, std::string{"G@T / HTTP/1.1\r\n\r\n"}})
    EXPECT_EQ(refusal_of(bytes), 400) << bytes;
}

TEST(web_requests_refused, because_they_are_too_long) {
  EXPECT_EQ(refusal_of("GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n\r\n"), 414);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nX: " + std::string(max_request, 'x')), 431);
  std::string many = "GET / HTTP/1.1\r\n";
  while (many.size() < max_request)
    many += "X: y\r\n";
  EXPECT_EQ(refusal_of(many), 431);
  EXPECT_EQ(refusal_of(std::string(max_request, 'x')), 431);
  EXPECT_EQ(refusal_of(post("Content-Length: 100\r\n", std::string(100, 'x'))), 0);
  EXPECT_EQ(refusal_of(post("Content-Length: 101\r\n")), 413);
  EXPECT_EQ(refusal_of(post("Content-Length: 18446744073709551615\r\n")), 413);
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  EXPECT_EQ(refusal_of(post(chunked, "65\r\n")), 413);
  EXPECT_EQ(refusal_of(post(chunked, "33\r\n" + std::string(0x33, 'x') + "\r\n32\r\n")), 413);
  EXPECT_EQ(refusal_of(post(chunked, "1;" + std::string(max_request, 'x'))), 413);
}

// Whoever refuses them by their path does not care for their body.
TEST_F(web_requests, are_known_before_their_body_is_too_long) {
  reader.take(post("Content-Length: 5000000000\r\n"));
  ASSERT_EQ(reader.go_on(), progress::has_head);
  EXPECT_EQ(head().path, "/api/command");
}

TEST_F(web_requests, say_nothing_behind_their_body) {
  ASSERT_EQ(read(post("Transfer-Encoding: chunked\r\n",
                      "0\r\nAuthorization: Bearer x\r\nHost: other\r\n\r\n")),
            progress::is_whole);
  EXPECT_TRUE(head().authorization.empty());
  EXPECT_EQ(head().host, "localhost");
}

} // namespace
} // namespace firefinder::request_reader_test
