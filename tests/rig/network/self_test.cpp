// The rig itself: what it promises to the tests, without a daemon.

#include "tests/rig/network/scene.hpp"

#include <curl/curl.h>

#include <csignal>
#include <iostream>
#include <map>

namespace firefinder::test::self_test {
namespace {

class rig : public network_test {};

/// Status of a DESCRIBE, by a client that is not ours; 0: none.
long describe(const std::string& url, const std::string& login = {}) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(),
                                                                 curl_easy_cleanup};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_RTSP_STREAM_URI, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_RTSP_REQUEST, CURL_RTSPREQ_DESCRIBE);
  curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 3L);
  curl_easy_setopt(
      curl.get(), CURLOPT_WRITEFUNCTION,
      +[](char*, size_t size, size_t n, void*) { return size * n; });
  curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_ANY);
  if (!login.empty())
    curl_easy_setopt(curl.get(), CURLOPT_USERPWD, login.c_str());
  long code = 0;
  if (curl_easy_perform(curl.get()) == CURLE_OK)
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

TEST_F(rig, is_up_and_gone_in_time) {
  const auto begin = std::chrono::steady_clock::now();
  host(11).rtsp(open_rtsp("/stream1"));
  host(12).rtsp(guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F0123"));
  auto& third = host(13);
  third.onvif(onvif_camera("C13"));
  third.rtsp(onvif_streams());
  auto& fourth = host(14, segment::b);
  fourth.onvif(onvif_camera("C14"));
  fourth.rtsp(onvif_streams());
  host(15).mdns("Front Camera", 5540, "/live/main");
  host(16).wsdd();
  host(17).odd({{"printer", true}});
  network->await();
  const auto ready = std::chrono::steady_clock::now();
  peer.reset();
  mosquitto.reset();
  network.reset();
  const auto gone = std::chrono::steady_clock::now();
  const auto ms = [](auto span) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  };
  std::cout << "up after " << ms(ready - begin) << " ms, gone after " << ms(gone - ready)
            << " ms\n";
  // Some times what it takes, because tests share a machine.
  EXPECT_LT(ready - begin, 30s);
  EXPECT_LT(gone - ready, 10s);
}

TEST_F(rig, locks_out_and_counts_the_log_ins) {
  auto& camera = host(12);
  auto& server = camera.rtsp(guarded_rtsp("/stream1", "Login to 5F0123"));
  network->await();
  const auto url = "rtsp://" + camera.address() + "/stream1";
  const auto right = std::string{user} + ':' + password;
  EXPECT_EQ(describe(url), 401);
  EXPECT_EQ(describe("rtsp://" + camera.address() + "/nowhere"), 401);
  EXPECT_TRUE(server.events("login").empty());
  EXPECT_EQ(describe(url, right), 200);
  EXPECT_EQ(server.refused_logins(), 0U);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(describe(url, std::string{user} + ":wrong"), 401);
  EXPECT_EQ(server.refused_logins(), 3U);
  EXPECT_EQ(describe(url, right), 401);
  EXPECT_EQ(server.refused_logins(), 4U);
  EXPECT_EQ(server.events("login").back().at("locked"), true);
}

TEST_F(rig, locks_when_told_to) {
  auto& camera = host(12);
  auto& server = camera.rtsp(guarded_rtsp("/stream1", "Login to 5F0123"));
  network->await();
  server.process().signal(SIGUSR2);
  const auto right = std::string{user} + ':' + password;
  EXPECT_TRUE(poll_until(
      patience, [&] { return describe("rtsp://" + camera.address() + "/stream1", right) == 401; }));
}

TEST_F(rig, moves_and_pulls_hosts) {
  auto& camera = host(11);
  camera.rtsp(open_rtsp("/stream1"));
  network->await();
  ASSERT_EQ(describe("rtsp://10.77.0.11/stream1"), 200);
  camera.move("10.77.0.81");
  EXPECT_EQ(describe("rtsp://10.77.0.81/stream1"), 200);
  camera.pull();
  EXPECT_EQ(describe("rtsp://10.77.0.81/stream1"), 0);
  camera.plug();
  EXPECT_TRUE(poll_until(patience, [] { return describe("rtsp://10.77.0.81/stream1") == 200; }));
  auto& router = host(1);
  auto& lease = router.dhcp("02:77:00:00:00:11", "10.77.0.91");
  router.await();
  camera.take_lease();
  EXPECT_EQ(describe("rtsp://10.77.0.91/stream1"), 200);
  router.end(lease);
  router.dhcp("02:77:00:00:00:11", "10.77.0.92");
  router.await();
  camera.take_lease();
  EXPECT_EQ(describe("rtsp://10.77.0.92/stream1"), 200);
}

TEST_F(rig, has_a_street_of_hosts) {
  auto& street = host(10);
  street.add_neighbours(200);
  street.odd({{"servers", {{{"port", 554}, {"kind", "camera"}}}}});
  network->await();
  for (const auto* address : {"10.77.0.20", "10.77.0.120", "10.77.0.219"})
    EXPECT_EQ(describe("rtsp://" + std::string{address} + "/x"), 200) << address;
  std::map<std::string, std::string> seen;
  for (const auto& one : camera_network::neighbours())
    seen[one.at("dst")] = one.value("lladdr", "");
  EXPECT_EQ(seen["10.77.0.20"], "02:77:00:00:01:00");
  EXPECT_EQ(seen["10.77.0.120"], "02:77:00:00:01:64");
  EXPECT_EQ(seen["10.77.0.219"], "02:77:00:00:01:c7");
}

TEST_F(rig, has_a_far_segment) {
  auto& router = host(1);
  router.route_to_far("02:99:00:00:00:01", "10.99.0.1");
  camera_network::add_own_route("10.99.0.0/24 via 10.77.0.1");
  auto& camera = host(20, segment::far);
  camera.add_route("default via 10.99.0.1");
  camera.rtsp(open_rtsp("/stream1"));
  network->await();
  EXPECT_EQ(describe("rtsp://10.99.0.20/stream1"), 200);
  for (const auto& one : camera_network::neighbours())
    EXPECT_NE(one.at("dst"), "10.99.0.20");
}

} // namespace
} // namespace firefinder::test::self_test
