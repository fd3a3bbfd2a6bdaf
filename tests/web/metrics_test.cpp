#include "actors/web/metrics.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace firefinder::metrics_test {
namespace {

decision_language words() {
  return {[](const decision_record&) { return std::string{}; },
          [](const camera_standing&) { return std::string{}; },
          [](std::string_view) { return std::nullopt; }};
}

struct fixture : ::testing::Test {
  fixture() : house(settings, words()) {
    settings.version = "1.2";
    settings.instance = "ma\"in";
    settings.started_at = 1'700'000'000;
    figures.now = 1'700'000'100;
  }

  std::string text() { return metrics_text(settings, house, figures); }

  bool says(const std::string& line) {
    std::istringstream all{text()};
    for (std::string x; std::getline(all, x);)
      if (x == line)
        return true;
    return false;
  }

  void add_camera(const std::string& key, bool online) {
    house_camera x;
    x.id = x.key = x.name = key;
    x.online = online;
    x.blind_since = online ? 0 : 1'700'000'060;
    house.hear(x);
  }

  web_settings settings;
  picture house;
  scraped_figures figures;
};

class web_metrics : public fixture {};

TEST_F(web_metrics, tell_who_runs_in_a_form_that_labels_survive) {
  EXPECT_TRUE(says("firefinder_info{version=\"1.2\",instance=\"ma\\\"in\"} 1")) << text();
  EXPECT_TRUE(says("firefinder_link_up 0"));
}

TEST_F(web_metrics, tell_of_cameras) {
  add_camera("north", true);
  add_camera("south", false);
  EXPECT_TRUE(says("firefinder_cameras{state=\"online\"} 1")) << text();
  EXPECT_TRUE(says("firefinder_cameras{state=\"offline\"} 1"));
  EXPECT_TRUE(says("firefinder_camera_online{camera=\"north\"} 1"));
  EXPECT_TRUE(says("firefinder_camera_blind_seconds{camera=\"south\"} 40"));
  EXPECT_TRUE(says("firefinder_camera_detections_total{camera=\"north\"} 0"));
  EXPECT_TRUE(says("firefinder_cameras_untold 0"));
}

TEST_F(web_metrics, leave_out_cameras_beyond_a_thousand) {
  for (int i = 0; i < 1'005; ++i)
    add_camera("c" + std::to_string(i), true);
  EXPECT_TRUE(says("firefinder_cameras_untold 5"));
  EXPECT_TRUE(says("firefinder_cameras{state=\"online\"} 1005"));
  const auto all = text();
  std::size_t told = 0;
  for (auto at = all.find("\nfirefinder_camera_online{"); at != std::string::npos;
       at = all.find("\nfirefinder_camera_online{", at + 1))
    ++told;
  EXPECT_EQ(told, 1'000U);
}

TEST_F(web_metrics, tell_what_was_gathered) {
  figures.link.emplace();
  figures.link->received = 7;
  figures.link->dropped_live = 2;
  figures.link->durable_pending = 1;
  figures.link->mailbox = 3;
  figures.consensus.emplace();
  figures.consensus->trackers.accepted = 5;
  figures.consensus->trackers.dropped["stale"] = 4;
  figures.consensus->decisions["cooldown"] = 6;
  figures.consensus->triggers_decided = 2;
  figures.consensus->triggers_delivered = 1;
  figures.consensus->deliveries.add(std::chrono::milliseconds{20});
  figures.consensus->deliveries.add(std::chrono::minutes{5});
  figures.store.emplace();
  figures.store->bytes = 4096;
  EXPECT_TRUE(says("firefinder_messages_received_total 7")) << text();
  EXPECT_TRUE(says("firefinder_publications_dropped_total{reason=\"link_down\"} 2"));
  EXPECT_TRUE(says("firefinder_durable_pending 1"));
  EXPECT_TRUE(says("firefinder_mailbox_messages{actor=\"connection\"} 3"));
  EXPECT_TRUE(says("firefinder_detections_accepted_total 5"));
  EXPECT_TRUE(says("firefinder_detections_dropped_total{reason=\"stale\"} 4"));
  EXPECT_TRUE(says("firefinder_decisions_total{reason=\"cooldown\"} 6"));
  EXPECT_TRUE(says("firefinder_triggers_total{outcome=\"decided\"} 2"));
  EXPECT_TRUE(says("firefinder_triggers_total{outcome=\"delivered\"} 1"));
  EXPECT_TRUE(says("firefinder_triggers_total{outcome=\"expired\"} 0"));
  EXPECT_TRUE(says("firefinder_trigger_delivery_seconds_bucket{le=\"0.01\"} 0"));
  EXPECT_TRUE(says("firefinder_trigger_delivery_seconds_bucket{le=\"0.025\"} 1"));
  EXPECT_TRUE(says("firefinder_trigger_delivery_seconds_bucket{le=\"120\"} 1"));
  EXPECT_TRUE(says("firefinder_trigger_delivery_seconds_bucket{le=\"+Inf\"} 2"));
  EXPECT_TRUE(says("firefinder_trigger_delivery_seconds_count 2"));
  EXPECT_TRUE(says("firefinder_store_up 1"));
  EXPECT_TRUE(says("firefinder_store_bytes 4096"));
}

TEST_F(web_metrics, leave_out_what_nobody_told) {
  figures.unanswered = 3;
  EXPECT_TRUE(says("firefinder_scrape_unanswered 3"));
  EXPECT_TRUE(says("firefinder_store_up 0"));
  EXPECT_EQ(text().find("firefinder_detections_accepted_total"), std::string::npos);
  EXPECT_EQ(text().find("firefinder_store_bytes"), std::string::npos);
}

TEST_F(web_metrics, read_the_process) {
  const auto x = read_process_figures();
  EXPECT_GT(x.resident_bytes, 1'000'000U);
  EXPECT_GT(x.cpu_s, 0);
}

} // namespace
} // namespace firefinder::metrics_test
