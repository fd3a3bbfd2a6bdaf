#include "actors/consensus/explain.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

namespace firefinder::explain_test {
namespace {

using nlohmann::json;

// Seven samples over half a minute that grew too little.
camera_standing slow() {
  camera_standing x;
  x.reason = standing_reason::not_growing;
  x.object = "tree";
  x.samples = 7;
  x.samples_needed = 6;
  x.growth = 1.08;
  x.growth_needed = 1.2;
  x.confidence = .62;
  x.area = .0125;
  x.cadence_s = 5;
  x.window_s = 30;
  return x;
}

camera_standing grown() {
  auto x = slow();
  x.agrees = true;
  x.reason = standing_reason::verified;
  x.verified_by = "growth";
  x.growth = 1.31;
  return x;
}

camera_standing persistent() {
  camera_standing x;
  x.agrees = true;
  x.reason = standing_reason::verified;
  x.verified_by = "persistence";
  x.object = "1";
  x.samples = 5;
  x.frames = 8;
  x.seen = 5;
  x.seen_needed = 4;
  x.confidence = .62;
  x.confidence_needed = .3;
  x.window_s = 240;
  return x;
}

camera_standing with(camera_standing x, standing_reason reason) {
  x.reason = reason;
  x.agrees = reason == standing_reason::verified || reason == standing_reason::latched;
  return x;
}

decision_record hold() {
  decision_record x;
  x.t = 1'732'212'000.125;
  x.agreeing = 1;
  x.threshold = 2;
  x.cameras = {{"north", grown()}, {"east", slow()}};
  return x;
}

// -- one camera --------------------------------------------------------------------------

TEST(explain, says_what_a_camera_has_and_what_it_would_need) {
  EXPECT_EQ(in_words(slow()), "does not agree: grew 1.08x of 1.20x needed in 7 samples over 30 s");
  EXPECT_EQ(in_words(grown()), "agrees: grew 1.31x (1.20x needed) in 7 samples over 30 s");
  EXPECT_EQ(in_words(persistent()), "agrees: seen in 5 of the last 8 frames (4 needed), mean "
                                    "confidence 0.62 (0.30 needed)");
}

TEST(explain, has_a_sentence_for_every_reason) {
  auto few = with(slow(), standing_reason::too_few_samples);
  few.samples = 3;
  few.growth = 0;
  EXPECT_EQ(in_words(few), "does not agree: 3 of 6 samples needed in the last 30 s");
  EXPECT_EQ(in_words(with(slow(), standing_reason::too_short)),
            "does not agree: 7 samples (6 needed), but within too short a time");
  camera_standing nothing;
  nothing.window_s = 3600;
  EXPECT_EQ(in_words(nothing),
            "does not agree: nothing that counts was detected in the last 60 min");
  nothing.reason = standing_reason::offline;
  EXPECT_EQ(in_words(nothing), "does not agree: offline, nothing is heard of it");
  auto rare = with(persistent(), standing_reason::not_persistent);
  rare.seen = 2;
  EXPECT_EQ(in_words(rare), "does not agree: seen in 2 of the last 8 frames (4 needed)");
  auto faint = with(persistent(), standing_reason::not_confident);
  faint.confidence = .25;
  EXPECT_EQ(in_words(faint), "does not agree: seen in 5 of the last 8 frames (4 needed), but mean "
                             "confidence 0.25 (0.30 needed)");
  auto late = with(slow(), standing_reason::latched);
  late.verified_by = "growth";
  EXPECT_EQ(in_words(late), "agrees: was verified by growth a moment ago, which still holds; now "
                            "grew 1.08x of 1.20x needed in 7 samples over 30 s");
  EXPECT_EQ(in_words(with(grown(), standing_reason::same_witness)),
            "does not agree: grew 1.31x (1.20x needed) in 7 samples over 30 s, but another camera "
            "of its witness already counts for both");
  EXPECT_EQ(in_words(with(persistent(), standing_reason::not_registered)),
            "does not agree: seen in 5 of the last 8 frames (4 needed), mean confidence 0.62 (0.30 "
            "needed), but only registered cameras have a vote");
}

TEST(explain, rounding_never_lets_seem_enough_what_was_not) {
  auto x = slow();
  x.growth = 1.1996;
  EXPECT_EQ(in_words(x), "does not agree: grew 1.1996x of 1.20x needed in 7 samples over 30 s");
  auto y = with(persistent(), standing_reason::not_confident);
  y.confidence = .2999;
  EXPECT_NE(in_words(y).find("mean confidence 0.2999 (0.30 needed)"), std::string::npos);
  auto enough = grown();
  enough.growth = enough.growth_needed;
  EXPECT_EQ(in_words(enough), "agrees: grew 1.20x (1.20x needed) in 7 samples over 30 s");
}

TEST(explain, names_both_tests_where_either_would_do) {
  auto x = slow();
  x.frames = 8;
  x.seen = 2;
  x.seen_needed = 4;
  x.confidence_needed = .3;
  EXPECT_EQ(in_words(x), "does not agree: grew 1.08x of 1.20x needed in 7 samples over 30 s; seen "
                         "in 2 of the last 8 frames (4 needed)");
  x.seen = 6;
  x.confidence = .2;
  EXPECT_EQ(in_words(x), "does not agree: grew 1.08x of 1.20x needed in 7 samples over 30 s; seen "
                         "in 6 of the last 8 frames (4 needed), mean confidence 0.20 (0.30 "
                         "needed)");
}

// -- a decision --------------------------------------------------------------------------

TEST(explain, tells_a_decision_with_the_cameras_that_agree_first) {
  EXPECT_EQ(in_words(hold()),
            "1 of 2 needed cameras agree: north (grew 1.31x (1.20x needed) in 7 samples over 30 "
            "s); east does not: grew 1.08x of 1.20x needed in 7 samples over 30 s");
  auto fire = hold();
  fire.reason = decision_reason::agreement;
  fire.agreeing = 2;
  fire.cameras = {{"north", grown()}};
  EXPECT_EQ(in_words(fire), "fire: 2 of 2 needed cameras agree: north (grew 1.31x (1.20x needed) "
                            "in 7 samples over 30 s)");
}

TEST(explain, has_words_of_its_own_for_every_reason_of_a_decision) {
  std::vector<std::string> told;
  for (int i = 0; i <= static_cast<int>(decision_reason::no_detection); ++i) {
    decision_record x;
    x.reason = static_cast<decision_reason>(i);
    told.push_back(in_words(x));
  }
  std::sort(told.begin(), told.end());
  EXPECT_EQ(std::unique(told.begin(), told.end()), told.end());
}

TEST(explain, counts_the_cameras_that_make_no_sentence_any_more) {
  auto x = hold();
  for (int i = 0; i < 100; ++i)
    x.cameras["c" + std::to_string(i)] = camera_standing{};
  const auto text = in_words(x);
  EXPECT_LT(text.size(), 1'500U);
  EXPECT_NE(text.find("north (grew"), std::string::npos);
  EXPECT_NE(text.find("; and 90 more"), std::string::npos) << text;
}

// -- JSON --------------------------------------------------------------------------------

TEST(explain, writes_a_line_with_the_members_of_the_contract) {
  const auto line = decision_line(hold());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto x = json::parse(line);
  EXPECT_EQ(x["t"], 1'732'212'000.125);
  EXPECT_EQ(x["decision"], "hold");
  EXPECT_EQ(x["reason"], "too_few_cameras");
  EXPECT_EQ(x["agreeing"], 1);
  EXPECT_EQ(x["threshold"], 2);
  EXPECT_FALSE(x.contains("trigger_id"));
  const auto& north = x["cameras"]["north"];
  EXPECT_EQ(north["agrees"], true);
  EXPECT_EQ(north["verified_by"], "growth");
  EXPECT_EQ(north["samples"], 7);
  EXPECT_EQ(north["growth"], 1.31);
  EXPECT_EQ(north["reason"], "verified");
  EXPECT_EQ(north["text"], in_words(grown()));
  EXPECT_TRUE(x["cameras"]["east"]["verified_by"].is_null());
  EXPECT_FALSE(x.contains("text"));
  EXPECT_EQ(json::parse(explained_line(hold()))["text"], in_words(hold()));
}

TEST(explain, a_trigger_carries_its_identity) {
  auto fire = hold();
  fire.reason = decision_reason::agreement;
  fire.trigger_id = "0b5c";
  const auto x = json::parse(decision_line(fire));
  EXPECT_EQ(x["decision"], "trigger");
  EXPECT_EQ(x["trigger_id"], "0b5c");
}

TEST(explain, what_is_unknown_or_no_number_is_null) {
  auto x = hold();
  auto& east = x.cameras["east"];
  east.growth = 0;
  east.cadence_s = std::numeric_limits<double>::quiet_NaN();
  east.area = std::numeric_limits<double>::infinity();
  const auto told = json::parse(decision_line(x))["cameras"]["east"];
  EXPECT_TRUE(told["growth"].is_null());
  EXPECT_TRUE(told["cadence_s"].is_null());
  EXPECT_TRUE(told["area"].is_null());
}

TEST(explain, the_same_decision_gives_the_same_bytes) {
  auto x = hold();
  x.cameras["east"].growth = 1.0 / 3;
  // The same quotient, computed in another order.
  auto y = hold();
  y.cameras["east"].growth = 1.0 - 2.0 / 3;
  EXPECT_EQ(decision_line(x), decision_line(y));
  EXPECT_NE(decision_line(x).find("\"growth\":0.33333333,"), std::string::npos);
}

TEST(explain, survives_bytes_that_are_no_text) {
  auto x = hold();
  x.cameras["\xff\xfe"] = slow();
  x.trigger_id = "\x80";
  x.cameras["east"].object = "\xc3";
  EXPECT_FALSE(json::parse(explained_line(x), nullptr, false).is_discarded());
}

TEST(explain, reads_back_what_it_wrote) {
  auto x = hold();
  x.cameras["south"] = persistent();
  x.cameras["west"] = with(slow(), standing_reason::offline);
  EXPECT_EQ(decision_from(decision_line(x)), x);
  EXPECT_EQ(decision_from(explained_line(x)), x);
  x.reason = decision_reason::agreement;
  x.trigger_id = "0b5c";
  EXPECT_EQ(decision_from(decision_line(x)), x);
  x.untold = 7;
  EXPECT_EQ(decision_from(decision_line(x)), x);
}

TEST(explain, counts_the_cameras_that_it_does_not_tell_of) {
  auto x = hold();
  EXPECT_EQ(in_words(x).find("more"), std::string::npos);
  x.untold = 7;
  EXPECT_NE(in_words(x).find("; and 7 more"), std::string::npos) << in_words(x);
}

TEST(explain, reads_nothing_else) {
  EXPECT_FALSE(decision_from(""));
  EXPECT_FALSE(decision_from("null"));
  EXPECT_FALSE(decision_from("[1,2]"));
  const auto good = json::parse(decision_line(hold()));
  EXPECT_TRUE(decision_from(good.dump()));
  const auto broken = [&](const char* pointer, json value) {
    auto x = good;
    x[json::json_pointer{pointer}] = std::move(value);
    return x.dump();
  };
  EXPECT_FALSE(decision_from(broken("/t", nullptr)));
  EXPECT_FALSE(decision_from(broken("/t", "noon")));
  EXPECT_FALSE(decision_from(broken("/reason", "whim")));
  EXPECT_FALSE(decision_from(broken("/threshold", -1)));
  EXPECT_FALSE(decision_from(broken("/threshold", 1LL << 40)));
  EXPECT_FALSE(decision_from(broken("/cameras", json::array())));
  EXPECT_FALSE(decision_from(broken("/cameras/north", 7)));
  EXPECT_FALSE(decision_from(broken("/cameras/north/agrees", "yes")));
  EXPECT_FALSE(decision_from(broken("/cameras/north/reason", 3)));
  const auto line = decision_line(hold());
  for (std::size_t n = 0; n < line.size(); ++n)
    EXPECT_FALSE(decision_from(line.substr(0, n))) << n;
}

} // namespace
} // namespace firefinder::explain_test
