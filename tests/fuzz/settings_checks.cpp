#include "tests/fuzz/settings_checks.hpp"

#include "src/configuration/report.hpp"
#include "src/configuration/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>

namespace firefinder::fuzz {

// What holds of lines for people.
void expect_printable(const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    expect(configuration::is_utf8(line), "what is said is UTF-8");
    expect(std::none_of(line.begin(), line.end(),
                        [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
           "what is said is one line");
    expect(line.size() < 4096, "what is said is short");
  }
}

// What holds of every configuration, whatever it was made from.
std::string expect_sound(const configuration::result& x) {
  expect_printable(x.errors);
  expect_printable(x.warnings);
  expect_printable(x.notices);
  std::vector<std::string> shown;
  for (const auto& one : x.effective)
    shown.insert(shown.end(), {one.value, one.source});
  expect_printable(shown);
  std::ostringstream report;
  print_effective(report, x);
  expect(!report.str().empty(), "a configuration can be shown");
  if (!x.ok())
    return report.str();

  const auto& link = x.values.connection;
  expect(!link.host.empty() && link.port != 0 && !link.client_id.empty(), "there is a broker");
  const auto& announced = x.values.discovery;
  expect(!announced.base_topic.empty() && !announced.discovery_prefix.empty()
             && announced.base_topic != announced.discovery_prefix,
         "our topics are not Home Assistant's");
  expect(!announced.instance.empty() && announced.instance.size() <= 16, "an instance is an id");
  expect(announced.birth_delay_min <= announced.birth_delay_max, "a delay has an order");
  expect(nlohmann::json::parse(announced.configuration, nullptr, false).is_object(),
         "what is told of the configuration is JSON");
  expect(link.keepalive.count() >= 5 && link.keepalive.count() <= 600, "the keep-alive is sane");
  expect(link.reconnect_min.count() > 0 && link.reconnect_min <= link.reconnect_max,
         "the back-off grows");
  const auto& decision = x.values.consensus;
  expect(decision.threshold >= 1 && decision.threshold <= 10, "some cameras must agree");
  expect(decision.cooldown.count() >= 0 && decision.trigger_ttl.count() > 0, "times are positive");
  const auto& rules = decision.tracking;
  expect(rules.moving_average >= 1 && rules.moving_average <= 10, "medians have their samples");
  expect_within(rules.growth_ratio, 1, 5, "growth has its range");
  expect(rules.window >= std::chrono::seconds{10} && rules.window <= std::chrono::hours{2},
         "the window has its range");
  expect(rules.camera_timeout.count() > 0 && rules.cleanup_interval.count() > 0,
         "periods are positive");
  const auto& bounds = decision.acceptance;
  expect_within(bounds.min_confidence, 0, 1, "the confidence has its range");
  expect_within(bounds.min_area_ratio, 0, 1, "the smallest area has its range");
  expect_within(bounds.max_area_ratio, 0, 1, "the largest area has its range");
  expect(bounds.min_area_ratio < bounds.max_area_ratio, "some detection can count");
  expect(bounds.default_frame.width != 0 && bounds.default_frame.height != 0, "a frame has pixels");
  for (const auto& [camera, literals] : decision.zones)
    for (const auto& literal : literals) {
      const auto zone = nlohmann::json::parse(literal, nullptr, false);
      expect(zone.is_string() || zone.is_number(), "a zone is a text or a number");
    }
  return report.str();
}

} // namespace firefinder::fuzz
