#include "actors/control/remembered.hpp"

#include <gtest/gtest.h>

namespace firefinder::remembered_test {
namespace {

using namespace std::chrono_literals;

using ids = std::set<std::string>;

std::string name_of(std::size_t i) { return "c" + std::to_string(10'000 + i); }

store_record record(const std::string& id, const std::string& key) {
  return {record_kind::known_camera, id, stored_text(told_camera{key, ""})};
}

struct remembered : testing::Test {
  remembered_cameras uut;
  monotonic now = 1h;

  // Ids of which the store is told, in one go.
  ids written(remembered_cameras& x) const {
    ids result;
    while (const auto next = x.next(now)) {
      result.insert(next->key + (next->value.empty() ? " goes" : ""));
      x.written();
    }
    return result;
  }
  ids written() { return written(uut); }
};

TEST_F(remembered, the_store_is_given_two_at_a_time) {
  uut.restore({});
  for (std::size_t i = 0; i < 100; ++i)
    uut.put(name_of(i), {name_of(i), ""});
  ASSERT_TRUE(uut.next(now));
  ASSERT_TRUE(uut.next(now));
  EXPECT_FALSE(uut.next(now));
  uut.written();
  EXPECT_TRUE(uut.next(now));
  EXPECT_FALSE(uut.next(now));
}

TEST_F(remembered, what_could_not_be_written_is_written_later_as_it_is_then) {
  uut.restore({});
  uut.put("a", {"a", ""});
  ASSERT_TRUE(uut.next(now));
  uut.failed("a", now);
  uut.put("a", {"a", "Gate"});
  EXPECT_EQ(uut.next_try(), now + 30s);
  now += 29s;
  EXPECT_FALSE(uut.next(now));
  now += 1s;
  EXPECT_EQ(uut.next(now),
            (store_record{record_kind::known_camera, "a", stored_text(told_camera{"a", "Gate"})}));
  uut.written();
  EXPECT_FALSE(uut.next(now));
  EXPECT_FALSE(uut.next_try());
}

TEST_F(remembered, another_store_is_given_at_once_what_failed) {
  uut.restore({});
  uut.put("a", {"a", ""});
  ASSERT_TRUE(uut.next(now));
  uut.failed("a", now);
  uut.resume();
  EXPECT_EQ(written(), ids{"a"});
}

TEST_F(remembered, what_was_learned_before_the_store_told_is_the_later_word) {
  uut.put("changed", {"new", ""});
  uut.put("same", {"same", ""});
  uut.put("fresh", {"fresh", ""});
  uut.erase("gone");
  EXPECT_TRUE(written().empty()) << "nobody knows yet what the store has";
  uut.restore({record("changed", "old"), record("gone", "gone"), record("same", "same"),
               record("silent", "silent")});
  EXPECT_EQ(uut.all().at("changed").key, "new");
  EXPECT_EQ(uut.all().at("silent").key, "silent");
  EXPECT_FALSE(uut.all().contains("gone"));
  EXPECT_EQ(written(), (ids{"changed", "fresh", "gone goes"}));
  EXPECT_TRUE(uut.with_key("old").empty());
  EXPECT_EQ(uut.with_key("new"), std::vector<std::string>{"changed"});
}

TEST_F(remembered, rubbish_in_the_store_is_cleared_away) {
  uut.restore({{record_kind::known_camera, "a", "{"}, record("b", "b")});
  EXPECT_EQ(uut.all().size(), 1u);
  EXPECT_EQ(written(), ids{"a goes"});
}

TEST_F(remembered, of_too_many_the_first_stay) {
  uut.restore({});
  for (std::size_t i = 0; i < 5'000; ++i)
    uut.put(name_of(i), {name_of(i), ""});
  EXPECT_EQ(uut.all().size(), remembered_cameras::max_cameras);
  EXPECT_EQ(written().size(), remembered_cameras::max_cameras);
  std::vector<store_record> kept;
  for (const auto& [id, x] : uut.all())
    kept.push_back(record(id, x.key));
  // A restart at which they are told in another order, before the store tells or after, writes
  // nothing.
  for (const bool first : {true, false}) {
    remembered_cameras next;
    if (first)
      next.restore(kept);
    for (std::size_t i = 5'000; i-- > 0;)
      next.put(name_of(i), {name_of(i), ""});
    next.restore(kept);
    EXPECT_TRUE(next.all() == uut.all());
    EXPECT_TRUE(written(next).empty());
  }
  // One that is forgotten makes room.
  uut.erase(name_of(0));
  uut.put("new", {"new", ""});
  EXPECT_EQ(written(), (ids{name_of(0) + " goes", "new"}));
}

TEST_F(remembered, no_more_is_taken_from_a_store_than_is_remembered) {
  std::vector<store_record> kept;
  for (std::size_t i = 0; i < 1'010; ++i)
    kept.push_back(record(name_of(i), name_of(i)));
  uut.restore(kept);
  EXPECT_EQ(uut.all().size(), remembered_cameras::max_cameras);
  EXPECT_EQ(written().size(), 10u);
}

TEST_F(remembered, what_waits_is_bounded) {
  for (std::size_t i = 0; i < 10'000; ++i)
    uut.erase(name_of(i));
  EXPECT_EQ(uut.drain().size(), remembered_cameras::max_waiting);
}

} // namespace
} // namespace firefinder::remembered_test
