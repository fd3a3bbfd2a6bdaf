#include "actors/discovery/text_packer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace firefinder::text_packer_test {
namespace {

// Like the document of a camera: 5 KB of which its name is all that differs.
std::string document(const std::string& name) {
  std::string result = "{";
  for (int i = 0; i < 60; ++i)
    result += "\"component_" + std::to_string(i) + "\":{\"unique_id\":\"ff_main_" + name + '_'
              + std::to_string(i * 7919) + "\",\"state_topic\":\"camera/" + name + "/state\"},";
  return result + '}';
}

std::string noise(std::size_t size) {
  std::mt19937 random{7};
  std::string result(size, '\0');
  for (auto& c : result)
    c = static_cast<char>(random());
  return result;
}

TEST(text_packer, gives_back_every_text) {
  for (const auto& first : {std::string{}, std::string{"x"}, document("north"), noise(100000)}) {
    text_packer tried;
    const std::vector<std::string> texts{first,        document("south"),  {},
                                         noise(40000), std::string(70, 0), document("north")};
    std::vector<std::string> packed;
    for (const auto& text : texts)
      packed.push_back(tried.pack(text));
    for (std::size_t i = 0; i < texts.size(); ++i) {
      EXPECT_FALSE(packed[i].empty());
      EXPECT_EQ(tried.unpack(packed[i]), texts[i]) << "text " << i;
    }
  }
}

TEST(text_packer, packs_what_resembles_the_first_text_into_a_tenth) {
  text_packer tried;
  const auto first = tried.pack(document("north"));
  const auto second = tried.pack(document("yard_behind_the_barn"));
  EXPECT_LT(first.size() * 10, document("north").size());
  EXPECT_LT(second.size() * 10, document("yard_behind_the_barn").size());
  // What it takes no longer is given back.
  EXPECT_LT(second.capacity(), 2 * second.size());
}

TEST(text_packer, the_same_text_is_packed_the_same_way) {
  text_packer tried;
  const auto first = tried.pack(document("north"));
  EXPECT_NE(tried.pack(document("south")), first);
  EXPECT_EQ(tried.pack(document("north")), first);
}

} // namespace
} // namespace firefinder::text_packer_test
