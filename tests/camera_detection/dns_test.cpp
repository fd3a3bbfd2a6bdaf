#include "actors/camera_detection/dns.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firefinder::dns_test {
namespace {

using namespace std::string_literals;

constexpr std::uint16_t id = 0x1234;

std::string word(unsigned x) { return {static_cast<char>(x >> 8), static_cast<char>(x & 255)}; }

std::string label(const std::string& x) { return static_cast<char>(x.size()) + x; }

std::string name(const std::vector<std::string>& labels) {
  std::string result;
  for (const auto& x : labels)
    result += label(x);
  return result + '\0';
}

const auto service = name({"_rtsp", "_tcp", "local"});

std::string instance(const std::string& x) { return name({x, "_rtsp", "_tcp", "local"}); }

std::string record(const std::string& owner, unsigned type, const std::string& data,
                   unsigned kind = 1) {
  return owner + word(type) + word(kind) + "\0\0\0\x78"s + word(static_cast<unsigned>(data.size()))
         + data;
}

std::string pointing(const std::string& to) { return record(service, 12, to); }

std::string located(const std::string& owner, unsigned port) {
  return record(owner, 33, word(0) + word(0) + word(port) + name({"cam", "local"}), 0x8001);
}

std::string described(const std::string& owner, const std::vector<std::string>& texts) {
  std::string data;
  for (const auto& x : texts)
    data += label(x);
  return record(owner, 16, data, 0x8001);
}

std::string message(const std::vector<std::string>& records, unsigned flags = 0x8400,
                    unsigned questions = 0) {
  auto result = word(id) + word(flags) + word(questions)
                + word(static_cast<unsigned>(records.size())) + word(0) + word(0);
  for (const auto& x : records)
    result += x;
  return result;
}

std::vector<rtsp_service> parse(const std::string& text) {
  return parse_rtsp_services(text, id).value_or(std::vector<rtsp_service>{});
}

TEST(dns, asks_for_the_service) {
  EXPECT_EQ(rtsp_question(id), "\x12\x34\0\0\0\1\0\0\0\0\0\0"s + service + "\0\x0C\0\1"s);
  EXPECT_EQ(instance_question(id, "cam"),
            "\x12\x34\0\0\0\1\0\0\0\0\0\0"s + instance("cam") + "\0\xFF\0\1"s);
}

TEST(dns, reads_name_port_and_path) {
  const auto found = parse(message(
      {pointing(instance("Front Camera")), located(instance("Front Camera"), 8554),
       described(instance("Front Camera"), {"txtvers=1", "PATH=/stream1?a=1", "path=/other"})}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].instance, "Front Camera");
  EXPECT_EQ(found[0].port, 8554);
  EXPECT_EQ(found[0].path, "/stream1?a=1");
}

// What avahi sends: the question again, and pointers for everything that was named before.
TEST(dns, follows_pointers) {
  const auto question = service + word(12) + word(1);
  const std::size_t pointer_at = 12 + question.size();
  const auto to_service = "\xC0\x0C"s;
  const auto data = label("cam") + to_service;
  const auto first = record(to_service, 12, data);
  const auto to_instance = "\xC0"s + static_cast<char>(pointer_at + 12);
  const auto text = word(id) + word(0x8400) + word(1) + word(1) + word(0) + word(2) + question
                    + first + located(to_instance, 554) + described(to_instance, {"path=live"});
  const auto found = parse(text);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].instance, "cam");
  EXPECT_EQ(found[0].port, 554);
  EXPECT_EQ(found[0].path, "/live");
}

TEST(dns, keeps_the_bytes_of_a_name) {
  const auto found = parse(message({pointing(instance("a.b\\032c"))}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].instance, "a.b\\032c");
  EXPECT_EQ(found[0].port, 0);
}

TEST(dns, takes_several_and_each_once_whatever_the_case) {
  const auto found = parse(message({pointing(instance("a")), pointing(instance("b")),
                                    pointing(instance("A")), located(instance("B"), 88)}));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].port, 88);
}

TEST(dns, ignores_other_services_and_classes) {
  const auto other = name({"printer", "_ipp", "_tcp", "local"});
  EXPECT_TRUE(parse(message({record(name({"_ipp", "_tcp", "local"}), 12, other),
                             located(other, 631), record(service, 12, instance("x"), 3)}))
                  .empty());
}

TEST(dns, refuses_questions_errors_and_others_answers) {
  const std::vector<std::string> records{pointing(instance("cam"))};
  EXPECT_TRUE(parse_rtsp_services(message(records), id));
  EXPECT_FALSE(parse_rtsp_services(message(records), id + 1));
  for (const unsigned flags : {0x0000U, 0x8403U, 0xA400U})
    EXPECT_FALSE(parse_rtsp_services(message(records, flags), id)) << flags;
}

TEST(dns, refuses_paths_that_are_none) {
  for (const auto* path : {"path=", "path=/a b", "path=/a\r\nb", "path=/\xC3\xBC", "path=/a\"b"}) {
    const auto found
        = parse(message({located(instance("c"), 554), described(instance("c"), {path})}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].path, "") << path;
  }
}

TEST(dns, refuses_truncations_of_every_length) {
  const auto whole = message({pointing(instance("cam")), located(instance("cam"), 554),
                              described(instance("cam"), {"path=/a"})});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_rtsp_services(whole.substr(0, size), id)) << size;
  EXPECT_TRUE(parse_rtsp_services(whole, id));
}

TEST(dns, refuses_pointers_in_circles_and_forwards) {
  for (const auto& owner : {"\xC0\x0C"s, "\xC0\x0D"s, "\xC0\x20"s, "\xFF\xFF"s, "\1a\xC0\x0C"s})
    EXPECT_FALSE(parse_rtsp_services(message({record(owner, 12, instance("cam"))}), id));
  // Two that point at each other.
  EXPECT_FALSE(parse_rtsp_services(message({"\xC0\x0E\xC0\x0C"s}), id));
}

TEST(dns, refuses_names_that_are_too_long) {
  std::string name;
  for (int i = 0; i < 5; ++i)
    name += label(std::string(60, 'a'));
  EXPECT_FALSE(parse_rtsp_services(message({record(name + '\0', 1, "")}), id));
  // Labels of more than 63 bytes are of a kind that there is not.
  EXPECT_FALSE(
      parse_rtsp_services(message({record("\x41"s + std::string(65, 'a') + '\0', 1, "")}), id));
}

TEST(dns, refuses_counts_that_are_not_there) {
  auto text = message({pointing(instance("cam"))});
  text[7] = '\xFF';
  EXPECT_FALSE(parse_rtsp_services(text, id));
  text[6] = '\xFF';
  EXPECT_FALSE(parse_rtsp_services(text, id));
}

TEST(dns, bounds_how_many_there_are) {
  std::vector<std::string> records;
  for (int i = 0; i < 100; ++i)
    records.push_back(pointing(instance("cam" + std::to_string(i))));
  EXPECT_EQ(parse(message(records)).size(), 64U);
}

TEST(dns, refuses_lengths_inside_a_record_that_are_wrong) {
  // A text that is longer than its record.
  const auto found
      = parse(message({located(instance("c"), 554), record(instance("c"), 16, "\x20path=/a"s)}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].path, "");
  // An SRV without a port, and a PTR that does not end where its record does.
  EXPECT_TRUE(parse(message({record(instance("c"), 33, word(0) + word(0))})).empty());
  EXPECT_TRUE(parse(message({record(service, 12, instance("c") + "x")})).empty());
}

} // namespace
} // namespace firefinder::dns_test
