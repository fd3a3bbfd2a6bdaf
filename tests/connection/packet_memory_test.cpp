#include "actors/connection/packet_memory.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::packet_memory_test {
namespace {

using test::temporary_directory;

// A PUBLISH of MQTT 5 on topic "t", packet identifier 7.
std::string publish(const std::string& payload, unsigned qos = 2) {
  std::string result{"\x30\x06\x00\x01t\x00\x07\x00", 8};
  result[0] = static_cast<char>(0x30U | qos << 1U);
  result[1] = static_cast<char>(6 + payload.size());
  return result + payload;
}

// The same in 3.1.1.
std::string publish_311(const std::string& payload) {
  std::string result{"\x34\x05\x00\x01t\x00\x07", 7};
  result[1] = static_cast<char>(5 + payload.size());
  return result + payload;
}

const std::string pubrel{"\x62\x02\x00\x07", 4};

// What an earlier process left behind, and what the next one makes of it. The calls are
// paho's, in its order.
struct packet_memory_test : testing::Test {
  temporary_directory directory;
  client_options options;
  std::vector<std::pair<std::uint64_t, bool>> ends;
  std::vector<std::string> complaints;
  std::unique_ptr<packet_memory> uut;

  packet_memory_test() {
    options.settings.packets = directory.path() / "packets";
    options.clean_start = false;
    options.held = {{11, "t", "fire"}};
  }

  void start() {
    uut = std::make_unique<packet_memory>(
        options, [this](std::uint64_t ticket, bool taken) { ends.emplace_back(ticket, taken); },
        [this](const std::string& text) { complaints.push_back(text); });
  }

  void restart() {
    uut.reset();
    start();
  }

  void put(const std::string& key, const std::string& bytes) { uut->put(key, {bytes}); }

  // The names of the files, in order.
  std::vector<std::string> files() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator{options.settings.packets})
      result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> result;
    const auto all = uut->keys();
    for (std::size_t i = 0; i < all.size(); ++i)
      result.push_back(all[i]);
    std::sort(result.begin(), result.end());
    return result;
  }
};

using names = std::vector<std::string>;

TEST_F(packet_memory_test, a_handshake_is_gone_on_with_from_where_it_was) {
  start();
  put("s5-7", publish("fire"));
  restart();
  EXPECT_EQ(keys(), names{"s5-7"});
  ASSERT_EQ(uut->resumed().size(), 1U);
  EXPECT_EQ(uut->resumed()[0].ticket, 11U);
  EXPECT_FALSE(uut->resumed()[0].done);
  put("sc5-7", pubrel);
  restart();
  EXPECT_EQ(keys(), (names{"s5-7", "sc5-7"}));
  EXPECT_FALSE(uut->has_orphans());
  uut->restored();
  // PUBCOMP: paho removes both, the PUBREL first.
  uut->remove("sc5-7");
  EXPECT_EQ(files(), (names{"s5-7", "sc5-7"})) << "a PUBLISH alone would be sent again";
  uut->remove("s5-7");
  EXPECT_EQ(files(), names{"s5-7.done"});
  EXPECT_EQ(ends, (std::vector<std::pair<std::uint64_t, bool>>{{11, true}}));
}

TEST_F(packet_memory_test, what_is_done_is_told_and_not_sent) {
  start();
  put("s5-7", publish("fire"));
  put("sc5-7", pubrel);
  uut->remove("sc5-7");
  uut->remove("s5-7");
  restart();
  EXPECT_TRUE(keys().empty());
  ASSERT_EQ(uut->resumed().size(), 1U);
  EXPECT_TRUE(uut->resumed()[0].done);
  // Nobody waits for it any more: its end was written down.
  options.held.clear();
  restart();
  EXPECT_TRUE(uut->resumed().empty());
  EXPECT_FALSE(uut->has_orphans());
  EXPECT_TRUE(files().empty());
}

TEST_F(packet_memory_test, what_the_broker_refused_is_not_done) {
  start();
  put("s5-7", publish("fire"));
  restart();
  uut->restored();
  uut->remove("s5-7");
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(ends, (std::vector<std::pair<std::uint64_t, bool>>{{11, false}}));
}

TEST_F(packet_memory_test, what_cannot_be_marked_as_done_goes_through_the_end_again) {
  start();
  put("s5-7", publish("fire"));
  put("sc5-7", pubrel);
  // A folder in the way of the mark.
  std::filesystem::create_directory(options.settings.packets + "/s5-7.done");
  uut->remove("sc5-7");
  uut->remove("s5-7");
  std::filesystem::remove(options.settings.packets + "/s5-7.done");
  EXPECT_EQ(files(), (names{"s5-7", "sc5-7"}));
}

TEST_F(packet_memory_test, what_nobody_waits_for_begins_clean_and_stays_until_then) {
  start();
  put("s5-7", publish("old"));
  put("sc5-7", pubrel);
  restart();
  EXPECT_TRUE(uut->has_orphans());
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(files(), (names{"s5-7", "sc5-7"}));
  // Killed before the session began: the next one begins clean too.
  restart();
  EXPECT_TRUE(uut->has_orphans());
  uut->forget_orphans();
  EXPECT_TRUE(files().empty());
}

TEST_F(packet_memory_test, beside_what_nobody_waits_for_nothing_is_gone_on_with) {
  start();
  put("s5-7", publish("fire"));
  put("s5-8", publish("old"));
  restart();
  EXPECT_TRUE(uut->has_orphans());
  EXPECT_TRUE(uut->resumed().empty()) << "the clean session knows nothing of it";
  EXPECT_TRUE(keys().empty());
}

TEST_F(packet_memory_test, a_clean_start_goes_on_with_nothing) {
  start();
  put("s5-7", publish("fire"));
  options.clean_start = true;
  restart();
  EXPECT_TRUE(uut->resumed().empty());
  EXPECT_TRUE(keys().empty());
}

TEST_F(packet_memory_test, once_a_session_began_what_nobody_waits_for_is_no_reason_for_another) {
  start();
  put("s5-7", publish("old"));
  options.ignore_orphans = true;
  restart();
  EXPECT_FALSE(uut->has_orphans());
  EXPECT_TRUE(keys().empty());
}

TEST_F(packet_memory_test, packets_of_the_other_version_ask_for_another_session) {
  start();
  put("s-7", publish_311("fire"));
  restart();
  EXPECT_TRUE(uut->resumed().empty());
  EXPECT_TRUE(uut->has_orphans());
  EXPECT_TRUE(keys().empty());
  EXPECT_EQ(files(), names{"s-7"}) << "until that session has begun";
  uut->forget_orphans();
  EXPECT_TRUE(files().empty());
}

TEST_F(packet_memory_test, a_session_that_the_broker_has_lost_delivers_nothing) {
  start();
  put("s5-7", publish("fire"));
  put("sc5-7", pubrel);
  restart();
  // paho reads what it restores, and wipes it when the broker has no session for us.
  static_cast<void>(uut->keys());
  uut->restored();
  static_cast<void>(uut->keys());
  uut->remove("sc5-7");
  uut->remove("s5-7");
  EXPECT_TRUE(files().empty()) << "done would tell the next process that it was delivered";
  EXPECT_TRUE(ends.empty());
  // The next handshake is one again.
  put("s5-8", publish("fire"));
  put("sc5-8", pubrel);
  uut->remove("sc5-8");
  uut->remove("s5-8");
  EXPECT_EQ(files(), names{"s5-8.done"});
}

TEST_F(packet_memory_test, reading_what_is_restored_ends_no_session) {
  start();
  put("s5-7", publish("fire"));
  put("sc5-7", pubrel);
  restart();
  static_cast<void>(uut->keys());
  uut->restored();
  uut->remove("sc5-7");
  uut->remove("s5-7");
  EXPECT_EQ(files(), names{"s5-7.done"});
}

TEST_F(packet_memory_test, only_handshakes_of_qos_2_are_on_disk) {
  start();
  put("s5-1", publish("state", 1));
  put("c5-1", "a command");
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(uut->get("s5-1"), publish("state", 1));
  EXPECT_EQ(uut->get("c5-1"), "a command");
  EXPECT_TRUE(uut->contains_key("c5-1"));
  EXPECT_EQ(keys(), names{"s5-1"}) << "a command is never restored";
}

TEST_F(packet_memory_test, one_that_is_left_behind_tells_nothing) {
  start();
  put("s5-7", publish("fire"));
  restart();
  uut->restored();
  uut->fall_silent();
  uut->remove("s5-7");
  std::filesystem::remove_all(options.settings.packets);
  put("s5-8", publish("fire"));
  EXPECT_TRUE(ends.empty());
  EXPECT_TRUE(complaints.empty());
}

TEST_F(packet_memory_test, what_cannot_be_kept_is_told) {
  start();
  std::filesystem::remove_all(options.settings.packets);
  put("s5-7", publish("fire"));
  EXPECT_EQ(complaints.size(), 1U);
  EXPECT_EQ(uut->get("s5-7"), publish("fire")) << "paho reads it back";
}

TEST_F(packet_memory_test, a_session_that_ends_at_once_leaves_no_file) {
  start();
  put("s5-7", publish("fire"));
  uut->clear();
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(keys().empty());
}

} // namespace
} // namespace firefinder::packet_memory_test
