#include "actors/discovery/announcer.hpp"
#include "actors/discovery/record_queue.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace firefinder::announcer_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto presence_topic = "firefinder/bridge/state";

// A broker as MQTT describes it, as far as retained messages go: an acknowledgement comes after
// `delay`, or not at all.
struct model_broker {
  std::map<std::string, std::string> retained;
  std::multimap<monotonic, std::uint64_t> answers;
  timespan delay{};
  std::size_t unacknowledged = 0;
  std::size_t most_unacknowledged = 0;
};

struct AnnouncerTest : ::testing::Test {
  announcer uut{{}};
  model_broker broker;
  monotonic now = 1000s;
  std::vector<announcer::outgoing> log;
  std::vector<monotonic> times;
  std::map<std::string, announced_record> store;
  bool records = true;

  AnnouncerTest() { uut.set_presence({{presence_topic, "online", "offline"}}); }

  static retained_message state(const std::string& device, const std::string& value,
                                int updated_at = 0) {
    return {"firefinder/camera/" + device + "/state",
            R"({"camera":")" + device + R"(","value":")" + value + R"(","updated_at":)"
                + std::to_string(updated_at) + "}",
            message_class::state};
  }
  static retained_message availability(const std::string& device, bool online) {
    return {"firefinder/camera/" + device + "/availability", online ? "online" : "offline",
            message_class::availability};
  }
  static std::string document_topic(const std::string& device) {
    return "homeassistant/device/ff_main_" + device + "/config";
  }
  static retained_message document(const std::string& device,
                                   const std::map<std::string, std::string>& components
                                   = {{"fire", "binary_sensor"}}) {
    json x = {{"device", {{"name", device}}}, {"components", json::object()}};
    for (const auto& [key, platform] : components)
      x["components"][key] = {{"platform", platform}, {"unique_id", device + "_" + key}};
    return {document_topic(device), x.dump(), message_class::document};
  }
  // Of many, in the order of their numbers up to 8,999.
  static std::string name(int i) { return "cam" + std::to_string(1000 + i); }
  // The document first: the order is the announcer's business.
  static std::vector<retained_message> camera(const std::string& device,
                                              const std::string& value = "0") {
    return {document(device), availability(device, true), state(device, value)};
  }

  void note_records() {
    if (!records)
      return;
    for (auto& change : uut.take_records()) {
      if (!change.record) {
        store.erase(change.topic);
        continue;
      }
      store[change.topic] = *change.record;
      if (change.record->what == announced_record::kind::removed)
        uut.removal_recorded(change.topic, now);
    }
  }

  // Sends what is due, and has the broker take it.
  void work() {
    note_records();
    for (auto& x : uut.advance(now)) {
      EXPECT_TRUE(uut.has_link());
      if (x.payload.empty())
        broker.retained.erase(x.topic);
      else
        broker.retained[x.topic] = x.payload;
      broker.answers.emplace(now + broker.delay, x.token);
      broker.most_unacknowledged = std::max(broker.most_unacknowledged, ++broker.unacknowledged);
      times.push_back(now);
      log.push_back(std::move(x));
    }
    note_records();
  }

  // Lets time pass, from one event to the next.
  void pass(timespan span) {
    const auto end = now + span;
    for (int steps = 0;; ++steps) {
      ASSERT_LT(steps, 100'000) << "it is asked again and again and does nothing";
      work();
      auto next = end;
      if (const auto due = uut.next_change(now))
        next = std::min(next, std::max(*due, now));
      if (!broker.answers.empty())
        next = std::min(next, broker.answers.begin()->first);
      now = std::max(now, next);
      bool answered = false;
      while (!broker.answers.empty() && broker.answers.begin()->first <= now) {
        const auto token = broker.answers.begin()->second;
        broker.answers.erase(broker.answers.begin());
        --broker.unacknowledged;
        uut.acknowledged(token, now);
        answered = true;
      }
      const auto due = uut.next_change(now);
      if (now >= end && !answered && !(due && *due <= now))
        break;
    }
    work();
  }

  void cut() {
    uut.link_down();
    broker.answers.clear();
    broker.unacknowledged = 0;
  }

  std::uint64_t generation = 0;
  void connect() { uut.link_up(++generation, now); }

  std::vector<std::string> topics() const {
    std::vector<std::string> result;
    for (const auto& x : log)
      result.push_back(x.topic);
    return result;
  }
  long sent(const std::string& topic) const {
    return std::ranges::count_if(log, [&](const auto& x) { return x.topic == topic; });
  }
  std::string last(const std::string& topic) const {
    for (auto x = log.rbegin(); x != log.rend(); ++x)
      if (x->topic == topic)
        return x->payload;
    return "nothing";
  }
};

TEST_F(AnnouncerTest, announces_the_house_first_and_the_daemon_last) {
  uut.set("south", camera("south"), now);
  uut.set("north", camera("north"), now);
  uut.set("",
          {{"homeassistant/device/ff_main/config", "{}", message_class::document},
           {"firefinder/consensus/state", "{}", message_class::state}},
          now);
  EXPECT_TRUE(uut.advance(now).empty());
  connect();
  pass(1s);
  EXPECT_EQ(topics(),
            (std::vector<std::string>{
                "firefinder/consensus/state", "homeassistant/device/ff_main/config",
                "firefinder/camera/north/state", "firefinder/camera/north/availability",
                document_topic("north"), "firefinder/camera/south/state",
                "firefinder/camera/south/availability", document_topic("south"), presence_topic}));
  EXPECT_TRUE(uut.report().complete);
  EXPECT_EQ(uut.report().pending, 0u);
  EXPECT_EQ(uut.report().documents, 3u);
}

TEST_F(AnnouncerTest, the_daemon_is_there_only_when_everything_is_acknowledged) {
  broker.delay = 300ms;
  uut.set("north", camera("north"), now);
  connect();
  pass(299ms);
  EXPECT_EQ(sent(presence_topic), 0);
  pass(1ms);
  EXPECT_EQ(sent(presence_topic), 1);
  EXPECT_FALSE(uut.report().complete);
  pass(300ms);
  EXPECT_TRUE(uut.report().complete);
}

// It fails while a camera joins, and is held back for that camera's sake.
TEST_F(AnnouncerTest, the_daemon_is_there_also_when_its_word_has_failed_once) {
  uut.set("north", camera("north"), now);
  connect();
  std::uint64_t presence = 0;
  const auto take = [&](bool answers) {
    for (const auto& x : uut.advance(now))
      if (x.topic == presence_topic && presence == 0)
        presence = x.token;
      else if (answers)
        uut.acknowledged(x.token, now);
  };
  for (int i = 0; i < 1'000 && presence == 0; ++i, now += 10ms)
    take(true);
  ASSERT_NE(presence, 0u);
  uut.set("south", camera("south"), now);
  uut.failed(presence, now);
  const auto before = now;
  while (!uut.report().complete && now < before + 1min) {
    take(true);
    now += 10ms;
  }
  EXPECT_TRUE(uut.report().complete);
}

TEST_F(AnnouncerTest, twenty_cameras_within_a_second_and_five_hundred_within_ten) {
  for (const auto delay : {0ms, 20ms}) {
    for (const auto& [cameras, limit] :
         // The last of 501 cannot be sooner, at 50 a second.
         std::map<int, timespan>{{20, timespan{200ms}}, {500, timespan{10s + 50ms}}}) {
      announcer fresh{{}};
      fresh.set_presence({{presence_topic, "online", "offline"}});
      std::swap(uut, fresh);
      broker = {};
      broker.delay = delay;
      log.clear();
      times.clear();
      uut.set("",
              {{"homeassistant/device/ff_main/config", "{}", message_class::document},
               {"firefinder/consensus/state", "{}", message_class::state}},
              now);
      for (int i = 0; i < cameras; ++i)
        uut.set("cam" + std::to_string(i), camera("cam" + std::to_string(i)), now);
      const auto start = now;
      connect();
      pass(limit);
      EXPECT_TRUE(uut.report().complete) << cameras << " cameras";
      EXPECT_EQ(log.back().topic, presence_topic);
      EXPECT_EQ(log.size(), static_cast<std::size_t>(3 * cameras + 3));
      EXPECT_LE(broker.most_unacknowledged, announcer::window);
      RecordProperty("ms_" + std::to_string(cameras) + "_" + std::to_string(delay.count()),
                     static_cast<int>((times.back() - start) / timespan{1ms}));
      std::vector<monotonic> documents;
      for (std::size_t i = 0; i < log.size(); ++i)
        if (log[i].topic.ends_with("/config"))
          documents.push_back(times[i]);
      ASSERT_EQ(documents.size(), static_cast<std::size_t>(cameras + 1));
      for (std::size_t i = 50; i < documents.size(); ++i)
        ASSERT_GE(documents[i] - documents[i - 50], 1s) << "more than 50 in a second";
    }
  }
}

TEST_F(AnnouncerTest, a_birth_is_met_once_within_its_bounds_by_the_same_bytes) {
  uut.set("north", camera("north"), now);
  connect();
  pass(1s);
  const auto before = log;
  log.clear();
  uut.birth(now, 0.5);
  // The moment in a state moves without a change.
  uut.set("north", {document("north"), availability("north", true), state("north", "0", 99)}, now);
  pass(400ms);
  uut.birth(now, 0.1);
  pass(500ms);
  uut.birth(now, 0.9);
  pass(4500ms);
  EXPECT_TRUE(log.empty());
  pass(100ms + 1s);
  ASSERT_EQ(log.size(), before.size());
  for (std::size_t i = 0; i < log.size(); ++i) {
    EXPECT_EQ(log[i].topic, before[i].topic);
    EXPECT_EQ(log[i].payload, before[i].payload);
  }
  EXPECT_EQ(uut.report().births, 1u);
  pass(20s);
  EXPECT_EQ(log.size(), before.size());
}

TEST_F(AnnouncerTest, an_announcement_during_another_follows_it) {
  broker.delay = 100ms;
  uut.set("north", camera("north"), now);
  connect();
  pass(50ms);
  uut.announce(now);
  uut.announce(now);
  pass(5s);
  EXPECT_EQ(sent(document_topic("north")), 2);
  EXPECT_EQ(sent(presence_topic), 2);
  EXPECT_EQ(uut.report().announcements, 2u);
  EXPECT_TRUE(uut.report().complete);
}

TEST_F(AnnouncerTest, what_joins_an_announcement_comes_before_the_daemon) {
  uut.set("north", {state("north", "0")}, now);
  connect();
  for (const auto& x : uut.advance(now))
    uut.acknowledged(x.token, now);
  uut.set("south", {state("south", "0")}, now);
  const auto joined = uut.advance(now);
  ASSERT_EQ(joined.size(), 1u);
  EXPECT_EQ(joined[0].topic, state("south", "").topic);
  uut.acknowledged(joined[0].token, now);
  EXPECT_EQ(uut.advance(now).at(0).topic, presence_topic);
}

TEST_F(AnnouncerTest, what_was_under_way_before_an_announcement_is_sent_in_it) {
  uut.set("north", {state("north", "0")}, now);
  connect();
  pass(5s);
  uut.set("north", {state("north", "1")}, now);
  const auto before = uut.advance(now);
  ASSERT_EQ(before.size(), 1u);
  uut.announce(now);
  EXPECT_TRUE(uut.advance(now).empty());
  uut.acknowledged(before[0].token, now);
  const auto again = uut.advance(now);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].payload, before[0].payload);
  uut.acknowledged(again[0].token, now);
  EXPECT_EQ(uut.advance(now).at(0).topic, presence_topic);
}

TEST_F(AnnouncerTest, a_link_that_ends_ends_what_belongs_to_it) {
  uut.set("north", camera("north"), now);
  connect();
  pass(1s);
  uut.birth(now, 1);
  cut();
  EXPECT_FALSE(uut.next_change(now).has_value());
  cut();
  log.clear();
  uut.announce(now);
  uut.birth(now, 0);
  pass(30s);
  EXPECT_TRUE(log.empty());
  connect();
  // The same link twice is one.
  uut.link_up(generation, now);
  pass(30s);
  EXPECT_EQ(log.size(), 4u);
  EXPECT_EQ(uut.report().births, 0u);
}

TEST_F(AnnouncerTest, a_state_goes_out_at_once_and_then_once_a_second_with_the_newest) {
  uut.set("north", camera("north"), now);
  connect();
  pass(5s);
  log.clear();
  times.clear();
  const auto start = now;
  for (int i = 1; i <= 35; ++i) {
    uut.set("north", camera("north", std::to_string(i)), now);
    pass(100ms);
  }
  pass(2s);
  const auto topic = state("north", "").topic;
  EXPECT_EQ(sent(topic), 5);
  EXPECT_EQ(times.front(), start);
  for (std::size_t i = 1; i < times.size(); ++i)
    EXPECT_GE(times[i] - times[i - 1], 1s);
  EXPECT_EQ(json::parse(last(topic))["value"], "35");
  EXPECT_EQ(log.size(), 5u);
}

TEST_F(AnnouncerTest, a_change_back_within_the_second_is_none) {
  uut.set("north", camera("north"), now);
  connect();
  pass(500ms);
  log.clear();
  uut.set("north", {document("north"), availability("north", true), state("north", "1", 5)}, now);
  pass(100ms);
  uut.set("north", {document("north"), availability("north", true), state("north", "0", 6)}, now);
  pass(5s);
  EXPECT_TRUE(log.empty());
}

TEST_F(AnnouncerTest, a_word_like_the_last_member_in_a_value_hides_no_change) {
  uut.set("north", {state("north", R"(\"updated_at\":1)")}, now);
  connect();
  pass(5s);
  log.clear();
  uut.set("north", {state("north", R"(\"updated_at\":2)")}, now);
  pass(0s);
  EXPECT_EQ(log.size(), 1u);
}

TEST_F(AnnouncerTest, a_topic_goes_to_the_device_that_names_it_last_as_it_is) {
  const auto topic = state("north", "0").topic;
  uut.set("north", {state("north", "first"), availability("north", true)}, now);
  uut.set("south", {state("south", "first")}, now);
  connect();
  pass(2s);
  uut.set("south", {state("south", "first"), state("north", "first")}, now);
  pass(2s);
  EXPECT_EQ(sent(topic), 1);
  uut.set("north", {state("north", "second"), availability("north", true)}, now);
  pass(100ms);
  uut.set("north", {state("north", "third"), availability("north", true)}, now);
  // The third waits for the end of the second, and the second is what stands there.
  uut.set("south", {state("south", "first"), state("north", "second", 7)}, now);
  uut.set("north", {availability("north", true)}, now);
  const auto before = sent(topic);
  pass(2s);
  EXPECT_EQ(sent(topic), before);
  EXPECT_EQ(broker.retained[topic], state("north", "second").payload);
  cut();
  connect();
  pass(2s);
  EXPECT_EQ(last(topic), state("north", "second").payload);
  uut.set("south", {}, now);
  pass(2s);
  EXPECT_EQ(broker.retained.count(topic), 0U);
  EXPECT_EQ(broker.retained.count(availability("north", true).topic), 1U);
}

TEST_F(AnnouncerTest, remembers_what_documents_were_made_of_as_long_as_the_device) {
  EXPECT_EQ(uut.made_of("north"), 0U);
  uut.set("north", camera("north"), now, 17);
  EXPECT_EQ(uut.made_of("north"), 17U);
  connect();
  pass(1s);
  uut.set_states("north", {availability("north", false), state("north", "1")}, now);
  EXPECT_EQ(uut.made_of("north"), 17U);
  EXPECT_EQ(uut.made_of("south"), 0U);
  // Removed, and not yet gone.
  uut.set("north", {}, now);
  EXPECT_EQ(uut.made_of("north"), 0U);
  pass(1s);
  EXPECT_EQ(uut.made_of("north"), 0U);
}

TEST_F(AnnouncerTest, states_may_change_without_a_word_of_the_documents) {
  uut.set("a", camera("a"), now);
  connect();
  pass(2s);
  log.clear();
  uut.set_states("a", {state("a", "1")}, now);
  pass(2s);
  EXPECT_EQ(sent(document_topic("a")), 0);
  EXPECT_EQ(broker.retained.count(document_topic("a")), 1U);
  EXPECT_EQ(broker.retained.count(availability("a", true).topic), 0U);
  EXPECT_EQ(last(state("a", "1").topic), state("a", "1").payload);
  // An announcement has them all the same.
  uut.announce(now);
  pass(2s);
  EXPECT_EQ(sent(document_topic("a")), 1);
  uut.set("a", {state("a", "1")}, now);
  pass(2s);
  EXPECT_EQ(broker.retained.count(document_topic("a")), 0U);
}

TEST_F(AnnouncerTest, what_the_broker_is_to_forget_says_so_and_removals_never_do) {
  auto passing = state("a", "0");
  passing.outdated_after = 300s;
  uut.set("a", {passing}, now);
  connect();
  pass(2s);
  uut.set("a", {passing}, now);
  pass(2s);
  ASSERT_EQ(sent(passing.topic), 1);
  EXPECT_EQ(log.front().outdated_after, 300s);
  EXPECT_EQ(log.back().outdated_after, 0s) << "the daemon is there";
  // The same for longer is another one.
  uut.set("a", {state("a", "0")}, now);
  pass(2s);
  ASSERT_EQ(sent(passing.topic), 2);
  EXPECT_EQ(log.back().outdated_after, 0s);
  uut.set("a", {passing}, now);
  pass(2s);
  uut.set("a", {}, now);
  pass(5s);
  EXPECT_EQ(log.back().payload, "");
  EXPECT_EQ(log.back().outdated_after, 0s);
}

TEST_F(AnnouncerTest, what_is_to_be_repeated_is_sent_again_before_it_is_gone) {
  auto counted = state("a", "0");
  counted.outdated_after = 300s;
  counted.repeated_after = 240s;
  uut.set("a", {counted, availability("a", true)}, now);
  connect();
  pass(239s);
  EXPECT_EQ(sent(counted.topic), 1);
  pass(1s);
  EXPECT_EQ(sent(counted.topic), 2);
  EXPECT_EQ(last(counted.topic), counted.payload);
  EXPECT_EQ(uut.report().pending, 0u);
  // A change begins the span anew.
  pass(100s);
  counted.payload = state("a", "1").payload;
  uut.set("a", {counted, availability("a", true)}, now);
  pass(239s);
  EXPECT_EQ(sent(counted.topic), 3);
  pass(1s);
  EXPECT_EQ(sent(counted.topic), 4);
  EXPECT_EQ(sent(availability("a", true).topic), 1);
  cut();
  pass(1000s);
  EXPECT_EQ(sent(counted.topic), 4);
  connect();
  pass(1s);
  // Its device goes, and with it the repetition.
  uut.set("a", {}, now);
  pass(1000s);
  EXPECT_EQ(sent(counted.topic), 6);
  EXPECT_EQ(last(counted.topic), "");
}

TEST_F(AnnouncerTest, documents_stand_when_the_broker_has_acknowledged_them_all) {
  broker.delay = 100ms;
  auto second = document("a");
  second.topic = document_topic("a2");
  EXPECT_FALSE(uut.documents_stand("a"));
  uut.set("a", {state("a", "0"), document("a"), second}, now);
  uut.set("b", {state("b", "0")}, now);
  EXPECT_EQ(uut.documented(), std::set<std::string>{"a"});
  connect();
  pass(50ms);
  EXPECT_FALSE(uut.documents_stand("a"));
  pass(1s);
  EXPECT_TRUE(uut.documents_stand("a"));
  EXPECT_FALSE(uut.documents_stand("b")) << "it has none";
  uut.set("a", {state("a", "1"), document("a"), second}, now);
  EXPECT_TRUE(uut.documents_stand("a")) << "a state is no document";
  second.payload = "{}";
  uut.set("a", {state("a", "1"), document("a"), second}, now);
  EXPECT_FALSE(uut.documents_stand("a"));
  pass(1s);
  EXPECT_FALSE(uut.documents_stand("a")) << "Home Assistant forgets a component first";
  pass(3s);
  EXPECT_TRUE(uut.documents_stand("a"));
  cut();
  EXPECT_FALSE(uut.documents_stand("a"));
}

TEST_F(AnnouncerTest, documents_and_availability_wait_for_nothing) {
  uut.set("north", camera("north"), now);
  connect();
  pass(100ms);
  log.clear();
  auto renamed = document("north");
  renamed.payload.insert(1, R"("x":1,)");
  uut.set("north", {renamed, availability("north", false), state("north", "0")}, now);
  pass(0s);
  EXPECT_EQ(topics(), (std::vector<std::string>{availability("north", false).topic,
                                                document_topic("north")}));
}

TEST_F(AnnouncerTest, what_fails_alone_is_tried_again_after_growing_pauses) {
  uut.set("north", camera("north"), now);
  connect();
  std::vector<timespan> tried;
  const auto start = now;
  std::size_t others = 0;
  for (int i = 0; i < 20'000; ++i, now += 10ms)
    for (const auto& x : uut.advance(now)) {
      if (x.topic == document_topic("north")) {
        tried.push_back(now - start);
        uut.failed(x.token, now);
      } else {
        ++others;
        uut.acknowledged(x.token, now);
      }
    }
  ASSERT_GE(tried.size(), 8u);
  EXPECT_EQ(std::vector<timespan>(tried.begin(), tried.begin() + 8),
            (std::vector<timespan>{0s, 1s, 3s, 7s, 15s, 31s, 61s, 91s}));
  EXPECT_EQ(others, 3u);
  EXPECT_EQ(uut.refused(), std::vector<std::string>{document_topic("north")});
  // Forbidden as it is, it does not keep everything else from being there.
  EXPECT_TRUE(uut.report().complete);
}

TEST_F(AnnouncerTest, what_is_never_answered_has_failed) {
  uut.set("north", {document("north")}, now);
  connect();
  auto first = uut.advance(now);
  ASSERT_EQ(first.size(), 1u);
  now += announcer::answer_deadline;
  EXPECT_TRUE(uut.advance(now).empty());
  now += announcer::retry_min;
  const auto second = uut.advance(now);
  ASSERT_EQ(second.size(), 1u);
  // A late answer is none.
  uut.acknowledged(first[0].token, now);
  EXPECT_FALSE(uut.report().complete);
  uut.acknowledged(second[0].token, now);
  EXPECT_EQ(uut.advance(now).at(0).topic, presence_topic);
}

TEST_F(AnnouncerTest, offline_said_over_us_is_contradicted_at_most_once_a_second) {
  connect();
  pass(0s);
  ASSERT_EQ(sent(presence_topic), 1);
  uut.contradicted(presence_topic, now);
  pass(1s);
  EXPECT_EQ(sent(presence_topic), 2);
  times.clear();
  pass(5s);
  for (int i = 0; i < 100; ++i) {
    uut.contradicted(presence_topic, now);
    pass(50ms);
  }
  pass(1s);
  EXPECT_LE(sent(presence_topic), 9);
  for (std::size_t i = 1; i < times.size(); ++i)
    EXPECT_GE(times[i] - times[i - 1], 1s);
  // Before everything is announced there is nothing to mend, and nobody else's topic is ours.
  cut();
  uut.set("north", camera("north"), now);
  broker.delay = 100ms;
  log.clear();
  connect();
  pass(10ms);
  uut.contradicted(presence_topic, now);
  uut.contradicted("another/state", now);
  pass(10ms);
  EXPECT_EQ(sent(presence_topic), 0);
  pass(3s);
  EXPECT_EQ(sent(presence_topic), 1);
}

TEST_F(AnnouncerTest, offline_said_over_us_waits_for_no_announcement_that_is_under_way) {
  uut.set("", {{"homeassistant/device/ff_main/config", "{}", message_class::document}}, now);
  for (int i = 0; i < 500; ++i)
    uut.set("cam" + std::to_string(i), camera("cam" + std::to_string(i)), now);
  broker.delay = 5ms;
  connect();
  pass(20s);
  ASSERT_EQ(sent(presence_topic), 1);
  log.clear();
  times.clear();
  uut.announce(now);
  pass(2s);
  ASSERT_FALSE(uut.report().complete);
  for (int i = 0; i < 3; ++i) {
    const auto heard = now;
    const auto before = sent(presence_topic);
    broker.retained[presence_topic] = "offline";
    uut.contradicted(presence_topic, now);
    pass(1500ms);
    ASSERT_EQ(sent(presence_topic), before + 1);
    EXPECT_EQ(broker.retained[presence_topic], "online");
    for (std::size_t k = 0; k < log.size(); ++k)
      if (log[k].topic == presence_topic && times[k] > heard) {
        EXPECT_LE(times[k] - heard, 1s);
        break;
      }
  }
  EXPECT_FALSE(uut.report().complete);
  // The word that ends it comes nevertheless, and last.
  pass(20s);
  EXPECT_TRUE(uut.report().complete);
  EXPECT_EQ(sent(presence_topic), 4);
  EXPECT_EQ(log.back().topic, presence_topic);
  EXPECT_EQ(log.size(), 1501u + 4u);
}

// What changes while a document waits for its turn goes before it.
TEST_F(AnnouncerTest, a_state_goes_before_the_document_that_reads_it) {
  const auto other = [&](int i, const std::string& value) {
    return std::vector{document(name(i), {{"smoke", "binary_sensor"}}), availability(name(i), true),
                       state(name(i), value)};
  };
  const auto in_order = [&](int i, const std::string& value) {
    const auto find = [&](const std::string& topic, const std::string& word) {
      for (std::size_t k = 0; k < log.size(); ++k)
        if (log[k].topic == topic && log[k].payload.find(word) != std::string::npos)
          return k;
      return log.size();
    };
    const auto value_at = find(state(name(i), value).topic, '"' + value + '"');
    const auto document_at = find(document_topic(name(i)), "smoke");
    return document_at < log.size() && value_at < document_at;
  };
  for (int i = 0; i < 200; ++i)
    uut.set(name(i), camera(name(i)), now);
  connect();
  // In the midst of an announcement: its states are there, most documents wait.
  pass(2500ms);
  ASSERT_EQ(sent(document_topic(name(199))), 0);
  ASSERT_EQ(sent(state(name(199), {}).topic), 1);
  uut.set(name(199), other(199, "early"), now);
  pass(20s);
  EXPECT_TRUE(in_order(199, "early"));
  // And without one, where all change their documents.
  log.clear();
  for (int i = 0; i < 199; ++i)
    uut.set(name(i), other(i, "0"), now);
  pass(1s);
  ASSERT_EQ(sent(document_topic(name(150))), 0);
  for (int i = 0; i < 199; ++i)
    uut.set_states(name(i), {availability(name(i), true), state(name(i), "x")}, now);
  auto later = other(150, "late");
  later[0] = document(name(150), {{"smoke", "binary_sensor"}, {"more", "sensor"}});
  uut.set(name(150), later, now);
  pass(30s);
  EXPECT_TRUE(in_order(150, "late"));
}

TEST_F(AnnouncerTest, what_people_act_on_goes_first_in_an_announcement_too_and_after_a_failure) {
  const auto topic = state(name(299), {}).topic;
  const auto burn = [&](std::uint8_t signs) {
    auto next = state(name(299), "burns" + std::to_string(signs));
    next.signs = signs;
    uut.set_states(name(299), {availability(name(299), true), next}, now);
  };
  for (int i = 0; i < 300; ++i)
    uut.set(name(i), camera(name(i)), now);
  connect();
  pass(20s);
  ASSERT_TRUE(uut.report().complete);
  uut.announce(now);
  pass(500ms);
  log.clear();
  burn(1);
  pass(500ms);
  ASSERT_EQ(sent(topic), 1);
  pass(20s);
  uut.announce(now);
  pass(500ms);
  burn(2);
  const auto out = uut.advance(now + 50ms);
  const auto fire = std::ranges::find(out, topic, &announcer::outgoing::topic);
  ASSERT_NE(fire, out.end());
  for (const auto& x : out)
    x.topic == topic ? uut.failed(x.token, now + 50ms) : uut.acknowledged(x.token, now + 50ms);
  now += 50ms;
  log.clear();
  pass(announcer::retry_min + 200ms);
  EXPECT_EQ(sent(topic), 1);
}

// 1,000 cameras change all the time, and 200 messages a second may be sent.
struct BusyAnnouncerTest : AnnouncerTest {
  static constexpr int cameras = 1000;

  static std::string topic(int i) { return state(name(i), {}).topic; }

  void change(int i, const std::string& value, std::uint8_t signs = 0) {
    auto next = state(name(i), value);
    next.signs = signs;
    uut.set_states(name(i), {availability(name(i), true), next}, now);
  }

  void SetUp() override {
    for (int i = 0; i < cameras; ++i)
      uut.set(name(i), camera(name(i)), now);
    connect();
    pass(30s);
    ASSERT_TRUE(uut.report().complete);
    log.clear();
    times.clear();
  }

  void change_all(timespan span, int but_for = 0) {
    for (int step = 0; step < span / 100ms; ++step) {
      for (int i = 0; i < cameras - but_for; ++i)
        change(i, std::to_string(++value_));
      pass(100ms);
    }
  }

  // So long it took from `since` until this topic was sent.
  timespan sent_after(const std::string& topic, monotonic since) const {
    for (std::size_t k = 0; k < log.size(); ++k)
      if (log[k].topic == topic && times[k] >= since)
        return times[k] - since;
    return timespan::max();
  }

private:
  int value_ = 0;
};

TEST_F(BusyAnnouncerTest, no_camera_starves_for_the_others) {
  change_all(15s);
  EXPECT_LE(log.size(), 15 * 200 + 50u);
  for (int i = 0; i < cameras; ++i) {
    EXPECT_GE(sent(topic(i)), 2) << name(i);
    EXPECT_LE(sent(topic(i)), 4) << name(i);
  }
}

TEST_F(BusyAnnouncerTest, what_only_waits_for_its_turn_goes_ten_at_a_time) {
  change_all(2s, 1);
  std::vector<std::size_t> sizes;
  for (std::size_t idle = 0; sizes.size() < 20 || idle == 0; now += 5ms) {
    const auto out = uut.advance(now);
    idle = out.empty() ? idle + 1 : 0;
    ASSERT_LT(idle, 20U);
    if (!out.empty())
      sizes.push_back(out.size());
    // What comes back gives no occasion to send one more.
    for (const auto& x : out) {
      uut.acknowledged(x.token, now);
      EXPECT_TRUE(uut.advance(now).empty());
    }
  }
  EXPECT_EQ(sizes, std::vector<std::size_t>(20, 10));
  // People do not wait for ten.
  change(cameras - 1, "burns", 1);
  const auto out = uut.advance(now);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(out.front().topic, topic(cameras - 1));
}

TEST_F(BusyAnnouncerTest, what_people_act_on_and_the_house_go_first) {
  change_all(2s);
  const auto since = now;
  change(cameras - 1, "burns", 1);
  uut.set({}, {{"firefinder/state", R"({"fire":true})", message_class::state}}, now);
  change_all(1s, 1);
  EXPECT_LE(sent_after(topic(cameras - 1), since), 150ms);
  EXPECT_LE(sent_after("firefinder/state", since), 150ms);
  EXPECT_GT(sent_after(topic(cameras - 2), since), 150ms);
}

TEST_F(AnnouncerTest, a_word_that_fails_in_an_announcement_is_said_again_in_it) {
  for (int i = 0; i < 200; ++i)
    uut.set("cam" + std::to_string(i), camera("cam" + std::to_string(i)), now);
  connect();
  pass(20s);
  uut.announce(now);
  pass(1500ms);
  uut.contradicted(presence_topic, now);
  std::vector<monotonic> words;
  const auto start = now;
  for (; now < start + 2s; now += 10ms)
    for (const auto& x : uut.advance(now)) {
      if (x.topic == presence_topic) {
        words.push_back(now);
        words.size() == 1 ? uut.failed(x.token, now) : uut.acknowledged(x.token, now);
      } else {
        uut.acknowledged(x.token, now);
      }
    }
  ASSERT_FALSE(uut.report().complete);
  ASSERT_EQ(words.size(), 2u);
  EXPECT_LE(words[0] - start, 50ms) << "no longer than the pace of the others";
  EXPECT_EQ(words[1] - words[0], 1s);
}

// -- removals ---------------------------------------------------------------------------------

TEST_F(AnnouncerTest, a_camera_that_goes_takes_everything_with_it) {
  uut.set("north", camera("north"), now);
  connect();
  pass(1s);
  uut.passed("north", "firefinder/camera/north/event");
  broker.retained["firefinder/camera/north/event"] = "{}";
  note_records();
  EXPECT_EQ(store.size(), 5u);
  uut.set("north", {}, now);
  pass(1s);
  EXPECT_EQ(broker.retained, (std::map<std::string, std::string>{{presence_topic, "online"}}));
  EXPECT_EQ(store.size(), 1u);
  EXPECT_EQ(uut.report().removals_pending, 0u);
}

TEST_F(AnnouncerTest, a_removal_is_written_down_before_it_is_sent) {
  uut.set("north", {document("north")}, now);
  connect();
  pass(1s);
  records = false;
  log.clear();
  uut.set("north", {}, now);
  pass(1s);
  EXPECT_TRUE(log.empty());
  records = true;
  note_records();
  EXPECT_EQ(store.at(document_topic("north")).what, announced_record::kind::removed);
  pass(0s);
  EXPECT_EQ(last(document_topic("north")), "");
  EXPECT_EQ(store.count(document_topic("north")), 0u);
}

TEST_F(AnnouncerTest, a_store_that_cannot_write_keeps_no_ghost_at_the_broker) {
  uut.set("north", {document("north")}, now);
  connect();
  pass(1s);
  records = false;
  uut.set("north", {}, now);
  pass(announcer::record_deadline);
  EXPECT_EQ(last(document_topic("north")), "");
}

TEST_F(AnnouncerTest, a_removal_without_a_link_is_owed_over_flaps_and_a_restart) {
  uut.set("north", camera("north"), now);
  connect();
  pass(1s);
  cut();
  uut.set("north", {}, now);
  note_records();
  EXPECT_EQ(uut.report().removals_pending, 3u);
  connect();
  static_cast<void>(uut.advance(now));
  cut();
  EXPECT_EQ(uut.report().removals_pending, 3u);

  announcer next{{}};
  next.set_presence({{presence_topic, "online", "offline"}});
  for (const auto& [topic, record] : store)
    next.restore(topic, record, true);
  std::swap(uut, next);
  log.clear();
  connect();
  pass(1s);
  EXPECT_EQ(broker.retained, (std::map<std::string, std::string>{{presence_topic, "online"}}));
  EXPECT_EQ(log.size(), 4u);
  EXPECT_EQ(store.size(), 1u);
}

TEST_F(AnnouncerTest, what_is_wanted_again_is_not_removed) {
  uut.set("north", camera("north"), now);
  connect();
  pass(1s);
  cut();
  uut.set("north", {}, now);
  uut.set("north", camera("north", "5"), now);
  log.clear();
  connect();
  pass(1s);
  for (const auto& x : log)
    EXPECT_FALSE(x.payload.empty()) << x.topic;
  EXPECT_EQ(store.at(document_topic("north")).what, announced_record::kind::announced);
  // Also when the removal is under way.
  broker.delay = 100ms;
  uut.set("north", {}, now);
  pass(50ms);
  uut.set("north", camera("north", "5"), now);
  pass(2s);
  EXPECT_EQ(broker.retained.size(), 4u);
  EXPECT_EQ(uut.report().pending, 0u);
  EXPECT_EQ(store.at(document_topic("north")).what, announced_record::kind::announced);
}

TEST_F(AnnouncerTest, what_was_never_sent_needs_no_removal) {
  uut.set("north", camera("north"), now);
  uut.set("north", {}, now);
  connect();
  pass(1s);
  EXPECT_EQ(topics(), std::vector<std::string>{presence_topic});
  EXPECT_EQ(store.size(), 1u);
}

TEST_F(AnnouncerTest, removals_go_first_and_hold_back_the_daemon) {
  uut.set("north", camera("north"), now);
  uut.owe_removal("homeassistant/device/ff_main_old/config", now);
  EXPECT_FALSE(uut.knows("homeassistant/device/ff_main_old/config"));
  note_records();
  connect();
  pass(1s);
  EXPECT_EQ(log.front().topic, "homeassistant/device/ff_main_old/config");
  EXPECT_EQ(log.front().payload, "");
  EXPECT_EQ(log.back().topic, presence_topic);
}

TEST_F(AnnouncerTest, the_time_before_stays_until_it_is_settled) {
  const announced_record known{announced_record::kind::announced, "north", {}};
  for (const auto& x : camera("north"))
    uut.restore(x.topic, known, true);
  uut.restore("firefinder/camera/north/event", {announced_record::kind::passing, "north", {}},
              true);
  for (const auto& x : camera("south"))
    uut.restore(x.topic, {announced_record::kind::announced, "south", {}}, true);
  // Under a name that nobody will want.
  uut.restore("old/camera/north/state", known, false);
  connect();
  pass(1s);
  EXPECT_EQ(topics(), (std::vector<std::string>{"old/camera/north/state", presence_topic}));
  uut.set("north", camera("north"), now);
  EXPECT_TRUE(uut.knows(document_topic("south")));
  pass(1s);
  log.clear();
  uut.settle(now);
  pass(3s);
  for (const auto& x : log) {
    EXPECT_TRUE(x.payload.empty());
    EXPECT_NE(x.topic.find("south"), std::string::npos);
  }
  EXPECT_EQ(log.size(), 3u);
  EXPECT_EQ(broker.retained.size(), 4u);
  EXPECT_EQ(uut.report().removals_pending, 0u);
}

// -- components -------------------------------------------------------------------------------

TEST_F(AnnouncerTest, a_component_that_goes_is_told_before_it_is_left_out) {
  uut.restore(document_topic("north"),
              {announced_record::kind::announced,
               "north",
               {{"fire", "binary_sensor"}, {"heat", "sensor"}, {"mode", "sensor"}}},
              true);
  uut.set("north", {document("north", {{"fire", "binary_sensor"}, {"mode", "select"}})}, now);
  connect();
  pass(1999ms);
  ASSERT_EQ(sent(document_topic("north")), 1);
  const auto first = json::parse(log.front().payload);
  EXPECT_EQ(first["components"]["heat"], (json{{"platform", "sensor"}}));
  EXPECT_EQ(first["components"]["mode"], (json{{"platform", "sensor"}}));
  EXPECT_EQ(first["components"]["fire"].size(), 2u);
  // Nothing waits for the rest.
  EXPECT_TRUE(uut.report().complete);
  pass(1ms);
  EXPECT_EQ(last(document_topic("north")),
            document("north", {{"fire", "binary_sensor"}, {"mode", "select"}}).payload);
  EXPECT_EQ(store.at(document_topic("north")).components,
            (std::map<std::string, std::string>{{"fire", "binary_sensor"}, {"mode", "select"}}));
  pass(10s);
  EXPECT_EQ(sent(document_topic("north")), 2);
  // And at run time.
  uut.set("north", {document("north", {{"mode", "select"}})}, now);
  pass(1s);
  EXPECT_EQ(json::parse(last(document_topic("north")))["components"]["fire"],
            (json{{"platform", "binary_sensor"}}));
  // A link that ends in between begins it anew.
  cut();
  connect();
  pass(10s);
  EXPECT_EQ(sent(document_topic("north")), 5);
  EXPECT_EQ(last(document_topic("north")), document("north", {{"mode", "select"}}).payload);
}

TEST_F(AnnouncerTest, a_component_that_may_have_arrived_is_taken_back_too) {
  uut.set("north", {document("north", {{"fire", "binary_sensor"}, {"heat", "sensor"}})}, now);
  connect();
  ASSERT_EQ(uut.advance(now).size(), 1u);
  cut();
  uut.set("north", {document("north", {{"fire", "binary_sensor"}})}, now);
  connect();
  const auto next = uut.advance(now);
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(json::parse(next[0].payload)["components"]["heat"], (json{{"platform", "sensor"}}));
}

TEST_F(AnnouncerTest, records_are_text_and_back) {
  for (const auto& x : std::vector<announced_record>{
           {announced_record::kind::announced, "", {}},
           {announced_record::kind::removed, "north", {}},
           {announced_record::kind::passing, "a_b", {}},
           {announced_record::kind::announced, "north", {{"a", "sensor"}, {"b", "event"}}}})
    EXPECT_EQ(parse_announced_record(to_text(x)), x);
  for (const auto* x : {"", "announced", "nonsense north", "announced north fire", "{}"})
    EXPECT_EQ(parse_announced_record(x), std::nullopt) << x;
}

TEST(RecordQueueTest, gives_the_newest_value_and_few_at_a_time) {
  record_queue uut;
  const auto record = [](const std::string& key, const std::string& value) {
    return store_record{record_kind::announcement, key, value};
  };
  uut.put(record("a", "1"));
  uut.put(record("b", "1"));
  uut.put(record("a", "2"));
  uut.put(record("c", "1"), true);
  EXPECT_EQ(uut.next(0s), record("c", "1"));
  EXPECT_EQ(uut.next(0s), record("a", "2"));
  EXPECT_EQ(uut.next(0s), std::nullopt);
  // A newer one of the same key waits for the older.
  uut.put(record("a", "3"), true);
  uut.written(record("c", "1"));
  EXPECT_EQ(uut.next(0s), record("b", "1"));
  uut.failed(record("a", "2"), 0s);
  uut.written(record("b", "1"));
  EXPECT_EQ(uut.next(0s), std::nullopt);
  EXPECT_EQ(uut.next_try(), timespan{record_queue::retry_pause});
  EXPECT_EQ(uut.next(record_queue::retry_pause), record("a", "3"));
  EXPECT_EQ(uut.next_try(), std::nullopt);
  // The end gives everything that is not confirmed.
  uut.put(record("d", "1"));
  EXPECT_EQ(uut.drain(), (std::vector<store_record>{record("a", "3"), record("d", "1")}));
  EXPECT_EQ(uut.next(1000s), std::nullopt);
}

// -- anything, in any order ---------------------------------------------------------------------

TEST_F(AnnouncerTest, whatever_happens_the_broker_has_in_the_end_what_it_is_to_have) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&random](std::uint32_t below) { return random() % below; };
    uut = announcer{{}};
    uut.set_presence({{presence_topic, "online", "offline"}});
    broker = {};
    store.clear();
    log.clear();
    times.clear();
    records = true;
    std::map<std::string, std::vector<retained_message>> wanted;
    const auto work_randomly = [&] {
      for (auto& x : uut.advance(now)) {
        const auto fate = pick(4);
        if (fate == 0) {
          uut.failed(x.token, now);
          continue;
        }
        if (x.payload.empty())
          broker.retained.erase(x.topic);
        else
          broker.retained[x.topic] = x.payload;
        // The answer comes late, or too late.
        if (fate == 1) {
          broker.answers.emplace(now + std::chrono::milliseconds{pick(12'000)}, x.token);
          ++broker.unacknowledged;
        } else {
          uut.acknowledged(x.token, now);
        }
      }
    };
    for (int step = 0; step < 120; ++step) {
      const auto device = "cam" + std::to_string(pick(5));
      switch (pick(12)) {
      case 0:
        connect();
        break;
      case 1:
        cut();
        break;
      case 2:
        wanted.erase(device);
        uut.set(device, {}, now);
        break;
      case 3:
      case 4: {
        std::map<std::string, std::string> components{{"fire", "binary_sensor"}};
        if (pick(2) == 0)
          components["heat"] = pick(2) == 0 ? "sensor" : "select";
        wanted[device] = {document(device, components), availability(device, pick(2) == 0),
                          state(device, std::to_string(pick(3)), static_cast<int>(pick(100)))};
        if (pick(4) == 0)
          wanted[device].erase(wanted[device].begin());
        uut.set(device, wanted[device], now);
        break;
      }
      case 5:
        uut.birth(now, 0.2);
        break;
      case 6:
        uut.announce(now);
        break;
      case 7:
        uut.contradicted(presence_topic, now);
        break;
      case 8: { // The process is started anew; some cameras do not come back.
        records = true;
        note_records();
        announcer next{{}};
        next.set_presence({{presence_topic, "online", "offline"}});
        std::swap(uut, next);
        cut();
        for (const auto& [topic, record] : store)
          uut.restore(topic, record, pick(3) != 0);
        if (pick(2) == 0)
          wanted.erase(device);
        for (const auto& [key, messages] : wanted)
          uut.set(key, messages, now);
        break;
      }
      case 9:
        uut.owe_removal("homeassistant/device/ff_main_orphan/config", now);
        break;
      default:
        break;
      }
      records = pick(5) != 0;
      note_records();
      work_randomly();
      now += std::chrono::milliseconds{pick(700)};
      while (!broker.answers.empty() && broker.answers.begin()->first <= now) {
        const auto token = broker.answers.begin()->second;
        broker.answers.erase(broker.answers.begin());
        --broker.unacknowledged;
        uut.acknowledged(token, now);
      }
    }
    records = true;
    cut();
    connect();
    uut.settle(now);
    pass(60s);
    std::map<std::string, std::string> expected{{presence_topic, "online"}};
    for (const auto& [key, messages] : wanted)
      for (const auto& x : messages)
        expected[x.topic] = x.payload;
    for (auto& [topic, payload] : broker.retained)
      payload = payload.substr(0, payload.rfind("\"updated_at\":"));
    for (auto& [topic, payload] : expected)
      payload = payload.substr(0, payload.rfind("\"updated_at\":"));
    ASSERT_EQ(broker.retained, expected) << "seed " << seed;
    ASSERT_EQ(uut.report().removals_pending, 0u) << "seed " << seed;
    ASSERT_EQ(uut.report().pending, 0u) << "seed " << seed;
    ASSERT_TRUE(uut.report().complete) << "seed " << seed;
    ASSERT_EQ(store.size(), expected.size()) << "seed " << seed;
    for (const auto& [topic, record] : store)
      ASSERT_EQ(record.what, announced_record::kind::announced) << topic;
  }
}

} // namespace
} // namespace firefinder::announcer_test
