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
    // The name may be in none of them, in all, or be what a text is full of.
    for (const std::string name : {"", "south", "north", "e", "component", "\1"}) {
      std::vector<std::string> packed;
      for (const auto& text : texts)
        packed.push_back(tried.pack(text, name));
      for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_FALSE(packed[i].empty());
        EXPECT_LE(packed[i].size(), texts[i].size() + 1);
        EXPECT_EQ(tried.unpack(packed[i], name), texts[i]) << "text " << i << " of " << name;
      }
    }
  }
}

TEST(text_packer, gives_back_texts_that_differ_anywhere) {
  text_packer tried;
  const auto first = document("north");
  (void)tried.pack(first, "north");
  std::mt19937 random{11};
  for (int i = 0; i < 2000; ++i) {
    auto text = first;
    for (auto changes = random() % 5; changes > 0; --changes) {
      const auto at = random() % text.size();
      const auto from = random() % first.size();
      text.replace(at, random() % 60, first.substr(from, random() % 60));
    }
    text.resize(text.size() - random() % text.size() / 2);
    ASSERT_EQ(tried.unpack(tried.pack(text, "north"), "north"), text) << i;
  }
}

TEST(text_packer, a_text_that_differs_by_its_name_takes_next_to_nothing) {
  text_packer tried;
  const auto first = tried.pack(document("north"), "north");
  const auto second = tried.pack(document("yard_behind_the_barn"), "yard_behind_the_barn");
  EXPECT_LT(first.size(), 10U);
  EXPECT_LT(second.size(), 10U);
}

TEST(text_packer, a_text_with_other_values_takes_little_more_than_these) {
  text_packer tried;
  const auto state = [](const std::string& fire, int confidence, const std::string& seen) {
    return R"({"fire":")" + fire
           + R"(","smoke":"OFF","connectivity":"ON","problem":"OFF",)"
             R"("enabled":"ON","status":"online","confidence_pct":)"
           + std::to_string(confidence)
           + R"(,"label":"fire","source":"direct","last_seen":"2026-05-01T)" + seen
           + R"(Z","snooze":0})";
  };
  (void)tried.pack(state("OFF", 90, "10:00:00"), "north");
  const auto packed = tried.pack(state("ON", 100, "23:59:58"), "south");
  EXPECT_LT(packed.size(), 40U);
  // What it takes no longer is given back.
  EXPECT_LT(packed.capacity(), 2 * packed.size());
}

TEST(text_packer, the_same_text_is_packed_the_same_way) {
  text_packer tried;
  const auto first = tried.pack(document("north"), "north");
  const auto south = tried.pack(document("south"), "north");
  EXPECT_NE(south, first);
  EXPECT_EQ(tried.pack(document("north"), "north"), first);
  EXPECT_EQ(tried.pack(document("south"), "north"), south);
}

TEST(text_packer, what_needs_no_first_text_is_read_by_any) {
  EXPECT_EQ(text_packer{}.unpack(text_packer::plain(document("north")), "south"),
            document("north"));
  EXPECT_EQ(text_packer{}.unpack(text_packer::plain({}), {}), "");
}

} // namespace
} // namespace firefinder::text_packer_test
