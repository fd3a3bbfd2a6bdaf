#pragma once

#include "tests/rig/network/network.hpp"
#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder::test {

using namespace std::chrono_literals;
using nlohmann::json;

/// What the cameras of the rig want to hear. It holds what breaks a URL, and in its middle a word
/// that is found again however the rest is encoded.
inline constexpr const char* user = "viewer";
inline constexpr const char* password = "p@ss:k0boldSecret/%7";
inline constexpr const char* password_core = "k0boldSecret";

/// Settings of rtsp_server.py: an H.264 stream without a password, with one, and its key for
/// lockouts.
[[nodiscard]] json open_rtsp(const std::string& path, int port = 554);
[[nodiscard]] json guarded_rtsp(const std::string& path, const std::string& realm);
/// Settings of onvif_camera.py: a camera with a main and a sub stream at /main and /sub.
[[nodiscard]] json onvif_camera(const std::string& model);
/// Settings of rtsp_server.py that fit onvif_camera: the same account, the same streams.
[[nodiscard]] json onvif_streams();

/// A network, a broker and somebody who hears everything; the cameras and the daemon are for the
/// test. Skips where there can be no network.
class network_test : public ::testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// Host 10.77.0.N with the hardware address 02:77:00:00:00:NN, or 10.88.0.N and 02:88:….
  network_host& host(int number, segment where = segment::a);

  /// Waits for the servers, and starts the daemon, with the rig's credentials and the scan turned
  /// on unless `env` says otherwise. An earlier one is ended in order.
  daemon& start(const environment& env = {}, const std::string& binary = FIREFINDER_BINARY);

  /// The first document, come already or yet to come, about this camera for which it holds.
  std::optional<message> announced(const std::string& id,
                                   const std::function<bool(const json&)>& holds,
                                   std::chrono::steady_clock::duration limit = patience);
  /// The same for its status.
  std::optional<message> said(const std::string& id, const std::string& status,
                              std::chrono::steady_clock::duration limit = patience);
  /// Waits until a search has ended, and every device that it found was asked what it is.
  bool searched();
  /// The newest document about this camera; an empty object when there is none.
  json newest(const std::string& id) const;
  /// Ids of all cameras that are announced at the moment.
  std::set<std::string> announced_ids() const;

  /// All that was heard of cameras, and the daemon's log, to explain a failure.
  std::string story() const;

  std::optional<camera_network> network;
  std::optional<broker> mosquitto;
  std::optional<mqtt_peer> peer;
  std::optional<daemon> subject;
};

/// Whether a document tells of a camera that answers, and of one whose video was seen.
[[nodiscard]] bool online(const json& document);
[[nodiscard]] bool streaming(const json& document);
/// The address of its main stream, without the port that needs no saying.
[[nodiscard]] std::string main_url(const json& document);

} // namespace firefinder::test
