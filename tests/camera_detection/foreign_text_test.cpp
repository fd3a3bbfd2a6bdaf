#include "actors/camera_detection/foreign_text.hpp"

#include <gtest/gtest.h>

namespace firefinder {
namespace {

TEST(foreign_text, keeps_what_is_fit) {
  EXPECT_EQ(clean_text("Hof S\xC3\xBC\x64 \xF0\x9F\x94\xA5", 64),
            "Hof S\xC3\xBC\x64 \xF0\x9F\x94\xA5");
  EXPECT_EQ(clean_text("  a b ", 64), "a b");
}

TEST(foreign_text, takes_out_control_characters) {
  EXPECT_EQ(clean_text("a\x1B[2Jb\x7F\xC2\x9B"
                       "c",
                       64),
            "a[2Jbc");
  EXPECT_EQ(clean_text(std::string_view{"a\0b\nc", 5}, 64), "ab c");
}

TEST(foreign_text, replaces_what_is_no_utf_8) {
  const std::string_view mark = "\xEF\xBF\xBD";
  for (const auto* broken : {"\xFF", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                             "\xC3", "\xE2\x82", "\xF0\x9F\x94", "\x80"}) {
    const auto clean = clean_text(broken, 64);
    EXPECT_TRUE(clean.starts_with(mark)) << broken;
    EXPECT_EQ(clean.size() % mark.size(), 0U);
  }
}

TEST(foreign_text, cuts_between_characters) {
  EXPECT_EQ(clean_text("aa\xC3\xBC", 3), "aa");
  EXPECT_EQ(clean_text(std::string(100'000, 'a'), 8), "aaaaaaaa");
}

TEST(foreign_text, decodes_percent) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%zz%-1"), "%zz%-1");
}

} // namespace
} // namespace firefinder
