// The server by itself, with somebody who answers for the web actor, over TCP.

#include "actors/web/http_server.hpp"

#include "actors/web/places.hpp"
#include "messages/types.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::http_server_test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A client that writes and reads bytes.
class client {
public:
  explicit client(std::uint16_t port) : fd_(test::connect_to(port)) {}

  void send(std::string_view text) {
    while (!text.empty()) {
      pollfd ready{fd_.get(), POLLOUT, 0};
      ASSERT_EQ(::poll(&ready, 1, 5'000), 1);
      const auto n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      ASSERT_TRUE(n >= 0 || errno == EAGAIN);
      text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
  }

  /// Sends `begin` and then `more` again and again; whether the other side ends that.
  bool is_cut_off(std::string_view begin, std::string_view more) {
    send(begin);
    for (const auto deadline = clock::now() + test::patience; clock::now() < deadline;) {
      pollfd ready{fd_.get(), POLLOUT, 0};
      static_cast<void>(::poll(&ready, 1, 100));
      if (::send(fd_.get(), more.data(), more.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN)
        return true;
    }
    return false;
  }

  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

  /// Reads until there are so many of these texts.
  bool reads(const std::string& text, std::size_t times = 1) {
    return read_until([&] { return count(text) >= times; });
  }

  /// Reads until the server ends the connection.
  bool reads_to_end() {
    return read_until([this] { return ended_; });
  }

  /// Whether there is something to read.
  [[nodiscard]] bool has_news() const {
    pollfd ready{fd_.get(), POLLIN, 0};
    return ::poll(&ready, 1, 0) != 0;
  }

  [[nodiscard]] std::size_t count(const std::string& text) const {
    std::size_t result = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size()))
      ++result;
    return result;
  }

  /// Everything that came.
  std::string all;

private:
  template <class Predicate>
  bool read_until(Predicate&& enough) {
    const auto deadline = clock::now() + test::patience;
    while (!enough()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
      pollfd ready{fd_.get(), POLLIN, 0};
      if (ended_ || left <= 0ms || ::poll(&ready, 1, static_cast<int>(left.count())) != 1)
        return false;
      std::array<char, 16'384> buffer{};
      const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (n > 0)
        all.append(buffer.data(), static_cast<std::size_t>(n));
      else
        ended_ = true;
    }
    return true;
  }

  test::descriptor fd_;
  bool ended_ = false;
};

/// Answers what it was asked, and follows nobody: /api/events gets one event and then another after
/// each confirmation; /api/explain gets no answer.
caf::behavior somebody(caf::event_based_actor* self, std::string) {
  self->set_default_handler(caf::drop);
  const auto tell = [](const web_question& x) {
    auto result = x.method + ' ' + x.path + ' ' + x.body;
    for (const auto& [name, value] : x.query)
      result += ' ' + name + '=' + value;
    return result;
  };
  return {
      [self, tell](const web_question& x) -> caf::result<web_answer> {
        if (x.path == "/api/explain")
          return self->make_response_promise<web_answer>();
        web_answer result;
        result.body = tell(x);
        result.stream = x.path == "/api/events";
        return result;
      },
      [self](listen_atom, const event_listener& listener) {
        self->send(listener, web_events{{{"first", "1"}}});
        return done_atom_v;
      },
      [self](web_credit credit) {
        static_cast<void>(credit);
        self->send(caf::actor_cast<event_listener>(self->current_sender()),
                   web_events{{{"next", "2"}}});
      },
  };
}

class web_http_server : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { register_types(*this); }
  };

  static web_settings settings() {
    web_settings result;
    result.port = 0;
    return result;
  }

  web_http_server() : whom_(system_.spawn(somebody, std::string{})) {
    server_ = std::make_unique<http_server>(settings(), system_, caf::actor_cast<web_actor>(whom_));
  }

  ~web_http_server() override {
    server_.reset();
    caf::anon_send_exit(whom_, caf::exit_reason::kill);
  }

  void serve() {
    const auto started = server_->start();
    ASSERT_TRUE(started) << started.why();
    port_ = static_cast<std::uint16_t>(
        std::stoi(server_->url().substr(server_->url().rfind(':') + 1)));
  }

  static std::string get(const std::string& path, const std::string& headers = {}) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
  }

  static std::string post(const std::string& headers, const std::string& body) {
    return "POST /api/command HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
  }

  config config_;
  caf::actor_system system_{config_};
  caf::actor whom_;
  std::unique_ptr<http_server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(web_http_server, answers_one_request_after_another) {
  serve();
  client c{port_};
  std::string all;
  for (int i = 0; i < 5; ++i)
    all += get("/api/state?i=" + std::to_string(i)) + get("/app.js")
           + post("Content-Length: 2\r\n", "ab");
  c.send(all + get("/api/nothing", "Connection: close\r\n"));
  ASSERT_TRUE(c.reads_to_end());
  EXPECT_EQ(c.count("HTTP/1.1 200 OK\r\n"), 15U);
  EXPECT_EQ(c.count("POST /api/command ab"), 5U);
  EXPECT_EQ(c.count("Connection: keep-alive\r\n"), 15U);
  EXPECT_EQ(c.count("HTTP/1.1 404 "), 1U);
  for (int i = 0; i + 1 < 5; ++i)
    EXPECT_LT(c.all.find("i=" + std::to_string(i)), c.all.find("i=" + std::to_string(i + 1)));
}

TEST_F(web_http_server, closes_after_a_hundred) {
  serve();
  client c{port_};
  for (int i = 0; i < 101; ++i)
    c.send(get("/api/state"));
  ASSERT_TRUE(c.reads_to_end());
  EXPECT_EQ(c.count("HTTP/1.1 200 OK\r\n"), 100U);
  EXPECT_EQ(c.count("Connection: close\r\n"), 1U);
}

TEST_F(web_http_server, understands_what_comes_in_pieces) {
  serve();
  client c{port_};
  const auto request = get("/api/cameras/a%20b?x=%2B+y");
  for (const char x : request)
    c.send({&x, 1});
  EXPECT_TRUE(c.reads("GET /api/cameras/a b  x=+ y"));
  c.send(post("Transfer-Encoding: chunked\r\n", "2\r\nab\r\n"));
  c.send("1\r\nc\r\n0\r\n\r\n");
  EXPECT_TRUE(c.reads("POST /api/command abc"));
}

TEST_F(web_http_server, asks_for_a_body_that_waits) {
  serve();
  client c{port_};
  c.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  ASSERT_TRUE(c.reads("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_EQ(c.count("HTTP/1.1 200"), 0U);
  c.send("ab");
  EXPECT_TRUE(c.reads("POST /api/command ab"));
  // One that is there is not asked for, and one that is not wanted neither.
  client second{port_};
  second.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", "ab"));
  EXPECT_TRUE(second.reads("POST /api/command ab"));
  EXPECT_EQ(second.count("100 Continue"), 0U);
  client third{port_};
  third.send("POST /api/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
             "Expect: 100-continue\r\n\r\n");
  EXPECT_TRUE(third.reads_to_end());
  EXPECT_EQ(third.count("HTTP/1.1 405 "), 1U);
  EXPECT_EQ(third.count("100 Continue"), 0U);
}

TEST_F(web_http_server, understands_nothing_behind_what_it_refuses) {
  serve();
  for (const auto& [request, status] : std::vector<std::pair<std::string, std::string>>{
           {post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
           {post("Content-Length: 0\r\nContent-Length: 50\r\n", ""), "400"},
           {post("Transfer-Encoding: gzip\r\n", "0\r\n\r\n"), "501"},
           {post("Content-Length: 5000\r\n", ""), "413"},
           {get("/api/state", "Content-Length: 50\r\n"), "200"},
           {"POST /api/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n", "405"},
           {get("/api/state", "Host: other\r\n"), "400"}}) {
    client c{port_};
    c.send(request + get("/api/state?smuggled=1"));
    EXPECT_TRUE(c.reads_to_end()) << request;
    EXPECT_TRUE(c.all.starts_with("HTTP/1.1 " + status)) << request << c.all;
    EXPECT_EQ(c.count("smuggled"), 0U) << request;
    EXPECT_EQ(c.count("HTTP/1.1 "), 1U) << request;
    EXPECT_EQ(c.count("Connection: close\r\n"), 1U) << request;
  }
}

// Who still sends, more than the system keeps for the two of us, sees the answer all the same.
TEST_F(web_http_server, lets_its_refusal_be_read) {
  serve();
  client c{port_};
  c.send(post("Content-Length: 8000000\r\n", std::string(8'000'000, 'x')));
  EXPECT_TRUE(c.reads_to_end());
  EXPECT_TRUE(c.all.starts_with("HTTP/1.1 413 ")) << c.all;
}

TEST_F(web_http_server, cuts_off_whoever_never_stops_sending) {
  serve();
  client c{port_};
  EXPECT_TRUE(c.is_cut_off(post("Content-Length: 900000000000\r\n", ""), std::string(65'536, 'x')));
}

// The page is closed: its place is free for the next one, and not only with the next event.
TEST_F(web_http_server, notices_who_follows_no_more) {
  serve();
  for (int i = 0; i < 100; ++i) {
    client c{port_};
    c.send(get("/api/events"));
    ASSERT_TRUE(c.reads("retry: 2000")) << i;
    c.end_sending();
    ASSERT_TRUE(c.reads_to_end()) << i;
  }
}

TEST_F(web_http_server, answers_whoever_sends_no_more) {
  serve();
  client c{port_};
  c.send(get("/api/state") + get("/api/state") + "GET /api/st");
  c.end_sending();
  EXPECT_TRUE(c.reads_to_end());
  EXPECT_EQ(c.count("HTTP/1.1 200 OK\r\n"), 2U);
  EXPECT_EQ(c.count("HTTP/1.1 400 "), 1U);
}

TEST_F(web_http_server, knows_older_clients) {
  serve();
  client c{port_};
  c.send("GET /api/state HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(c.reads("Connection: keep-alive\r\n"));
  // They know no chunks.
  c.send("GET /api/events HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(c.reads("\r\n\r\nretry: 2000\n\nevent: first\ndata: 1\n\nevent: next\ndata: 2\n\n"));
  EXPECT_EQ(c.count("chunked"), 0U);
}

TEST_F(web_http_server, tells_events_as_fast_as_they_are_read) {
  serve();
  client c{port_};
  c.send(get("/api/events"));
  EXPECT_TRUE(c.reads("event: next\ndata: 2\n\n\r\n", 100));
  EXPECT_EQ(c.count("Transfer-Encoding: chunked\r\n"), 1U);
  EXPECT_EQ(c.count("event: first\ndata: 1\n\n\r\n"), 1U);
  // The web actor ends, and with it what it tells.
  caf::anon_send_exit(whom_, caf::exit_reason::user_shutdown);
  EXPECT_TRUE(c.reads_to_end());
  client late{port_};
  late.send(get("/api/state"));
  EXPECT_TRUE(late.reads("HTTP/1.1 503 "));
}

TEST_F(web_http_server, of_a_stream_tells_only_the_head_to_whoever_asks_for_that) {
  serve();
  client c{port_};
  c.send("HEAD /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/api/state"));
  EXPECT_TRUE(c.reads("GET /api/state"));
  EXPECT_EQ(c.count("HTTP/1.1 200 OK\r\n"), 2U);
  EXPECT_EQ(c.count("Content-Length"), 1U);
}

TEST_F(web_http_server, does_not_wait_for_who_is_silent) {
  serve();
  client c{port_};
  c.send(get("/api/explain"));
  client other{port_};
  other.send(get("/api/state"));
  EXPECT_TRUE(other.reads("GET /api/state"));
  EXPECT_TRUE(c.reads("HTTP/1.1 503 "));
  c.send(get("/api/state"));
  EXPECT_TRUE(c.reads("GET /api/state"));
}

TEST_F(web_http_server, has_others_wait_until_there_is_a_place) {
  serve();
  std::vector<std::unique_ptr<client>> all;
  for (std::size_t i = 0; i < places::count; ++i) {
    all.push_back(std::make_unique<client>(port_));
    all.back()->send(get("/api/events"));
  }
  for (auto& x : all)
    EXPECT_TRUE(x->reads("event: first"));
  std::vector<std::unique_ptr<client>> waiting;
  for (std::size_t i = 0; i < places::count; ++i) {
    waiting.push_back(std::make_unique<client>(port_));
    waiting.back()->send(get("/api/state", "Connection: close\r\n"));
  }
  // Those who follow are served meanwhile, and nobody else.
  for (auto& x : all)
    EXPECT_TRUE(x->reads("event: next", 5 + x->count("event: next")));
  for (auto& x : waiting)
    EXPECT_FALSE(x->has_news());
  all.pop_back();
  for (auto& x : waiting)
    EXPECT_TRUE(x->reads_to_end() && x->count("HTTP/1.1 200 OK\r\n") == 1) << x->all;
}

TEST_F(web_http_server, ends_at_once) {
  serve();
  std::vector<std::unique_ptr<client>> all;
  for (const auto& said :
       {std::string{}, std::string{"GET /api/st"}, get("/api/explain"), get("/api/events"),
        post("Content-Length: 10\r\n", "half"), get("/api/state", "Connection: close\r\n")}) {
    all.push_back(std::make_unique<client>(port_));
    all.back()->send(said);
  }
  EXPECT_TRUE(all[3]->reads("event: first"));
  EXPECT_TRUE(all[5]->reads_to_end());
  // The others would be waited for longer, or for ever.
  const auto begin = clock::now();
  server_.reset();
  EXPECT_LT(clock::now() - begin, 1500ms);
  for (auto& x : all)
    EXPECT_TRUE(x->reads_to_end());
}

// AddressSanitizer takes more address space than is left to it here.
#ifndef __SANITIZE_ADDRESS__
TEST_F(web_http_server, says_so_when_it_gets_no_thread) {
  std::size_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  constexpr std::size_t spare = std::size_t{64} << 20;
  // Those of threads that have ended are used again, and are too small.
  pthread_attr_t usual{};
  pthread_attr_t large{};
  ASSERT_EQ(::pthread_getattr_default_np(&usual), 0);
  ASSERT_EQ(::pthread_getattr_default_np(&large), 0);
  ASSERT_EQ(::pthread_attr_setstacksize(&large, 2 * spare), 0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  rlimit little = before;
  little.rlim_cur = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + spare;
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &little), 0);
  ASSERT_EQ(::pthread_setattr_default_np(&large), 0);
  const auto started = server_->start();
  ASSERT_EQ(::pthread_setattr_default_np(&usual), 0);
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  ::pthread_attr_destroy(&usual);
  ::pthread_attr_destroy(&large);
  EXPECT_FALSE(started);
  EXPECT_NE(started.why().find("thread"), std::string::npos) << started.why();
  // Another attempt succeeds, and the end of all waits for nobody who never was.
  server_ = std::make_unique<http_server>(settings(), system_, caf::actor_cast<web_actor>(whom_));
  serve();
  client c{port_};
  c.send(get("/api/state"));
  EXPECT_TRUE(c.reads("GET /api/state"));
}
#endif

} // namespace
} // namespace firefinder::http_server_test
