#include "actors/consensus/identity.hpp"

#include <gtest/gtest.h>

namespace firefinder::identity_test {
namespace {

TEST(camera_identity, spellings_of_a_hardware_address_are_one_camera) {
  const camera_identity nobody{{}};
  for (const auto* name : {"AA:BB:CC:DD:EE:0F", "aa-bb-cc-dd-ee-0f", "AABBCCDDEE0F", "aabbccddee0f",
                           "cam_aabbccddee0f", "cam_AABBCCDDEE0F", "aa:bb:cc:DD:ee:0f"}) {
    const auto who = nobody.of(name);
    EXPECT_EQ(who.id, "aabbccddee0f") << name;
    EXPECT_TRUE(who.many_spellings) << name;
  }
}

TEST(camera_identity, other_names_stay_as_they_are) {
  const camera_identity nobody{{}};
  for (const auto* name :
       {"Barn", "barn", "cam_barn", "aabbccddee0", "aabbccddee0ff", "aabbccddee0g",
        "aa:bb-cc:dd:ee:0f", "aa:bb:cc:dd:ee0f:", "aa.bb.cc.dd.ee.0f", "cam_", "",
        "Cam_aabbccddee0f", "aa:bb:cc:dd:ee:0:", "cam_cam_aabbccddee0f"}) {
    const auto who = nobody.of(name);
    EXPECT_EQ(who.id, name);
    EXPECT_FALSE(who.many_spellings) << name;
  }
}

TEST(camera_identity, configured_ids_and_aliases_are_the_configured_camera) {
  std::map<std::string, camera_settings> cameras;
  cameras["North"].aliases = {"tower", "AA:BB:CC:DD:EE:FF"};
  cameras["00-11-22-33-44-55"].name = "South";
  const camera_identity known{cameras};
  for (const auto* name : {"North", "tower", "cam_aabbccddeeff", "aabbccddeeff"})
    EXPECT_EQ(known.of(name).id, "North") << name;
  EXPECT_FALSE(known.of("cam_aabbccddeeff").many_spellings) << "it is called as its owner calls it";
  EXPECT_EQ(known.of("cam_001122334455").id, "00-11-22-33-44-55");
  EXPECT_EQ(known.of("north").id, "north") << "case tells names apart";
  EXPECT_EQ(known.of("tower", "frigate").id, "North")
      << "an alias without a prefix is one anywhere";
}

TEST(camera_identity, an_alias_with_a_prefix_is_one_at_that_frigate_only) {
  std::map<std::string, camera_settings> cameras;
  cameras["a"].aliases = {"site/one/cam", "two/cam_AABBCCDDEEFF"};
  cameras["b"].aliases = {"cam"};
  const camera_identity known{cameras};
  EXPECT_EQ(known.of("cam", "site/one").id, "a");
  EXPECT_EQ(known.of("cam", "two").id, "b");
  EXPECT_EQ(known.of("cam").id, "b");
  EXPECT_EQ(known.of("cam_aabbccddeeff", "two").id, "a");
  EXPECT_EQ(known.of("cam_aabbccddeeff", "one").id, "aabbccddeeff");
}

} // namespace
} // namespace firefinder::identity_test
