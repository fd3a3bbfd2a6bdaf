#include "actors/camera_detection/ledger.hpp"

#include <gtest/gtest.h>

namespace firefinder::ledger_test {

using namespace std::chrono_literals;

namespace {

constexpr unix_seconds wall = 1'700'000'000;
const std::string camera = "02770000000c";

struct ledger : testing::Test {
  std::vector<camera_credential> credentials{
      {"default", "admin", "first"}, {"1", "viewer", "second"}, {"2", "root", "third"}};
  login_ledger uut{credentials, "key"};
  monotonic now = 100h;
  login_service at = login_service::rtsp;

  // What may be tried; empty: nothing now.
  std::string offered(const std::string& device = camera) {
    const auto advice = uut.next(device, at, now);
    return advice.with == nullptr ? std::string{} : advice.with->reference;
  }

  void attempt(const std::string& reference, login_result how, const std::string& device = camera) {
    for (const auto& x : credentials)
      if (x.reference == reference)
        uut.begin(device, x, at, now);
    uut.end(device, reference, at, how, now);
  }

  camera_condition why() { return uut.next(camera, at, now).why; }
};

} // namespace

TEST_F(ledger, tries_nothing_without_credentials) {
  const login_ledger none{{}, "key"};
  const auto advice = none.next(camera, at, now);
  EXPECT_EQ(advice.with, nullptr);
  EXPECT_EQ(advice.why, camera_condition::auth_required);
  EXPECT_EQ(advice.from, login_ledger::never_again);
  EXPECT_NE(advice.reason.find("camera_detection.credentials"), std::string::npos);
}

TEST_F(ledger, never_lets_three_be_refused_in_half_an_hour) {
  const auto start = now;
  std::vector<monotonic> refused;
  for (; now < start + 26h; now += 1s)
    if (const auto reference = offered(); !reference.empty()) {
      refused.push_back(now);
      attempt(reference, login_result::refused);
    }
  ASSERT_GE(refused.size(), 6u);
  for (std::size_t i = 2; i < refused.size(); ++i)
    EXPECT_GE(refused[i] - refused[i - 2], 30min) << "at try " << i;
  for (std::size_t i = 1; i < refused.size(); ++i)
    EXPECT_GE(refused[i] - refused[i - 1], 5s) << "at try " << i;
}

TEST_F(ledger, tries_each_once_before_any_twice) {
  EXPECT_EQ(offered(), "default");
  attempt("default", login_result::refused);
  EXPECT_EQ(offered(), "");
  EXPECT_LE(uut.next(camera, at, now).from, now + 5s);
  now += 5s;
  EXPECT_EQ(offered(), "1");
  attempt("1", login_result::refused);
  now += 5s;
  EXPECT_EQ(offered(), "");
  EXPECT_EQ(why(), camera_condition::auth_failed);
  now += 30min;
  EXPECT_EQ(offered(), "2");
}

TEST_F(ledger, waits_longer_for_what_was_refused_again) {
  const login_ledger one_only{{credentials[0]}, "key"};
  uut = one_only;
  std::vector<timespan> pauses;
  for (int i = 0; i < 8; ++i) {
    attempt("default", login_result::refused);
    const auto from = uut.next(camera, at, now).from;
    pauses.push_back(from - now);
    now = from;
    ASSERT_EQ(offered(), "default");
  }
  EXPECT_EQ(pauses.front(), 30min);
  EXPECT_EQ(pauses[1], 1h);
  EXPECT_EQ(pauses.back(), 24h);
}

TEST_F(ledger, begins_with_what_was_right_before) {
  attempt("1", login_result::accepted);
  EXPECT_EQ(offered(), "1");
  ASSERT_NE(uut.trusted(camera, now), nullptr);
  EXPECT_EQ(uut.trusted(camera, now)->password, "second");
  EXPECT_EQ(uut.trusted("another", now), nullptr);
}

TEST_F(ledger, begins_with_what_a_device_of_the_same_maker_took) {
  attempt("2", login_result::accepted, "02770000ffff");
  EXPECT_EQ(offered(), "2");
  EXPECT_EQ(offered("aabbcc000001"), "default");
  // Addresses have no maker.
  attempt("1", login_result::accepted, "10.77.0.1111");
  EXPECT_EQ(offered("10.77.0.1112"), "default");
}

TEST_F(ledger, takes_a_refusal_of_the_right_password_for_a_lock) {
  attempt("1", login_result::accepted);
  now += 1h;
  uut.end(camera, "1", at, login_result::refused, now);
  EXPECT_EQ(offered(), "");
  EXPECT_EQ(why(), camera_condition::auth_locked);
  now += 29min;
  EXPECT_EQ(offered(), "");
  now += 1min;
  EXPECT_EQ(offered(), "1");
  attempt("1", login_result::refused);
  EXPECT_EQ(uut.next(camera, at, now).from, now + 1h);
  now += 1h;
  attempt("1", login_result::accepted);
  EXPECT_EQ(offered(), "1");
}

TEST_F(ledger, waits_when_the_device_says_that_it_locks) {
  attempt("default", login_result::locked);
  EXPECT_EQ(offered(), "");
  EXPECT_EQ(why(), camera_condition::auth_locked);
  EXPECT_EQ(uut.next(camera, at, now).from, now + 30min);
}

TEST_F(ledger, counts_a_log_in_of_which_nothing_was_heard) {
  uut.begin(camera, credentials[0], at, now);
  now += 5s;
  uut.begin(camera, credentials[1], at, now);
  now += 5s;
  EXPECT_EQ(offered(), "");
}

TEST_F(ledger, keeps_devices_apart) {
  attempt("default", login_result::refused);
  EXPECT_EQ(offered("02770000000d"), "default");
}

TEST_F(ledger, joins_what_was_one_device_all_along) {
  attempt("default", login_result::refused, "10.77.0.12");
  attempt("1", login_result::refused);
  now += 10s;
  EXPECT_EQ(offered(), "default");
  uut.join("10.77.0.12", camera);
  EXPECT_EQ(offered(), "");
  // Somebody may still speak of it by its old name.
  uut.join(camera, "10.77.0.12");
  EXPECT_EQ(offered("10.77.0.12"), "");
}

TEST_F(ledger, survives_a_restart) {
  attempt("default", login_result::refused);
  now += 5s;
  attempt("1", login_result::refused);
  const auto text = uut.text_of(camera, now, wall);
  for (const auto* secret : {"first", "second", "third", "admin", "viewer"})
    EXPECT_EQ(text.find(secret), std::string::npos);

  login_ledger after{credentials, "key"};
  // The monotonic clock may begin anew.
  const monotonic later = 60s;
  after.restore(camera, text, later, wall + 60);
  EXPECT_EQ(after.next(camera, at, later).with, nullptr);
  EXPECT_EQ(after.next(camera, at, later + 28min).with, nullptr);
  ASSERT_NE(after.next(camera, at, later + 30min).with, nullptr);
  EXPECT_EQ(after.next(camera, at, later + 30min).with->reference, "2");
}

TEST_F(ledger, forgets_nothing_when_the_clock_was_set_back) {
  attempt("default", login_result::locked);
  login_ledger after{credentials, "key"};
  after.restore(camera, uut.text_of(camera, now, wall), 0s, wall - 1e8);
  EXPECT_EQ(after.next(camera, at, 29min).with, nullptr);
  EXPECT_NE(after.next(camera, at, 30min).with, nullptr);
}

TEST_F(ledger, begins_anew_with_other_credentials) {
  attempt("default", login_result::refused);
  now += 5s;
  attempt("1", login_result::refused);
  login_ledger after{{{"default", "admin", "changed"}}, "key"};
  after.restore(camera, uut.text_of(camera, now, wall), now, wall);
  ASSERT_NE(after.next(camera, at, now + 5s).with, nullptr);
  EXPECT_EQ(after.next(camera, at, now + 5s).with->password, "changed");
}

TEST_F(ledger, passes_over_text_that_is_none_of_its_own) {
  for (const auto* text :
       {"", "{", "[]", "null", "{}", R"({"t":"x"})", R"({"t":1,"accepted":3})",
        R"({"t":1,"accepted":"","refusals":[{}],"in_a_row":{},"locks":0,"locked_for_s":0})",
        R"({"t":-1e308,"accepted":"","refusals":[{"by":"a","ago_s":1e308}],"in_a_row":{"a":1},)"
        R"("locks":4294967295,"locked_for_s":1e308})"})
    uut.restore("x", text, now, wall);
  EXPECT_EQ(offered(), "default");
}

TEST_F(ledger, remembers_refusals_however_many_devices_come) {
  attempt("default", login_result::refused);
  now += 5s;
  attempt("1", login_result::refused);
  now += 5s;
  for (std::size_t i = 0; i < 2 * login_ledger::max_devices; ++i) {
    const auto device = "device " + std::to_string(i);
    if (const auto advice = uut.next(device, at, now); advice.with != nullptr)
      uut.begin(device, *advice.with, at, now);
  }
  EXPECT_EQ(offered(), "");
  EXPECT_LE(uut.tried(), login_ledger::max_devices + 2);
  EXPECT_TRUE(uut.make_room(now).empty());
  // In the end they are forgotten, and others are tried again.
  now += 31min;
  EXPECT_EQ(offered("another"), "");
  EXPECT_GT(uut.make_room(now).size(), login_ledger::max_devices / 2);
  EXPECT_EQ(offered("another"), "default");
}

TEST_F(ledger, knows_that_a_camera_has_other_accounts_for_its_streams) {
  at = login_service::onvif;
  attempt("1", login_result::accepted);
  at = login_service::rtsp;
  uut.end(camera, "1", at, login_result::refused, now);
  now += 5s;
  EXPECT_EQ(offered(), "default");
  now += 5s;
  attempt("2", login_result::accepted);
  EXPECT_EQ(uut.trusted(camera, now)->reference, "2");
  // The next time each of them begins with its own.
  now += 3h;
  EXPECT_EQ(offered(), "2");
  at = login_service::onvif;
  EXPECT_EQ(offered(), "1");
  uut.end(camera, "2", login_service::onvif, login_result::refused, now);
  EXPECT_NE(why(), camera_condition::auth_locked);
}

TEST_F(ledger, trusts_no_password_that_was_refused_since) {
  attempt("1", login_result::accepted);
  now += 1h;
  uut.end(camera, "1", at, login_result::refused, now);
  EXPECT_EQ(uut.trusted(camera, now), nullptr);
  now += 29min;
  EXPECT_EQ(uut.trusted(camera, now), nullptr);
}

TEST_F(ledger, tries_nothing_while_it_does_not_know_what_was_tried) {
  attempt("1", login_result::accepted);
  uut.distrust();
  now += 25h;
  EXPECT_EQ(offered(), "");
  EXPECT_EQ(uut.trusted(camera, now), nullptr);
}

TEST_F(ledger, takes_back_what_was_not_tried_after_all) {
  uut.begin(camera, credentials[0], at, now);
  uut.cancel(camera, "default", at);
  EXPECT_EQ(offered(), "default");
  EXPECT_EQ(uut.tried(), 0u);
}

TEST_F(ledger, takes_nothing_back_but_the_last_try) {
  attempt("default", login_result::refused);
  now += 5s;
  uut.begin(camera, credentials[1], at, now);
  uut.cancel(camera, "default", at);
  uut.cancel(camera, "1", login_service::onvif);
  EXPECT_EQ(uut.tried(), 2u);
  // Nor what a ledger has from a store.
  login_ledger next{credentials, "key"};
  next.restore(camera, uut.text_of(camera, now, wall), now, wall);
  uut = next;
  now += 5s;
  EXPECT_EQ(offered(), "");
}

TEST_F(ledger, counts_what_was_tried_by_a_ledger_with_another_key) {
  attempt("default", login_result::refused);
  login_ledger other{credentials, "other key"};
  now += 1min;
  other.begin(camera, credentials[1], at, now);
  EXPECT_EQ(uut.add(other), std::vector<std::string>{camera});
  EXPECT_EQ(uut.tried(), 2u);
  // The try goes on.
  uut.end(camera, "1", at, login_result::refused, now);
  EXPECT_EQ(uut.refused(), 2u);
  now += 28min;
  EXPECT_EQ(offered(), "");
  now += 1min;
  EXPECT_EQ(offered(), "2");
}

TEST_F(ledger, counts_a_refusal_by_each_ledger) {
  attempt("default", login_result::refused);
  login_ledger other{{credentials[0]}, "other key"};
  now += 31min;
  other.begin(camera, credentials[0], at, now);
  other.end(camera, "default", at, login_result::refused, now);
  static_cast<void>(uut.add(other));
  credentials = {credentials[0]};
  login_ledger only{credentials, "key"};
  only.restore(camera, uut.text_of(camera, now, wall), now, wall);
  uut = only;
  now += 59min;
  EXPECT_EQ(offered(), "") << "twice in a row, so after an hour";
  now += 1min;
  EXPECT_EQ(offered(), "default");
}

TEST_F(ledger, knows_what_was_accepted_by_a_ledger_with_another_key) {
  attempt("1", login_result::accepted);
  now += 1h;
  uut.end(camera, "1", at, login_result::refused, now);
  EXPECT_EQ(uut.trusted(camera, now), nullptr);
  login_ledger other{credentials, "other key"};
  now += 1min;
  other.begin(camera, credentials[1], at, now);
  other.end(camera, "1", at, login_result::accepted, now);
  static_cast<void>(uut.add(other));
  ASSERT_NE(uut.trusted(camera, now), nullptr);
  EXPECT_EQ(uut.trusted(camera, now)->reference, "1");
}

} // namespace firefinder::ledger_test
