#include "messages/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::text_test {
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

TEST(shown_text, keeps_what_people_write) {
  EXPECT_EQ(shown_text("Küche \"Süd\" 🔥", 120), "Küche \"Süd\" 🔥");
}

TEST(shown_text, leaves_out_what_controls_the_output) {
  EXPECT_EQ(shown_text("a\x01\x1b[31mb\x7f", 120), "a[31mb");
  EXPECT_EQ(shown_text("a\xc2\x85"
                       "b\xe2\x80\xae"
                       "c\xe2\x80\xa8"
                       "d\xef\xbb\xbf",
                       120),
            "abcd");
  EXPECT_EQ(shown_text(std::string_view{"a\0b", 3}, 120), "ab");
}

TEST(shown_text, leaves_out_bytes_that_are_no_utf8) {
  EXPECT_EQ(shown_text("a\xff\xc3"
                       "b\xe2\x82"
                       "c\xed\xa0\x80\xc0\xaf\xf5\x80\x80\x80"
                       "d\xe2",
                       120),
            "abcd");
}

TEST(shown_text, white_space_is_one_space_and_never_at_an_end) {
  EXPECT_EQ(shown_text(" \t a \r\n\n b \n", 120), "a b");
  EXPECT_EQ(shown_text(" \n ", 120), "");
}

TEST(shown_text, is_cut_at_a_whole_character_and_not_after_a_space) {
  EXPECT_EQ(shown_text("äöü", 2), "äö");
  EXPECT_EQ(shown_text("ab cd", 3), "ab");
  EXPECT_EQ(shown_text("ab cd", 4), "ab c");
  EXPECT_EQ(shown_text("abc", 0), "");
}

TEST(spelled_address, has_one_form_for_all_spellings) {
  for (const std::string name : {"AA:BB:CC:DD:EE:FF", "aa-bb-cc-dd-ee-ff", "aabbccddeeff",
                                 "cam_aabbccddeeff", "cam_AA-BB-CC-DD-EE-FF"})
    EXPECT_EQ(spelled_address(name), "aabbccddeeff") << name;
  for (const std::string name : {"", "north", "AA:BB-CC:DD:EE:FF", "AA:BB:CC:DD:EE", "aabbccddeefg",
                                 "cam_north", "aabbccddeeff0", "AABB:CC:DD:EE:FFF"})
    EXPECT_EQ(spelled_address(name), std::nullopt) << name;
}

} // namespace
} // namespace firefinder::text_test
