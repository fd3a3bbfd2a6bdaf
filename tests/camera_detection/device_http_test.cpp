// The worker that asks devices, over libcurl and real sockets.

#include "actors/camera_detection/device_client.hpp"
#include "actors/camera_detection/device_http.hpp"
#include "messages/types.hpp"
#include "tests/support/net.hpp"
#include "tests/support/scripted_device.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <optional>

namespace firefinder::device_http_test {
namespace {

using namespace std::chrono_literals;
using test::device_reply;
using test::header_in;
using test::scripted_device;

constexpr auto user = "admin";
constexpr auto password = "s3cret:@/%";

// -- the other side ------------------------------------------------------------------------------

std::string hash(const EVP_MD* kind, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), bytes.data(), &length, kind, nullptr);
  std::string result;
  for (unsigned int i = 0; i < length; ++i) {
    constexpr auto digits = "0123456789abcdef";
    result += digits[bytes[i] >> 4];
    result += digits[bytes[i] & 15];
  }
  return result;
}

std::string parameter(const std::string& authorization, const std::string& name) {
  for (const std::string before : {" ", ","}) {
    const auto key = before + name + "=";
    const auto at = authorization.find(key);
    if (at == std::string::npos)
      continue;
    auto value = authorization.substr(at + key.size());
    if (value.starts_with('"'))
      return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find(','));
  }
  return {};
}

// Whether a request shows the password as RFC 7616 and RFC 2617 want it.
bool knows_password(const std::string& request, const EVP_MD* kind, const std::string& word) {
  const auto shown = header_in(request, "Authorization");
  const auto method = request.substr(0, request.find(' '));
  const auto secret
      = hash(kind, parameter(shown, "username") + ":" + parameter(shown, "realm") + ":" + word);
  const auto about = hash(kind, method + ":" + parameter(shown, "uri"));
  auto middle = parameter(shown, "nonce");
  if (!parameter(shown, "qop").empty())
    middle += ":" + parameter(shown, "nc") + ":" + parameter(shown, "cnonce") + ":"
              + parameter(shown, "qop");
  return parameter(shown, "response") == hash(kind, secret + ":" + middle + ":" + about);
}

// A well-formed answer by the protocol of the request.
std::string reply(const std::string& request, int status, const std::string& more = {},
                  const std::string& body = {}) {
  const bool rtsp = request.find(" RTSP/1.0\r\n") != std::string::npos;
  return (rtsp ? "RTSP/1.0 " : "HTTP/1.1 ") + std::to_string(status) + " x\r\n"
         + (rtsp ? "CSeq: " + header_in(request, "CSeq") + "\r\n" : "") + more
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

constexpr auto description = "v=0\r\nm=video 0 RTP/AVP 96\r\n";

// Lets in who knows the password, by Digest.
scripted_device::script digest_door(const std::string& algorithm, const EVP_MD* kind,
                                    const std::string& word = password) {
  return [=](const std::string& request) -> device_reply {
    if (!header_in(request, "Authorization").empty() && knows_password(request, kind, word))
      return {reply(request, 200, "Content-Type: application/sdp\r\n", description)};
    return {reply(request, 401,
                  "WWW-Authenticate: Digest realm=\"Door\", nonce=\"n1\"" + algorithm + "\r\n")};
  };
}

device_question question(device_protocol protocol, const std::string& url,
                         login_scheme scheme = login_scheme::none) {
  device_question x;
  x.protocol = protocol;
  x.url = url;
  x.body = protocol == device_protocol::soap ? "<envelope/>" : "";
  x.action = "urn:action";
  x.scheme = scheme;
  x.user = scheme == login_scheme::none ? "" : user;
  x.password = scheme == login_scheme::none ? "" : password;
  x.deadline = 10s;
  return x;
}

device_answer ask(const device_question& what) {
  device_http client{{}};
  std::optional<device_answer> result;
  client.ask(what, [&result](device_answer x) { result = std::move(x); });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return result.has_value();
  }));
  EXPECT_TRUE(client.idle());
  return result.value_or(device_answer{});
}

std::size_t logins(const scripted_device& x) {
  const auto all = x.requests();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const std::string& one) {
    return !header_in(one, "Authorization").empty();
  }));
}

// -- questions -----------------------------------------------------------------------------------

TEST(device_http, posts_soap) {
  scripted_device server{[](const std::string& request) -> device_reply {
    return {reply(request, 400, "Server: a\x01 b\r\nX: y\r\n", "<fault/>")};
  }};
  const auto x = ask(question(device_protocol::soap, server.url("http", "/onvif/device_service")));
  EXPECT_EQ(x.failure, device_failure::none) << x.why;
  EXPECT_EQ(x.code, 400U);
  EXPECT_EQ(x.body, "<fault/>");
  EXPECT_EQ(x.server, "a b");
  EXPECT_FALSE(x.logged_in);
  EXPECT_GT(x.took.count(), 0);
  ASSERT_EQ(server.requests().size(), 1U);
  const auto request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("POST /onvif/device_service HTTP/1.1\r\n"));
  EXPECT_EQ(header_in(request, "Content-Type"),
            "application/soap+xml; charset=utf-8; action=\"urn:action\"");
  EXPECT_EQ(header_in(request, "Expect"), "");
  EXPECT_TRUE(request.ends_with("\r\n\r\n<envelope/>"));
}

TEST(device_http, asks_by_rtsp) {
  scripted_device server{[](const std::string& request) -> device_reply {
    if (request.starts_with("OPTIONS"))
      return {reply(request, 200, "Public: OPTIONS, DESCRIBE\r\nServer: Hipcam\r\n")};
    return {reply(request, 200, "Content-Base: rtsp://a/b/\r\nContent-Type: application/sdp\r\n",
                  description)};
  }};
  const auto options = ask(question(device_protocol::rtsp_options, server.url("rtsp")));
  EXPECT_EQ(options.failure, device_failure::none) << options.why;
  EXPECT_EQ(options.code, 200U);
  EXPECT_EQ(options.methods, "OPTIONS, DESCRIBE");
  EXPECT_EQ(options.server, "Hipcam");
  const auto path = "/cam/realmonitor?channel=1&subtype=0";
  const auto described = ask(question(device_protocol::rtsp_describe, server.url("rtsp", path)));
  EXPECT_EQ(described.failure, device_failure::none) << described.why;
  EXPECT_EQ(described.body, description);
  EXPECT_EQ(described.base, "rtsp://a/b/");
  EXPECT_TRUE(server.requests().back().starts_with("DESCRIBE " + server.url("rtsp", path)
                                                   + " RTSP/1.0\r\n"));
}

TEST(device_http, tells_the_challenges) {
  scripted_device server{[](const std::string& request) -> device_reply {
    return {reply(request, 401,
                  "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\nwww-authenticate:Basic "
                  "realm=\"a\"\r\n")};
  }};
  for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
    const auto x
        = ask(question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp")));
    EXPECT_EQ(x.code, 401U);
    EXPECT_EQ(x.challenges,
              (std::vector<std::string>{"Digest realm=\"a\", nonce=\"b\"", "Basic realm=\"a\""}));
    EXPECT_FALSE(x.logged_in);
  }
}

// -- log-ins
// ---------------------------------------------------------------------------------------

TEST(device_http, logs_in_by_digest) {
  const std::vector<std::pair<std::string, const EVP_MD*>> kinds{
      {"", EVP_md5()},
      {", algorithm=MD5, qop=\"auth\"", EVP_md5()},
      {", algorithm=SHA-256, qop=\"auth\"", EVP_sha256()}};
  for (const auto& [algorithm, kind] : kinds)
    for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
      scripted_device server{digest_door(algorithm, kind)};
      const auto x = ask(question(
          protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp", "/a?b=c"),
          login_scheme::digest));
      EXPECT_EQ(x.failure, device_failure::none) << x.why;
      EXPECT_EQ(x.code, 200U) << algorithm;
      EXPECT_EQ(x.body, description);
      EXPECT_TRUE(x.logged_in);
      EXPECT_EQ(x.challenges.size(), 1U);
      EXPECT_EQ(logins(server), 1U);
      ASSERT_EQ(server.requests().size(), 2U);
      // Not an empty one first.
      if (protocol == device_protocol::soap) {
        EXPECT_TRUE(server.requests()[0].ends_with("<envelope/>"));
      }
      // A nonce may hold for its connection alone.
      EXPECT_EQ(server.connections(), 1U);
    }
}

TEST(device_http, tries_a_wrong_password_once) {
  for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe})
    for (const auto scheme : {login_scheme::digest, login_scheme::basic}) {
      scripted_device server{digest_door("", EVP_md5(), "another")};
      const auto x = ask(question(
          protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp"), scheme));
      EXPECT_EQ(x.failure, device_failure::none) << x.why;
      EXPECT_EQ(x.code, 401U);
      EXPECT_TRUE(x.logged_in);
      EXPECT_EQ(logins(server), 1U);
    }
}

TEST(device_http, tries_once_whatever_it_is_told) {
  // One calls every challenge stale; one hangs up on who shows a password.
  const std::vector<scripted_device::script> bad{
      [](const std::string& request) -> device_reply {
        return {reply(request, 401,
                      "WWW-Authenticate: Digest realm=\"a\", nonce=\""
                          + std::to_string(request.size()) + "\", stale=true\r\n")};
      },
      [](const std::string& request) -> device_reply {
        if (header_in(request, "Authorization").empty())
          return {reply(request, 401, "WWW-Authenticate: Digest realm=\"a\", nonce=\"b\"\r\n")};
        return {"", device_reply::then::close};
      }};
  for (const auto& script : bad)
    for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
      scripted_device server{script};
      const auto x
          = ask(question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp"),
                         login_scheme::digest));
      EXPECT_EQ(x.failure, device_failure::protocol) << x.why;
      EXPECT_TRUE(x.logged_in);
      EXPECT_EQ(logins(server), 1U);
    }
}

TEST(device_http, puts_an_envelope_once) {
  // It may hold a password. The device answers the first, and hangs up on the second.
  scripted_device server{[](const std::string& request) -> device_reply {
    if (request.find("token") == std::string::npos)
      return {reply(request, 200)};
    return {"", device_reply::then::close};
  }};
  device_http client{{}};
  auto what = question(device_protocol::soap, server.url("http"));
  std::vector<device_answer> all;
  for (const char* body : {"<first/>", "<token/>"}) {
    what.body = body;
    client.ask(what, [&all](device_answer x) { all.push_back(std::move(x)); });
    ASSERT_TRUE(test::poll_until(test::patience, [&] {
      client.work(20ms);
      return client.idle();
    }));
  }
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].code, 200U);
  EXPECT_EQ(all[1].failure, device_failure::protocol);
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST(device_http, shows_nothing_where_digest_is_not_offered) {
  for (const char* challenge :
       {"Basic realm=\"a\"", "Digest realm=\"a\", nonce=\"b\", algorithm=WHAT", "Digest",
        "Negotiate"})
    for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
      scripted_device server{[challenge](const std::string& request) -> device_reply {
        return {reply(request, 401, std::string{"WWW-Authenticate: "} + challenge + "\r\n")};
      }};
      const auto x
          = ask(question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp"),
                         login_scheme::digest));
      EXPECT_EQ(x.code, 401U) << challenge << x.why;
      EXPECT_FALSE(x.logged_in) << challenge;
      EXPECT_EQ(logins(server), 0U);
    }
}

TEST(device_http, logs_in_by_basic) {
  for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
    scripted_device server{[](const std::string& request) -> device_reply {
      const bool in = header_in(request, "Authorization") == "Basic YWRtaW46czNjcmV0OkAvJQ==";
      return {reply(request, in ? 200 : 401, in ? "" : "WWW-Authenticate: Basic realm=\"a\"\r\n")};
    }};
    const auto x
        = ask(question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp"),
                       login_scheme::basic));
    EXPECT_EQ(x.code, 200U);
    EXPECT_TRUE(x.logged_in);
    EXPECT_EQ(logins(server), 1U);
  }
}

TEST(device_http, says_when_no_login_was_needed) {
  scripted_device server{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  const auto x = ask(question(device_protocol::soap, server.url("http"), login_scheme::digest));
  EXPECT_EQ(x.code, 200U);
  EXPECT_FALSE(x.logged_in);
  EXPECT_EQ(logins(server), 0U);
}

// -- bad devices
// -------------------------------------------------------------------------------------

TEST(device_http, follows_no_redirection) {
  scripted_device other{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  scripted_device server{[&other](const std::string& request) -> device_reply {
    return {
        reply(request, 302,
              "Location: " + other.url(request.starts_with("POST") ? "http" : "rtsp") + "\r\n")};
  }};
  EXPECT_EQ(ask(question(device_protocol::soap, server.url("http"))).code, 302U);
  EXPECT_EQ(ask(question(device_protocol::rtsp_describe, server.url("rtsp"))).code, 302U);
  EXPECT_TRUE(other.requests().empty());
}

TEST(device_http, knows_its_protocols_alone) {
  scripted_device server{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  for (const auto& [protocol, url] : std::vector<std::pair<device_protocol, std::string>>{
           {device_protocol::soap, "file:///etc/hostname"},
           {device_protocol::soap, server.url("rtsp")},
           {device_protocol::rtsp_describe, server.url("http")},
           {device_protocol::soap, "gopher://127.0.0.1/"},
           {device_protocol::soap,
            "http://user:hunter2@127.0.0.1:" + std::to_string(server.port()) + "/"},
           {device_protocol::rtsp_options, ""}}) {
    const auto x = ask(question(protocol, url));
    EXPECT_EQ(x.failure, device_failure::protocol) << url;
    EXPECT_EQ(x.body, "");
    EXPECT_EQ(x.why.find("hunter2"), std::string::npos);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(device_http, tells_that_nobody_listens) {
  const auto port = std::to_string(test::free_port());
  EXPECT_EQ(ask(question(device_protocol::soap, "http://127.0.0.1:" + port)).failure,
            device_failure::refused);
  EXPECT_EQ(ask(question(device_protocol::rtsp_options, "rtsp://127.0.0.1:" + port)).failure,
            device_failure::refused);
}

TEST(device_http, gives_up_a_mute_device) {
  scripted_device server{[](const std::string&) -> device_reply { return {}; }};
  for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_options}) {
    auto what = question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp"));
    what.deadline = 200ms;
    EXPECT_EQ(ask(what).failure, device_failure::timeout);
  }
}

TEST(device_http, bounds_what_it_takes) {
  const std::string large(std::size_t{1024} * 1024, 'x');
  const std::vector<scripted_device::script> bad{
      [&large](const std::string& request) -> device_reply {
        return {reply(request, 200, "", large)};
      },
      [](const std::string& request) -> device_reply {
        auto start = reply(request, 200);
        return {start.substr(0, start.size() - 2) + "X: ", device_reply::then::never_stop};
      },
      [](const std::string& request) -> device_reply {
        std::string more;
        for (int i = 0; i < 20'000; ++i)
          more += "X-Header: something\r\n";
        return {reply(request, 200, more)};
      },
      [&large](const std::string& request) -> device_reply {
        // It tells one length, and sends more.
        return {reply(request, 200, "Content-Length: 10\r\n", large),
                device_reply::then::never_stop};
      }};
  for (const auto& script : bad)
    for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
      scripted_device server{script};
      const auto x = ask(
          question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp")));
      EXPECT_LE(x.body.size(), x.failure == device_failure::none ? 10U : 0U);
    }
  scripted_device server{bad[0]};
  EXPECT_EQ(ask(question(device_protocol::soap, server.url("http"))).failure,
            device_failure::too_large);
  EXPECT_EQ(ask(question(device_protocol::rtsp_describe, server.url("rtsp"))).failure,
            device_failure::too_large);
}

TEST(device_http, tells_who_breaks_the_protocol) {
  const std::vector<scripted_device::script> bad{
      [](const std::string&) -> device_reply {
        return {"\x01\x02rubbish\r\n\r\n", device_reply::then::close};
      },
      [](const std::string&) -> device_reply {
        return {"", device_reply::then::close};
      },
      [](const std::string&) -> device_reply {
        return {"220 mail.example ESMTP\r\n", device_reply::then::close};
      },
      [](const std::string& request) -> device_reply {
        // Half of it.
        const auto all = reply(request, 200, "", std::string(1'000, 'x'));
        return {all.substr(0, all.size() - 500), device_reply::then::close};
      },
      [](const std::string& request) -> device_reply {
        // By the other protocol.
        const bool rtsp = request.find(" RTSP/1.0\r\n") != std::string::npos;
        return {rtsp ? "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                     : "RTSP/1.0 400 Bad Request\r\nCSeq: 1\r\n\r\n",
                device_reply::then::close};
      }};
  for (std::size_t i = 0; i < bad.size(); ++i)
    for (const auto protocol : {device_protocol::soap, device_protocol::rtsp_describe}) {
      scripted_device server{bad[i]};
      const auto x = ask(
          question(protocol, server.url(protocol == device_protocol::soap ? "http" : "rtsp")));
      EXPECT_EQ(x.failure, device_failure::protocol) << i << " " << x.why;
      EXPECT_EQ(x.body, "");
      EXPECT_NE(x.why, "");
    }
}

TEST(device_http, bears_a_stream_between_the_answers) {
  scripted_device server{[](const std::string& request) -> device_reply {
    const std::string packet{"$\0\0\x04"
                             "abcd",
                             8};
    return {packet + packet + reply(request, 200, "", description)};
  }};
  const auto x = ask(question(device_protocol::rtsp_describe, server.url("rtsp")));
  // Whether it is an answer or a breach, it is over soon and nothing of it is taken for the text.
  if (x.failure == device_failure::none) {
    EXPECT_EQ(x.body, description);
  }
  scripted_device endless{[](const std::string&) -> device_reply {
    std::string all;
    for (int i = 0; i < 1'000; ++i)
      all += std::string{"$\0\x03\xe8", 4} + std::string(1'000, 'x');
    return {all};
  }};
  auto what = question(device_protocol::rtsp_describe, endless.url("rtsp"));
  what.deadline = 2s;
  const auto y = ask(what);
  EXPECT_NE(y.failure, device_failure::none);
  EXPECT_EQ(y.body, "");
}

// -- many
// ------------------------------------------------------------------------------------------

TEST(device_http, asks_many_at_once) {
  scripted_device mute{[](const std::string&) -> device_reply { return {}; }};
  scripted_device quick{digest_door("", EVP_md5())};
  device_http client{{}};
  std::size_t given_up = 0;
  std::size_t answered = 0;
  for (int i = 0; i < 100; ++i) {
    auto waits = question(device_protocol::rtsp_describe, mute.url("rtsp"));
    waits.deadline = 1s;
    client.ask(waits,
               [&](const device_answer& x) { given_up += x.failure == device_failure::timeout; });
    client.ask(question(device_protocol::rtsp_describe, quick.url("rtsp"), login_scheme::digest),
               [&](const device_answer& x) { answered += x.code == 200; });
  }
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return client.idle();
  }));
  EXPECT_EQ(answered, 100U);
  EXPECT_EQ(given_up, 100U);
  EXPECT_EQ(logins(quick), 100U);
}

TEST(device_http, lets_the_rest_wait) {
  scripted_device server{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  device_http client{{2, 2s}};
  int answered = 0;
  for (int i = 0; i < 50; ++i)
    client.ask(question(device_protocol::rtsp_options, server.url("rtsp")),
               [&](const device_answer& x) { answered += x.code == 200; });
  EXPECT_TRUE(test::poll_until(test::patience, [&] {
    client.work(20ms);
    return client.idle();
  }));
  EXPECT_EQ(answered, 50);
  // They were used again.
  EXPECT_LE(server.connections(), 2U);
  client.close_connections();
  EXPECT_TRUE(test::poll_until(test::patience, [&] { return server.open_connections() == 0; }));
}

// -- the worker
// --------------------------------------------------------------------------------------

class device_worker : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { register_types(*this); }
  };

  device_answer ask(const device_question& what) {
    device_answer result;
    self_->request(worker_, test::patience, what)
        .receive([&](device_answer& x) { result = std::move(x); },
                 [&](const caf::error& why) { ADD_FAILURE() << system_.render(why); });
    return result;
  }

  ~device_worker() override { self_->send_exit(worker_, caf::exit_reason::kill); }

  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  device_client_actor worker_
      = system_.spawn<caf::detached>(device_client, device_client_limits{200, 1s});
};

TEST_F(device_worker, answers) {
  scripted_device server{digest_door(", algorithm=SHA-256, qop=\"auth\"", EVP_sha256())};
  const auto x
      = ask(question(device_protocol::rtsp_describe, server.url("rtsp"), login_scheme::digest));
  EXPECT_EQ(x.code, 200U);
  EXPECT_EQ(x.body, description);
  const auto port = std::to_string(test::free_port());
  EXPECT_EQ(ask(question(device_protocol::soap, "http://127.0.0.1:" + port)).failure,
            device_failure::refused);
}

TEST_F(device_worker, does_not_wait_for_the_slow) {
  scripted_device mute{[](const std::string&) -> device_reply { return {}; }};
  scripted_device quick{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  auto waits = question(device_protocol::soap, mute.url("http"));
  // Longer than anybody waits for the others.
  waits.deadline = 2 * test::patience;
  self_->send(worker_, waits);
  ASSERT_TRUE(test::poll_until(test::patience, [&] { return !mute.requests().empty(); }));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(ask(question(device_protocol::soap, quick.url("http"))).code, 200U);
}

TEST_F(device_worker, closes_connections_that_nobody_uses) {
  scripted_device server{
      [](const std::string& request) -> device_reply { return {reply(request, 200)}; }};
  EXPECT_EQ(ask(question(device_protocol::rtsp_options, server.url("rtsp"))).code, 200U);
  EXPECT_EQ(ask(question(device_protocol::rtsp_options, server.url("rtsp"))).code, 200U);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_TRUE(test::poll_until(test::patience, [&] { return server.open_connections() == 0; }));
  EXPECT_EQ(ask(question(device_protocol::rtsp_options, server.url("rtsp"))).code, 200U);
  EXPECT_TRUE(test::poll_until(test::patience, [&] { return server.open_connections() == 0; }));
}

TEST_F(device_worker, can_be_ended_while_it_waits) {
  scripted_device mute{[](const std::string&) -> device_reply { return {}; }};
  auto patient = system_.spawn<caf::detached>(device_client, device_client_limits{});
  self_->send(patient, question(device_protocol::rtsp_options, mute.url("rtsp")));
  ASSERT_TRUE(test::poll_until(test::patience, [&] { return !mute.requests().empty(); }));
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
} // namespace firefinder::device_http_test
