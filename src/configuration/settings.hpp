#pragma once

#include "actors/bridge/settings.hpp"
#include "actors/camera_detection/settings.hpp"
#include "actors/connection/settings.hpp"
#include "actors/consensus/settings.hpp"
#include "actors/control/settings.hpp"
#include "actors/discovery/settings.hpp"
#include "actors/drill/settings.hpp"
#include "actors/frigate/settings.hpp"
#include "actors/health/settings.hpp"
#include "actors/store/settings.hpp"
#include "actors/web/settings.hpp"

#include <string>
#include <utility>
#include <vector>

namespace firefinder::configuration {

/// Which services this daemon runs.
struct service_choice {
  bool consensus = true;
  bool camera_detection = true;
  bool discovery = true;
};

/// What is logged, and how.
struct log_settings {
  /// debug, info, warning, error or critical.
  std::string level = "info";
  /// text or json.
  std::string format = "text";
};

/// The settings of the whole daemon, by the part that uses them.
struct settings {
  connection_settings connection;
  consensus_settings consensus;
  camera_detection_settings cameras;
  frigate_settings frigate;
  /// `version` is left empty: it belongs to the program, not to its configuration.
  health_settings health;
  /// `version`, `explained` and `told_drill` are left empty: they belong to the program.
  bridge_settings bridge;
  control_settings control;
  /// `version`, `commit`, `request_schema` and `local_day` are left empty: they belong to the
  /// program and to the machine.
  discovery_settings discovery;
  /// Name of the time zone of the house, such as `Europe/Berlin`; empty: the system's.
  std::string time_zone;
  /// `boot` is left empty: it belongs to the machine.
  store_settings store;
  /// `version` and `started_at` are left empty: they belong to the process.
  web_settings web;
  drill_settings drill;
  log_settings log;
  service_choice services;
  /// Options for CAF: full name, such as `scheduler.max-threads`, and value as written.
  std::vector<std::pair<std::string, std::string>> caf;
};

} // namespace firefinder::configuration
