#include "actors/connection/packets.hpp"

#include "tests/support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace firefinder::packets_test {
namespace {

using test::temporary_directory;

// QoS 2, topic "t", packet identifier 7, payload "hi".
const std::string publish_311{"\x34\x07\x00\x01t\x00\x07hi", 9};
const std::string publish_5{"\x34\x0b\x00\x01t\x00\x07\x03\x0b\x01\x01hi", 13};

TEST(packets, reads_a_publish) {
  const publish_content expected{"t", "hi", 2};
  EXPECT_EQ(parse_publish(publish_311, false), expected);
  EXPECT_EQ(parse_publish(publish_5, true), expected);
}

TEST(packets, reads_a_publish_of_any_length) {
  const std::string payload(100'000, 'x');
  // 3 + 2 + 1 + payload = 100'005 as variable byte integer.
  const auto packet = std::string{"\x34\xa5\x8d\x06\x00\x01t\x00\x07", 9} + payload;
  const auto content = parse_publish(packet, false);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->payload, payload);
}

TEST(packets, reads_nothing_from_a_part_of_one) {
  for (const auto& whole : {publish_311, publish_5})
    for (std::size_t i = 0; i < whole.size(); ++i)
      EXPECT_FALSE(parse_publish(whole.substr(0, i), whole == publish_5)) << i;
  EXPECT_FALSE(parse_publish(publish_311 + "x", false));
  EXPECT_FALSE(parse_publish("\x62\x02\x00\x07", false)) << "a PUBREL";
}

TEST(packets, reads_only_a_publish) {
  auto other = publish_311;
  other[0] = '\x44';
  EXPECT_FALSE(parse_publish(other, false));
}

TEST(packets, carry_one_payload_on_one_topic) {
  const kept_packet packet{"s5-7", publish_5, false};
  EXPECT_TRUE(carries(packet, "t", "hi"));
  EXPECT_FALSE(carries(packet, "u", "hi"));
  EXPECT_FALSE(carries(packet, "t", "ho"));
  EXPECT_FALSE(carries({"s-7", publish_5, false}, "t", "hi")) << "read as 3.1.1";
}

struct packet_files : testing::Test {
  temporary_directory directory;
  std::string path = directory.path() / "packets";
  packet_folder folder{path};

  packet_files() { folder.prepare(); }
};

TEST_F(packet_files, come_back_as_they_were) {
  const std::string bytes{"\0a\xff", 3};
  ASSERT_TRUE(folder.write("s5-1", "first"));
  ASSERT_TRUE(folder.write("s5-1", bytes));
  const auto all = packet_folder{path}.read();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "s5-1");
  EXPECT_EQ(all[0].bytes, bytes);
  EXPECT_FALSE(all[0].done);
}

TEST_F(packet_files, are_done_and_gone) {
  ASSERT_TRUE(folder.write("s5-1", "a"));
  EXPECT_FALSE(folder.finish("s5-2")) << "there is none";
  ASSERT_TRUE(folder.finish("s5-1"));
  auto all = folder.read();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "s5-1");
  EXPECT_TRUE(all[0].done);
  folder.remove(all[0]);
  EXPECT_TRUE(folder.read().empty());
}

TEST_F(packet_files, that_were_not_written_whole_do_not_count) {
  ASSERT_TRUE(folder.write("s5-1", "a packet"));
  const auto whole = test::read_file(path + "/s5-1");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::ofstream{path + "/s5-1", std::ios::binary} << whole.substr(0, i);
    EXPECT_TRUE(folder.read().empty()) << i;
  }
  std::ofstream{path + "/s5-2.new", std::ios::binary} << whole;
  EXPECT_TRUE(folder.read().empty());
  folder.prepare();
  EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST_F(packet_files, do_not_mind_what_else_lies_there) {
  ASSERT_TRUE(folder.write("s5-1", "a"));
  std::filesystem::create_directory(path + "/s5-2");
  folder.prepare();
  EXPECT_EQ(folder.read().size(), 1U);
}

TEST_F(packet_files, that_cannot_be_written_are_told) {
  std::filesystem::remove_all(path);
  const auto outcome = folder.write("s5-1", "a");
  EXPECT_FALSE(outcome);
  EXPECT_NE(outcome.why().find(path), std::string::npos);
}

} // namespace
} // namespace firefinder::packets_test
