// A camera that is known stays known, wherever it goes.

#include "tests/rig/network/scene.hpp"

#include <algorithm>
#include <csignal>

namespace firefinder::test::following_test {
namespace {

class following : public network_test {
protected:
  // What must be true of a camera after it went from one address to another.
  void expect_moved(const network_host& camera, const std::string& from) {
    ASSERT_TRUE(said(camera.id(), "ip_changed", 30s));
    const auto there = announced(
        camera.id(),
        [&](const json& x) { return x.value("ip", "") == camera.address() && streaming(x); }, 30s);
    ASSERT_TRUE(there) << newest(camera.id());
    const auto document = json::parse(there->payload);
    for (const auto& url : document.at("rtsp_urls"))
      EXPECT_TRUE(url.get<std::string>().starts_with("rtsp://" + camera.address())) << url;
    EXPECT_NE(document.at("ip_history").dump().find(from), std::string::npos) << document;
    EXPECT_EQ(announced_ids(), std::set{camera.id()});
  }
};

TEST_F(following, another_address) {
  auto& camera = host(13);
  camera.onvif(onvif_camera("C13"));
  auto& streams = camera.rtsp(onvif_streams());
  start();
  ASSERT_TRUE(announced(camera.id(), streaming, 30s));
  camera.move("10.77.0.81");
  expect_moved(camera, "10.77.0.13");
  EXPECT_EQ(streams.refused_logins(), 0U);
}

// Together, because both show only when it is looked after.
TEST_F(following, another_lease_and_a_pulled_cable) {
  auto& camera = network->add({.name = "cam5", .mac = "02:77:00:00:00:15"});
  auto& router = host(1);
  auto& first = router.dhcp("02:77:00:00:00:15", "10.77.0.91");
  router.await();
  camera.take_lease();
  camera.rtsp(open_rtsp("/stream1"));
  auto& pulled = host(11);
  pulled.rtsp(open_rtsp("/stream1"));
  auto& other = host(12);
  other.rtsp(open_rtsp("/stream1"));
  start();
  const auto at = [](const char* address) {
    return [address](const json& x) { return x.value("ip", "") == address && streaming(x); };
  };
  ASSERT_TRUE(announced(camera.id(), at("10.77.0.91"), 30s));
  ASSERT_TRUE(announced(pulled.id(), streaming, 30s));
  ASSERT_TRUE(announced(other.id(), streaming, 30s));
  pulled.pull();
  // It says nothing at its new address.
  router.end(first);
  router.dhcp("02:77:00:00:00:15", "10.77.0.92");
  router.await();
  camera.take_lease();
  // Two looks that fail, ten seconds apart, of five seconds at most.
  ASSERT_TRUE(said(pulled.id(), "offline", 60s));
  EXPECT_TRUE(announced(pulled.id(), [](const json& x) { return !online(x); }));
  EXPECT_TRUE(said(camera.id(), "ip_changed", 60s));
  EXPECT_TRUE(announced(camera.id(), at("10.77.0.92"), 30s)) << newest(camera.id());
  EXPECT_FALSE(said(other.id(), "offline", 0s));
  EXPECT_EQ(announced_ids(), (std::set{camera.id(), pulled.id(), other.id()}));
  peer->clear();
  pulled.plug();
  pulled.announce();
  EXPECT_TRUE(announced(
      pulled.id(), [](const json& x) { return online(x) && streaming(x); }, 30s))
      << newest(pulled.id());
}

TEST_F(following, two_who_claim_one_address) {
  auto& camera = host(13);
  camera.onvif(onvif_camera("C13"));
  camera.rtsp(onvif_streams());
  start();
  ASSERT_TRUE(announced(camera.id(), streaming, 30s));
  auto& impostor
      = network->add({.name = "impostor", .mac = "02:77:00:00:00:66", .address = camera.address()});
  impostor.announce();
  EXPECT_TRUE(poll_until(patience, [&] {
    const auto all = peer->messages();
    return subject->logged("conflict") || std::any_of(all.begin(), all.end(), [](const message& m) {
             return m.payload.find("conflict") != std::string::npos;
           });
  }));
  EXPECT_EQ(announced_ids(), std::set{camera.id()});
  EXPECT_EQ(newest(camera.id()).value("ip", ""), camera.address());
}

TEST_F(following, a_broker_that_has_forgotten_everything_is_told_again) {
  auto& first = host(11);
  first.rtsp(open_rtsp("/stream1"));
  auto& second = host(12);
  second.rtsp(open_rtsp("/stream1"));
  start({{"MQTT_RECONNECT_MAX_DELAY", "1"}});
  ASSERT_TRUE(announced(first.id(), streaming, 30s));
  ASSERT_TRUE(announced(second.id(), streaming, 30s));
  mosquitto->restart();
  peer.emplace(mosquitto->port());
  peer->subscribe("#");
  EXPECT_TRUE(announced(first.id(), streaming));
  EXPECT_TRUE(announced(second.id(), streaming));
  EXPECT_EQ(announced_ids(), (std::set{first.id(), second.id()}));
}

TEST_F(following, a_restarted_daemon_knows_its_cameras) {
  auto& camera = host(13);
  camera.onvif(onvif_camera("C13"));
  camera.rtsp(onvif_streams());
  start();
  ASSERT_TRUE(announced(camera.id(), streaming, 30s));
  subject->terminate(SIGTERM);
  // It comes back while the camera is away: what is known of it is still told.
  camera.pull();
  peer->clear();
  start();
  const auto told
      = announced(camera.id(), [](const json& x) { return x.value("model", "") == "C13"; });
  ASSERT_TRUE(told);
  EXPECT_FALSE(streaming(newest(camera.id())));
}

} // namespace
} // namespace firefinder::test::following_test
