#include "actors/discovery/shared_value.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::shared_value_test {
namespace {

TEST(shared_value, a_change_is_of_one_copy_only) {
  shared_value<std::string> a{"north"};
  auto b = a;
  EXPECT_EQ(&*a, &*b);
  EXPECT_EQ(a, b);
  b.change([](auto& x) { x += " gate"; });
  EXPECT_EQ(*a, "north");
  EXPECT_EQ(*b, "north gate");
  EXPECT_FALSE(a == b);
}

TEST(shared_value, is_compared_by_its_value_and_none_is_like_none_only) {
  shared_value<std::string> none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none, shared_value<std::string>{});
  EXPECT_FALSE(none == shared_value<std::string>{""});
  EXPECT_EQ(shared_value<std::string>{"x"}, shared_value<std::string>{"x"});
  none.emplace();
  EXPECT_EQ(none, shared_value<std::string>{""});
  none.reset();
  EXPECT_FALSE(none);
}

} // namespace
} // namespace firefinder::shared_value_test
