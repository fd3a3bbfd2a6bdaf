#pragma once

#include "messages/detection.hpp"

#include <chrono>
#include <cstddef>
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

/// What is asked of Frigate beside its events.
struct frigate_settings {
  std::vector<frigate_instance> instances;
  frigate_labels labels{{"fire", fire_sign::fire}, {"smoke", fire_sign::smoke}};
  /// Whether it is asked by MQTT for more samples of what may become an alarm.
  bool burst_sampling = false;
};

/// How long an answer over HTTP may take, and how much it may be.
struct http_limits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds total{10'000};
  /// A configuration of 100 cameras is about half a megabyte.
  std::size_t bytes = std::size_t{8} * 1024 * 1024;
};

} // namespace firefinder
