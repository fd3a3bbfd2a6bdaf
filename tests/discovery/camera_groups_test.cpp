#include "actors/discovery/camera_groups.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace firefinder::camera_groups_test {
namespace {

house_camera told(const std::string& id, bool expected = false) {
  house_camera x;
  x.id = id;
  x.key = id;
  x.expected = expected;
  return x;
}

camera_facts facts(const std::string& id, std::vector<std::string> aliases = {}) {
  camera_facts x;
  x.id = id;
  x.aliases = std::move(aliases);
  return x;
}

using ids = camera_groups::ids;

TEST(camera_groups, what_consensus_and_the_network_tell_is_one_camera) {
  camera_groups x;
  EXPECT_EQ(x.find(facts("aabbccddeeff")), ids{"aabbccddeeff"});
  EXPECT_EQ(x.told("aabbccddeeff"), nullptr);
  EXPECT_EQ(x.tell(told("aabbccddeeff")), ids{"aabbccddeeff"});
  ASSERT_NE(x.told("aabbccddeeff"), nullptr);
  ASSERT_NE(x.device("aabbccddeeff"), nullptr);
}

TEST(camera_groups, a_device_goes_to_the_camera_that_has_one_of_its_names) {
  camera_groups x;
  EXPECT_EQ(x.find(facts("aabbccddeeff", {"north"})), ids{"aabbccddeeff"});
  EXPECT_EQ(x.tell(told("north")), (ids{"aabbccddeeff", "north"}));
  EXPECT_FALSE(x.is_home("aabbccddeeff"));
  ASSERT_NE(x.device("north"), nullptr);
  EXPECT_EQ(x.device("north")->id, "aabbccddeeff");
  EXPECT_EQ(x.home_of("aabbccddeeff"), "north");
  EXPECT_EQ(x.untell({"north", ""}), (ids{"aabbccddeeff", "north"}));
  EXPECT_EQ(x.home_of("north"), "aabbccddeeff");
  EXPECT_TRUE(x.is_home("aabbccddeeff"));
}

TEST(camera_groups, addresses_are_one_however_they_are_spelled) {
  camera_groups x;
  (void)x.tell(told("AA:BB:CC:DD:EE:FF"));
  (void)x.tell(told("cam_001122334455"));
  (void)x.find(facts("aabbccddeeff"));
  (void)x.find(facts("sn-7", {"00-11-22-33-44-55"}));
  EXPECT_EQ(x.home_of("aa-bb-cc-dd-ee-ff"), "AA:BB:CC:DD:EE:FF");
  EXPECT_NE(x.device("AA:BB:CC:DD:EE:FF"), nullptr);
  EXPECT_EQ(x.home_of("sn-7"), "cam_001122334455");
  // These are none.
  for (const auto* name :
       {"aabbccddeef", "aa:bb-cc:dd:ee:ff", "gabbccddeeff", "", "cam_", "cam_north"})
    EXPECT_EQ(x.home_of(name), "") << name;
}

TEST(camera_groups, the_configuration_has_the_first_word) {
  camera_groups x;
  x.configure({{"north", {"AA:BB:CC:DD:EE:FF"}}});
  EXPECT_EQ(x.find(facts("aabbccddeeff", {"south"})), ids{"north"});
  EXPECT_EQ(x.home_of("aabbccddeeff"), "north");
  // A second id of that device; there is one camera.
  EXPECT_EQ(x.tell(told("south")), (ids{"north", "south"}));
  EXPECT_FALSE(x.is_home("south"));
  EXPECT_EQ(x.home_of("south"), "north");
  EXPECT_EQ(x.tell(told("north", true)), ids{"north"});
  EXPECT_NE(x.device("north"), nullptr);
}

TEST(camera_groups, an_expected_camera_comes_before_a_heard_one) {
  camera_groups x;
  (void)x.find(facts("aabbccddeeff", {"north"}));
  (void)x.tell(told("aabbccddeeff"));
  EXPECT_TRUE(x.is_home("aabbccddeeff"));
  (void)x.tell(told("north", true));
  EXPECT_FALSE(x.is_home("aabbccddeeff"));
  EXPECT_EQ(x.home_of("aabbccddeeff"), "north");
}

TEST(camera_groups, a_name_that_is_the_id_of_a_device_is_that_device) {
  camera_groups x;
  (void)x.find(facts("one", {"two"}));
  (void)x.tell(told("two"));
  EXPECT_EQ(x.device("two")->id, "one");
  (void)x.find(facts("two"));
  EXPECT_EQ(x.device("two")->id, "two");
  EXPECT_TRUE(x.is_home("one"));
  (void)x.lose({"two", ""});
  EXPECT_FALSE(x.is_home("one"));
  EXPECT_EQ(x.device("two")->id, "one");
}

TEST(camera_groups, of_several_devices_of_one_camera_the_one_that_is_there_is_shown) {
  camera_groups x;
  (void)x.tell(told("north"));
  auto a = facts("a", {"north"});
  auto b = facts("b", {"north"});
  a.condition = camera_condition::offline;
  b.condition = camera_condition::online;
  (void)x.find(a);
  (void)x.find(b);
  EXPECT_EQ(x.device("north")->id, "b");
  b.condition = camera_condition::offline;
  EXPECT_EQ(x.find(b), ids{"north"});
  EXPECT_EQ(x.device("north")->id, "a");
}

TEST(camera_groups, a_successor_takes_over) {
  camera_groups x;
  (void)x.tell(told("UNKNOWN-10-0-0-5"));
  (void)x.find(facts("UNKNOWN-10-0-0-5"));
  // First the network tells, then consensus.
  (void)x.lose({"UNKNOWN-10-0-0-5", "aabbccddeeff"});
  EXPECT_EQ(x.home_of("aabbccddeeff"), "UNKNOWN-10-0-0-5");
  (void)x.find(facts("aabbccddeeff", {"UNKNOWN-10-0-0-5"}));
  EXPECT_EQ(x.home_of("aabbccddeeff"), "UNKNOWN-10-0-0-5");
  (void)x.tell(told("aabbccddeeff"));
  EXPECT_EQ(x.home_of("UNKNOWN-10-0-0-5"), "aabbccddeeff");
  EXPECT_FALSE(x.is_home("UNKNOWN-10-0-0-5"));
  (void)x.untell({"UNKNOWN-10-0-0-5", "aabbccddeeff"});
  EXPECT_EQ(x.home_of("UNKNOWN-10-0-0-5"), "aabbccddeeff");
  EXPECT_EQ(x.told_count(), 1U);
  EXPECT_EQ(x.device_count(), 1U);
}

TEST(camera_groups, what_was_told_goes_to_a_successor_that_was_not_told_of) {
  camera_groups x;
  auto old = told("Old");
  old.online = true;
  (void)x.tell(old);
  EXPECT_EQ(x.untell({"Old", "New One"}), (ids{"New One", "Old"}));
  ASSERT_NE(x.told("New One"), nullptr);
  EXPECT_TRUE(x.told("New One")->online);
  EXPECT_EQ(x.told("New One")->key, "new_one");
  EXPECT_EQ(x.home_of("Old"), "New One");
  // A chain, and a way back.
  (void)x.untell({"New One", "Third"});
  EXPECT_EQ(x.home_of("Old"), "Third");
  (void)x.untell({"Third", "Old"});
  EXPECT_EQ(x.home_of("Third"), "Old");
  (void)x.untell({"Old", ""});
  EXPECT_EQ(x.home_of("Third"), "");
  EXPECT_EQ(x.told_count(), 0U);
}

TEST(camera_groups, an_id_that_has_lost_its_device_may_be_another_ones) {
  camera_groups x;
  (void)x.tell(told("a"));
  (void)x.find(facts("a"));
  (void)x.untell({"a", "e"});
  (void)x.tell(told("d"));
  (void)x.find(facts("d", {"e"}));
  EXPECT_EQ(x.home_of("a"), "e");
  EXPECT_TRUE(x.is_home("e"));
  // Consensus knows it by its own id again; what is left of the other one is a name of `d`.
  EXPECT_EQ(x.tell(told("a")), (ids{"a", "d", "e"}));
  EXPECT_FALSE(x.is_home("e"));
  EXPECT_EQ(x.home_of("e"), "d");
}

TEST(camera_groups, what_is_not_known_changes_nothing) {
  camera_groups x;
  EXPECT_EQ(x.untell({"north", "south"}), ids{});
  EXPECT_EQ(x.lose({"north", "south"}), ids{});
  (void)x.tell(told("north"));
  (void)x.find(facts("north"));
  EXPECT_EQ(x.untell({"north", "north"}), ids{"north"});
  EXPECT_TRUE(x.is_home("north"));
  (void)x.lose({"north", "north"});
  EXPECT_FALSE(x.is_home("north"));
}

// Whatever is told in whatever order: no device has two homes, each name that somebody told has
// one, and the answers tell of every home that came or went.
TEST(camera_groups, random_histories) {
  const std::vector<std::string> names{"a", "b", "c", "d", "e", "f"};
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&] { return names[random() % names.size()]; };
    camera_groups x;
    if (seed % 3 == 0)
      x.configure({{"a", {"b"}}});
    std::map<std::string, std::vector<std::string>> devices;
    std::set<std::string> heard;
    // Otherwise consensus says of some names at random which camera they mean.
    const bool steady = seed % 2 == 0;
    ids homes;
    for (int step = 0; step < 60; ++step) {
      ids touched;
      const auto id = pick();
      switch (random() % 4) {
      case 0:
        touched = x.tell(told(id, random() % 2 == 0));
        heard.insert(id);
        break;
      case 1: {
        const auto successor = !steady && random() % 2 == 0 ? pick() : std::string{};
        touched = x.untell({id, successor});
        if (heard.erase(id) != 0 && !successor.empty() && successor != id)
          heard.insert(successor);
        break;
      }
      case 2: {
        const auto alias = pick();
        touched = x.find(
            facts(id, alias == id ? std::vector<std::string>{} : std::vector<std::string>{alias}));
        devices[id] = {alias};
        break;
      }
      default: {
        const auto successor = random() % 2 == 0 ? pick() : std::string{};
        touched = x.lose({id, successor});
        if (devices.erase(id) != 0 && !successor.empty() && successor != id)
          devices[successor].push_back(id);
      }
      }
      ids present;
      for (const auto& name : names)
        if (x.is_home(name))
          present.insert(name);
      for (const auto& name : names)
        if (present.count(name) != homes.count(name)) {
          ASSERT_EQ(touched.count(name), 1U) << seed << ' ' << step << ' ' << name;
        }
      homes = present;
      std::map<std::string, int> shown;
      for (const auto& home : homes) {
        const bool has_any = x.told(home) != nullptr || x.device(home) != nullptr;
        ASSERT_TRUE(has_any) << seed << ' ' << step << ' ' << home;
        if (const auto* device = x.device(home))
          ++shown[device->id];
      }
      for (const auto& [device, times] : shown)
        ASSERT_EQ(times, 1) << seed << ' ' << step << ' ' << device;
      for (const auto& [device, aliases] : devices) {
        const auto home = x.home_of(device);
        ASSERT_TRUE(x.is_home(home)) << seed << ' ' << step << ' ' << device;
        // A camera of an id that is another name of this device is shown with it, unless it is
        // another device.
        for (const auto& alias : aliases)
          if (steady && x.home_of(alias) != home) {
            const auto* other = x.device(x.home_of(alias));
            ASSERT_NE(other, nullptr) << seed << ' ' << step << ' ' << device << ' ' << alias;
            ASSERT_NE(other->id, device) << seed << ' ' << step << ' ' << alias;
          }
      }
      for (const auto& name : heard)
        ASSERT_TRUE(x.is_home(x.home_of(name))) << seed << ' ' << step << ' ' << name;
      ASSERT_EQ(x.told_count(), heard.size());
      ASSERT_EQ(x.device_count(), devices.size());
    }
  }
}

} // namespace
} // namespace firefinder::camera_groups_test
