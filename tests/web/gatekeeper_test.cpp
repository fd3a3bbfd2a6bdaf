#include "actors/web/gatekeeper.hpp"

#include <gtest/gtest.h>

namespace firefinder::gatekeeper_test {
namespace {

using namespace std::chrono_literals;

web_question question(const std::string& path, shown_token token = shown_token::none,
                      const std::string& address = "192.0.2.1") {
  web_question result;
  result.method = "GET";
  result.path = path;
  result.token = token;
  result.address = address;
  return result;
}

int status_of(gatekeeper& uut, const web_question& x, monotonic now) {
  const auto refusal = uut.look_at(x, now);
  return refusal ? refusal->status : 200;
}

TEST(gatekeeper, reads_a_bearer_token) {
  EXPECT_EQ(token_of("", "secret"), shown_token::none);
  EXPECT_EQ(token_of("Bearer secret", "secret"), shown_token::right);
  EXPECT_EQ(token_of("bearer  secret", "secret"), shown_token::right);
  for (const auto* wrong : {"Bearer", "Bearer ", "Bearer Secret", "Bearer secre", "Bearer secrets",
                            "Bearer secretsecret", "Basic secret", "secret", "Bearer secret "})
    EXPECT_EQ(token_of(wrong, "secret"), shown_token::wrong) << wrong;
}

TEST(gatekeeper, knows_its_own_names) {
  for (const auto* own : {"127.0.0.1", "127.0.0.1:8088", "localhost:1", "LOCALHOST", "[::1]:8088",
                          "[::1]", "192.168.1.4:8088", "farm.lan:8088"})
    EXPECT_TRUE(is_own_host(own, "farm.lan")) << own;
  for (const auto* foreign : {"", "evil.example", "evil.example:8088", "localhost.evil.example",
                              "127.0.0.1.evil.example", "[::1", "[evil]", "127.0.0.1@evil"})
    EXPECT_FALSE(is_own_host(foreign, "farm.lan")) << foreign;
}

TEST(gatekeeper, lets_everybody_read_and_nobody_act_without_a_token) {
  gatekeeper uut{false};
  EXPECT_EQ(status_of(uut, question("/api/state"), 1s), 200);
  EXPECT_EQ(status_of(uut, question("/metrics"), 1s), 200);
  EXPECT_EQ(status_of(uut, question("/api/command"), 1s), 403);
}

TEST(gatekeeper, wants_the_token_where_there_is_one) {
  gatekeeper uut{true};
  for (const auto* path : {"/api/state", "/api/cameras/north", "/metrics", "/api/command"}) {
    EXPECT_EQ(status_of(uut, question(path), 1s), 401) << path;
    EXPECT_EQ(status_of(uut, question(path, shown_token::wrong), 1s), 401) << path;
    EXPECT_EQ(status_of(uut, question(path, shown_token::right), 1s), 200) << path;
  }
  // Whoever watches over the process needs none.
  EXPECT_EQ(status_of(uut, question("/healthz"), 1s), 200);
  EXPECT_EQ(status_of(uut, question("/readyz"), 1s), 200);
}

TEST(gatekeeper, shuts_an_address_out_that_guesses) {
  gatekeeper uut{true};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong), 1s), 401);
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong), 2s), 429);
  EXPECT_EQ(status_of(uut, question("/api/state"), 2s), 429);
  // Whoever has the token may come from the same address: all who come by a proxy do.
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::right), 2s), 200);
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::right, "192.0.2.2"), 2s), 200);
  EXPECT_EQ(status_of(uut, question("/healthz"), 2s), 200);
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong), 61s), 401);
}

TEST(gatekeeper, takes_the_addresses_of_a_network_of_ipv6_for_one) {
  gatekeeper uut{true};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(status_of(uut,
                        question("/api/state", shown_token::wrong,
                                 "2001:db8:1:2::" + std::to_string(i + 1)),
                        1s),
              401);
  const auto guess = [&](const std::string& address) {
    return status_of(uut, question("/api/state", shown_token::wrong, address), 2s);
  };
  EXPECT_EQ(guess("2001:db8:1:2:ffff::1"), 429);
  EXPECT_EQ(guess("2001:db8:1:3::1"), 401);
}

TEST(gatekeeper, remembers_a_bounded_number_of_addresses) {
  gatekeeper uut{true};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong, "guesser"), 1s), 401);
  for (int i = 0; i < 999; ++i)
    EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong, std::to_string(i)), 2s),
              401);
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong, "guesser"), 2s), 429);
  // One more, and the one whose last failure is the longest ago is forgotten.
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong, "another"), 2s), 401);
  EXPECT_EQ(status_of(uut, question("/api/state", shown_token::wrong, "guesser"), 2s), 401);
}

} // namespace
} // namespace firefinder::gatekeeper_test
