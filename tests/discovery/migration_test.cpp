#include "actors/discovery/migration.hpp"

#include <gtest/gtest.h>

namespace firefinder::migration_test {
namespace {

using namespace std::chrono_literals;

using names = std::vector<std::string>;

TEST(migration, begins_with_letting_go) {
  migration uut;
  EXPECT_FALSE(uut.exists());
  EXPECT_EQ(uut.of("north"), takeover::none);
  uut.begin({"north", "south"});
  EXPECT_TRUE(uut.exists());
  EXPECT_TRUE(uut.runs());
  EXPECT_EQ(uut.of("north"), takeover::let_go);
  EXPECT_EQ(uut.of("west"), takeover::none);
  EXPECT_EQ(uut.next_change(), std::nullopt) << "the broker has acknowledged nothing yet";
}

TEST(migration, takes_every_camera_its_own_way) {
  migration uut;
  uut.begin({"north", "south"});
  uut.acknowledged("north", 10s);
  uut.acknowledged("north", 11s);
  uut.acknowledged("west", 10s);
  EXPECT_EQ(uut.next_change(), monotonic{12s}) << "the first word counts";
  EXPECT_EQ(uut.advance(11999ms), names{});
  EXPECT_EQ(uut.advance(12s), names{"north"});
  EXPECT_EQ(uut.of("north"), takeover::bring_back);
  EXPECT_EQ(uut.of("south"), takeover::let_go);
  uut.acknowledged("north", 13s);
  uut.acknowledged("south", 14s);
  EXPECT_EQ(uut.advance(18s), (names{"south", "north"}));
  EXPECT_EQ(uut.of("north"), takeover::done);
  EXPECT_EQ(uut.unfinished(), std::set<std::string>{"south"});
  uut.acknowledged("south", 19s);
  uut.acknowledged("north", 19s);
  EXPECT_EQ(uut.advance(24s), names{"south"});
  EXPECT_FALSE(uut.runs());
  EXPECT_TRUE(uut.exists());
  EXPECT_EQ(uut.next_change(), std::nullopt);
}

TEST(migration, begins_the_step_again_after_the_link_has_ended) {
  migration uut;
  uut.begin({"north"});
  uut.acknowledged("north", 10s);
  uut.link_down();
  EXPECT_EQ(uut.advance(60s), names{});
  uut.acknowledged("north", 70s);
  EXPECT_EQ(uut.next_change(), monotonic{72s});
}

TEST(migration, gives_up_what_is_gone) {
  migration uut;
  uut.begin({"north", "south"});
  uut.acknowledged("north", 10s);
  uut.give_up("north");
  uut.give_up("west");
  EXPECT_EQ(uut.of("north"), takeover::done);
  EXPECT_EQ(uut.advance(60s), names{});
  EXPECT_TRUE(uut.runs());
  uut.give_up("south");
  EXPECT_FALSE(uut.runs());
}

TEST(migration, is_remembered) {
  migration uut;
  uut.begin({"east", "north", "south", "west"});
  EXPECT_EQ(uut.take_change(), std::nullopt) << "whoever begins it writes it first";
  uut.acknowledged("north", 0s);
  uut.acknowledged("south", 0s);
  uut.acknowledged("west", 0s);
  EXPECT_EQ(uut.advance(2s).size(), 3U);
  uut.acknowledged("west", 2s);
  EXPECT_EQ(uut.advance(7s).size(), 1U);
  EXPECT_EQ(uut.take_change(), "east:let_go north:bring_back south:bring_back west:done");
  EXPECT_EQ(uut.take_change(), std::nullopt);
  // The end of the pause may bring back what a later process must not let go again.
  uut.acknowledged("east", 8s);
  EXPECT_EQ(uut.take_change(), "east:bring_back north:bring_back south:bring_back west:done");
  migration later;
  later.restore(uut.to_text());
  EXPECT_EQ(later.to_text(), uut.to_text());
  EXPECT_EQ(later.unfinished(), (std::set<std::string>{"east", "north", "south"}));
  EXPECT_EQ(later.cameras().size(), 4U);
}

TEST(migration, remembers_nothing_that_it_has_not_written) {
  for (const auto* text : {"", " ", "north", ":done", "north:", "north:none", "north:gone", "\xff",
                           "north:done:done"}) {
    migration uut;
    uut.restore(text);
    EXPECT_FALSE(uut.exists()) << text;
  }
  migration uut;
  uut.restore("north:let_go north:let_go x south:done");
  EXPECT_EQ(uut.cameras().size(), 2U);
  uut.give_up("north");
  EXPECT_FALSE(uut.runs()) << "each counts once";
}

} // namespace
} // namespace firefinder::migration_test
