#include "actors/health/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace firefinder {

namespace {

using json = nlohmann::json;

// A camera detects when it did so in this many seconds.
constexpr double detecting_span_s = 60;

double rounded(double value) { return std::round(value * 100) / 100; }

json base(const report_settings& report, const health_settings& settings,
          const report_facts& facts) {
  const auto usage = facts.resources.value_or(resource_usage{});
  return {{"timestamp", facts.now},
          {"uptime", rounded(facts.uptime_s)},
          {"uptime_hours", rounded(facts.uptime_s / 3600)},
          {"service", report.service},
          {"status", "online"},
          {"version", settings.version},
          {"mqtt_connected", facts.connected},
          {"hostname", settings.hostname},
          {"pid", facts.pid},
          {"resources",
           {{"cpu_percent", rounded(usage.process_cpu_percent)},
            {"memory_percent", rounded(usage.process_memory_percent)},
            {"memory_mb", rounded(usage.process_memory_mb)}}},
          {"system",
           {{"cpu_percent", rounded(usage.system_cpu_percent)},
            {"memory_percent", rounded(usage.system_memory_percent)},
            {"disk_percent", rounded(usage.disk_percent)}}},
          {"config_warnings", settings.config_warnings}};
}

void add_consensus(json& payload, json& problems, const report_facts& facts) {
  if (!facts.consensus)
    problems.push_back("consensus does not answer");
  const auto figures = facts.consensus.value_or(consensus_figures{});
  const auto& cameras = figures.trackers.cameras;
  const auto count = [&cameras](auto&& predicate) {
    return std::count_if(cameras.begin(), cameras.end(),
                         [&](const auto& x) { return predicate(x.second); });
  };
  payload["consensus_state"] = figures.state;
  payload["trigger_count"] = figures.trigger_count;
  payload["last_trigger_ago"] = rounded(figures.last_trigger_ago_s);
  payload["triggers_pending"] = figures.triggers_pending;
  payload["triggers_missed"] = figures.triggers_missed;
  payload["cameras_total"] = cameras.size();
  payload["cameras_online"] = count([](const camera_figures& x) { return x.online; });
  payload["cameras_detecting"] = count([](const camera_figures& x) {
    return x.last_detection_ago_s >= 0 && x.last_detection_ago_s <= detecting_span_s;
  });
  payload["consensus_threshold"] = figures.threshold;
  payload["recent_consensus_events"] = figures.recent_events;
  payload["messages_received"] = figures.trackers.messages;
  payload["detections_accepted"] = figures.trackers.accepted;
  payload["dropped"] = figures.trackers.dropped;
  auto& each = payload["cameras"] = json::object();
  for (const auto& [id, x] : cameras)
    each[id] = {{"online", x.online},
                {"agrees", x.agrees},
                {"total_detections", x.total_detections},
                {"active_objects", x.active_objects},
                {"last_seen_ago", rounded(x.last_seen_ago_s)}};
}

// Its figures come with the camera detection itself; until then it says what
// is true: nothing is searched and nothing is known.
void add_camera_detector(json& payload, json& problems) {
  problems.push_back("camera discovery is not part of this version");
  payload["total_cameras"] = 0;
  payload["online_cameras"] = 0;
  payload["offline_cameras"] = 0;
  payload["discovery_count"] = 0;
  payload["is_steady_state"] = false;
  payload["active_discovery_tasks"] = 0;
  payload["cameras"] = json::object();
  payload["discovery_methods"]
      = {{"onvif", false}, {"mdns", false}, {"network_scan", false}, {"rtsp_port_scan", false}};
}

} // namespace

std::string report_payload(const report_settings& report, const health_settings& settings,
                           const report_facts& facts) {
  auto payload = base(report, settings, facts);
  auto problems = json::array();
  if (facts.link)
    for (const auto& filter : facts.link->refused_filters)
      problems.push_back(fmt::format("the broker refuses our subscription to {}", filter));
  if (facts.link && facts.link->shed_ago_s >= 0
      && facts.link->shed_ago_s <= to_seconds(report.interval))
    problems.push_back("more messages arrive than can be handled: some were shed");
  payload["messages_shed"] = facts.link.value_or(link_figures{}).shed;
  if (report.kind == report_kind::consensus)
    add_consensus(payload, problems, facts);
  else
    add_camera_detector(payload, problems);
  payload["healthy"] = problems.empty();
  payload["problems"] = std::move(problems);
  return payload.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace firefinder
