#pragma once

#include "tests/support/broker.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/wait.hpp"
#include "tests/support/wire_record.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {

/// The program under test.
inline constexpr const char* firefinder_binary = FIREFINDER_BINARY;

/// A test with a daemon in it, whose log is shown when the test fails.
class integration : public ::testing::Test {
protected:
  void TearDown() override;

  /// Starts the daemon at this port; does not wait for it.
  daemon& start(std::uint16_t port, const environment& env = {});

  std::unique_ptr<daemon> subject;
};

/// How a scene is set.
struct scene_options {
  broker_options broker{};
  /// The daemon reaches the broker through the proxy.
  bool proxied = false;
  /// And what it says on that way is written down.
  bool recorded = false;
};

/// A broker, cameras, someone who listens to everything, and a daemon that is online.
class scene : public integration {
protected:
  void TearDown() override;

  /// Sets it up, and waits until the daemon is online everywhere.
  void play(environment env = {}, scene_options options = {});

  /// Starts the daemon, again if it ran before, and waits until it is online.
  void start_daemon();

  /// The same, with another environment from now on.
  void start_daemon(environment env);

  /// Waits until the daemon has said `online` on every presence topic and reported
  /// its health since the watcher was cleared: the link is up, and nothing of its
  /// beginning is still on its way. (`online` alone may be a repetition of one that
  /// an earlier link did not get acknowledged.)
  void expect_online();

  /// Cuts the proxy's connections and waits until the daemon is online again.
  void cut_and_expect_online();

  /// Publishes what a camera detects on its own topic, in order.
  void see(const std::vector<nlohmann::json>& detections);

  /// Publishes Frigate's events.
  void frigate_says(const std::vector<nlohmann::json>& events);

  /// The payloads on `fire/trigger` so far. Checks that none is retained, and the
  /// quality of service.
  [[nodiscard]] std::vector<nlohmann::json> triggers() const;

  /// Waits for the n-th trigger (from 1) and returns it; null when there is none.
  [[nodiscard]] nlohmann::json trigger(std::size_t n = 1) const;

  /// Lets `cameras` unsuspicious cameras see a fire, and expects that it raises the
  /// first trigger, to which nobody else contributes: so nothing before it was taken
  /// for a fire. Cameras are named "sentinel-1" and so on.
  void expect_nothing_but_sentinels(std::size_t cameras = 2);

  /// The next health report of fire_consensus, after a cut of the link (which makes
  /// the daemon report at once).
  [[nodiscard]] nlohmann::json health_after_cut();

  broker& mosquitto() { return *broker_; }
  tcp_proxy& proxy() { return *proxy_; }
  [[nodiscard]] const wire_record& record() const { return record_; }
  mqtt_peer& watcher() { return *watcher_; }
  [[nodiscard]] const mqtt_peer& watcher() const { return *watcher_; }
  mqtt_peer& cameras() { return *cameras_; }

  /// The broker's port, past the proxy.
  [[nodiscard]] std::uint16_t port() const { return broker_->port(); }

  /// New peers, after the broker was away.
  void connect_peers();

  /// TOPIC_PREFIX with its slash, or empty.
  std::string prefix;

private:
  environment env_;
  bool proxied_ = false;
  std::unique_ptr<broker> broker_;
  wire_record record_;
  std::unique_ptr<tcp_proxy> proxy_;
  std::unique_ptr<mqtt_peer> watcher_;
  std::unique_ptr<mqtt_peer> cameras_;
};

/// The names of cameras in a trigger.
[[nodiscard]] std::vector<std::string> cameras_of(const nlohmann::json& trigger);

/// A list of names, for comparisons that print well.
using names = std::vector<std::string>;

/// Waits that long. Only for what must not happen and leaves no other trace.
void quiet(std::chrono::milliseconds time);

} // namespace firefinder::test
