// The page of a running daemon, as a browser meets it: over TCP, byte by byte.

#include "tests/fuzz/mutator.hpp"
#include "tests/integration/fixture.hpp"
#include "tests/support/net.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <regex>

namespace firefinder::test::http_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using clock = std::chrono::steady_clock;

/// One HTTP connection, by hand.
class http_connection {
public:
  explicit http_connection(std::uint16_t port) : fd_(connect_to(port)) {}

  bool send(std::string_view text) {
    while (!text.empty()) {
      pollfd ready{fd_.get(), POLLOUT, 0};
      if (::poll(&ready, 1, 5'000) != 1)
        return false;
      const auto n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN)
        return false;
      text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return true;
  }

  /// Reads what comes until `enough` holds of all that came, or the end, or the deadline.
  template <class Predicate>
  bool read_until(Predicate&& enough, clock::duration limit = patience) {
    const auto deadline = clock::now() + limit;
    while (!enough(received_)) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
      pollfd ready{fd_.get(), POLLIN, 0};
      if (left <= 0ms || ::poll(&ready, 1, static_cast<int>(left.count())) != 1)
        return false;
      std::array<char, 16'384> buffer{};
      const auto n = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
      if (n <= 0) {
        ended_ = true;
        return enough(received_);
      }
      received_.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return true;
  }

  bool read_to_end(clock::duration limit = patience) {
    (void)read_until([](const std::string&) { return false; }, limit);
    return ended_;
  }

  /// Says that no more comes.
  void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

  /// Waits for the end without reading anything.
  [[nodiscard]] bool wait_for_reset(std::chrono::milliseconds limit) const {
    pollfd end{fd_.get(), 0, 0};
    return ::poll(&end, 1, static_cast<int>(limit.count())) == 1;
  }

  [[nodiscard]] const std::string& received() const noexcept { return received_; }

private:
  descriptor fd_;
  std::string received_;
  bool ended_ = false;
};

struct reply {
  int status = 0;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  [[nodiscard]] json document() const { return json::parse(body, nullptr, false); }
};

reply parse_reply(const std::string& text) {
  reply result;
  const auto end = text.find("\r\n\r\n");
  if (end == std::string::npos || text.rfind("HTTP/1.1 ", 0) != 0)
    return result;
  result.status = std::stoi(text.substr(9, 3));
  std::istringstream lines{text.substr(0, end)};
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    const auto colon = line.find(": ");
    auto name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    result.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  result.body = text.substr(end + 4);
  return result;
}

/// A stream of events.
class event_stream {
public:
  struct event {
    std::string name;
    json data;
  };

  explicit event_stream(std::uint16_t port, const std::string& token = {}) : connection_(port) {
    connection_.send("GET /api/events HTTP/1.1\r\nHost: localhost\r\n"
                     + (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n");
  }

  /// Reads until there are events of which this holds.
  template <class Predicate>
  bool read_until(Predicate&& enough, clock::duration limit = patience) {
    return connection_.read_until([&](const std::string&) { return enough(events()); }, limit);
  }

  bool read_to_end() { return connection_.read_to_end(); }

  [[nodiscard]] int status() {
    connection_.read_until(
        [](const std::string& x) { return x.find("\r\n\r\n") != std::string::npos; });
    return parse_reply(connection_.received()).status;
  }

  [[nodiscard]] std::vector<event> events() const {
    std::vector<event> result;
    std::istringstream lines{unchunked()};
    std::string name;
    for (std::string line; std::getline(lines, line);)
      if (line.rfind("event: ", 0) == 0)
        name = line.substr(7);
      else if (line.rfind("data: ", 0) == 0 && !lines.eof())
        result.push_back({name, json::parse(line.substr(6), nullptr, false)});
    return result;
  }

private:
  // The content of the whole chunks so far (RFC 9112, section 7.1).
  [[nodiscard]] std::string unchunked() const {
    const auto& all = connection_.received();
    auto at = all.find("\r\n\r\n");
    std::string result;
    for (at += 4; at < all.size();) {
      const auto line = all.find("\r\n", at);
      if (line == std::string::npos)
        break;
      const auto size = std::stoul("0" + all.substr(at, line - at), nullptr, 16);
      if (line + 2 + size + 2 > all.size())
        break;
      result += all.substr(line + 2, size);
      at = line + 2 + size + 2;
    }
    return result;
  }

  http_connection connection_;
};

// Nothing else that is said contains it.
const std::string token = "hunter2-of-the-page";

class page : public scene {
protected:
  /// A daemon that serves its page on a free port.
  void serve(environment env = {}) {
    env.try_emplace("WEB_LISTEN", "127.0.0.1:0");
    play(std::move(env));
    find_page();
  }

  void find_page() {
    ASSERT_TRUE(poll_until(patience, [&] { return subject->logged("http://127.0.0.1:[0-9]+/"); }));
    std::smatch found;
    const auto log = subject->log();
    ASSERT_TRUE(std::regex_search(log, found, std::regex{"http://127\\.0\\.0\\.1:([0-9]+)/"}));
    web_port = static_cast<std::uint16_t>(std::stoi(found[1]));
  }

  [[nodiscard]] reply send(const std::string& request) const {
    http_connection c{web_port};
    c.send(request);
    EXPECT_TRUE(c.read_to_end()) << request.substr(0, 200);
    return parse_reply(c.received());
  }

  [[nodiscard]] reply ask(const std::string& method, const std::string& path,
                          const std::string& headers = {}, const std::string& body = {}) const {
    auto request = method + ' ' + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(web_port)
                   + "\r\nConnection: close\r\n" + headers;
    if (!body.empty())
      request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return send(request + "\r\n" + body);
  }

  [[nodiscard]] reply get(const std::string& path, const std::string& headers = {}) const {
    return ask("GET", path, headers);
  }

  [[nodiscard]] reply order(const std::string& body, const std::string& shown = token) const {
    return ask("POST", "/api/command",
               "Content-Type: application/json\r\nAuthorization: Bearer " + shown + "\r\n", body);
  }

  std::uint16_t web_port = 0;
};

TEST_F(page, EveryPathAnswersWithTheHeadersThatKeepItSafe) {
  serve();
  const std::map<std::string, std::string> paths{
      {"/", "text/html; charset=utf-8"},
      {"/index.html", "text/html; charset=utf-8"},
      {"/app.js", "text/javascript; charset=utf-8"},
      {"/chart.js", "text/javascript; charset=utf-8"},
      {"/style.css", "text/css; charset=utf-8"},
      {"/icon.svg", "image/svg+xml"},
      {"/manifest.webmanifest", "application/manifest+json"},
      {"/api/state", "application/json"},
      {"/api/cameras", "application/json"},
      {"/api/cameras?history=1", "application/json"},
      {"/api/decisions?limit=5", "application/json"},
      {"/healthz", "application/json"},
      {"/readyz", "application/json"},
      {"/metrics", "text/plain; version=0.0.4; charset=utf-8"},
  };
  for (const auto& [path, type] : paths) {
    auto x = get(path);
    EXPECT_EQ(x.status, 200) << path << x.body;
    EXPECT_EQ(x.headers["content-type"], type) << path;
    EXPECT_NE(x.headers["content-security-policy"].find("default-src 'none'"), std::string::npos);
    EXPECT_EQ(x.headers["x-content-type-options"], "nosniff") << path;
    EXPECT_EQ(x.headers["referrer-policy"], "no-referrer") << path;
    const bool changes = type == "application/json" || path == "/metrics";
    EXPECT_EQ(x.headers["cache-control"], changes ? "no-store" : "no-cache") << path;
    EXPECT_FALSE(x.body.empty()) << path;
    // The same without a body.
    const auto head = ask("HEAD", path);
    EXPECT_EQ(head.status, 200) << path;
    EXPECT_TRUE(head.body.empty()) << path;
  }
  const auto state = get("/api/state").document();
  EXPECT_EQ(state["link"]["up"], true) << state;
  EXPECT_EQ(state["commands"], false);
  EXPECT_EQ(get("/readyz").document()["ready"], true);
  EXPECT_EQ(get("/healthz").document()["status"], "ok");
  // What has not changed is not sent again.
  const auto tag = get("/app.js").headers["etag"];
  EXPECT_EQ(get("/app.js", "If-None-Match: " + tag + "\r\n").status, 304);
}

TEST_F(page, WhatIsNotUnderstoodIsRefusedInWords) {
  serve();
  const auto refused = [&](const reply& x, int status) {
    EXPECT_EQ(x.status, status) << x.body;
    EXPECT_TRUE(x.document().is_object() && x.document().contains("error")) << x.body;
  };
  refused(get("/api/nothing"), 404);
  refused(get("/../etc/passwd"), 404);
  refused(get("/api/cameras/nobody"), 404);
  refused(get("/api/decisions?limit=0"), 400);
  refused(get("/api/explain?at=soon"), 400);
  refused(get("/api/explain?camera=nobody"), 404);
  auto wrong = ask("DELETE", "/api/state");
  refused(wrong, 405);
  EXPECT_EQ(wrong.headers["allow"], "GET, HEAD");
  refused(ask("POST", "/api/state", "Content-Type: application/json\r\n", "{}"), 405);
  refused(get("/api/command"), 405);
  // Without a token nobody acts.
  refused(order(R"({"op": "reset"})"), 403);
  refused(order(std::string(5'000, ' ')), 413);
  // What a few packed bytes would become is never found out.
  refused(ask("POST", "/api/command", "Content-Type: application/json\r\nContent-Encoding: br\r\n",
              "{}"),
          415);
  refused(get(std::string("/").append(9'000, 'a')), 414);
  // A page from elsewhere, whose name was made to mean this machine.
  refused(send("GET /api/state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), 403);
  refused(send("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), 403);
  refused(send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), 403);
  // No HTTP at all.
  for (const std::string& noise :
       {std::string{"\r\n\r\n"}, std::string{"hello\r\n\r\n"}, std::string(100'000, 'x'),
        std::string("GET / HTTP/1.1\r\n") + std::string(100'000, 'h'),
        std::string(64, '\0') + "\r\n\r\n"}) {
    http_connection c{web_port};
    c.send(noise);
    c.send("\r\n\r\n");
    EXPECT_TRUE(c.read_to_end());
  }
  EXPECT_EQ(get("/healthz").status, 200);
}

// FIREFINDER_STORM=100000 sends so many instead of a few, FIREFINDER_STORM_SEED others.
TEST_F(page, BrokenRequestsByTheThousandHarmNothing) {
  serve({{"WEB_TOKEN", token}});
  const auto number_from = [](const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::stoull(text);
  };
  const std::string host = "Host: localhost\r\n";
  const std::string shown = "Authorization: Bearer " + token + "\r\n";
  fuzz::mutator broken{
      number_from("FIREFINDER_STORM_SEED", 1),
      {
          "GET / HTTP/1.1\r\n" + host + "If-None-Match: \"1\"\r\n\r\n",
          "GET /api/state HTTP/1.1\r\n" + host + shown + "\r\n",
          "GET /api/decisions?limit=5&camera=a%20b HTTP/1.1\r\n" + host
              + "Range: bytes=0-1,3-\r\nAccept-Encoding: br, gzip\r\n\r\n",
          "GET /api/explain?camera=north&at=1700000000.5 HTTP/1.0\r\nConnection: keep-alive\r\n"
              + host + "\r\n",
          "HEAD /metrics HTTP/1.1\r\n" + host + "\r\nGET /healthz HTTP/1.1\r\n" + host + "\r\n",
          "POST /api/command HTTP/1.1\r\n" + host + shown
              + "Content-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"op\": \"reset\"}",
          "POST /api/command HTTP/1.1\r\n" + host + shown
              + "Content-Type: multipart/form-data; boundary=x\r\nTransfer-Encoding: "
                "chunked\r\n\r\n"
                "9\r\n--x\r\nabcd\r\n0\r\n\r\n",
      },
      20'000};
  for (auto left = number_from("FIREFINDER_STORM", 1'500); left > 0; --left) {
    const auto request = broken.next();
    http_connection c{web_port};
    // Whoever sends too much is cut off before its end.
    (void)c.send(request);
    c.end_sending();
    ASSERT_TRUE(c.read_to_end()) << request;
    ASSERT_TRUE(c.received().empty() || c.received().rfind("HTTP/1.1 ", 0) == 0) << request;
  }
  EXPECT_EQ(get("/healthz").status, 200);
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_TRUE(trigger().is_object());
  EXPECT_FALSE(subject->logged("a connection ended by an exception")) << subject->log();
}

TEST_F(page, TheTokenIsAskedForAndNeverTold) {
  serve({{"WEB_TOKEN", token}});
  EXPECT_EQ(get("/").status, 200);
  EXPECT_EQ(get("/healthz").status, 200);
  for (const std::string path : {"/api/state", "/api/events", "/metrics"}) {
    auto x = get(path);
    EXPECT_EQ(x.status, 401) << path;
    EXPECT_EQ(x.headers["www-authenticate"], "Bearer");
  }
  const std::string right = "Authorization: Bearer " + token + "\r\n";
  EXPECT_EQ(get("/api/state", right).document()["commands"], true);
  // With it any name will do: a proxy may stand before it.
  EXPECT_EQ(send("GET /api/state HTTP/1.1\r\nHost: farm.example\r\n" + right
                 + "Connection: close\r\n\r\n")
                .status,
            200);
  EXPECT_EQ(event_stream(web_port, token).status(), 200);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(get("/api/state", "Authorization: Bearer guess\r\n").status, 401);
  auto shut_out = get("/api/state");
  EXPECT_EQ(shut_out.status, 429);
  EXPECT_EQ(shut_out.headers["retry-after"], "60");
  EXPECT_EQ(get("/api/state", right).status, 200);
  EXPECT_EQ(subject->log().find(token), std::string::npos);
  for (const auto& m : watcher().messages())
    EXPECT_EQ(m.payload.find(token), std::string::npos) << m.topic;
}

TEST_F(page, AFireIsToldAsItHappens) {
  serve();
  event_stream stream{web_port};
  ASSERT_TRUE(stream.read_until([](const auto& all) { return !all.empty(); }));
  EXPECT_EQ(stream.events().front().name, "state");
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto fires
      = [](const event_stream::event& x) { return x.name == "state" && x.data["alarm"] == "fire"; };
  const auto triggers = [](const event_stream::event& x) {
    return x.name == "decision" && x.data["trigger_id"].is_string();
  };
  ASSERT_TRUE(stream.read_until([&](const auto& all) {
    return std::any_of(all.begin(), all.end(), fires)
           && std::any_of(all.begin(), all.end(), triggers);
  }));
  const auto all = stream.events();
  const auto decided = std::find_if(all.begin(), all.end(), triggers);
  EXPECT_EQ(decided->data["reason"], "agreement");
  EXPECT_EQ(decided->data["cameras"].size(), 2U);
  EXPECT_EQ(decided->data["trigger_id"], trigger()["trigger_id"]);
  // Each camera comes with what it saw.
  ASSERT_TRUE(stream.read_until([](const auto& told) {
    return std::count_if(
               told.begin(), told.end(),
               [](const auto& x) { return x.name == "camera" && x.data.contains("point"); })
           >= 2;
  }));
  // What followed within a second comes together.
  ASSERT_TRUE(poll_until(patience,
                         [&] { return get("/api/cameras/south").document()["detections"] == 6; }));
  const auto cameras_told = get("/api/cameras?history=1").document()["cameras"];
  ASSERT_EQ(cameras_told.size(), 2U);
  for (const auto& x : cameras_told) {
    EXPECT_EQ(x["sees"], "fire") << x;
    EXPECT_EQ(x["standing"]["agrees"], true) << x;
    EXPECT_GE(x["history"].size(), 1U) << x;
    EXPECT_EQ(x["detections"], 6) << x;
  }
  const auto state = get("/api/state").document();
  EXPECT_EQ(state["trigger_count"], 1);
  EXPECT_EQ(state["last_trigger"]["cameras"], json::parse(R"(["north","south"])"));
  ASSERT_TRUE(poll_until(patience, [&] {
    const auto kept = get("/api/decisions").document()["decisions"];
    return std::any_of(kept.begin(), kept.end(),
                       [](const json& x) { return x["reason"] == "agreement"; });
  }));
  const auto why = get("/api/explain?camera=north").document();
  EXPECT_TRUE(why["cameras"].contains("north")) << why;
  ASSERT_TRUE(poll_until(patience, [&] {
    return get("/metrics").body.find("firefinder_triggers_total{outcome=\"delivered\"} 1\n")
           != std::string::npos;
  }));
  const auto figures = get("/metrics").body;
  for (const auto* line :
       {"firefinder_link_up 1\n", "firefinder_triggers_total{outcome=\"decided\"} 1\n",
        "firefinder_detections_accepted_total 12\n", "firefinder_alarm_active 1\n",
        "firefinder_decisions_total{reason=\"agreement\"} 1\n",
        "firefinder_trigger_delivery_seconds_count 1\n", "firefinder_store_up 1\n",
        "firefinder_camera_online{camera=\"north\"} 1\n", "firefinder_scrape_unanswered 0\n"})
    EXPECT_NE(figures.find(line), std::string::npos) << line;
}

TEST_F(page, OrdersAreDoneAsThoseOverMqttAre) {
  serve({{"WEB_TOKEN", token}});
  EXPECT_EQ(order(R"({"op": "arm", "armed": false})", "guess").status, 401);
  const auto disarmed = order(R"({"op": "arm", "armed": false})");
  EXPECT_EQ(disarmed.status, 200) << disarmed.body;
  const auto state
      = [&] { return get("/api/state", "Authorization: Bearer " + token + "\r\n").document(); };
  EXPECT_TRUE(poll_until(patience, [&] { return state()["alarm"] == "disarmed"; }));
  EXPECT_EQ(state()["armed"], false);
  EXPECT_EQ(order(R"({"op": "arm", "armed": true})").status, 200);
  EXPECT_TRUE(poll_until(patience, [&] { return state()["alarm"] == "idle"; }));
  see(growing_fire("north"));
  see(growing_fire("south"));
  (void)trigger();
  EXPECT_TRUE(poll_until(patience, [&] { return state()["alarm_on"] == true; }));
  EXPECT_EQ(order(R"({"op": "acknowledge", "reason": "seen"})").status, 200);
  EXPECT_TRUE(poll_until(patience, [&] { return state()["acknowledged_by"] == "web"; }));
  EXPECT_EQ(order(R"({"op": "snooze", "camera": "north", "seconds": 600})").status, 200);
  EXPECT_TRUE(poll_until(patience, [&] {
    const auto x = get("/api/cameras/north", "Authorization: Bearer " + token + "\r\n").document();
    return x["snoozed_until"].is_number() && x["counts"] == false;
  }));
  EXPECT_EQ(order(R"({"op": "snooze", "camera": "nobody", "seconds": 600})").status, 400);
  EXPECT_EQ(triggers().size(), 1U);
}

TEST_F(page, SixteenFollowAndTheNextIsTurnedAway) {
  serve();
  std::vector<std::unique_ptr<event_stream>> streams;
  for (int i = 0; i < 16; ++i) {
    streams.push_back(std::make_unique<event_stream>(web_port));
    EXPECT_EQ(streams.back()->status(), 200);
  }
  EXPECT_EQ(event_stream(web_port).status(), 503);
  // Beside them questions are answered, and a fire is told to all.
  EXPECT_EQ(get("/healthz").status, 200);
  see(growing_fire("north"));
  for (auto& x : streams)
    EXPECT_TRUE(x->read_until([](const auto& all) {
      return std::any_of(all.begin(), all.end(), [](const auto& e) { return e.name == "camera"; });
    }));
  // All who follow have read; one goes, and its place is free once it is told something.
  streams.pop_back();
  EXPECT_TRUE(poll_until(patience, [&] {
    see(growing_fire("south"));
    return event_stream(web_port).status() == 200;
  }));
}

TEST_F(page, AStopDoesNotWaitForThoseWhoFollow) {
  serve();
  std::vector<std::unique_ptr<event_stream>> streams;
  for (int i = 0; i < 16; ++i) {
    streams.push_back(std::make_unique<event_stream>(web_port));
    EXPECT_EQ(streams.back()->status(), 200);
  }
  // Those who say nothing, and those who say half of something.
  std::vector<std::unique_ptr<http_connection>> silent;
  for (int i = 0; i < 6; ++i) {
    silent.push_back(std::make_unique<http_connection>(web_port));
    if (i % 2 == 0)
      silent.back()->send("GET /api/state HTTP/1.1\r\nHost: local");
  }
  EXPECT_EQ(get("/healthz").status, 200);
  const auto end = subject->terminate(SIGTERM);
  EXPECT_EQ(end.state.code, 0) << end.state;
  EXPECT_LT(end.took, 2s);
  for (auto& x : streams)
    EXPECT_TRUE(x->read_to_end());
}

TEST_F(page, APortThatIsTakenIsReportedAndCostsNothingElse) {
  const auto taken = free_port();
  std::optional holder{listen_on(taken)};
  play({{"WEB_LISTEN", "127.0.0.1:" + std::to_string(taken)}, {"HEALTH_INTERVAL", "10"}});
  EXPECT_TRUE(poll_until(patience, [&] { return subject->logged("the page is not served"); }));
  // The report of the beginning may be a moment too early to know.
  EXPECT_TRUE(watcher().wait_for(
      [](const message& m) {
        return m.topic == "system/fire_consensus/health"
               && m.payload.find("web_not_served") != std::string::npos;
      },
      patience));
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_TRUE(trigger().is_object());
  holder.reset();
  EXPECT_TRUE(poll_until(45s, [&] {
    return subject->logged("http://127.0.0.1:" + std::to_string(taken) + "/");
  })) << "it is tried again every 30 s";
}

TEST_F(page, AfterARestartItIsAtItsPlaceAgain) {
  const auto port_of_page = free_port();
  serve({{"WEB_LISTEN", "127.0.0.1:" + std::to_string(port_of_page)}});
  event_stream before{web_port};
  EXPECT_EQ(before.status(), 200);
  (void)subject->terminate(SIGTERM);
  EXPECT_TRUE(before.read_to_end());
  start_daemon();
  find_page();
  event_stream after{port_of_page};
  EXPECT_TRUE(after.read_until([](const auto& all) { return !all.empty(); }));
  EXPECT_EQ(after.events().front().name, "state");
}

TEST_F(page, AnAddressThatOthersReachIsNotServedWithoutAToken) {
  play({{"WEB_LISTEN", "0.0.0.0:0"}});
  EXPECT_TRUE(subject->logged("needs web.token"));
  EXPECT_FALSE(subject->logged("http://0.0.0.0"));
}

TEST_F(page, WhoeverAsksAndDoesNotReadIsCutOff) {
  serve();
  http_connection greedy{web_port};
  // More than the system keeps for the two of us, and more questions than are read at once: what
  // was not read when the connection is closed makes its end known at once (RFC 9293, 3.10.4).
  std::string questions;
  for (int i = 0; i < 90; ++i)
    questions += "GET /chart.js HTTP/1.1\r\nHost: localhost\r\nX-Filling: "
                 + std::string(1'000, 'x') + "\r\n\r\n";
  ASSERT_TRUE(greedy.send(questions));
  EXPECT_TRUE(greedy.wait_for_reset(45s)) << "after 30 s in which nothing was taken";
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(page, WhoeverFollowsAndDoesNotReadHoldsNobodyUp) {
  serve();
  event_stream idle{web_port};
  EXPECT_EQ(idle.status(), 200);
  event_stream reader{web_port};
  EXPECT_EQ(reader.status(), 200);
  see(growing_fire("north"));
  EXPECT_TRUE(reader.read_until([](const auto& all) {
    return std::any_of(all.begin(), all.end(), [](const auto& e) { return e.name == "camera"; });
  }));
  const auto end = subject->terminate(SIGTERM);
  EXPECT_LT(end.took, 2s);
}

} // namespace
} // namespace firefinder::test::http_test
