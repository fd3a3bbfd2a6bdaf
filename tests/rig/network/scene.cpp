#include "tests/rig/network/scene.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>

namespace firefinder::test {

json open_rtsp(const std::string& path, int port) {
  return {{"port", port}, {"mounts", {{path, {{"width", 320}, {"height", 240}}}}}};
}

json guarded_rtsp(const std::string& path, const std::string& realm) {
  auto result = open_rtsp(path);
  result["auth"] = {{"scheme", "digest"},
                    {"realm", realm},
                    {"users", {{user, password}}},
                    {"lockout_after", 3},
                    {"lockout_s", 60}};
  result["any_path_asks"] = true;
  return result;
}

json onvif_camera(const std::string& model) {
  return {{"name", "Yard"},
          {"manufacturer", "Rigcam"},
          {"model", model},
          {"serial", "SN-" + model},
          {"firmware", "1.2.3"},
          {"auth", "wsse"},
          {"users", {{user, password}}},
          {"lockout_after", 3},
          {"lockout_s", 60},
          {"profiles",
           {{{"token", "p1"},
             {"name", "MainStream"},
             {"path", "/main?channel=1&subtype=0"},
             {"width", 320},
             {"height", 240}},
            {{"token", "p2"},
             {"name", "SubStream"},
             {"path", "/main?channel=1&subtype=1"},
             {"width", 160},
             {"height", 120}}}}};
}

json onvif_streams() {
  auto result = guarded_rtsp("/main?channel=1&subtype=0", "Rigcam");
  result["mounts"]["/main?channel=1&subtype=1"] = {{"width", 160}, {"height", 120}};
  return result;
}

bool online(const json& document) { return document.value("online", false); }

bool streaming(const json& document) { return document.value("stream_active", false); }

std::string main_url(const json& document) {
  auto url = document.value("rtsp_urls", json::object()).value("main", "");
  if (const auto at = url.find(":554/"); at != std::string::npos)
    url.erase(at, 4);
  return url;
}

void network_test::SetUp() {
  if (const auto why = camera_network::obstacle(); !why.empty())
    GTEST_SKIP() << why;
  network.emplace();
  broker_options options;
  options.logs_packets = false;
  mosquitto.emplace(options);
  peer.emplace(mosquitto->port());
  peer->subscribe("#");
}

void network_test::TearDown() {
  if (HasFailure() && network)
    std::cerr << story();
  if (network && std::getenv("FIREFINDER_RIG_HOLD") != nullptr) {
    std::cerr << "The rig stays until you press Return. Look inside from another terminal:\n"
              << "  nsenter -t " << ::getpid() << " -n -m\n"
              << "  ip netns exec cam77x11 COMMAND  # on one of its hosts, see: ip netns\n"
              << "The broker is at port " << mosquitto->port() << ", files are in "
              << network->directory().string() << '\n';
    std::cin.get();
  }
}

network_host& network_test::host(int number, segment where) {
  const std::string net = where == segment::a ? "77" : where == segment::b ? "88" : "99";
  const auto tail = (number < 10 ? "0" : "") + std::to_string(number);
  return network->add({.name = "cam" + net + "x" + std::to_string(number),
                       .mac = "02:" + net + ":00:00:00:" + tail,
                       .address = "10." + net + ".0." + std::to_string(number),
                       .where = where});
}

daemon& network_test::start(const environment& env, const std::string& binary) {
  if (subject)
    subject->terminate(SIGTERM);
  subject.reset();
  network->await();
  auto full = env;
  full.try_emplace("SERVICES", "camera_detection");
  full.try_emplace("ONVIF_ENABLED", "true");
  full.try_emplace("MDNS_ENABLED", "true");
  full.try_emplace("CAMERA_CREDENTIALS", std::string{user} + ':' + password);
  full.try_emplace("NETWORK_SCAN_ENABLED", "true");
  full.try_emplace("DISCOVERY_INTERVAL", "60");
  full.try_emplace("HEALTH_CHECK_INTERVAL", "10");
  full.try_emplace("HEALTH_REPORT_INTERVAL", "10");
  full.try_emplace("RTSP_TIMEOUT", "5");
  full.try_emplace("STATE_DIR", network->directory() / "state");
  return subject.emplace(binary, mosquitto->port(), full);
}

std::optional<message> network_test::announced(const std::string& id,
                                               const std::function<bool(const json&)>& holds,
                                               std::chrono::steady_clock::duration limit) {
  return peer->wait_for(
      [&](const message& m) {
        if (m.topic != "camera/discovery/" + id)
          return false;
        const auto document = json::parse(m.payload, nullptr, false);
        return document.is_object() && holds(document);
      },
      limit);
}

std::optional<message> network_test::said(const std::string& id, const std::string& status,
                                          std::chrono::steady_clock::duration limit) {
  return peer->wait_for(
      [&](const message& m) {
        if (m.topic != "camera/status/" + id)
          return false;
        const auto document = json::parse(m.payload, nullptr, false);
        return document.is_object() && document.value("status", "") == status;
      },
      limit);
}

bool network_test::searched() {
  const auto told = [](const message& m) {
    const auto report = json::parse(m.payload, nullptr, false);
    return m.topic == "system/camera_detector/health" && report.is_object()
           && report.value("discovery_count", 0) > 0
           && report.value("active_discovery_tasks", 1) == 0;
  };
  return peer->wait_for(told, 30s).has_value();
}

json network_test::newest(const std::string& id) const {
  const auto all = peer->messages("camera/discovery/" + id);
  auto result = all.empty() ? json{} : json::parse(all.back().payload, nullptr, false);
  return result.is_object() ? result : json::object();
}

std::set<std::string> network_test::announced_ids() const {
  std::set<std::string> result;
  for (const auto& m : retained(mosquitto->port(), "camera/discovery/+"))
    result.insert(m.topic.substr(m.topic.rfind('/') + 1));
  return result;
}

std::string network_test::story() const {
  std::ostringstream text;
  text << "-- heard\n";
  if (peer)
    for (const auto& m : peer->messages("camera/#"))
      text << m.topic << ' ' << m.payload << '\n';
  text << "-- the daemon's log\n" << (subject ? subject->log() : "");
  return text.str();
}

} // namespace firefinder::test
