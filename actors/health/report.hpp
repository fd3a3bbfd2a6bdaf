#pragma once

#include "actors/health/settings.hpp"
#include "messages/announce.hpp"
#include "messages/camera.hpp"
#include "messages/detection.hpp"
#include "messages/drill.hpp"
#include "messages/frigate.hpp"
#include "messages/link.hpp"
#include "messages/problem.hpp"
#include "messages/resources.hpp"
#include "messages/store.hpp"
#include "messages/web.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// Everything that a health report tells. What nobody answered is absent, and
/// the report says so.
struct report_facts {
  unix_seconds now = 0;
  double uptime_s = 0;
  int pid = 0;
  bool connected = false;
  std::optional<consensus_figures> consensus;
  std::optional<link_figures> link;
  std::optional<resource_usage> resources;
  /// Whether there is a store at all.
  bool has_store = false;
  std::optional<store_figures> store;
  /// Whether there is a camera detection at all; it is asked for its own report and
  /// the bridge's.
  bool has_camera_detection = false;
  std::optional<camera_detection_figures> cameras;
  /// What Frigate is to have from us; of the camera detector's and the bridge's report.
  std::optional<frigate_figures> frigate;
  /// What is announced to Home Assistant; of the bridge's report alone.
  std::optional<discovery_figures> discovery;
  /// Whether the page can be reached.
  std::optional<web_figures> web;
  /// Of exercises; of consensus' and the bridge's report.
  std::optional<drill_figures> drill;
  /// Whether everyone who was asked for this report has answered.
  bool all_answered = true;
  /// When a problem that tells no beginning of its own was first noticed, by code and
  /// subject, in seconds of `uptime_s`.
  std::map<std::pair<std::string, std::string>, double> noticed;
};

/// The problems that a report tells, each once. Of those whose beginning nobody knows,
/// not even `facts.noticed`, it is now.
[[nodiscard]] std::vector<problem> problems_of(const report_settings& report,
                                               const report_facts& facts);

/// Notes the problems of a report that are new, and forgets those that are over.
void note_problems(const report_settings& report, const report_facts& facts,
                   std::map<std::pair<std::string, std::string>, double>& noticed);

/// The payload of a health report, JSON, with the fields of wildfire-watch's
/// reporters (`utils/health_reporter.py`) and ours beside them; that of the bridge has only ours.
[[nodiscard]] std::string report_payload(const report_settings& report,
                                         const health_settings& settings,
                                         const report_facts& facts);

} // namespace firefinder
