#include "actors/web/request.hpp"

#include <gtest/gtest.h>

namespace firefinder::request_test {
namespace {

constexpr unix_seconds now = 1'700'000'000;

understood get(const std::string& path, std::map<std::string, std::string> query = {}) {
  web_question x;
  x.method = "GET";
  x.path = path;
  x.query = std::move(query);
  return understand(x, now);
}

understood command(const std::string& body, const std::string& type = "application/json") {
  web_question x;
  x.method = "POST";
  x.path = "/api/command";
  x.body = body;
  x.content_type = type;
  return understand(x, now);
}

TEST(web_request, knows_its_paths) {
  const std::map<std::string, web_topic> paths{
      {"/api/state", web_topic::state},      {"/api/cameras", web_topic::cameras},
      {"/api/cameras/a", web_topic::camera}, {"/api/decisions", web_topic::decisions},
      {"/api/explain", web_topic::explain},  {"/api/events", web_topic::events},
      {"/healthz", web_topic::alive},        {"/readyz", web_topic::ready},
      {"/metrics", web_topic::metrics},
  };
  for (const auto& [path, what] : paths) {
    const auto x = get(path);
    ASSERT_TRUE(x.request) << path;
    EXPECT_EQ(x.request->what, what) << path;
    EXPECT_EQ(methods_of(path), "GET, HEAD") << path;
  }
  EXPECT_EQ(methods_of("/api/command"), "POST");
  EXPECT_EQ(get("/api/command").status, 405);
  EXPECT_EQ(get("/api/states").status, 404);
  EXPECT_EQ(get("/").status, 404);
  EXPECT_TRUE(methods_of("/api").empty());
}

TEST(web_request, bounds_the_number_of_decisions) {
  EXPECT_EQ(get("/api/decisions").request->limit, 100U);
  EXPECT_EQ(get("/api/decisions", {{"limit", "1000"}}).request->limit, 1000U);
  for (const auto* bad : {"", "0", "1001", "-1", "1.5", "ten", "99999999999", "1 "})
    EXPECT_EQ(get("/api/decisions", {{"limit", bad}}).status, 400) << bad;
}

TEST(web_request, takes_moments_of_both_kinds) {
  const auto before = get("/api/explain", {{"camera", "north"}, {"at", "-90"}});
  EXPECT_EQ(before.request->query.camera, "north");
  EXPECT_DOUBLE_EQ(before.request->query.at, now - 90);
  EXPECT_DOUBLE_EQ(get("/api/explain", {{"at", "1699999999.5"}}).request->query.at, now - 0.5);
  EXPECT_DOUBLE_EQ(get("/api/explain").request->query.at, 0);
  for (const auto* bad : {"", "now", "nan", "inf", "1e300", "1;2"})
    EXPECT_EQ(get("/api/explain", {{"at", bad}}).status, 400) << bad;
}

TEST(web_request, history_is_a_switch) {
  EXPECT_FALSE(get("/api/cameras").request->history);
  EXPECT_TRUE(get("/api/cameras", {{"history", "1"}}).request->history);
  EXPECT_FALSE(get("/api/cameras", {{"history", "0"}}).request->history);
  EXPECT_EQ(get("/api/cameras", {{"history", "yes"}}).status, 400);
}

TEST(web_request, reads_orders) {
  const auto order = [](const std::string& body) { return command(body).request->order; };
  EXPECT_EQ(order(R"({"op": "acknowledge"})").what, order_kind::acknowledge);
  EXPECT_EQ(order(R"({"op": "reset", "reason": "a\u0000barbecue"})").reason, "abarbecue");
  EXPECT_EQ(order(R"({"op": "reset"})").by, "web");
  EXPECT_TRUE(order(R"({"op": "arm", "armed": true})").on);
  EXPECT_FALSE(order(R"({"op": "arm", "armed": false})").on);
  const auto snooze = order(R"({"op": "snooze", "camera": "north", "seconds": 600})");
  EXPECT_EQ(snooze.what, order_kind::snooze);
  EXPECT_EQ(snooze.camera, "north");
  EXPECT_DOUBLE_EQ(snooze.value, 600);
  EXPECT_EQ(order(R"({"op": "snooze", "camera": "north", "seconds": 0})").what, order_kind::wake);
  const auto enable = order(R"({"op": "enable", "camera": "north", "enabled": false})");
  EXPECT_EQ(enable.what, order_kind::enable);
  EXPECT_FALSE(enable.on);
}

TEST(web_request, refuses_what_is_no_order) {
  for (const auto* bad :
       {"", "null", "[]", "{}", "{", R"({"op": 1})", R"({"op": "trigger"})", R"({"op": "arm"})",
        R"({"op": "arm", "armed": "yes"})", R"({"op": "arm", "armed": 1})",
        R"({"op": "snooze", "seconds": 1})", R"({"op": "snooze", "camera": "a"})",
        R"({"op": "snooze", "camera": "", "seconds": 1})",
        R"({"op": "snooze", "camera": "a", "seconds": -1})",
        R"({"op": "snooze", "camera": "a", "seconds": 1e999})",
        R"({"op": "enable", "camera": ["a"], "enabled": true})", R"({"op": "reset", "reason": 1})",
        R"({"op": "reset", "reason": [[[[]]]]})", "{\"op\": \"reset\", \"reason\": \"\xff\"}"}) {
    const auto x = command(bad);
    EXPECT_FALSE(x.request) << bad;
    EXPECT_EQ(x.status, 400) << bad;
    EXPECT_FALSE(x.error.empty()) << bad;
  }
  EXPECT_EQ(command(R"({"op": "reset"})", "text/plain").status, 400);
  EXPECT_EQ(command(std::string(max_web_body + 1, ' ')).status, 413);
  EXPECT_EQ(command(R"({"op": "snooze", "seconds": 1, "camera": ")" + std::string(100, 'a') + "\"}")
                .status,
            400);
  // Nesting costs no stack.
  EXPECT_EQ(command(std::string(max_web_body, '[')).status, 400);
}

TEST(web_request, an_error_is_json_whatever_it_says) {
  EXPECT_EQ(error_body("a \"b\"\n"), R"({"error":"a \"b\"\n"})");
  EXPECT_NE(error_body("\xff").find("error"), std::string::npos);
}

} // namespace
} // namespace firefinder::request_test
