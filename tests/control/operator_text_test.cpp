#include "actors/control/operator_text.hpp"

#include <gtest/gtest.h>

namespace firefinder {
namespace {

TEST(operator_text, keeps_what_people_write) {
  EXPECT_EQ(operator_text("Küche \"Süd\" 🔥", 120), "Küche \"Süd\" 🔥");
}

TEST(operator_text, leaves_out_what_controls_the_output) {
  EXPECT_EQ(operator_text("a\x01\x1b[31mb\x7f", 120), "a[31mb");
  EXPECT_EQ(operator_text("a\xc2\x85"
                          "b\xe2\x80\xae"
                          "c\xe2\x80\xa8"
                          "d\xef\xbb\xbf",
                          120),
            "abcd");
  EXPECT_EQ(operator_text(std::string_view{"a\0b", 3}, 120), "ab");
}

TEST(operator_text, leaves_out_bytes_that_are_no_utf8) {
  EXPECT_EQ(operator_text("a\xff\xc3"
                          "b\xe2\x82"
                          "c\xed\xa0\x80\xc0\xaf\xf5\x80\x80\x80"
                          "d\xe2",
                          120),
            "abcd");
}

TEST(operator_text, white_space_is_one_space_and_never_at_an_end) {
  EXPECT_EQ(operator_text(" \t a \r\n\n b \n", 120), "a b");
  EXPECT_EQ(operator_text(" \n ", 120), "");
}

TEST(operator_text, is_cut_at_a_whole_character_and_not_after_a_space) {
  EXPECT_EQ(operator_text("äöü", 2), "äö");
  EXPECT_EQ(operator_text("ab cd", 3), "ab");
  EXPECT_EQ(operator_text("ab cd", 4), "ab c");
  EXPECT_EQ(operator_text("abc", 0), "");
}

} // namespace
} // namespace firefinder
