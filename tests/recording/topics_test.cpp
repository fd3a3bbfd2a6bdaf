// What is recorded, and when it came.

#include "src/recording/arrivals.hpp"
#include "src/recording/topics.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace firefinder::recording::topics_test {
namespace {

using namespace std::chrono_literals;
using filters = std::vector<std::string>;

TEST(topics, KeepsWhatHasNothingInCommon) {
  for (const auto& asked :
       {filters{}, filters{"a"}, filters{"a/+", "b"}, filters{"a/+/c", "a/+/d"},
        filters{"a/+", "a/+/c"}, filters{"a", "a/+"}, filters{"a/#", "ab"}, filters{"+", "$SYS"},
        filters{"#", "$SYS/#"}, filters{"$SYS/#", "+/#"}, filters{"/a", "a"}, filters{"a", "a/"},
        filters{"+", "+/+"}, filters{"a/+/#", "a"}}) {
    const auto chosen = choose_topics(asked);
    EXPECT_EQ(chosen.fault, "");
    EXPECT_EQ(chosen.filters, asked);
  }
}

TEST(topics, LeavesOutWhatAnotherFilterCovers) {
  const std::vector<std::pair<filters, filters>> cases{{{"a", "a"}, {"a"}},
                                                       {{"a/#", "a"}, {"a/#"}},
                                                       {{"a", "a/#"}, {"a/#"}},
                                                       {{"a/b/c", "a/+/c", "x"}, {"a/+/c", "x"}},
                                                       {{"a/+", "a/1", "a/2"}, {"a/+"}},
                                                       {{"a/1", "a/2", "a/#"}, {"a/#"}},
                                                       {{"a/+/#", "a/b/#"}, {"a/+/#"}},
                                                       {{"+/+", "a/+", "+/b"}, {"+/+"}},
                                                       {{"#", "a", "+", "+/#", "/"}, {"#"}},
                                                       {{"+/#", "#"}, {"#"}},
                                                       {{"a/", "a/+"}, {"a/+"}}};
  for (const auto& [asked, expected] : cases) {
    const auto chosen = choose_topics(asked);
    EXPECT_EQ(chosen.fault, "");
    EXPECT_EQ(chosen.filters, expected) << asked.front();
  }
}

TEST(topics, RefusesOtherOverlaps) {
  for (const auto& asked :
       {filters{"a/+", "+/b"}, filters{"x", "a/+/c", "a/b/+"}, filters{"a/b/#", "a/+/c"},
        filters{"a/+/c/#", "a/b/#"}, filters{"a/+", "a/b/#"}, filters{"+/b/#", "a/+"}}) {
    const auto chosen = choose_topics(asked);
    EXPECT_NE(chosen.fault.find("in common"), std::string::npos) << asked.front();
    EXPECT_NE(chosen.fault.find('\'' + asked.back() + '\''), std::string::npos) << chosen.fault;
  }
}

TEST(topics, RefusesWhatIsNoFilter) {
  for (const auto& filter :
       {std::string{}, std::string{"fire/#/x"}, std::string{"fire/a#"}, std::string{"##"},
        std::string{"#/"}, std::string{"a+/b"}, std::string{"a/b+"}, std::string{"++"},
        std::string{"a\xff"}, std::string(65'536, 'a')})
    EXPECT_NE(choose_topics({"good", filter}).fault.find("no topic filter"), std::string::npos)
        << filter.substr(0, 20);
  EXPECT_EQ(choose_topics({std::string(65'535, 'a')}).fault, "");
}

TEST(arrivals, AreThoseOfTheWallClock) {
  arrivals when;
  EXPECT_EQ(when.take(1'000, 5s), 1'000);
  EXPECT_EQ(when.take(1'000.5, 6s), 1'000.5);
  EXPECT_FALSE(when.behind());
}

TEST(arrivals, GoOnWhenTheWallClockIsSetBack) {
  arrivals when;
  EXPECT_EQ(when.take(10'000, 5s), 10'000);
  EXPECT_EQ(when.take(6'400, 6s), 10'001);
  EXPECT_TRUE(when.behind());
  EXPECT_EQ(when.take(6'402.5, 8s + 500ms), 10'003.5);
  EXPECT_TRUE(when.behind());
  // It is put right again.
  EXPECT_EQ(when.take(10'005, 10s), 10'005);
  EXPECT_FALSE(when.behind());
}

} // namespace
} // namespace firefinder::recording::topics_test
