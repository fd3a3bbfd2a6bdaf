#include "actors/web/answer_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::answer_head_test {
namespace {

// RFC 9110, section 5.6.7.
constexpr std::time_t moment = 784'111'777;

bool has_line(const std::string& text, const std::string& line) {
  return text.find("\r\n" + line + "\r\n") != std::string::npos;
}

TEST(web_answers, say_what_follows) {
  answer_head head;
  head.type = "text/plain";
  head.length = 3;
  head.headers = "ETag: \"1\"\r\n";
  const auto text = text_of(head, moment);
  EXPECT_TRUE(text.starts_with("HTTP/1.1 200 OK\r\n")) << text;
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
  EXPECT_EQ(text.find("\r\n\r\n"), text.size() - 4);
  for (const auto* line : {"Date: Sun, 06 Nov 1994 08:49:37 GMT", "Content-Type: text/plain",
                           "Content-Length: 3", "ETag: \"1\"", "X-Content-Type-Options: nosniff",
                           "Referrer-Policy: no-referrer", "Connection: keep-alive"})
    EXPECT_TRUE(has_line(text, line)) << line << text;
  EXPECT_EQ(text.find("Transfer-Encoding"), std::string::npos);
}

TEST(web_answers, say_how_their_end_is_known) {
  answer_head head;
  head.persists = false;
  head.has_chunks = true;
  EXPECT_TRUE(has_line(text_of(head, moment), "Transfer-Encoding: chunked"));
  EXPECT_TRUE(has_line(text_of(head, moment), "Connection: close"));
  EXPECT_EQ(text_of(head, moment).find("Content-Length"), std::string::npos);
  EXPECT_EQ(text_of(head, moment).find("Content-Type:"), std::string::npos);
  EXPECT_EQ(chunk_of(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(web_answers, of_an_unknown_status_have_no_phrase) {
  answer_head head;
  head.status = 299;
  EXPECT_TRUE(text_of(head, moment).starts_with("HTTP/1.1 299 \r\n"));
}

} // namespace
} // namespace firefinder::answer_head_test
