#include "actors/discovery/camera_list.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace firefinder::camera_list_test {
namespace {

using entry = std::array<std::string, 3>;

std::vector<entry> listed(const camera_list& x) {
  std::vector<entry> result;
  x.each([&result](std::string_view key, std::string_view id, std::string_view name) {
    result.push_back({std::string{key}, std::string{id}, std::string{name}});
  });
  return result;
}

TEST(camera_list, gives_back_what_was_added) {
  camera_list x;
  EXPECT_TRUE(listed(x).empty());
  const std::vector<entry> all{{"north", "North", "North gate"},
                               {"south", "", "a\nname"},
                               {"", std::string(1, '\0'), std::string(300, 'x')}};
  for (const auto& [key, id, name] : all)
    x.add(key, id, name);
  EXPECT_EQ(x.size(), 3U);
  EXPECT_EQ(listed(x), all);
  x.clear();
  EXPECT_EQ(x.size(), 0U);
  x.add("one", "two", "three");
  EXPECT_EQ(listed(x), (std::vector<entry>{{"one", "two", "three"}}));
}

TEST(camera_list, has_a_fingerprint_of_what_is_in_it) {
  camera_list x;
  camera_list y;
  EXPECT_EQ(x.fingerprint(), y.fingerprint());
  x.add("north", "a", "b");
  y.add("north", "ab", "");
  EXPECT_NE(x.fingerprint(), y.fingerprint());
  y.clear();
  EXPECT_EQ(y.fingerprint(), camera_list{}.fingerprint());
  y.add("north", "a", "b");
  EXPECT_EQ(x.fingerprint(), y.fingerprint());
  y.add("south", "", "");
  EXPECT_NE(x.fingerprint(), y.fingerprint());
}

} // namespace
} // namespace firefinder::camera_list_test
