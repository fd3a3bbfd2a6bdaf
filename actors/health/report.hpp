#pragma once

#include "actors/health/settings.hpp"
#include "messages/detection.hpp"
#include "messages/link.hpp"
#include "messages/resources.hpp"

#include <optional>
#include <string>

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
};

/// The payload of a health report, JSON, with the fields of wildfire-watch's
/// reporters (`utils/health_reporter.py`) and ours beside them.
[[nodiscard]] std::string report_payload(const report_settings& report,
                                         const health_settings& settings,
                                         const report_facts& facts);

} // namespace firefinder
