#include "src/drill_printout.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::printout_test {
namespace {

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST(drill_printout, tells_the_steps_and_the_verdict) {
  const auto x = print_drill(
      R"({"status":"ok","data":{"passed":true,"delay_s":0.42,"cameras":2,"live":false,
          "steps":[{"step":"asked","after_s":0.01},{"step":"heard","after_s":0.1}],
          "warnings":["no store"]}})",
      false);
  EXPECT_TRUE(x.passed);
  EXPECT_TRUE(has(x.text, "PASSED in 0.42 s, 2 virtual cameras"));
  EXPECT_TRUE(has(x.text, "0.010 s  asked"));
  EXPECT_TRUE(has(x.text, "warning: no store"));
  EXPECT_EQ(x.refusal, "");
}

TEST(drill_printout, names_the_step_that_was_not_reached) {
  const auto x = print_drill(
      R"({"status":"ok","data":{"passed":false,"failed_step":"heard","reason":"look\nthere"}})",
      false);
  EXPECT_FALSE(x.passed);
  EXPECT_TRUE(has(x.text, "FAILED"));
  EXPECT_TRUE(has(x.text, "heard         not reached"));
  EXPECT_TRUE(has(x.text, "look?there")) << x.text;
}

TEST(drill_printout, survives_whatever_answers) {
  for (const char* answer :
       {"", "[]", "7", R"({"status":"ok"})", R"({"status":"ok","data":{"steps":7,"warnings":{}}})",
        R"({"status":"error","error":"no"})", R"({"status":"ok","data":{"passed":"true"}})"})
    EXPECT_FALSE(print_drill(answer, false).passed) << answer;
  EXPECT_EQ(print_drill(R"({"status":"error","error":"not here"})", true).refusal, "not here");
}

} // namespace
} // namespace firefinder::printout_test
