#pragma once

#include "messages/credential.hpp"
#include "messages/detection.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace firefinder {

/// A Frigate instance.
struct frigate_instance {
  /// Its topic prefix, without a slash at the end.
  std::string prefix;
  /// Address of its API, `http://` or `https://`; may hold credentials. Empty: none.
  std::string api_url;
};

/// Labels that mean fire or smoke to us, in lower case.
using frigate_labels = std::map<std::string, fire_sign>;

/// How Frigate is to have the cameras that we know. The first instance is meant; none of it
/// is done unless the owner says so.
struct frigate_configuration_settings {
  /// Its configuration file; empty: we write none.
  std::string path;
  /// Folder where it looks for secrets; empty: cameras with a password are not configured.
  std::string secrets_path;
  /// Whether its API changes its configuration.
  bool apply = false;
  /// Whether Frigate may be started anew for it. Not by who hears of no fires.
  bool may_restart = true;
  /// Whether the cameras are published by MQTT.
  bool publish = false;
  /// Of Frigate, when its API does not tell; empty: not known.
  std::string version;
  /// Score from which on we accept a detection.
  double min_confidence = 0.7;
  std::vector<camera_credential> credentials;
  /// The broker, for a configuration file that is made anew.
  std::string broker_host;
  std::uint16_t broker_port = 0;

  [[nodiscard]] bool wanted() const noexcept { return !path.empty() || apply || publish; }
};

/// What is asked of Frigate beside its events.
struct frigate_settings {
  std::vector<frigate_instance> instances;
  frigate_labels labels{{"fire", fire_sign::fire}, {"smoke", fire_sign::smoke}};
  /// Whether it is asked by MQTT for more samples of what may become an alarm.
  bool burst_sampling = false;
  frigate_configuration_settings configuration;
};

/// How long an answer over HTTP may take, and how much it may be.
struct http_limits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds total{10'000};
  /// A configuration of 100 cameras is about half a megabyte.
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
  /// How long one change of a configuration may go on, which takes several answers.
  std::chrono::milliseconds course{300'000};
};

} // namespace firefinder
