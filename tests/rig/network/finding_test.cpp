// Cameras that are there are found, by every way there is, and nothing else is.

#include "tests/rig/network/scene.hpp"

#include <algorithm>
#include <fstream>

namespace firefinder::test::finding_test {
namespace {

class finding : public network_test {
protected:
  static bool found_by(const json& document, const std::string& method) {
    const auto methods = document.value("discovery_methods", json::array());
    return std::find(methods.begin(), methods.end(), method) != methods.end();
  }
};

TEST_F(finding, four_cameras_each_by_its_way) {
  auto& open = host(11);
  open.rtsp(open_rtsp("/stream1"));
  open.mdns("Front Camera", 554, "/stream1");

  auto& guarded = host(12);
  auto& locks = guarded.rtsp(guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F01"));

  auto& wrong = host(13);
  auto settings = onvif_camera("C13");
  settings["hardware_address"] = wrong.mac();
  settings["skew_s"] = -7200;
  settings["xaddr_host"] = "192.168.1.108";
  settings["rtsp_host"] = "192.168.1.108";
  auto& device = wrong.onvif(settings);
  auto& streams = wrong.rtsp(onvif_streams());

  auto& other = host(14, segment::b);
  settings = onvif_camera("C14");
  settings["auth"] = "digest";
  settings["port"] = 2020;
  auto& other_device = other.onvif(settings);
  auto always = onvif_streams();
  for (auto& stream : always["mounts"])
    stream["always_on"] = true;
  always["mounts"]["/main?channel=1&subtype=0"]["gop_s"] = 4;
  other.rtsp(always);

  start();
  for (const auto* camera : {&open, &guarded, &wrong, &other}) {
    const auto said = announced(
        camera->id(), [](const json& x) { return online(x) && streaming(x); }, 30s);
    ASSERT_TRUE(said) << camera->address();
    EXPECT_EQ(said->qos, 1);
    const auto document = json::parse(said->payload);
    EXPECT_EQ(document.at("id"), camera->id());
    EXPECT_EQ(document.at("mac"), camera->mac());
    EXPECT_EQ(document.at("ip"), camera->address());
    for (const char* key : {"name", "manufacturer", "model", "serial_number", "firmware_version",
                            "credential_ref", "discovery_method", "node_id", "codec"})
      EXPECT_TRUE(document.contains(key) && document.at(key).is_string()) << key << document;
    EXPECT_EQ(document.value("codec", ""), "h264");
    EXPECT_TRUE(document.value("profiles", json{}).is_array()) << document;
    EXPECT_TRUE(document.value("ip_history", json{}).is_array()) << document;
    EXPECT_TRUE(document.contains("resolution")) << document;
    EXPECT_NEAR(
        document.value("last_seen", 0.0),
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(),
        60);
    // RFC 3339, UTC.
    const auto timestamp = document.value("timestamp", "");
    ASSERT_GE(timestamp.size(), 20U) << timestamp;
    EXPECT_EQ(timestamp[10], 'T') << timestamp;
    EXPECT_TRUE(timestamp.ends_with('Z') && timestamp.find('+') == std::string::npos) << timestamp;
    for (const auto& url : document.at("rtsp_urls")) {
      EXPECT_TRUE(url.get<std::string>().starts_with("rtsp://" + camera->address())) << url;
      EXPECT_EQ(url.get<std::string>().find('@'), std::string::npos) << url;
    }
  }
  EXPECT_TRUE(announced(open.id(), [](const json& x) {
    return found_by(x, "mdns") && found_by(x, "rtsp_scan");
  })) << newest(open.id());
  EXPECT_TRUE(main_url(newest(open.id())).ends_with("/stream1")) << newest(open.id());

  const auto second = newest(guarded.id());
  EXPECT_TRUE(found_by(second, "rtsp_scan")) << second;
  EXPECT_TRUE(main_url(second).ends_with("/cam/realmonitor?channel=1&subtype=0")) << second;
  EXPECT_EQ(locks.refused_logins(), 0U);

  const auto third = newest(wrong.id());
  EXPECT_TRUE(found_by(third, "onvif")) << third;
  EXPECT_EQ(third.value("manufacturer", ""), "Rigcam");
  EXPECT_EQ(third.value("model", ""), "C13");
  EXPECT_EQ(third.value("name", ""), "Rigcam C13");
  EXPECT_EQ(third.value("serial_number", ""), "SN-C13");
  EXPECT_EQ(third.value("firmware_version", ""), "1.2.3");
  EXPECT_TRUE(main_url(third).ends_with("/main?channel=1&subtype=0")) << third;
  EXPECT_TRUE(third["rtsp_urls"].value("sub", "").ends_with("/main?channel=1&subtype=1")) << third;
  ASSERT_EQ(third["profiles"].size(), 2U) << third;
  EXPECT_EQ(third["profiles"][0].value("token", ""), "p1");
  EXPECT_EQ(device.refused_logins() + streams.refused_logins(), 0U);

  const auto fourth = newest(other.id());
  EXPECT_TRUE(found_by(fourth, "onvif")) << fourth;
  EXPECT_EQ(fourth.value("model", ""), "C14");
  EXPECT_EQ(other_device.refused_logins(), 0U);

  // One camera each, and all of them kept by the broker.
  EXPECT_EQ(announced_ids(), (std::set{open.id(), guarded.id(), wrong.id(), other.id()}));
}

TEST_F(finding, an_mdns_service_at_a_port_and_path_of_its_own) {
  auto& camera = host(21);
  camera.rtsp(open_rtsp("/live/main", 5540));
  camera.mdns("Front Camera", 5540, "/live/main");
  start({{"NETWORK_SCAN_ENABLED", "false"}, {"ONVIF_ENABLED", "false"}});
  const auto said = announced(camera.id(), streaming);
  ASSERT_TRUE(said);
  const auto document = json::parse(said->payload);
  EXPECT_TRUE(found_by(document, "mdns")) << document;
  EXPECT_EQ(document.value("discovery_method", ""), "mdns");
  EXPECT_EQ(main_url(document), "rtsp://10.77.0.21:5540/live/main");
}

TEST_F(finding, no_network_is_scanned_unasked) {
  auto& camera = host(22);
  auto& server = camera.rtsp(open_rtsp("/stream1"));
  auto& loud = host(23);
  loud.onvif(onvif_camera("C23"));
  start({{"NETWORK_SCAN_ENABLED", "false"}});
  ASSERT_TRUE(announced(loud.id(), [](const json& x) { return x.value("model", "") == "C23"; }));
  ASSERT_TRUE(searched());
  EXPECT_TRUE(server.events().empty());
  EXPECT_EQ(announced_ids(), std::set{loud.id()});
}

TEST_F(finding, printers_and_computers_are_no_cameras_and_a_camera_says_hello) {
  auto& printer = host(60).odd({{"printer", true}});
  host(61).wsdd();
  start({{"NETWORK_SCAN_ENABLED", "false"}});
  ASSERT_TRUE(poll_until(patience, [&] { return !printer.events("probe").empty(); }));
  // Its hello is enough: it answers no search.
  auto& camera = host(24);
  auto settings = onvif_camera("C24");
  settings["answers"] = false;
  camera.onvif(settings);
  camera.await();
  ASSERT_TRUE(announced(camera.id(), [](const json& x) { return x.value("model", "") == "C24"; }));
  EXPECT_EQ(announced_ids(), std::set{camera.id()});
}

TEST_F(finding, every_kind_of_onvif_camera) {
  struct kind {
    const char* name;
    json differs;
  };
  const kind kinds[]{
      {"half a day ahead", {{"skew_s", 43200}}},
      {"half a day behind", {{"skew_s", -43200}}},
      {"time is secret", {{"time_asks", true}}},
      {"no address", {{"xaddr_host", "0.0.0.0"}}},
      {"link-local address", {{"xaddr_host", "169.254.7.7"}, {"rtsp_host", "169.254.7.7"}}},
      {"refuses with 401", {{"fault_status", 401}}},
      {"refuses with 500", {{"fault_status", 500}}},
      {"refuses with 200", {{"fault_status", 200}}},
      {"wants HTTP Digest", {{"auth", "digest"}}},
      {"wants nothing", {{"auth", "none"}}},
      {"slow", {{"delay_s", 0.3}}},
      {"other port and path", {{"port", 8000}, {"path", "/onvif/services"}}},
  };
  std::vector<std::pair<network_host*, server*>> cameras;
  for (const auto& one : kinds) {
    const auto number = static_cast<int>(31 + cameras.size());
    auto settings = onvif_camera("C" + std::to_string(number));
    settings.update(one.differs);
    auto& camera = host(number);
    cameras.emplace_back(&camera, &camera.onvif(settings));
  }
  // There is nothing at their streams' port, and that is no reason not to know them.
  start({{"NETWORK_SCAN_ENABLED", "false"}});
  for (std::size_t i = 0; i < cameras.size(); ++i) {
    auto& [camera, device] = cameras[i];
    const auto model = "C" + std::to_string(31 + i);
    EXPECT_TRUE(announced(camera->id(),
                          [&](const json& x) {
                            return x.value("model", "") == model
                                   && main_url(x)
                                          == "rtsp://" + camera->address()
                                                 + "/main?channel=1&subtype=0";
                          }))
        << kinds[i].name << newest(camera->id());
    EXPECT_EQ(device->refused_logins(), 0U) << kinds[i].name;
  }
}

TEST_F(finding, nonsense_is_survived) {
  for (const auto* kind : {"garbage", "huge", "bomb", "half"}) {
    static int number = 40;
    auto settings = onvif_camera(kind);
    settings["reply"] = kind;
    host(number++).onvif(settings);
  }
  std::set<std::string> odd;
  for (const auto* kind : {"mute", "garbage", "endless", "closes"}) {
    static int number = 50;
    auto& one = host(number++);
    one.odd({{"servers", {{{"port", 554}, {"kind", kind}}}}});
    odd.insert(one.id());
  }
  auto& good = host(11);
  good.rtsp(open_rtsp("/stream1"));
  auto& running = start();
  ASSERT_TRUE(announced(good.id(), streaming, 30s));
  ASSERT_TRUE(running.process().running()) << running.log();
  // Nothing is learnt from any of them that could be called a stream, later either.
  EXPECT_FALSE(peer->wait_for(
      [&](const message& m) {
        const auto document = json::parse(m.payload, nullptr, false);
        return m.topic.starts_with("camera/discovery/")
               && m.topic != "camera/discovery/" + good.id() && document.is_object()
               && streaming(document);
      },
      6s));
#ifndef FIREFINDER_SANITIZED
  EXPECT_LT(running.resident_bytes(), 100U * 1024 * 1024);
#endif
  const auto end = running.terminate(SIGTERM);
  EXPECT_EQ(end.state, (exit_state{0, 0}));
  EXPECT_LT(end.took, 10s);
}

TEST_F(finding, what_plays_and_sends_nothing_does_not_stream) {
  auto& camera = host(58);
  auto& server = camera.odd({{"servers", {{{"port", 554}, {"kind", "silent_play"}}}}});
  start({{"RTSP_TIMEOUT", "2"}});
  ASSERT_TRUE(announced(camera.id(), [](const json&) { return true; }));
  const auto played = [&] {
    const auto all = server.events("request");
    return std::any_of(all.begin(), all.end(),
                       [](const json& x) { return x.value("method", "") == "PLAY"; });
  };
  EXPECT_TRUE(poll_until(patience, played));
  EXPECT_TRUE(said(camera.id(), "stream_error"));
  EXPECT_FALSE(announced(camera.id(), streaming, 0s)) << newest(camera.id());
}

TEST_F(finding, who_takes_long_to_describe_itself) {
  auto& camera = host(59);
  auto settings = open_rtsp("/stream1");
  settings["describe_delay_s"] = 2;
  camera.rtsp(settings);
  start();
  EXPECT_TRUE(announced(camera.id(), streaming, 30s)) << newest(camera.id());
}

TEST_F(finding, no_raw_socket_is_needed) {
  auto& scanned = host(11);
  scanned.rtsp(open_rtsp("/stream1"));
  auto& asked = host(13, segment::b);
  asked.onvif(onvif_camera("C13"));
  const auto script = network->directory() / "without";
  std::ofstream{script} << "#!/bin/sh\nexec setpriv --inh-caps=-net_raw --bounding-set=-net_raw "
                           "--pdeathsig KILL "
                        << FIREFINDER_BINARY << " \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  start({}, script);
  EXPECT_TRUE(announced(scanned.id(), streaming, 30s)) << newest(scanned.id());
  EXPECT_TRUE(announced(asked.id(), [](const json& x) { return x.value("model", "") == "C13"; }));
  const auto status = read_file("/proc/" + std::to_string(subject->process().pid()) + "/status");
  EXPECT_NE(status.find("CapEff:"), std::string::npos);
  const auto effective = std::stoull(status.substr(status.find("CapEff:") + 8), nullptr, 16);
  EXPECT_EQ(effective & (1ULL << 13), 0U) << "CAP_NET_RAW was still there";
}

TEST_F(finding, large_networks_leave_the_neighbour_table_alone) {
  camera_network::add_own_address("10.96.0.2/20");
  auto& crowd = host(98, segment::b);
  std::vector<std::string> addresses;
  for (int i = 0; i < 150; ++i)
    addresses.push_back("10.88.0." + std::to_string(101 + i));
  crowd.add_addresses(addresses);
  auto& camera = host(11);
  camera.rtsp(open_rtsp("/stream1"));
  start();
  std::size_t most = 0;
  const auto began = std::chrono::steady_clock::now();
  const bool found = poll_until(30s, [&] {
    const auto all = camera_network::neighbours();
    most = std::max(most, all.size());
    return announced(camera.id(), streaming, 100ms)
           && std::chrono::steady_clock::now() - began > 8s;
  });
  EXPECT_TRUE(found) << newest(camera.id());
  EXPECT_LT(most, 300U);
}

TEST_F(finding, behind_a_router_nobody_has_the_routers_hardware_address) {
  auto& router = host(1);
  router.route_to_far("02:99:00:00:00:01", "10.99.0.1");
  camera_network::add_own_route("10.99.0.0/24 via 10.77.0.1");
  std::vector<network_host*> cameras;
  for (const int number : {20, 21}) {
    auto& camera = host(number, segment::far);
    camera.add_route("default via 10.99.0.1");
    auto settings = onvif_camera("C" + std::to_string(number));
    settings["hardware_address"] = camera.mac();
    camera.onvif(settings);
    camera.rtsp(onvif_streams());
    cameras.push_back(&camera);
  }
  start({{"NETWORK_SUBNET", "10.99.0.0/24"}});
  for (const auto* camera : cameras)
    EXPECT_TRUE(announced(
        camera->id(), [&](const json& x) { return x.value("ip", "") == camera->address(); }, 30s))
        << camera->address();
  const auto all = announced_ids();
  EXPECT_FALSE(all.contains(router.id()));
  EXPECT_FALSE(all.contains("029900000001"));
  EXPECT_EQ(all.size(), 2U) << "ids that stood in for theirs are gone";
}

} // namespace
} // namespace firefinder::test::finding_test
