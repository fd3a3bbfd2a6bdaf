#include "actors/discovery/shown_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder {
namespace {

TEST(shown_text, leaves_what_people_write) {
  for (const std::string text : {"North gate", "Gärtnerhaus „Süd“", "камера 3", "🔥 \"a\\b\""})
    EXPECT_EQ(shown_text(text, 120), text);
}

TEST(shown_text, takes_away_what_controls) {
  EXPECT_EQ(shown_text("a\x1b[2Jb\x7f\xc2\x9b", 120), "a[2Jb");
  EXPECT_EQ(shown_text("left\xe2\x80\xae right\xef\xbb\xbf", 120), "left right");
  EXPECT_EQ(shown_text(std::string{"a\0b", 3}, 120), "ab");
}

TEST(shown_text, makes_one_space_of_many) {
  EXPECT_EQ(shown_text("\r\n north \t\n gate  ", 120), "north gate");
  EXPECT_EQ(shown_text(" \t ", 120), "");
}

TEST(shown_text, takes_away_what_is_no_utf8) {
  EXPECT_EQ(shown_text("a\xff\xc0\xaf"
                       "b",
                       120),
            "ab");
  // A surrogate, one too long, one beyond Unicode, one that ends too early.
  EXPECT_EQ(shown_text("\xed\xa0\x80 \xe0\x80\x80 \xf4\x90\x80\x80 x\xf0\x9f\x94", 120), "x");
}

TEST(shown_text, counts_characters_and_not_bytes) {
  std::string fires;
  for (int i = 0; i < 500; ++i)
    fires += "🔥";
  EXPECT_EQ(shown_text(fires, 120), fires.substr(0, 480));
  EXPECT_EQ(shown_text("abc def", 4), "abc");
  EXPECT_EQ(shown_text("abc def", 5), "abc d");
}

} // namespace
} // namespace firefinder
