#include "actors/health/report.hpp"

#include "messages/dumped.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <vector>

namespace firefinder {

namespace {

using json = nlohmann::json;

// Of more cameras a report would be longer than brokers and people like.
constexpr std::size_t max_listed_cameras = 1'000;

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

const consensus_figures& decision_of(const report_facts& facts) {
  static const consensus_figures unknown;
  return facts.consensus ? *facts.consensus : unknown;
}

json moment(unix_seconds since) { return since > 0 ? json(since) : json(); }

// null: there was none yet, or nobody says so.
json last_drill(const report_facts& facts) {
  if (!facts.drill || !facts.drill->known)
    return nullptr;
  const auto& x = facts.drill->last;
  return {{"passed", x.passed},
          {"at", x.at},
          {"delay_s", x.delay_s},
          {"scheduled", x.scheduled},
          {"failed_step", x.failed_step.empty() ? json() : json(x.failed_step)},
          {"text", x.text},
          {"next", moment(facts.drill->next)}};
}

/// A camera, by its id.
struct listed_camera {
  std::string_view id;
  camera_figures figures;
  unix_seconds blind_since = 0;
};

// All of them, by id.
std::vector<listed_camera> listed(const consensus_figures& figures) {
  std::vector<listed_camera> result;
  result.reserve(std::max(figures.trackers.cameras.size(), figures.cameras.size()));
  for (const auto& [id, x] : figures.trackers.cameras) {
    const auto watch = figures.cameras.find(id);
    const bool watched = watch != figures.cameras.end();
    auto& next = result.emplace_back(listed_camera{id, x});
    if (watched) {
      next.figures.online = watch->second.online;
      next.blind_since = watch->second.blind_since;
    }
  }
  // Those that Frigate sees and that detected nothing yet, and those that are expected.
  for (const auto& [id, watch] : figures.cameras)
    if (figures.trackers.cameras.count(id) == 0) {
      auto& next = result.emplace_back(listed_camera{id, {}, watch.blind_since});
      next.figures.online = watch.online;
      next.figures.last_seen_ago_s = -1;
    }
  std::ranges::sort(result, {}, &listed_camera::id);
  return result;
}

// There may be thousands: each is written for itself, as no document of all of them is needed.
std::string written(const std::vector<listed_camera>& cameras) {
  std::string result{"{"};
  for (const auto& [id, x, blind_since] : cameras) {
    if (result.size() > 1)
      result += ',';
    result += dumped(json(id));
    result += ':';
    result += dumped(json{{"online", x.online},
                          {"agrees", x.agrees},
                          {"total_detections", x.total_detections},
                          {"active_objects", x.active_objects},
                          {"last_seen_ago", rounded(x.last_seen_ago_s)},
                          {"blind_since", moment(blind_since)}});
  }
  return result += '}';
}

void add_consensus(json& payload, const consensus_figures& figures,
                   const std::vector<listed_camera>& cameras) {
  const auto count = [&cameras](auto&& predicate) {
    return std::count_if(cameras.begin(), cameras.end(),
                         [&](const auto& x) { return predicate(x.figures); });
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
  payload["configured_threshold"]
      = figures.configured_threshold == 0 ? figures.threshold : figures.configured_threshold;
  payload["last_heard_ago"] = rounded(figures.last_heard_ago_s);
  payload["recent_consensus_events"] = figures.recent_events;
  payload["messages_received"] = figures.trackers.messages;
  payload["detections_accepted"] = figures.trackers.accepted;
  payload["dropped"] = figures.trackers.dropped;
  auto& zones = payload["zones"] = json::object();
  for (const auto& [name, x] : figures.zones)
    zones[name] = {{"cameras", x.cameras}, {"blind_since", moment(x.blind_since)}};
}

void add_store(json& payload, const report_facts& facts) {
  if (!facts.has_store)
    return;
  const auto figures = facts.store.value_or(store_figures{});
  auto& store = payload["store"];
  store = {{"ok", facts.store && figures.problem.empty()}, {"pending", figures.pending}};
  if (!facts.store)
    store["problem"] = "it does not answer";
  else if (!figures.problem.empty())
    store["problem"] = figures.problem;
  if (!figures.set_aside.empty())
    store["set_aside"] = figures.set_aside;
}

// As the reference spells them in its payload.
std::string colon_form(const camera_facts& x) { return x.mac.empty() ? x.id : x.mac; }

// Whether it delivers video.
bool is_online(const camera_facts& x) { return x.condition == camera_condition::online; }

json told_of(const camera_facts& x, unix_seconds now) {
  return {{"ip", x.address},
          {"name", x.name},
          {"mac", x.mac},
          {"online", is_online(x)},
          {"streaming", is_online(x) && x.video_seen},
          {"condition", to_string(x.condition)},
          {"error_count", x.failures},
          {"last_seen", x.last_seen > 0 ? json(rounded(std::max(0.0, now - x.last_seen))) : json()},
          {"ip_history", x.former_addresses}};
}

// Fields of both of the reference's detectors. Where camera detection is off, or silent, it says
// what is true: nothing is known.
void add_camera_detector(json& payload, const report_settings& report, const report_facts& facts) {
  const auto figures = facts.cameras.value_or(camera_detection_figures{});
  const auto count = [&figures](auto&& predicate) {
    return std::count_if(figures.cameras.begin(), figures.cameras.end(),
                         [&](const auto& x) { return predicate(x.second); });
  };
  const auto total = figures.cameras.size();
  const auto online = count(is_online);
  payload["total_cameras"] = total;
  payload["online_cameras"] = online;
  payload["offline_cameras"] = static_cast<std::int64_t>(total) - online;
  payload["discovery_count"] = figures.searches;
  payload["is_steady_state"] = figures.steady;
  payload["active_discovery_tasks"] = figures.interviews + (figures.searching ? 1U : 0U);
  payload["logins"] = figures.logins;
  payload["logins_refused"] = figures.logins_refused;
  auto& each = payload["cameras"] = json::object();
  std::size_t listed = 0;
  for (const auto& [id, x] : figures.cameras) {
    if (listed++ == max_listed_cameras)
      break;
    each[colon_form(x)] = told_of(x, facts.now);
  }
  auto& methods = payload["discovery_methods"]
      = {{"onvif", false}, {"mdns", false}, {"network_scan", false}, {"rtsp_port_scan", false}};
  auto& details = payload["discovery_method_states"] = json::object();
  for (const auto& [name, how] : figures.methods) {
    methods[name] = how == "on";
    details[name] = how;
  }
  payload["stats"] = {{"total_cameras", total},
                      {"online_cameras", online},
                      {"streaming_cameras",
                       count([](const camera_facts& x) { return is_online(x) && x.video_seen; })},
                      {"discovery_interval", to_seconds(report.discovery_interval)},
                      {"mac_tracking_enabled", report.mac_tracking}};
}

std::string on_off(bool x) { return x ? "ON" : "OFF"; }

// A feed is off when the broker does not let us hear it, or when a Frigate that was heard is gone.
json feeds(const report_facts& facts) {
  bool frigate = true;
  bool direct = true;
  if (facts.link)
    for (const auto& filter : facts.link->refused_filters) {
      direct = direct && !filter.starts_with("fire/detection");
      frigate = frigate && !filter.ends_with("/events");
    }
  if (facts.consensus)
    for (const auto& x : facts.consensus->problems)
      frigate = frigate && x.code != "frigate_offline" && x.code != "frigate_silent";
  return {{"frigate", on_off(frigate)}, {"direct", on_off(direct)}};
}

json bridge_report(const report_facts& facts) {
  const auto link = facts.link.value_or(link_figures{});
  const auto& decision = decision_of(facts);
  const auto depth = [](const auto& figures, auto member) {
    return figures ? json((*figures).*member) : json();
  };
  json result{
      {"ok", on_off(facts.all_answered)},
      {"ts", facts.now},
      {"uptime_s", rounded(facts.uptime_s)},
      {"rss_mb", facts.resources ? json(rounded(facts.resources->process_memory_mb)) : json()},
      {"mqtt",
       {{"published", link.published},
        {"received", link.received},
        {"queued", link.durable_pending},
        {"reconnects", link.connects > 0 ? link.connects - 1 : 0}}},
      {"feeds", feeds(facts)},
      {"queue_depths",
       {{"triggers", depth(facts.consensus, &consensus_figures::triggers_pending)},
        {"connection", depth(facts.link, &link_figures::durable_pending)},
        {"store", depth(facts.store, &store_figures::pending)},
        {"discovery", depth(facts.discovery, &discovery_figures::pending)}}},
      {"dropped", decision.trackers.dropped}};
  result["dropped"]["shed"] = link.shed;
  result["dropped"]["link_down"] = link.dropped_live;
  result["drill"] = last_drill(facts);
  if (facts.discovery) {
    const auto& x = *facts.discovery;
    result["discovery"] = {{"enabled", x.enabled},
                           {"mode", x.mode},
                           {"cameras", x.cameras},
                           {"documents", x.documents},
                           {"pending", x.pending},
                           {"removals_pending", x.removals_pending},
                           {"announcements", x.announcements},
                           {"births", x.births},
                           {"departures", x.departures},
                           {"complete", x.complete}};
  }
  return result;
}

// -- problems ----------------------------------------------------------------------------

// The store is asked by consensus too; what both found is told once.
void add_once(std::vector<problem>& to, problem what) {
  const auto same
      = [&what](const problem& x) { return x.code == what.code && x.subject == what.subject; };
  if (std::none_of(to.begin(), to.end(), same))
    to.push_back(std::move(what));
}

void add_problems_of_consensus(std::vector<problem>& to, const report_facts& facts) {
  if (!facts.consensus) {
    add_once(to, {"consensus_silent", {}, true, 0, "consensus does not answer"});
  } else {
    for (const auto& x : facts.consensus->problems)
      // Who sends a report has a link, and consensus may not have heard of it yet.
      if (x.code != "link_down" || !facts.connected)
        to.push_back(x);
    if (const auto lost = facts.consensus->trackers.not_kept; lost != 0)
      add_once(to, {"samples_not_kept",
                    {},
                    false,
                    0,
                    fmt::format("the store was too slow for {} samples: a restart would not know "
                                "of them",
                                lost)});
  }
  if (!facts.has_store)
    return;
  if (!facts.store)
    add_once(to, {"store_silent", {}, true, 0, "the store does not answer"});
  else if (!facts.store->problem.empty())
    add_once(to, {"store_cannot_write",
                  {},
                  true,
                  0,
                  fmt::format("the store cannot write: {}", facts.store->problem)});
}

void add_problems_of_camera_detection(std::vector<problem>& to, const report_facts& facts) {
  if (!facts.has_camera_detection)
    add_once(to, {"discovery_missing", {}, true, 0, "camera detection does not run"});
  else if (!facts.cameras)
    add_once(to, {"discovery_silent", {}, true, 0, "camera detection does not answer"});
  else
    for (const auto& x : facts.cameras->problems)
      add_once(to, x);
  if (facts.frigate)
    for (const auto& x : facts.frigate->problems)
      add_once(to, x);
}

// No alarm is lost when the broker refuses this filter: requests and commands go unanswered, or
// Home Assistant is told less.
bool is_for_comfort(const std::string& filter) {
  constexpr std::string_view endings[]
      = {"/bridge/request/+", "/bridge/request/+/+", "/set", "/bridge/state", "/status", "/config"};
  return std::any_of(std::begin(endings), std::end(endings),
                     [&filter](std::string_view x) { return filter.ends_with(x); });
}

} // namespace

std::vector<problem> problems_of(const report_settings& report, const report_facts& facts) {
  std::vector<problem> result;
  if (facts.link)
    for (const auto& filter : facts.link->refused_filters)
      result.push_back({"subscription_refused", filter, !is_for_comfort(filter), 0,
                        fmt::format("the broker refuses our subscription to {}", filter)});
  if (facts.link && facts.link->shed_ago_s >= 0
      && facts.link->shed_ago_s <= to_seconds(report.interval))
    result.push_back({"messages_shed",
                      {},
                      true,
                      facts.now - facts.link->shed_ago_s,
                      "more messages arrive than are let in: some were shed"});
  if (report.kind == report_kind::consensus)
    add_problems_of_consensus(result, facts);
  else
    add_problems_of_camera_detection(result, facts);
  if (facts.web && !facts.web->problem.empty())
    add_once(result, {"web_not_served",
                      {},
                      false,
                      facts.web->since,
                      fmt::format("the page is not served: {}", facts.web->problem)});
  for (auto& x : result)
    if (x.since <= 0) {
      const auto known = facts.noticed.find({x.code, x.subject});
      const auto ago = known == facts.noticed.end() ? 0 : facts.uptime_s - known->second;
      x.since = std::round((facts.now - ago) * 1000) / 1000;
    }
  return result;
}

void note_problems(const report_settings& report, const report_facts& facts,
                   std::map<std::pair<std::string, std::string>, double>& noticed) {
  std::map<std::pair<std::string, std::string>, double> present;
  for (const auto& x : problems_of(report, facts)) {
    const auto known = noticed.find({x.code, x.subject});
    present.emplace(std::pair{x.code, x.subject},
                    known == noticed.end() ? facts.uptime_s : known->second);
  }
  noticed = std::move(present);
}

std::string report_payload(const report_settings& report, const health_settings& settings,
                           const report_facts& facts) {
  if (report.kind == report_kind::bridge)
    return dumped(bridge_report(facts));
  auto payload = base(report, settings, facts);
  payload["messages_shed"] = facts.link.value_or(link_figures{}).shed;
  std::string cameras;
  if (report.kind == report_kind::consensus) {
    const auto& figures = decision_of(facts);
    const auto all = listed(figures);
    add_consensus(payload, figures, all);
    cameras = written(all);
    payload["drill"] = last_drill(facts);
    add_store(payload, facts);
  } else {
    add_camera_detector(payload, report, facts);
  }
  auto sentences = json::array();
  auto codes = json::array();
  for (const auto& x : problems_of(report, facts)) {
    if (x.trouble)
      sentences.push_back(x.text);
    json told{{"code", x.code},
              {"severity", x.trouble ? "trouble" : "notice"},
              {"since", x.since},
              {"text", x.text}};
    if (!x.subject.empty())
      told["subject"] = x.subject;
    codes.push_back(std::move(told));
  }
  payload["healthy"] = sentences.empty();
  payload["problems"] = std::move(sentences);
  payload["problem_codes"] = std::move(codes);
  auto text = dumped(payload);
  if (!cameras.empty()) {
    text.back() = ',';
    text += "\"cameras\":";
    text += cameras;
    text += '}';
  }
  return text;
}

} // namespace firefinder
