#include "actors/frigate/configuring.hpp"
#include "tests/frigate/cameras.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace firefinder::configuring_test {
namespace {

using namespace std::chrono_literals;
using test::camera;
using step = configuring::step;

constexpr auto a = "aabbccddeeff";
constexpr auto b = "001122334455";

frigate_settings settings(bool apply) {
  frigate_settings result;
  result.instances = {{"frigate", "http://f"}};
  result.configuration.path = "/config/config.yml";
  result.configuration.secrets_path = "/secrets";
  result.configuration.apply = apply;
  result.configuration.version = "0.16";
  result.configuration.credentials = {{"1", "admin", "hunter2"}};
  return result;
}

frigate_cameras report(const std::vector<std::string>& names,
                       const std::string& version = "0.16.2") {
  frigate_cameras result{"frigate", "", version, {}};
  for (const auto& name : names)
    result.cameras.push_back({name, 640, 360, 5, true, true, 0.7});
  return result;
}

camera_facts with_password(const std::string& id) {
  auto result = camera(id);
  result.credential = "1";
  return result;
}

// Writes what there is, and what became of it.
void write(configuring& x, monotonic now, const frigate_outcome& what = {"", true, false, {}}) {
  ASSERT_EQ(x.next(now), step::write);
  x.begin(now);
  EXPECT_EQ(x.next(now), step::none);
  x.on_written(what, now);
}

TEST(configuring, waits_until_nothing_new_comes) {
  configuring x{settings(false), true};
  EXPECT_FALSE(x.due(0s));
  x.on_camera(camera(a), 0s);
  EXPECT_EQ(x.due(0s), monotonic{10s});
  x.on_camera(camera(b), 6s);
  EXPECT_EQ(x.next(15s), step::none);
  EXPECT_EQ(x.next(16s), step::write);
  EXPECT_EQ(x.due(20s), monotonic{20s});
}

TEST(configuring, does_not_wait_for_ever) {
  configuring x{settings(false), true};
  for (int i = 0; i < 60; i += 5)
    x.on_camera(camera(a, "192.0.2." + std::to_string(i)), monotonic{std::chrono::seconds{i}});
  EXPECT_EQ(x.next(59s), step::none);
  EXPECT_EQ(x.next(60s), step::write);
}

TEST(configuring, writes_at_most_every_five_minutes) {
  configuring x{settings(false), true};
  x.on_camera(camera(a), 0s);
  write(x, 10s);
  EXPECT_FALSE(x.due(10s));
  x.on_camera(camera(b), 11s);
  EXPECT_EQ(x.next(5min), step::none);
  EXPECT_EQ(x.due(30s), monotonic{5min + 10s});
  write(x, 5min + 10s);
}

TEST(configuring, has_nothing_to_do_for_a_camera_that_flaps) {
  configuring x{settings(false), true};
  x.on_camera(camera(a), 0s);
  write(x, 10s);
  auto off = camera(a);
  off.condition = camera_condition::offline;
  for (int i = 0; i < 100; ++i) {
    x.on_camera(off, 1min);
    x.on_camera(camera(a), 2min);
  }
  EXPECT_FALSE(x.due(1h));
}

TEST(configuring, waits_for_the_version_that_the_api_tells) {
  auto s = settings(true);
  s.configuration.version.clear();
  configuring x{s, true};
  x.on_camera(camera(a), 0s);
  EXPECT_EQ(x.next(1min), step::none);
  x.on_report(report({}, "0.18.0"), 1min);
  ASSERT_EQ(x.next(1min), step::write);
  x.begin(1min);
  ASSERT_TRUE(x.change());
  EXPECT_EQ(x.change()->version, "0.18.0");
  EXPECT_NE(x.change()->blocks.cameras.find("continuous"), std::string::npos);
  // One that does not answer is not waited for.
  configuring y{s, true};
  y.on_camera(camera(a), 0s);
  y.on_report({"frigate", "refused", "", {}}, 1min);
  EXPECT_EQ(y.next(1min), step::write);
  // Without an address nobody can be asked.
  configuring z{s, false};
  z.on_camera(camera(a), 0s);
  EXPECT_EQ(z.next(1min), step::write);
}

TEST(configuring, writes_the_file_or_asks_the_api) {
  configuring file{settings(false), true};
  file.on_camera(with_password(a), 0s);
  file.begin(10s);
  ASSERT_TRUE(file.files());
  EXPECT_EQ(file.files()->path, "/config/config.yml");
  EXPECT_EQ(file.files()->secrets.size(), 2U);
  EXPECT_FALSE(file.change());
  EXPECT_FALSE(file.leftovers({}));

  configuring api{settings(true), true};
  api.on_camera(with_password(a), 0s);
  api.begin(10s);
  ASSERT_TRUE(api.files());
  EXPECT_EQ(api.files()->path, "");
  EXPECT_EQ(api.files()->secrets.size(), 2U);
  ASSERT_TRUE(api.change());
  EXPECT_EQ(api.change()->blocks.cameras.find("hunter2"), std::string::npos);
  api.on_written({}, 10s);
  api.on_removed(camera_removed{a, ""}, 11s);
  api.begin(6min);
  EXPECT_FALSE(api.files());
  ASSERT_TRUE(api.leftovers({}));
  EXPECT_EQ(api.leftovers({})->blocks.removed, std::vector<std::string>{"cam_aabbccddeeff"});
  // Frigate's configuration still names them, or nobody knows.
  EXPECT_FALSE(api.leftovers({"", true, false, {"cam_aabbccddeeff"}}));
  EXPECT_FALSE(api.leftovers({"refused", true, false, {}}));

  auto s = settings(false);
  s.configuration.path.clear();
  s.configuration.publish = true;
  configuring told{s, true};
  told.on_camera(with_password(a), 0s);
  told.begin(10s);
  EXPECT_FALSE(told.files());
  EXPECT_FALSE(told.change());
  EXPECT_NE(told.document().find("{FRIGATE_CAM_AABBCCDDEEFF_USER}"), std::string::npos);
}

TEST(configuring, leaves_out_cameras_whose_password_frigate_would_not_know) {
  auto s = settings(false);
  s.configuration.secrets_path.clear();
  configuring x{s, true};
  x.on_camera(with_password(a), 0s);
  x.on_camera(camera(b), 0s);
  x.begin(10s);
  EXPECT_EQ(x.files()->blocks.cameras.find("cam_aabbccddeeff"), std::string::npos);
  EXPECT_NE(x.files()->blocks.cameras.find("cam_001122334455"), std::string::npos);
  ASSERT_EQ(x.figures().problems.size(), 1U);
  EXPECT_EQ(x.figures().problems[0].code, "frigate_configuration_not_applied");
  EXPECT_EQ(x.figures().problems[0].subject, "cam_aabbccddeeff");
  EXPECT_NE(x.figures().problems[0].text.find("FRIGATE_SECRETS_PATH"), std::string::npos);

  configuring y{settings(false), true};
  auto facts = with_password(a);
  facts.credential = "7";
  y.on_camera(facts, 0s);
  y.begin(10s);
  EXPECT_EQ(y.files()->blocks.cameras.find("cam_"), std::string::npos);
  EXPECT_EQ(y.figures().problems.size(), 1U);
}

// As firmware by XM tells its streams.
camera_facts with_password_in_path(const std::string& id) {
  auto result = camera(id);
  result.streams[0].url = "rtsp://192.0.2.7:554/user=admin&password=S3cr{t&channel=1&stream=0.sdp";
  result.streams[1].url = "rtsp://192.0.2.7:554/user=admin&password=S3cr{t&channel=1&stream=1.sdp";
  return result;
}

TEST(configuring, shows_no_password_that_stands_in_an_address) {
  auto own = camera(b);
  own.credential = "1";
  own.streams[1].url = "rtsp://192.0.2.7:554/hunt%65r2/sub";
  for (const bool apply : {false, true}) {
    configuring x{settings(apply), true};
    x.on_camera(with_password_in_path(a), 0s);
    x.on_camera(own, 0s);
    EXPECT_EQ(x.document().find("S3cr"), std::string::npos);
    EXPECT_EQ(x.document().find("hunt"), std::string::npos);
    x.begin(10s);
    ASSERT_TRUE(x.files());
    const auto text = apply ? x.change()->blocks.cameras : x.files()->blocks.cameras;
    EXPECT_EQ(text.find("S3cr"), std::string::npos);
    EXPECT_EQ(text.find("hunt"), std::string::npos);
    EXPECT_NE(text.find("rtsp://192.0.2.7:554{FRIGATE_CAM_AABBCCDDEEFF_PATH}"), std::string::npos);
    EXPECT_NE(text.find("rtsp://192.0.2.7:554{FRIGATE_CAM_AABBCCDDEEFF_SUBPATH}"),
              std::string::npos);
    EXPECT_NE(text.find("_PASSWORD}@192.0.2.7:554/main"), std::string::npos);
    EXPECT_NE(text.find("_PASSWORD}@192.0.2.7:554{FRIGATE_CAM_001122334455_SUBPATH}"),
              std::string::npos);
    const auto secrets = x.files()->secrets;
    const auto is_told
        = [&](const frigate_secret& y) { return std::ranges::count(secrets, y) == 1; };
    EXPECT_EQ(secrets.size(), 5U);
    EXPECT_TRUE(is_told(
        {"FRIGATE_CAM_AABBCCDDEEFF_PATH", "/user=admin&password=S3cr{t&channel=1&stream=0.sdp"}));
    EXPECT_TRUE(is_told({"FRIGATE_CAM_AABBCCDDEEFF_SUBPATH",
                         "/user=admin&password=S3cr{t&channel=1&stream=1.sdp"}));
    EXPECT_TRUE(is_told({"FRIGATE_CAM_001122334455_SUBPATH", "/hunt%65r2/sub"}));
  }
}

TEST(configuring, leaves_out_an_address_with_a_password_where_secrets_have_no_place) {
  auto s = settings(false);
  s.configuration.secrets_path.clear();
  configuring x{s, true};
  x.on_camera(with_password_in_path(a), 0s);
  x.on_camera(camera(b), 0s);
  x.begin(10s);
  EXPECT_EQ(x.files()->blocks.cameras.find("cam_aabbccddeeff"), std::string::npos);
  EXPECT_NE(x.files()->blocks.cameras.find("cam_001122334455"), std::string::npos);
  ASSERT_EQ(x.figures().problems.size(), 1U);
  EXPECT_EQ(x.figures().problems[0].subject, "cam_aabbccddeeff");
  EXPECT_NE(x.figures().problems[0].text.find("FRIGATE_SECRETS_PATH"), std::string::npos);
  EXPECT_EQ(x.figures().problems[0].text.find("S3cr"), std::string::npos);
}

TEST(configuring, tells_what_is_missing_in_frigate) {
  configuring x{settings(false), true};
  x.on_camera(camera(a), 0s);
  x.on_camera(camera(b), 0s);
  write(x, 10s);
  EXPECT_TRUE(x.figures().problems.empty());
  x.on_report(report({"cam_aabbccddeeff", "cam_001122334455", "front"}), 1min);
  EXPECT_TRUE(x.figures().problems.empty());
  x.on_report(report({"cam_aabbccddeeff"}), 1min);
  ASSERT_EQ(x.figures().problems.size(), 1U);
  EXPECT_EQ(x.figures().problems[0].subject, "cam_001122334455");
  EXPECT_NE(x.figures().problems[0].text.find("restart it"), std::string::npos);
  auto blind = report({"cam_aabbccddeeff", "cam_001122334455"});
  blind.cameras[0].sees_fire = false;
  blind.cameras[1].detects = false;
  x.on_report(blind, 1min);
  ASSERT_EQ(x.figures().problems.size(), 2U);
  EXPECT_NE(x.figures().problems[0].text.find("detect.enabled"), std::string::npos);
  EXPECT_NE(x.figures().problems[1].text.find("objects.track"), std::string::npos);
  // An API that does not answer proves nothing.
  x.on_report({"frigate", "refused", "", {}}, 1min);
  EXPECT_EQ(x.figures().problems.size(), 2U);
  x.on_report(report({"cam_aabbccddeeff", "cam_001122334455"}), 1min);
  EXPECT_TRUE(x.figures().problems.empty());
}

TEST(configuring, tries_again_what_failed) {
  configuring x{settings(false), true};
  x.on_camera(camera(a), 0s);
  write(x, 10s, {"the disk is full", false, false, {}});
  ASSERT_EQ(x.figures().problems.size(), 1U);
  EXPECT_NE(x.figures().problems[0].text.find("the disk is full"), std::string::npos);
  EXPECT_EQ(x.due(10s), monotonic{5min + 10s});
  write(x, 5min + 10s);
  EXPECT_TRUE(x.figures().problems.empty());
  EXPECT_FALSE(x.due(10min));
  EXPECT_EQ(x.figures().changes, 1U);
}

TEST(configuring, is_patient_with_a_frigate_that_refuses) {
  configuring x{settings(true), true};
  x.on_camera(camera(a), 0s);
  write(x, 10s, {"Line 3", false, false, {"cam_aabbccddeeff"}});
  EXPECT_EQ(x.due(10s), monotonic{30min + 10s});
  // Something else may be taken.
  x.on_camera(camera(a, "192.0.2.99"), 1min);
  EXPECT_EQ(x.due(1min), monotonic{5min + 10s});
}

TEST(configuring, keeps_removed_cameras_in_mind_until_they_are_gone) {
  configuring x{settings(true), true};
  x.on_camera(camera(a), 0s);
  x.on_removed(camera_removed{a, ""}, 1s);
  x.begin(11s);
  EXPECT_EQ(x.change()->blocks.removed.size(), 1U);
  x.on_written({"refused", false, false, {}}, 11s);
  x.begin(6min);
  EXPECT_EQ(x.change()->blocks.removed.size(), 1U);
  x.on_written({}, 6min);
  x.on_camera(camera(b), 7min);
  x.begin(20min);
  EXPECT_TRUE(x.change()->blocks.removed.empty());
}

// -- starting Frigate anew ------------------------------------------------------------------

struct restarting : testing::Test {
  configuring x{settings(true), true};

  restarting() {
    x.on_link(true, 0s);
    x.on_camera(camera(a), 0s);
    write(x, 10s, {"", true, true, {}});
  }
};

TEST_F(restarting, waits_for_quiet_after_the_link) {
  EXPECT_EQ(x.next(74s), step::none);
  EXPECT_EQ(x.due(10s), monotonic{75s});
  EXPECT_EQ(x.next(75s), step::restart);
  x.on_link(false, 80s);
  EXPECT_EQ(x.next(1h), step::none);
  EXPECT_FALSE(x.due(1h));
  x.on_link(true, 2h);
  EXPECT_NE(x.next(2h + 74s), step::restart);
}

TEST_F(restarting, is_never_done_while_something_may_be_a_fire) {
  for (int i = 1; i < 100; ++i) {
    x.on_candidate(monotonic{std::chrono::minutes{i}});
    EXPECT_EQ(x.next(monotonic{std::chrono::minutes{i}}), step::none);
  }
  EXPECT_EQ(x.next(99min + 74s), step::none);
  EXPECT_EQ(x.next(99min + 75s), step::restart);
  // One that comes while it is asked for the last alarm.
  x.begin_restart();
  x.on_candidate(110min);
  EXPECT_FALSE(x.may_restart(-1, 100min + 20s));
  EXPECT_EQ(x.due(101min), monotonic{110min + 75s});
}

TEST_F(restarting, is_never_done_after_an_alarm) {
  x.begin_restart();
  EXPECT_FALSE(x.may_restart(0, 75s));
  EXPECT_EQ(x.due(75s), monotonic{75s + 60s});
  x.begin_restart();
  EXPECT_FALSE(x.may_restart(1'799, 135s));
  x.begin_restart();
  EXPECT_TRUE(x.may_restart(1'801, 195s));
}

TEST_F(restarting, is_done_every_half_hour_at_the_most) {
  x.begin_restart();
  EXPECT_TRUE(x.may_restart(-1, 75s));
  EXPECT_EQ(x.next(75s), step::none);
  x.on_restart("", 76s);
  EXPECT_EQ(x.figures().restarts, 1U);
  EXPECT_FALSE(x.due(76s));
  x.on_camera(camera(b), 80s);
  write(x, 6min, {"", true, true, {}});
  EXPECT_EQ(x.due(6min), monotonic{30min + 76s});
}

TEST_F(restarting, is_tried_again_when_it_failed) {
  x.begin_restart();
  EXPECT_TRUE(x.may_restart(-1, 75s));
  x.on_restart("no", 76s);
  EXPECT_EQ(x.figures().restarts, 0U);
  ASSERT_EQ(x.figures().problems.size(), 1U);
  EXPECT_EQ(x.due(76s), monotonic{5min + 76s});
}

TEST(configuring, starts_frigate_anew_once_for_the_secrets_of_a_camera) {
  configuring x{settings(true), true};
  x.on_link(true, 0s);
  x.on_camera(with_password(a), 0s);
  write(x, 10s, {"KeyError", false, true, {"cam_aabbccddeeff"}});
  ASSERT_EQ(x.next(75s), step::restart);
  x.begin_restart();
  EXPECT_TRUE(x.may_restart(-1, 75s));
  x.on_restart("", 75s);
  // And then it is tried again.
  write(x, 5min + 10s, {"KeyError", false, true, {"cam_aabbccddeeff"}});
  EXPECT_EQ(x.next(34min), step::none);
  EXPECT_EQ(x.due(10min), monotonic{35min + 10s});
}

TEST(configuring, never_starts_frigate_anew_where_it_hears_of_no_fires) {
  auto s = settings(true);
  s.configuration.may_restart = false;
  configuring x{s, true};
  x.on_link(true, 0s);
  x.on_camera(camera(a), 0s);
  write(x, 10s, {"", true, true, {}});
  EXPECT_FALSE(x.due(1h));
  EXPECT_EQ(x.next(1h), step::none);
  EXPECT_EQ(x.figures().problems.size(), 1U);
}

// -- a Frigate that takes changes while it runs ---------------------------------------------

struct running : testing::Test {
  configuring x{settings(true), true};

  running() {
    x.on_link(true, 0s);
    x.on_report(report({"cam_aabbccddeeff"}, "0.18.0"), 0s);
  }

  [[nodiscard]] bool writes(monotonic now, const std::string& name) const {
    return x.next(now) == step::none && x.change()
           && x.change()->blocks.cameras.find(name) != std::string::npos;
  }
};

TEST_F(running, changes_no_camera_while_something_may_be_a_fire) {
  x.on_camera(camera(a, "192.0.2.99"), 0s);
  for (int i = 1; i < 20; ++i) {
    x.on_candidate(monotonic{std::chrono::minutes{i}});
    EXPECT_EQ(x.next(monotonic{std::chrono::minutes{i}}), step::none);
  }
  EXPECT_EQ(x.due(19min), monotonic{19min + 75s});
  EXPECT_EQ(x.next(19min + 75s), step::write);
  // Nor one that comes while it is asked for the last alarm.
  x.begin_question();
  x.on_candidate(30min);
  EXPECT_FALSE(x.may_write(-1, 20min + 20s));
  EXPECT_EQ(x.due(21min), monotonic{30min + 75s});
  // Nor after an alarm.
  x.begin_question();
  EXPECT_EQ(x.next(32min), step::none);
  EXPECT_FALSE(x.may_write(60, 32min));
  EXPECT_EQ(x.due(32min), monotonic{33min});
  x.begin_question();
  EXPECT_TRUE(x.may_write(1'801, 33min));
  x.begin(33min);
  EXPECT_TRUE(writes(33min, "cam_aabbccddeeff"));
}

TEST_F(running, adds_cameras_meanwhile_and_the_rest_later) {
  x.on_camera(camera(a, "192.0.2.99"), 0s);
  x.on_camera(camera(b), 0s);
  x.on_removed({"ffffffffffff", ""}, 0s);
  x.on_candidate(20min);
  ASSERT_EQ(x.next(10s), step::write);
  x.begin_question();
  ASSERT_TRUE(x.may_write(-1, 10s));
  x.begin(10s);
  EXPECT_TRUE(writes(10s, "cam_001122334455"));
  EXPECT_FALSE(writes(10s, "cam_aabbccddeeff"));
  EXPECT_TRUE(x.change()->blocks.removed.empty());
  x.on_written({"", true, false, {}}, 10s);
  EXPECT_EQ(x.due(10s), monotonic{20min + 75s});
  ASSERT_EQ(x.next(20min + 75s), step::write);
  x.begin_question();
  ASSERT_TRUE(x.may_write(-1, 20min + 75s));
  x.begin(20min + 75s);
  EXPECT_TRUE(writes(22min, "cam_aabbccddeeff"));
  EXPECT_EQ(x.change()->blocks.removed.size(), 1U);
  x.on_written({}, 22min);
  EXPECT_FALSE(x.due(22min));
}

TEST_F(running, changes_nothing_without_a_link) {
  x.on_link(false, 0s);
  x.on_camera(camera(a, "192.0.2.99"), 0s);
  EXPECT_EQ(x.next(1h), step::none);
  EXPECT_FALSE(x.due(1h));
  x.on_link(true, 1h);
  EXPECT_EQ(x.due(1h), monotonic{1h + 75s});
}

} // namespace
} // namespace firefinder::configuring_test
