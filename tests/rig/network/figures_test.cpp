// How fast it is, and what it costs.

#include "tests/rig/network/scene.hpp"

#include <iostream>

namespace firefinder::test::figures_test {
namespace {

class figures : public network_test {
protected:
  static double seconds(std::chrono::steady_clock::duration span) {
    return std::chrono::duration<double>(span).count();
  }
};

TEST_F(figures, from_the_start_to_the_first_cameras) {
  auto& first = host(13);
  auto settings = onvif_camera("C13");
  settings["max_delay_s"] = 0;
  first.onvif(settings);
  first.rtsp(onvif_streams());
  auto& second = host(11);
  second.rtsp(open_rtsp("/stream1"));
  auto& running = start();
  const auto known
      = announced(first.id(), [](const json& x) { return x.value("model", "") == "C13"; });
  ASSERT_TRUE(known);
  const auto streams = announced(second.id(), streaming);
  ASSERT_TRUE(streams);
  const auto onvif_took = known->arrived - running.started();
  const auto rtsp_took = streams->arrived - running.started();
  std::cout << "ONVIF camera after " << seconds(onvif_took) << " s, RTSP camera after "
            << seconds(rtsp_took) << " s\n";
  EXPECT_LE(onvif_took, patience);
  EXPECT_LE(rtsp_took, patience);
}

TEST_F(figures, from_the_first_packet_to_the_new_address) {
  auto& camera = host(13);
  camera.onvif(onvif_camera("C13"));
  camera.rtsp(onvif_streams());
  start();
  ASSERT_TRUE(announced(camera.id(), streaming, 30s));
  const auto moved = std::chrono::steady_clock::now();
  camera.move("10.77.0.81");
  const auto changed = said(camera.id(), "ip_changed");
  const auto there = announced(camera.id(), [](const json& x) {
    return x.value("ip", "") == "10.77.0.81"
           && x.value("rtsp_urls", json::object())
                  .value("main", "")
                  .starts_with("rtsp://10.77.0.81");
  });
  ASSERT_TRUE(changed && there);
  std::cout << "ip_changed after " << seconds(changed->arrived - moved) << " s, new URL after "
            << seconds(there->arrived - moved) << " s\n";
  EXPECT_LE(changed->arrived - moved, patience);
  EXPECT_LE(there->arrived - moved, patience);
}

class upkeep : public network_test {};

TEST_F(upkeep, two_hundred_cameras_cost_little) {
  auto& building = host(10);
  constexpr int cameras = 200;
  building.add_neighbours(cameras);
  building.odd({{"servers", {{{"port", 554}, {"kind", "camera"}}}}});
  // Six times as often as by default, so that the time in which it is measured, when each is
  // looked at once, can be short.
  auto& running = start({{"RTSP_VALIDATION_ENABLED", "false"},
                         {"CAMERA_CREDENTIALS", ""},
                         {"HEALTH_CHECK_INTERVAL", "10"}});
  const bool all = poll_until(40s, [&] { return announced_ids().size() >= cameras; });
  ASSERT_TRUE(all) << announced_ids().size() << " of them";
  // What the search still does is not what following them costs.
  ASSERT_TRUE(peer->wait_for(
      [](const message& m) {
        const auto report = json::parse(m.payload, nullptr, false);
        return m.topic == "system/camera_detector/health" && report.is_object()
               && report.value("total_cameras", 0) >= cameras;
      },
      patience));
  const auto before = running.cpu_time();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(poll_until(10s, [&] { return !running.process().running(); }));
  const auto share = (running.cpu_time() - before)
                     / std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
  const auto megabytes = static_cast<double>(running.resident_bytes()) / (1024 * 1024);
  std::cout << cameras << " cameras: " << 100 * share << " % of a core, " << megabytes << " MiB\n";
#ifndef FIREFINDER_SANITIZED
  // What a search every few seconds, or a look at all of them each second, would cost is more.
  EXPECT_LT(share, 0.1);
  EXPECT_LT(megabytes, 80);
#endif
}

} // namespace
} // namespace firefinder::test::figures_test
