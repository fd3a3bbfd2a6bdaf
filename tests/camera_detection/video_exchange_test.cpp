// What the worker and the program write to each other, and the addresses that it makes of it.

#include "actors/camera_detection/video_exchange.hpp"
#include "src/probe/address.hpp"
#include "src/probe/login_header.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace firefinder::video_exchange_test {
namespace {

using namespace std::chrono_literals;

video_query sample_query() {
  return {"rtsp://10.0.0.1:554/cam?channel=1&subtype=0", "ad\"min", "p@ss:w/\\\n\xc3\xa4",
          login_scheme::basic, 2500ms};
}

TEST(video_exchange, a_request_is_one_line_and_comes_back_as_it_was) {
  const auto line = video_request(sample_query());
  ASSERT_TRUE(line);
  EXPECT_EQ(line->find('\n'), line->size() - 1);
  const auto x = read_video_request(*line);
  ASSERT_TRUE(x);
  EXPECT_EQ(x->url, sample_query().url);
  EXPECT_EQ(x->user, sample_query().user);
  EXPECT_EQ(x->password, sample_query().password);
  EXPECT_EQ(x->scheme, sample_query().scheme);
  EXPECT_EQ(x->deadline, sample_query().deadline);
}

// A request that does not name it is one by hand.
TEST(video_exchange, a_password_is_shown_as_was_said_or_by_digest) {
  for (const auto scheme : {login_scheme::none, login_scheme::digest, login_scheme::basic}) {
    auto query = sample_query();
    query.scheme = scheme;
    EXPECT_EQ(read_video_request(*video_request(query))->scheme, scheme);
  }
  EXPECT_EQ(read_video_request(R"({"url": "rtsp://h/"})")->scheme, login_scheme::digest);
}

TEST(video_exchange, a_request_fits_into_a_pipe_or_is_none) {
  auto query = sample_query();
  query.url = "rtsp://h/" + std::string(3000, 'x');
  EXPECT_TRUE(video_request(query));
  query.url += std::string(2000, 'x');
  EXPECT_FALSE(video_request(query));
  query = sample_query();
  query.password = "\xff";
  EXPECT_FALSE(video_request(query));
}

TEST(video_exchange, what_is_no_request_is_refused) {
  for (const char* line :
       {"", "{", "null", "[]", "\"rtsp://h/\"", "{}", R"({"url": 5})", R"({"url": ""})",
        R"({"url": "rtsp://h/", "deadline_s": "5"})", R"({"url": "rtsp://h/", "scheme": "any"})",
        R"({"url": "rtsp://h/", "scheme": true})", "{\"url\": \"rtsp://h/\xff\"}"})
    EXPECT_FALSE(read_video_request(line)) << line;
  EXPECT_FALSE(read_video_request(R"({"url": ")" + std::string(max_video_request, 'x') + "\"}"));
}

TEST(video_exchange, a_deadline_stays_in_its_range) {
  const auto deadline_of = [](const std::string& seconds) {
    const auto x = read_video_request(R"({"url": "rtsp://h/", "deadline_s": )" + seconds + "}");
    return x ? x->deadline : timespan{-1};
  };
  EXPECT_EQ(deadline_of("3.5"), timespan{3500ms});
  EXPECT_EQ(deadline_of("0"), shortest_video_deadline);
  EXPECT_EQ(deadline_of("-1e300"), shortest_video_deadline);
  EXPECT_EQ(deadline_of("1e300"), longest_video_deadline);
  EXPECT_EQ(read_video_request(R"({"url": "rtsp://h/"})")->deadline, video_query{}.deadline);
}

TEST(video_exchange, an_answer_comes_back_as_it_was) {
  for (const auto outcome :
       {video_outcome::video, video_outcome::no_video, video_outcome::unreachable,
        video_outcome::unauthorized, video_outcome::not_found, video_outcome::timeout,
        video_outcome::unable}) {
    const video_report report{outcome, "because", "h264", 1920, 1080, 12.5, 0.25};
    const auto line = video_answer(report);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto x = read_video_answer(line);
    ASSERT_TRUE(x);
    EXPECT_EQ(x->outcome, outcome);
    EXPECT_EQ(x->why, "because");
    EXPECT_EQ(x->codec, "h264");
    EXPECT_EQ(x->width, 1920U);
    EXPECT_EQ(x->height, 1080U);
    EXPECT_EQ(x->fps, 12.5);
    EXPECT_EQ(x->key_frame_after_s, 0.25);
  }
}

TEST(video_exchange, what_is_no_answer_is_refused) {
  for (const char* text :
       {"", "Segmentation fault", "{\"outcome\": \"video\"", "[]", "{}", R"({"outcome": "great"})",
        R"({"outcome": 1})", "{\"outcome\": \"video\", \"why\": \"\xff\"}",
        "{\"outcome\": \"video\"}\n{\"outcome\": \"video\"}"})
    EXPECT_FALSE(read_video_answer(text)) << text;
  EXPECT_FALSE(read_video_answer(std::string(max_video_answer + 1, '[')));
  EXPECT_FALSE(read_video_answer(std::string(max_video_answer, '[')));
}

TEST(video_exchange, an_answer_is_believed_only_where_it_can_be) {
  const auto x = read_video_answer(
      R"({"outcome": "video", "why": "a\u0007b\nc\u00e4)" + std::string(1000, 'x')
      + R"(", "codec": "H264\n", "width": -5, "height": 1e18, "fps": 1e308,
         "key_frame_after_s": "now"})");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->why.substr(0, 8), "a?b?c??x");
  EXPECT_LE(x->why.size(), 200U);
  EXPECT_EQ(x->codec, "");
  EXPECT_EQ(x->width, 0U);
  EXPECT_EQ(x->height, 0U);
  EXPECT_EQ(x->fps, 0);
  EXPECT_EQ(x->key_frame_after_s, 0);
}

// -- addresses ---------------------------------------------------------------------------

probe::address address_of(const std::string& url, const std::string& user = {},
                          const std::string& password = {}) {
  return probe::address_of({url, user, password, login_scheme::digest, 1s});
}

TEST(probe_address, stays_as_it_is_without_a_user) {
  for (const char* url :
       {"rtsp://10.0.0.1/", "rtsp://10.0.0.1", "rtsp://cam.local:8554/a?b=c&d=e#f",
        "rtsp://[fe80::1]:554/a", "rtsp://h/user=admin_password=x@y.sdp"}) {
    const auto x = address_of(url);
    EXPECT_EQ(x.outcome, video_outcome::video) << url << ' ' << x.why;
    EXPECT_EQ(x.url, url);
  }
}

TEST(probe_address, holds_no_password_that_may_not_be_shown) {
  EXPECT_EQ(probe::address_of({"rtsp://h/", "user", "hunter2", login_scheme::none, 1s}).url,
            "rtsp://h/");
}

TEST(probe_address, encodes_user_and_password) {
  EXPECT_EQ(address_of("rtsp://h:1/a@b?c", "me@home", "a@b:c/d%e?f#g h\xc3\xa4").url,
            "rtsp://me%40home:a%40b%3Ac%2Fd%25e%3Ff%23g%20h%C3%A4@h:1/a@b?c");
  EXPECT_EQ(address_of("rtsp://h/", "admin", "").url, "rtsp://admin:@h/");
  EXPECT_EQ(address_of("rtsp://h/", "A-z_0.9~", "!$&'()*+,;=").url,
            "rtsp://A-z_0.9~:!$&'()*+,;=@h/");
}

TEST(probe_address, refuses_what_is_no_address_of_a_stream) {
  for (const char* url : {"",
                          "rtsp://",
                          "rtsp:///path",
                          "http://h/",
                          "rtsps://h/",
                          "file:///etc/passwd",
                          "concat:rtsp://h/",
                          "RTSP://h/",
                          "h/path",
                          "rtsp://h:0/",
                          "rtsp://h:99999/",
                          "rtsp://h:/",
                          "rtsp://h:5x/",
                          "rtsp://:554/",
                          "rtsp://[::1/",
                          "rtsp://[]/",
                          "rtsp://[::1]x/",
                          "rtsp://user:word@h/",
                          "rtsp://user@h/",
                          "rtsp://h/a b",
                          "rtsp://h/a\r\nX: y",
                          "rtsp://h\t/"}) {
    const auto x = address_of(url, "user", "hunter2");
    EXPECT_EQ(x.outcome, video_outcome::not_found) << url;
    EXPECT_NE(x.why, "") << url;
    EXPECT_EQ(x.url.find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(address_of("rtsp://h/" + std::string(1000, 'x')).outcome, video_outcome::not_found);
}

// Each of them would otherwise cost a failed log-in.
TEST(probe_address, refuses_a_login_that_libavformat_would_change) {
  const auto refused = [](const std::string& user, const std::string& password) {
    const auto x = address_of("rtsp://h/", user, password);
    return x.outcome == video_outcome::unauthorized && !x.why.empty()
           && x.why.find("hunter2") == std::string::npos;
  };
  EXPECT_TRUE(refused("a:b", "hunter2"));
  EXPECT_TRUE(refused("a\"b", "hunter2"));
  EXPECT_TRUE(refused("a\\b", "hunter2"));
  EXPECT_TRUE(refused("a\nb", "hunter2"));
  EXPECT_TRUE(refused("a", "hunter2\r\n"));
  EXPECT_TRUE(refused("a", std::string(126, 'x')));
  EXPECT_FALSE(refused("a", std::string(125, 'x')));
  EXPECT_TRUE(refused("a", std::string(42, '@')));
}

// -- what goes out -----------------------------------------------------------------------

TEST(login_header, is_readable_by_all_schemes_but_digest) {
  const auto readable = [](const std::string& login) {
    return probe::has_readable_login("DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 2\r\n" + login);
  };
  EXPECT_TRUE(readable("Authorization: Basic YTpi\r\n\r\n"));
  EXPECT_TRUE(readable("AUTHORIZATION:basic YTpi\r\n\r\n"));
  EXPECT_TRUE(readable("authorization: \t bASIC YTpi\r\n\r\n"));
  EXPECT_TRUE(readable("Proxy-Authorization: Basic YTpi\r\n\r\n"));
  EXPECT_TRUE(readable("Authorization: Bearer YTpi\r\n\r\n"));
  EXPECT_TRUE(
      readable("Authorization: Digest username=\"a\"\r\nAuthorization: Basic YTpi\r\n\r\n"));
  // Cut off.
  EXPECT_TRUE(readable("Authorization: Bas"));
  EXPECT_TRUE(readable("Authorization:"));
  EXPECT_TRUE(readable(std::string{"X: \0", 4} + "\r\nAuthorization: Basic YTpi\r\n\r\n"));
  EXPECT_FALSE(readable("Authorization: Digest username=\"a\"\r\n\r\n"));
  EXPECT_FALSE(readable("authorization:DIGEST username=\"a\"\r\n\r\n"));
  EXPECT_FALSE(readable("User-Agent: Basic\r\n\r\n"));
  EXPECT_FALSE(probe::has_readable_login({}));
}

} // namespace
} // namespace firefinder::video_exchange_test
