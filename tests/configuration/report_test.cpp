#include "src/configuration/report.hpp"

#include "tests/configuration/support.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace firefinder::configuration::report_test {

using namespace test;

namespace {

std::string report(const result& r) {
  std::ostringstream out;
  print_effective(out, r);
  return out.str();
}

} // namespace

TEST(report, aligns_key_value_and_source) {
  result r;
  r.effective = {{"mqtt.broker", "höhe", "default", true, false},
                 {"mqtt.topic_prefix", "\"\"", "environment TOPIC_PREFIX", false, false},
                 {"web.listen", "off", "--set", false, true}};
  EXPECT_EQ(report(r), "mqtt.broker        höhe  default\n"
                       "mqtt.topic_prefix  \"\"    environment TOPIC_PREFIX\n"
                       "web.listen         off   --set  (see notices)\n");
}

TEST(report, lists_what_was_found) {
  result r;
  r.errors = {"one"};
  r.warnings = {"two", "three"};
  r.notices = {"four"};
  EXPECT_EQ(report(r), "\nerrors:\n  one\n\nwarnings:\n  two\n  three\n\nnotices:\n  four\n");
}

TEST(report, shows_every_key_with_its_source) {
  const auto text = report(load_environment({{"MQTT_PORT", "1884"}}));
  for (const auto* part : {"mqtt.port", "1884", "environment MQTT_PORT", "consensus.threshold",
                           "services", "[consensus, camera_detection, discovery]"})
    EXPECT_NE(text.find(part), std::string::npos) << part;
}

TEST(report, never_shows_a_secret) {
  const scratch_folder folder;
  const auto file = folder.file("secret", "hunter2-file\n");
  const std::vector<result> loaded{
      load_environment({{"MQTT_PASSWORD", "hunter2"},
                        {"WEB_TOKEN", "hunter2"},
                        {"CAMERA_CREDENTIALS", "a:hunter2"},
                        {"DEFAULT_PASSWORD", "hunter2"},
                        {"FRIGATE_API_URL", "http://a:hunter2@b"},
                        {"CONSENSUS_THRESHOLD", "x"}}),
      load_environment({{"MQTT_PASSWORD_FILE", file}}),
      load_environment({{"MQTT_BROKER", "mqtt://a:hunter2@b"}}),
      load_yaml("mqtt:\n  password: [hunter2]\n"),
      load_yaml("mqtt:\n  password: {a: hunter2}\n"),
      load_yaml("mqtt:\n  pasword: hunter2\n"),
      load_yaml("mqtt:\n  password: \"hunter2\n"),
      load_yaml("mqtt:\n  password: hunter2: x\n"),
      load_yaml("mqtt:\n  password: *hunter2\n"),
  };
  for (const auto& r : loaded)
    EXPECT_EQ(report(r).find("hunter2"), std::string::npos) << report(r);
  EXPECT_NE(report(loaded[0]).find("********"), std::string::npos);
}

} // namespace firefinder::configuration::report_test
