#include "src/configuration/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace firefinder::configuration::text_test {

TEST(text, trims_and_lowers) {
  EXPECT_EQ(trimmed("  a b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(lower_case("FiRe Ä"), "fire Ä");
}

TEST(text, splits_at_commas) {
  using list = std::vector<std::string>;
  EXPECT_EQ(split_at_commas(""), list{});
  EXPECT_EQ(split_at_commas(" a ,, b c,"), (list{"a", "b c"}));
}

TEST(text, knows_utf8) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Höhe €, 火, 🔥"));
  for (const std::string_view bad :
       {"\xFF", "a\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(text, prints_foreign_text_on_one_line) {
  EXPECT_EQ(printable("a\nb\x1b[0m\x7f"), "a\\x0ab\\x1b[0m\\x7f");
  EXPECT_EQ(printable("\xC2\x9B!"), "\\xc2\\x9b!");
  EXPECT_EQ(printable("\xFF"), "\\xff");
  EXPECT_EQ(printable("Höhe"), "Höhe");
  EXPECT_LT(printable(std::string(5000, 'x')).size(), 300U);
}

TEST(text, masks_userinfo) {
  EXPECT_EQ(printable("http://u:p@host/x"), "http://********@host/x");
  EXPECT_EQ(printable("rtsp://u:p/q@host and rtsp://v:w@h"),
            "rtsp://********@host and rtsp://********@h");
  EXPECT_EQ(printable("http://host/x"), "http://host/x");
}

TEST(text, measures_edits) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("broker", "broker"), 0U);
  EXPECT_EQ(edit_distance("brokr", "broker"), 1U);
  EXPECT_EQ(edit_distance("borker", "broker"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(text, finds_the_nearest_name) {
  constexpr std::array<std::string_view, 3> known{"mqtt.broker", "mqtt.port", "log.level"};
  EXPECT_EQ(nearest("mqtt.borker", known), "mqtt.broker");
  EXPECT_EQ(nearest("MQTT.PORT", known), "mqtt.port");
  EXPECT_EQ(nearest("log", known), "log.level");
  EXPECT_EQ(nearest("something else", known), "");
  EXPECT_EQ(nearest(std::string(100000, 'x'), known), "");
}

TEST(text, judges_topics) {
  for (const std::string_view good : {"", "a/b", "with blank", "höhe", "a;b|c&d$(e)", "/a", "a/"})
    EXPECT_EQ(topic_problem(good), "") << good;
  for (const std::string_view bad : {"a/#", "+/b", "a\nb", "a\x7f", "\xC2\x80", "\xFF"})
    EXPECT_NE(topic_problem(bad), "");
  EXPECT_NE(topic_problem({"a\0b", 3}), "");
  EXPECT_NE(topic_problem(std::string(2000, 'x')), "");
}

} // namespace firefinder::configuration::text_test
