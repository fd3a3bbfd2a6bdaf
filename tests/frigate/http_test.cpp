// The worker for Frigate's API, over libcurl and real sockets.

#include "actors/frigate/frigate_api.hpp"
#include "actors/frigate/http.hpp"
#include "messages/types.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>

#include <optional>

namespace firefinder::http_test {
namespace {

using namespace std::chrono_literals;
using test::http_reply;
using test::http_server;

constexpr auto configuration = R"({"cameras": {"north": {"detect": {"enabled": true, "width": 640,
  "height": 360}, "objects": {"track": ["fire"], "filters": {"fire": {"threshold": 0.8}}}}}})";
constexpr auto events = R"([{"id": "1.5-a", "camera": "north", "label": "fire", "end_time": null,
  "data": {"box": [0.1, 0.2, 0.3, 0.4]}}])";
constexpr auto events_target = "/api/events?in_progress=1&limit=200&include_thumbnails=0";

http_limits short_limits() { return {2s, 2s, 100'000}; }

// -- the client --------------------------------------------------------------------------

http_answer ask(const std::string& address, const http_limits& limits = short_limits()) {
  http_client client{limits};
  std::optional<http_answer> result;
  client.get(address, [&result](http_answer answer) { result = std::move(answer); });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return result.has_value();
  }));
  EXPECT_TRUE(client.idle());
  return result.value_or(http_answer{});
}

TEST(http_client, takes_an_answer) {
  http_server server{{{"/a", http_reply::answer("text")}}};
  const auto x = ask(server.url() + "/a");
  EXPECT_EQ(x.failure, "");
  EXPECT_EQ(x.code, 200);
  EXPECT_EQ(x.body, "text");
  EXPECT_EQ(ask(server.url() + "/b").code, 404);
}

TEST(http_client, sends_the_credentials_of_the_address) {
  http_server server{{{"/", http_reply::answer("")}}};
  EXPECT_EQ(ask(server.url("user:word") + "/").code, 200);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_NE(server.requests()[0].find("Authorization: Basic dXNlcjp3b3Jk"), std::string::npos);
}

TEST(http_client, asks_several_at_once) {
  http_server slow{{{"/", {"", http_reply::then::say_nothing_more}}}};
  http_server quick{{{"/", http_reply::answer("here")}}};
  http_client client{{10s, 10s, 1000}};
  std::string body;
  client.get(slow.url() + "/", [](const http_answer&) { FAIL() << "it says nothing"; });
  client.get(quick.url() + "/", [&body](const http_answer& x) { body = x.body; });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return !body.empty();
  }));
  EXPECT_FALSE(client.idle());
}

TEST(http_client, gives_up_a_server_that_says_nothing) {
  http_server server{{{"/", {"HTTP/1.1 200 OK\r\n", http_reply::then::say_nothing_more}}}};
  const auto begin = std::chrono::steady_clock::now();
  const auto x = ask(server.url() + "/", {200ms, 200ms, 1000});
  EXPECT_NE(x.failure, "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(http_client, gives_up_an_answer_without_end) {
  http_server server{{{"/", {"HTTP/1.1 200 OK\r\n\r\n", http_reply::then::never_stop}}}};
  const auto x = ask(server.url() + "/", {5s, 20s, 300'000});
  EXPECT_EQ(x.failure, "its answer is too long");
  EXPECT_LE(x.body.size(), 300'000U);
}

TEST(http_client, follows_no_redirection) {
  http_server other{{{"/", http_reply::answer("trap")}}};
  http_server server{{{"/", http_reply::answer("", 302, "Location: " + other.url() + "/\r\n")}}};
  const auto x = ask(server.url() + "/");
  EXPECT_EQ(x.code, 302);
  EXPECT_TRUE(other.requests().empty());
}

TEST(http_client, knows_only_http) {
  for (const char* address : {"file:///etc/hostname", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
    const auto x = ask(address);
    EXPECT_NE(x.failure, "") << address;
    EXPECT_EQ(x.body, "") << address;
  }
}

TEST(http_client, tells_what_is_no_server) {
  const auto refused = ask("http://127.0.0.1:" + std::to_string(test::free_port()) + "/");
  EXPECT_NE(refused.failure, "");
  EXPECT_NE(ask("http://user:hunter2@[/").failure, "");
  EXPECT_EQ(ask("http://user:hunter2@[/").failure.find("hunter2"), std::string::npos);
  http_server rubbish{{{"/", {"\x01\x02rubbish\r\n\r\n"}}}};
  EXPECT_NE(ask(rubbish.url() + "/").failure, "");
}

TEST(http_client, ends_while_it_waits) {
  http_server server{{{"/", {"", http_reply::then::say_nothing_more}}}};
  const auto begin = std::chrono::steady_clock::now();
  {
    http_client client{{10s, 10s, 1000}};
    client.get(server.url() + "/", [](const http_answer&) { FAIL() << "nobody hears of it"; });
    EXPECT_TRUE(test::poll_until(test::patience, [&] {
      client.work(20ms);
      return !server.requests().empty();
    }));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 9s);
}

// -- the worker --------------------------------------------------------------------------

class frigate_worker : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { register_types(*this); }
  };

  frigate_report ask(const std::string& url, bool objects = true) {
    frigate_report result;
    self_->request(worker_, test::patience, frigate_query{"frigate", url, objects})
        .receive([&](frigate_report& x) { result = std::move(x); },
                 [&](const caf::error& why) { ADD_FAILURE() << system_.render(why); });
    EXPECT_EQ(result.cameras.prefix, "frigate");
    return result;
  }

  ~frigate_worker() override { self_->send_exit(worker_, caf::exit_reason::kill); }

  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  frigate_api_actor worker_
      = system_.spawn<caf::detached>(frigate_api, frigate_settings{}.labels, short_limits());
};

TEST_F(frigate_worker, reports_cameras_version_and_objects) {
  http_server server{{{"/api/config", http_reply::answer(configuration)},
                      {"/api/version", http_reply::answer("0.16.2-4d58206")},
                      {events_target, http_reply::answer(events)}}};
  const auto x = ask(server.url() + "/");
  EXPECT_EQ(x.cameras.failure, "");
  EXPECT_EQ(x.cameras.version, "0.16.2-4d58206");
  ASSERT_EQ(x.cameras.cameras.size(), 1U);
  EXPECT_EQ(x.cameras.cameras[0].width, 640U);
  EXPECT_EQ(x.cameras.cameras[0].threshold, 0.8);
  ASSERT_EQ(x.objects.objects.size(), 1U);
  EXPECT_EQ(x.objects.objects[0].id, "1.5-a");
  EXPECT_EQ(x.objects.prefix, "frigate");
  EXPECT_TRUE(x.told_objects);
  EXPECT_EQ(server.requests().size(), 3U);
  const auto y = ask(server.url(), false);
  EXPECT_TRUE(y.objects.objects.empty());
  EXPECT_FALSE(y.told_objects);
  EXPECT_EQ(server.requests().size(), 5U);
}

TEST_F(frigate_worker, needs_the_configuration_alone) {
  http_server server{{{"/api/config", http_reply::answer(configuration)},
                      {"/api/version", http_reply::answer("<html>", 500)},
                      {events_target, http_reply::answer("rubbish")}}};
  const auto x = ask(server.url());
  EXPECT_EQ(x.cameras.failure, "");
  EXPECT_EQ(x.cameras.version, "");
  EXPECT_EQ(x.cameras.cameras.size(), 1U);
  EXPECT_TRUE(x.objects.objects.empty());
}

TEST_F(frigate_worker, says_whether_it_was_told_of_objects) {
  http_server server{{{"/api/config", http_reply::answer(configuration)},
                      {"/api/version", http_reply::answer("0.16.2")},
                      {events_target, http_reply::answer("", 503)}}};
  const auto x = ask(server.url());
  EXPECT_EQ(x.cameras.failure, "");
  EXPECT_FALSE(x.told_objects);
}

TEST_F(frigate_worker, says_why_it_has_nothing_to_report) {
  const std::map<std::string, http_reply> bad{
      {"login", http_reply::answer("", 401)},
      {"redirects", http_reply::answer("", 301, "Location: https://elsewhere/\r\n")},
      {"503", http_reply::answer("", 503)},
      {"no configuration", http_reply::answer("<html>Frigate</html>")},
      {"too long", {"HTTP/1.1 200 OK\r\n\r\n", http_reply::then::never_stop}}};
  for (const auto& [word, reply] : bad) {
    http_server server{{{"/api/config", reply}}};
    const auto x = ask(server.url("user:hunter2"));
    EXPECT_NE(x.cameras.failure.find(word), std::string::npos) << x.cameras.failure;
    EXPECT_EQ(x.cameras.failure.find("hunter2"), std::string::npos);
    EXPECT_EQ(server.requests().size(), 1U);
  }
  EXPECT_NE(ask("http://127.0.0.1:" + std::to_string(test::free_port())).cameras.failure, "");
}

TEST_F(frigate_worker, asks_two_instances_at_once) {
  http_server slow{{{"/api/config", {"", http_reply::then::say_nothing_more}}}};
  http_server quick{{{"/api/config", http_reply::answer(configuration)}}};
  self_->send(worker_, frigate_query{"slow", slow.url(), false});
  EXPECT_EQ(ask(quick.url()).cameras.failure, "");
}

TEST_F(frigate_worker, can_be_ended_while_it_waits) {
  auto patient
      = system_.spawn<caf::detached>(frigate_api, frigate_settings{}.labels, http_limits{});
  http_server server{{{"/api/config", {"", http_reply::then::say_nothing_more}}}};
  self_->send(patient, frigate_query{"frigate", server.url(), false});
  ASSERT_TRUE(test::poll_until(test::patience, [&] { return !server.requests().empty(); }));
  self_->monitor(patient);
  const auto begin = std::chrono::steady_clock::now();
  self_->send_exit(patient, caf::exit_reason::user_shutdown);
  bool ended = false;
  self_->receive_while([&] { return !ended; })(
      [&](const caf::down_msg&) { ended = true; },
      // The answer to the question, which nobody waits for.
      [](const caf::error&) {}, caf::after(test::patience) >> [&] { FAIL() << "it goes on"; });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

} // namespace
} // namespace firefinder::http_test
