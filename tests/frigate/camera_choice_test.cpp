#include "actors/frigate/camera_choice.hpp"
#include "tests/frigate/cameras.hpp"

#include <gtest/gtest.h>

namespace firefinder::camera_choice_test {
namespace {

using test::camera;
using names = std::vector<std::string>;

constexpr auto a = "aabbccddeeff";
constexpr auto b = "001122334455";

camera_facts with(camera_facts facts, camera_condition condition) {
  facts.condition = condition;
  return facts;
}

TEST(camera_choice, begins_with_a_camera_that_is_online) {
  camera_choice x;
  for (const auto condition : {camera_condition::found, camera_condition::offline,
                               camera_condition::auth_failed, camera_condition::stream_error})
    EXPECT_FALSE(x.changed(with(camera(a), condition)));
  EXPECT_FALSE(x.changed(camera("onvif-1")));
  EXPECT_TRUE(x.cameras().empty());
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_EQ(x.cameras().size(), 1U);
}

TEST(camera_choice, does_not_mind_a_camera_that_flaps) {
  camera_choice x;
  EXPECT_TRUE(x.changed(camera(a)));
  for (const auto condition :
       {camera_condition::offline, camera_condition::online, camera_condition::auth_locked,
        camera_condition::online, camera_condition::stream_error, camera_condition::online}) {
    auto facts = with(camera(a), condition);
    if (condition != camera_condition::online)
      facts.streams.clear();
    facts.last_seen += 1;
    facts.name += "x";
    EXPECT_FALSE(x.changed(facts));
  }
  auto sizeless = camera(a);
  sizeless.streams[1].width = sizeless.streams[1].height = 0;
  EXPECT_FALSE(x.changed(sizeless));
  EXPECT_EQ(x.cameras().at(a).sub->width, 640U);
}

TEST(camera_choice, follows_address_size_and_credential) {
  camera_choice x;
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_TRUE(x.changed(camera(a, "192.0.2.99")));
  auto facts = camera(a, "192.0.2.99");
  facts.streams[1].width = 320;
  facts.streams[1].height = 180;
  EXPECT_TRUE(x.changed(facts));
  facts.credential = "2";
  EXPECT_TRUE(x.changed(facts));
  EXPECT_FALSE(x.changed(facts));
}

TEST(camera_choice, drops_a_camera_that_is_forgotten) {
  camera_choice x;
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_TRUE(x.removed(camera_removed{a, ""}));
  EXPECT_TRUE(x.cameras().empty());
  EXPECT_EQ(x.removed(), names{"cam_aabbccddeeff"});
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_TRUE(x.removed().empty());
  // One that an earlier process may have written.
  EXPECT_TRUE(x.removed(camera_removed{b, ""}));
  EXPECT_EQ(x.removed(), names{"cam_001122334455"});
  x.forget({"cam_001122334455"});
  EXPECT_TRUE(x.removed().empty());
  EXPECT_FALSE(x.removed(camera_removed{"onvif-1", ""}));
}

TEST(camera_choice, keeps_a_camera_until_its_successor_is_there) {
  camera_choice x;
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_FALSE(x.removed(camera_removed{a, b}));
  EXPECT_EQ(x.cameras().size(), 1U);
  EXPECT_FALSE(x.changed(with(camera(b), camera_condition::found)));
  EXPECT_EQ(x.cameras().size(), 1U);
  EXPECT_TRUE(x.changed(camera(b)));
  ASSERT_EQ(x.cameras().size(), 1U);
  EXPECT_EQ(x.cameras().begin()->first, b);
  EXPECT_EQ(x.removed(), names{"cam_aabbccddeeff"});
  // The other way round.
  EXPECT_TRUE(x.changed(camera(a)));
  EXPECT_TRUE(x.removed(camera_removed{a, b}));
  EXPECT_EQ(x.cameras().size(), 1U);
}

} // namespace
} // namespace firefinder::camera_choice_test
