#include "actors/connection/backoff.hpp"
#include "actors/connection/negotiation.hpp"
#include "actors/connection/outbox.hpp"
#include "actors/connection/send_window.hpp"
#include "actors/connection/topic_filter.hpp"
#include "messages/shard.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

namespace firefinder::parts_test {
namespace {

using namespace std::chrono_literals;

// -- back-off ----------------------------------------------------------------------------

TEST(backoff, doubles_from_the_least_to_the_greatest) {
  backoff x{1s, 60s};
  const std::array<timespan, 8> steps{1s, 2s, 4s, 8s, 16s, 32s, 48s, 48s};
  for (const auto step : steps)
    EXPECT_EQ(x.next(0), step);
}

TEST(backoff, jitter_stays_within_its_step_and_the_bounds) {
  for (const double random : {0.0, 0.3, 0.999, 1.0}) {
    backoff x{1s, 60s};
    timespan last = 0s;
    for (int i = 0; i < 20; ++i) {
      const auto pause = x.next(random);
      EXPECT_GE(pause, 1s);
      EXPECT_LE(pause, 60s);
      EXPECT_GE(pause, last);
      last = pause;
    }
    EXPECT_GE(last, 48s);
  }
}

TEST(backoff, success_starts_it_again) {
  backoff x{1s, 60s};
  for (int i = 0; i < 10; ++i)
    static_cast<void>(x.next(0));
  x.reset();
  EXPECT_EQ(x.next(0), 1s);
}

TEST(backoff, equal_bounds_are_allowed) {
  backoff x{5s, 5s};
  EXPECT_EQ(x.next(0), 5s);
  EXPECT_EQ(x.next(1), 5s);
}

// -- negotiation -------------------------------------------------------------------------

TEST(negotiation, a_refused_version_is_followed_by_the_other_at_once) {
  negotiation x{protocol_choice::automatic};
  EXPECT_EQ(x.next(), mqtt_version::v5);
  EXPECT_TRUE(x.failed(refusal::protocol));
  EXPECT_EQ(x.next(), mqtt_version::v311);
  x.succeeded();
  EXPECT_EQ(x.next(), mqtt_version::v311);
}

TEST(negotiation, silence_has_to_happen_twice) {
  negotiation x{protocol_choice::automatic};
  EXPECT_FALSE(x.failed(refusal::no_answer));
  EXPECT_EQ(x.next(), mqtt_version::v5);
  EXPECT_TRUE(x.failed(refusal::no_answer));
  EXPECT_EQ(x.next(), mqtt_version::v311);
}

TEST(negotiation, a_broker_that_is_away_says_nothing_about_versions) {
  negotiation x{protocol_choice::automatic};
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(x.failed(refusal::no_answer));
    EXPECT_FALSE(x.failed(refusal::unreachable));
  }
  EXPECT_FALSE(x.failed(refusal::credentials));
  EXPECT_EQ(x.next(), mqtt_version::v5);
}

TEST(negotiation, silence_of_a_broker_that_spoke_5_is_an_outage) {
  negotiation x{protocol_choice::automatic};
  x.succeeded();
  for (int i = 0; i < 10; ++i)
    EXPECT_FALSE(x.failed(refusal::no_answer));
  EXPECT_EQ(x.next(), mqtt_version::v5);
  EXPECT_TRUE(x.failed(refusal::protocol)) << "a plain word is believed";
}

TEST(negotiation, begins_again_after_a_pause_when_neither_works) {
  negotiation x{protocol_choice::automatic};
  ASSERT_TRUE(x.failed(refusal::protocol));
  EXPECT_FALSE(x.failed(refusal::protocol));
  EXPECT_EQ(x.next(), mqtt_version::v5);
}

TEST(negotiation, a_fixed_version_stays) {
  negotiation five{protocol_choice::v5};
  EXPECT_FALSE(five.failed(refusal::protocol));
  EXPECT_EQ(five.next(), mqtt_version::v5);
  negotiation three{protocol_choice::v311};
  EXPECT_EQ(three.next(), mqtt_version::v311);
}

// -- topic filters -----------------------------------------------------------------------

TEST(topic_filter, matches_as_the_standard_says) {
  EXPECT_TRUE(matches("fire/detection", "fire/detection"));
  EXPECT_FALSE(matches("fire/detection", "fire/detection/a"));
  EXPECT_TRUE(matches("fire/detection/+", "fire/detection/a"));
  EXPECT_TRUE(matches("fire/detection/+", "fire/detection/")) << "an empty level is a level";
  EXPECT_FALSE(matches("fire/detection/+", "fire/detection"));
  EXPECT_FALSE(matches("fire/detection/+", "fire/detection/a/b"));
  EXPECT_TRUE(matches("+/+", "/finance"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("+", "/finance"));
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("#", "a/b"));
  EXPECT_FALSE(matches("#", "$SYS/uptime"));
  EXPECT_FALSE(matches("+/uptime", "$SYS/uptime"));
  EXPECT_TRUE(matches("$SYS/#", "$SYS/uptime"));
  EXPECT_FALSE(matches("sport/tennis", "sport"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a", ""));
}

TEST(topic_filter, at_or_below_a_level) {
  EXPECT_TRUE(is_at_or_below("homeassistant", "homeassistant"));
  EXPECT_TRUE(is_at_or_below("homeassistant", "homeassistant/status"));
  EXPECT_TRUE(is_at_or_below("homeassistant", "homeassistant/#"));
  EXPECT_TRUE(is_at_or_below("ha/one", "ha/one/status"));
  EXPECT_FALSE(is_at_or_below("homeassistant", "homeassistants/status"));
  EXPECT_FALSE(is_at_or_below("homeassistant", "home"));
  EXPECT_FALSE(is_at_or_below("homeassistant", "site/homeassistant"));
  EXPECT_FALSE(is_at_or_below("homeassistant", ""));
  EXPECT_FALSE(is_at_or_below("", "a"));
  EXPECT_FALSE(is_at_or_below("", "/a"));
}

TEST(topic_filter, last_level) {
  EXPECT_EQ(last_level("fire/detection/north"), "north");
  EXPECT_EQ(last_level("fire"), "fire");
  EXPECT_EQ(last_level("fire/"), "");
}

TEST(shard, is_stable_and_in_range) {
  EXPECT_EQ(shard_of("north", 1), 0U);
  EXPECT_EQ(shard_of("", 7), 0xcbf29ce484222325U % 7);
  std::set<std::size_t> used;
  for (int i = 0; i < 100; ++i) {
    const auto key = "camera " + std::to_string(i);
    const auto shard = shard_of(key, 4);
    EXPECT_EQ(shard, shard_of(key, 4));
    EXPECT_LT(shard, 4U);
    used.insert(shard);
  }
  EXPECT_EQ(used.size(), 4U);
}

// -- the outbox --------------------------------------------------------------------------

publication value(delivery how, std::string topic, std::string payload) {
  publication x;
  x.how = how;
  x.topic = std::move(topic);
  x.payload = std::move(payload);
  return x;
}

publication alarm(std::string id, monotonic expires = 100s) {
  auto x = value(delivery::durable, "fire/trigger", "alarm " + id);
  x.id = std::move(id);
  x.qos = 2;
  x.expires = expires;
  return x;
}

TEST(outbox, live_is_dropped_and_counted_while_the_link_is_down) {
  outbox x;
  EXPECT_FALSE(x.offer(value(delivery::live, "t", "1")));
  EXPECT_EQ(x.dropped_live(), 1U);
  EXPECT_TRUE(x.link_up(false).empty());
  const auto sent = x.offer(value(delivery::live, "t", "2"));
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->ticket, no_ticket);
}

TEST(outbox, latest_keeps_the_last_value_of_each_topic) {
  outbox x;
  EXPECT_FALSE(x.offer(value(delivery::latest, "b", "1")));
  EXPECT_FALSE(x.offer(value(delivery::latest, "a", "1")));
  EXPECT_FALSE(x.offer(value(delivery::latest, "b", "2")));
  const auto sent = x.link_up(false);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].what.topic, "a");
  EXPECT_EQ(sent[1].what.topic, "b");
  EXPECT_EQ(sent[1].what.payload, "2");
}

TEST(outbox, latest_is_sent_again_until_it_is_acknowledged) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto first = x.offer(value(delivery::latest, "a", "1"));
  ASSERT_TRUE(first);
  x.link_down(false);
  const auto again = x.link_up(false);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_NE(again[0].ticket, first->ticket);
  EXPECT_FALSE(x.completed(first->ticket, true)) << "the old ticket is void";
  static_cast<void>(x.completed(again[0].ticket, true));
  x.link_down(false);
  EXPECT_TRUE(x.link_up(false).empty());
}

TEST(outbox, the_end_of_an_older_value_is_not_that_of_the_newer_one) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto first = x.offer(value(delivery::latest, "a", "1"));
  const auto second = x.offer(value(delivery::latest, "a", "2"));
  static_cast<void>(x.completed(first->ticket, true));
  x.link_down(false);
  const auto again = x.link_up(false);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].what.payload, "2");
  static_cast<void>(x.completed(second->ticket, true));
  x.link_down(false);
  EXPECT_EQ(x.link_up(false).size(), 1U) << "the ticket of an earlier link is void";
}

TEST(outbox, a_refused_value_waits_for_the_next_link) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto first = x.offer(value(delivery::latest, "a", "1"));
  static_cast<void>(x.completed(first->ticket, false));
  x.link_down(false);
  EXPECT_EQ(x.link_up(false).size(), 1U);
}

TEST(outbox, what_is_offered_once_ends_with_its_link) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto sent = x.offer_once(value(delivery::latest, "a", "1"));
  EXPECT_GT(sent.ticket, greeting_ticket);
  EXPECT_EQ(x.ticket_of("a"), sent.ticket);
  x.link_down(false);
  EXPECT_EQ(x.ticket_of("a"), no_ticket);
  EXPECT_TRUE(x.link_up(true).empty());
  EXPECT_FALSE(x.completed(sent.ticket, true));
}

TEST(outbox, a_refused_value_that_was_offered_once_is_gone) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto sent = x.offer_once(value(delivery::latest, "a", "1"));
  static_cast<void>(x.completed(sent.ticket, false));
  EXPECT_EQ(x.ticket_of("a"), no_ticket);
}

TEST(outbox, the_later_value_of_a_topic_counts_whichever_way_it_came) {
  outbox x;
  static_cast<void>(x.link_up(false));
  static_cast<void>(x.offer(value(delivery::latest, "a", "1")));
  const auto once = x.offer_once(value(delivery::latest, "a", "2"));
  static_cast<void>(x.offer_once(value(delivery::latest, "b", "1")));
  static_cast<void>(x.offer(value(delivery::latest, "b", "2")));
  EXPECT_EQ(x.ticket_of("a"), once.ticket);
  x.link_down(false);
  const auto again = x.link_up(false);
  ASSERT_EQ(again.size(), 1U) << "the first value of a is older than what took its place";
  EXPECT_EQ(again[0].what.topic, "b");
  EXPECT_EQ(again[0].what.payload, "2");
}

TEST(outbox, keeps_when_a_value_is_outdated) {
  outbox x;
  auto what = value(delivery::latest, "a", "1");
  what.outdated_after = 60s;
  EXPECT_FALSE(x.offer(what));
  const auto sent = x.link_up(false);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].what.outdated_after, 60s);
}

TEST(outbox, durable_waits_for_the_link_and_is_reported_when_acknowledged) {
  outbox x;
  EXPECT_FALSE(x.offer(alarm("1")));
  EXPECT_EQ(x.durable_pending(), 1U);
  const auto sent = x.link_up(false);
  ASSERT_EQ(sent.size(), 1U);
  const auto gone = x.completed(sent[0].ticket, true);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->id, "1");
  EXPECT_EQ(x.durable_pending(), 0U);
  x.link_down(false);
  EXPECT_TRUE(x.link_up(false).empty());
}

TEST(outbox, durable_goes_before_values) {
  outbox x;
  EXPECT_FALSE(x.offer(value(delivery::latest, "a", "1")));
  EXPECT_FALSE(x.offer(alarm("1")));
  const auto sent = x.link_up(false);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].what.id, "1");
}

TEST(outbox, durable_in_flight_is_left_to_a_client_whose_session_was_kept) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto sent = x.offer(alarm("1"));
  ASSERT_TRUE(sent);
  x.link_down(false);
  EXPECT_TRUE(x.link_up(true).empty()) << "the client completes the handshake itself";
  const auto gone = x.completed(sent->ticket, true);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->id, "1");
}

TEST(outbox, durable_in_flight_is_sent_again_when_the_session_or_the_client_is_gone) {
  outbox session_lost;
  static_cast<void>(session_lost.link_up(false));
  static_cast<void>(session_lost.offer(alarm("1")));
  session_lost.link_down(false);
  EXPECT_EQ(session_lost.link_up(false).size(), 1U);

  outbox client_replaced;
  static_cast<void>(client_replaced.link_up(false));
  static_cast<void>(client_replaced.offer(alarm("1")));
  client_replaced.link_down(true);
  EXPECT_EQ(client_replaced.link_up(true).size(), 1U);
}

TEST(outbox, whatever_takes_an_alarm_from_the_client_voids_its_ticket) {
  const auto sent_once = [](outbox& x) {
    static_cast<void>(x.link_up(false));
    return x.offer(alarm("1"))->ticket;
  };
  outbox session_lost;
  auto ticket = sent_once(session_lost);
  session_lost.link_down(false);
  static_cast<void>(session_lost.link_up(false));
  EXPECT_FALSE(session_lost.completed(ticket, true));

  outbox client_replaced;
  ticket = sent_once(client_replaced);
  client_replaced.link_down(true);
  EXPECT_FALSE(client_replaced.completed(ticket, true));

  outbox held;
  ticket = sent_once(held);
  held.link_down(false);
  EXPECT_EQ(held.hold().size(), 1U);
  EXPECT_FALSE(held.durable_with_client());
  EXPECT_FALSE(held.completed(ticket, true));
  EXPECT_EQ(held.link_up(true).size(), 1U);
}

TEST(outbox, a_refused_alarm_is_not_with_the_client) {
  outbox x;
  static_cast<void>(x.link_up(false));
  EXPECT_FALSE(x.completed(x.offer(alarm("1"))->ticket, false));
  EXPECT_FALSE(x.durable_with_client());
  x.link_down(false);
  EXPECT_EQ(x.link_up(true).size(), 1U);
}

TEST(outbox, the_same_alarm_is_not_queued_twice) {
  outbox x;
  EXPECT_FALSE(x.offer(alarm("1")));
  EXPECT_FALSE(x.offer(alarm("1")));
  EXPECT_EQ(x.link_up(false).size(), 1U);
}

TEST(outbox, expired_alarms_are_never_sent) {
  outbox x;
  EXPECT_FALSE(x.offer(alarm("1", 100s)));
  EXPECT_FALSE(x.offer(alarm("2", 200s)));
  EXPECT_EQ(x.next_expiry(), 100s);
  EXPECT_TRUE(x.expire(100s - 1ns).ids.empty());
  const auto gone = x.expire(100s);
  EXPECT_EQ(gone.ids, std::vector<std::string>{"1"});
  EXPECT_FALSE(gone.in_flight);
  const auto sent = x.link_up(false);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].what.id, "2");
  EXPECT_EQ(x.next_expiry(), 200s);
}

TEST(outbox, says_when_the_client_still_holds_what_expired) {
  outbox x;
  static_cast<void>(x.link_up(false));
  static_cast<void>(x.offer(alarm("1", 100s)));
  x.link_down(false);
  EXPECT_TRUE(x.expire(100s).in_flight);
}

TEST(outbox, never_gives_a_reserved_ticket) {
  outbox x;
  static_cast<void>(x.link_up(false));
  const auto sent = x.offer(value(delivery::latest, "a", "1"));
  EXPECT_GT(sent->ticket, farewell_ticket);
}

// -- the window -------------------------------------------------------------------------------

dispatch ticket(std::uint64_t number, delivery how = delivery::latest, std::uint8_t qos = 1) {
  auto what = value(how, "t" + std::to_string(number), "x");
  what.qos = qos;
  return {number, std::move(what)};
}

// Tickets of what is sent until nothing more may be.
std::vector<std::uint64_t> sent(send_window& x, monotonic now = 0s) {
  std::vector<std::uint64_t> result;
  while (const auto next = x.next(now))
    result.push_back(next->ticket);
  return result;
}

using tickets = std::vector<std::uint64_t>;

TEST(send_window, some_are_under_way_and_the_others_wait_for_their_answers) {
  send_window x;
  x.begin(5);
  for (std::uint64_t i = 1; i <= 6; ++i)
    EXPECT_TRUE(x.add(ticket(i)));
  EXPECT_EQ(sent(x), (tickets{1, 2, 3}));
  EXPECT_FALSE(x.empty());
  x.answered(2);
  // Nobody has sent that.
  x.answered(99);
  EXPECT_EQ(sent(x), (tickets{4}));
  x.answered(1);
  x.answered(3);
  x.answered(4);
  EXPECT_EQ(sent(x), (tickets{5, 6}));
  EXPECT_TRUE(x.empty());
}

TEST(send_window, an_alarm_and_what_has_no_answer_go_before_those_that_wait) {
  send_window x;
  x.begin(5);
  for (std::uint64_t i = 1; i <= 5; ++i)
    EXPECT_TRUE(x.add(ticket(i)));
  EXPECT_EQ(sent(x), (tickets{1, 2, 3}));
  EXPECT_TRUE(x.add(ticket(no_ticket, delivery::live, 0)));
  EXPECT_TRUE(x.add(ticket(6, delivery::durable, 2)));
  EXPECT_EQ(sent(x), (tickets{no_ticket, 6}));
  // It has one of the places.
  x.answered(1);
  EXPECT_EQ(sent(x), (tickets{}));
  x.answered(6);
  EXPECT_EQ(sent(x), (tickets{4}));
}

TEST(send_window, the_broker_says_how_many_and_one_may_always_go) {
  for (const auto& [receive_maximum, most] :
       {std::pair{0, 1U}, {1, 1U}, {10, 6U}, {20, 12U}, {100, 60U}, {65'535, 60U}}) {
    send_window x;
    x.begin(static_cast<std::uint16_t>(receive_maximum));
    for (std::uint64_t i = 1; i <= 100; ++i)
      EXPECT_TRUE(x.add(ticket(i)));
    EXPECT_EQ(sent(x).size(), most) << receive_maximum;
  }
}

TEST(send_window, what_is_never_answered_leaves_its_place) {
  send_window x;
  x.begin(1);
  EXPECT_TRUE(x.add(ticket(1)));
  EXPECT_TRUE(x.add(ticket(2)));
  EXPECT_EQ(sent(x, 100s), (tickets{1}));
  EXPECT_EQ(sent(x, 100s + send_window::patience - 1ns), (tickets{}));
  EXPECT_EQ(sent(x, 100s + send_window::patience), (tickets{2}));
}

TEST(send_window, a_value_that_changes_while_it_waits_keeps_its_turn) {
  send_window x;
  x.begin(1);
  EXPECT_TRUE(x.add(ticket(1)));
  EXPECT_EQ(sent(x), (tickets{1}));
  EXPECT_TRUE(x.add(ticket(2)));
  EXPECT_TRUE(x.add(ticket(3)));
  auto newer = ticket(4);
  newer.what.topic = "t2";
  newer.what.payload = "newer";
  EXPECT_TRUE(x.add(newer));
  x.answered(1);
  const auto next = x.next(0s);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->ticket, 4U);
  EXPECT_EQ(next->what.payload, "newer");
  x.answered(4);
  EXPECT_EQ(sent(x), (tickets{3}));
  EXPECT_TRUE(x.empty());
}

TEST(send_window, nothing_overtakes_what_waits_of_its_topic) {
  send_window x;
  x.begin(1);
  EXPECT_TRUE(x.add(ticket(1)));
  EXPECT_EQ(sent(x), (tickets{1}));
  EXPECT_TRUE(x.add(ticket(2)));
  auto unanswered = ticket(3, delivery::live, 0);
  unanswered.what.topic = "t2";
  EXPECT_TRUE(x.add(unanswered));
  auto later = ticket(4);
  later.what.topic = "t2";
  EXPECT_TRUE(x.add(later));
  EXPECT_EQ(sent(x), (tickets{}));
  x.answered(1);
  EXPECT_EQ(sent(x), (tickets{2, 3}));
  x.answered(2);
  EXPECT_EQ(sent(x), (tickets{4}));
}

TEST(send_window, of_what_is_not_worth_the_wait_not_too_much_waits) {
  send_window x;
  x.begin(1);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < send_window::most_live; ++i)
    EXPECT_TRUE(x.add(ticket(++number, delivery::live)));
  EXPECT_FALSE(x.add(ticket(++number, delivery::live)));
  EXPECT_TRUE(x.add(ticket(++number))) << "of a kept value the last one is not to be lost";
  EXPECT_EQ(sent(x), (tickets{1}));
  EXPECT_TRUE(x.add(ticket(++number, delivery::live)));
  EXPECT_EQ(x.end(), send_window::most_live);
  EXPECT_TRUE(x.empty());
  // The next link begins with nothing.
  x.begin(1);
  EXPECT_TRUE(x.add(ticket(++number, delivery::live)));
  EXPECT_EQ(sent(x), (tickets{number}));
  EXPECT_EQ(x.end(), 0U);
}

} // namespace
} // namespace firefinder::parts_test
