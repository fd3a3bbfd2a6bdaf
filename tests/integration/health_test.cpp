// What the daemon says of itself.

#include "tests/integration/fixture.hpp"

namespace firefinder::test::health_test {
namespace {

using namespace std::chrono_literals;

constexpr const char* consensus_health = "system/fire_consensus/health";
constexpr const char* detector_health = "system/camera_detector/health";

class health : public scene {
protected:
  nlohmann::json first(const std::string& topic) {
    const auto m = watcher().wait_for(topic, patience);
    EXPECT_TRUE(m) << "no report on " << topic;
    return m ? nlohmann::json::parse(m->payload, nullptr, false) : nlohmann::json{};
  }
};

TEST_F(health, IsReportedAtOnceAndRetained) {
  play();
  for (const std::string topic : {consensus_health, detector_health}) {
    const auto report = first(topic);
    ASSERT_TRUE(report.is_object()) << report;
    EXPECT_TRUE(retained_payload(port(), topic)) << topic;
  }
}

TEST_F(health, HasTheFieldsOfTheReference) {
  play();
  for (const std::string service : {"fire_consensus", "camera_detector"}) {
    const auto report = first("system/" + service + "/health");
    ASSERT_TRUE(report.is_object()) << report;
    for (const char* field :
         {"timestamp", "uptime", "uptime_hours", "service", "version", "mqtt_connected", "hostname",
          "pid", "resources", "system", "healthy", "config_warnings"})
      EXPECT_TRUE(report.contains(field)) << field << " is missing in " << report;
    EXPECT_EQ(report.value("service", ""), service);
    EXPECT_EQ(report.value("mqtt_connected", false), true);
    EXPECT_EQ(report.value("pid", 0), subject->process().pid());
    EXPECT_NEAR(report.value("timestamp", 0.0), unix_now(), 30.0);
    EXPECT_GE(report.value("uptime", -1.0), 0.0);
    for (const char* field : {"cpu_percent", "memory_percent", "memory_mb"})
      EXPECT_TRUE(report["resources"][field].is_number()) << field << " in " << report;
    for (const char* field : {"cpu_percent", "memory_percent", "disk_percent"})
      EXPECT_TRUE(report["system"][field].is_number()) << field << " in " << report;
    EXPECT_GT(report["resources"]["memory_mb"].get<double>(), 1.0);
    EXPECT_TRUE(report["config_warnings"].empty()) << report;
  }
}

TEST_F(health, HasTheConsensusFieldsOfTheReference) {
  play({}, {.proxied = true});
  auto report = first(consensus_health);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report.value("healthy", false), true) << report;
  EXPECT_EQ(report.value("consensus_state", ""), "idle");
  EXPECT_EQ(report.value("trigger_count", -1), 0);
  EXPECT_EQ(report.value("last_trigger_ago", 0.0), -1.0);
  EXPECT_EQ(report.value("cameras_total", -1), 0);
  EXPECT_EQ(report.value("consensus_threshold", 0), 2);
  EXPECT_TRUE(report.contains("recent_consensus_events"));
  see(growing_fire("north"));
  see(growing_fire("south"));
  see({detection_of("glimpse", 0.05)});
  (void)trigger();
  report = health_after_cut();
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report.value("consensus_state", ""), "cooldown") << report;
  EXPECT_EQ(report.value("trigger_count", -1), 1);
  EXPECT_GE(report.value("last_trigger_ago", -1.0), 0.0);
  EXPECT_EQ(report.value("cameras_total", -1), 3);
  EXPECT_EQ(report.value("cameras_online", -1), 3);
  EXPECT_EQ(report.value("cameras_detecting", -1), 3);
  const auto north = report["cameras"]["north"];
  EXPECT_EQ(north.value("online", false), true) << report;
  EXPECT_EQ(north.value("total_detections", -1), 6);
  EXPECT_EQ(north.value("active_objects", -1), 1);
  EXPECT_GE(north.value("last_seen_ago", -1.0), 0.0);
}

TEST_F(health, RepeatsConfigurationWarnings) {
  play({{"CONSENSUS_THRESHOLD", "99"}});
  const auto report = first(consensus_health);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report.value("consensus_threshold", 0), 10);
  ASSERT_FALSE(report.value("config_warnings", nlohmann::json::array()).empty()) << report;
  EXPECT_NE(report["config_warnings"].dump().find("CONSENSUS_THRESHOLD"), std::string::npos)
      << report["config_warnings"];
}

TEST_F(health, IsReportedOncePerIntervalHoweverOftenTheLinkWasCut) {
  play({{"HEALTH_INTERVAL", "10"}, {"HEALTH_REPORT_INTERVAL", "10"}}, {.proxied = true});
  const auto files = subject->open_files();
  for (int i = 0; i < 5; ++i)
    cut_and_expect_online();
  const auto begin = watcher().wait_for(consensus_health, patience);
  ASSERT_TRUE(begin);
  // The report of the last link, and two intervals more.
  ASSERT_TRUE(watcher().wait_for_count(consensus_health, 3, 30s));
  ASSERT_TRUE(watcher().wait_for_count(detector_health, 3, 30s));
  for (const auto* topic : {consensus_health, detector_health}) {
    const auto reports = watcher().messages(topic);
    EXPECT_EQ(reports.size(), 3U) << topic;
    for (std::size_t i = 1; i < reports.size(); ++i) {
      const auto pause = reports[i].arrived - reports[i - 1].arrived;
      EXPECT_GT(pause, 9s) << topic;
      EXPECT_LT(pause, 12s) << topic;
    }
  }
  EXPECT_LE(subject->open_files(), files) << "reconnecting leaks file descriptors";
}

TEST_F(health, IsSilentWhileTheLinkIsDown) {
  play({{"HEALTH_INTERVAL", "10"}, {"MQTT_RECONNECT_MAX_DELAY", "2"}}, {.proxied = true});
  ASSERT_TRUE(watcher().wait_for(consensus_health, patience));
  proxy().refuse(true);
  proxy().cut();
  // Longer than an interval: a timer that lives on would have something to say.
  quiet(11s);
  watcher().clear();
  proxy().refuse(false);
  expect_online();
  ASSERT_TRUE(watcher().wait_for(consensus_health, patience));
  quiet(500ms);
  EXPECT_EQ(watcher().count(consensus_health), 1U);
  EXPECT_FALSE(subject->logged("(error|critical).*health"));
}

} // namespace
} // namespace firefinder::test::health_test
