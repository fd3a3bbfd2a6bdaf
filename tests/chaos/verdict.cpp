#include "tests/chaos/verdict.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace firefinder::chaos {

namespace {

using nlohmann::json;

/// How far moments may lie apart that are taken at different places.
constexpr double tolerance_s = 0.25;

/// What a broker that loses its memory may not have handed on yet.
constexpr double in_its_hands_s = 0.5;

struct record {
  double expires_at = 0;
  std::vector<heard> arrivals;
  std::vector<json> reports;
  std::vector<wire_event> wire;
};

std::string text_in(const json& payload, const char* key) {
  if (!payload.is_object() || !payload.contains(key) || !payload.at(key).is_string())
    return "(none)";
  return payload.at(key).get<std::string>();
}

double number_in(const json& payload, const char* key) {
  if (!payload.is_object() || !payload.contains(key) || !payload.at(key).is_number())
    return 0;
  return payload.at(key).get<double>();
}

std::map<std::string, record> records_of(const evidence& seen) {
  std::map<std::string, record> result;
  for (const auto& m : seen.triggers) {
    const auto payload = json::parse(m.payload, nullptr, false);
    auto& r = result[text_in(payload, "trigger_id")];
    r.expires_at = number_in(payload, "expires_at");
    r.arrivals.push_back(m);
  }
  for (const auto& m : seen.reports) {
    auto payload = json::parse(m.payload, nullptr, false);
    auto& r = result[text_in(payload, "trigger_id")];
    if (r.expires_at == 0)
      r.expires_at = number_in(payload, "expires_at");
    // At least once: the same report may come again.
    if (std::find(r.reports.begin(), r.reports.end(), payload) == r.reports.end())
      r.reports.push_back(std::move(payload));
  }
  for (const auto& e : seen.wire) {
    auto& r = result[e.trigger_id];
    if (r.expires_at == 0)
      r.expires_at = e.expires_at;
    r.wire.push_back(e);
  }
  return result;
}

/// When the daemon let go of the trigger: moments at which a PUBREL that follows a
/// PUBLISH reached the broker. Each is a delivery.
std::vector<double> handovers(const record& r) {
  std::vector<double> result;
  std::set<std::uint16_t> published;
  for (const auto& e : r.wire) {
    if (!e.passed)
      continue;
    if (e.type == packet_type::publish)
      published.insert(e.packet_id);
    if (e.type == packet_type::pubrel && published.erase(e.packet_id) != 0)
      result.push_back(*e.passed);
  }
  return result;
}

/// Whether the broker lost its memory between a PUBREC, by which it takes a message over (MQTT 5,
/// section 4.3.3), and the PUBREL to it.
bool forgot_what_it_took(const record& r, const evidence& seen) {
  std::map<std::uint16_t, double> taken;
  for (const auto& e : r.wire) {
    if (e.type == packet_type::publish && e.passed)
      taken.erase(e.packet_id);
    else if (e.type == packet_type::pubrec)
      taken.insert_or_assign(e.packet_id, e.seen);
    else if (e.type == packet_type::pubrel && e.passed)
      if (const auto since = taken.find(e.packet_id);
          since != taken.end()
          && std::any_of(seen.memory_losses.begin(), seen.memory_losses.end(), [&](double loss) {
               return since->second <= loss + tolerance_s && loss < *e.passed;
             }))
        return true;
  }
  return false;
}

bool died_with_the_broker(const record& r, const evidence& seen) {
  if (forgot_what_it_took(r, seen))
    return true;
  auto given = handovers(r);
  // One that was frozen takes it when it thaws, and says so by its PUBCOMP.
  if (!given.empty())
    for (const auto& e : r.wire)
      if (e.type == packet_type::pubcomp)
        given.push_back(e.seen);
  return std::any_of(given.begin(), given.end(), [&](double moment) {
    return std::any_of(seen.memory_losses.begin(), seen.memory_losses.end(), [&](double loss) {
      return moment <= loss + tolerance_s && loss - moment < in_its_hands_s;
    });
  });
}

void judge_repetition(const std::string& id, const record& r, const evidence& seen,
                      std::vector<finding>& result) {
  if (r.arrivals.size() < 2)
    return;
  const auto given = handovers(r);
  const auto text = fmt::format("trigger {} reached the witness {} times", id, r.arrivals.size());
  if (given.size() == 1) {
    result.push_back({"repeated by the broker", text + "; the daemon handed it over once", false});
    return;
  }
  const bool forgot
      = std::any_of(seen.memory_losses.begin(), seen.memory_losses.end(),
                    [&](double loss) { return loss > r.arrivals.front().at - in_its_hands_s; });
  if (forgot)
    result.push_back({"repeated, broker lost its memory", text, false});
  else
    result.push_back({"repeated", text});
}

void judge_times(const std::string& id, const record& r, std::vector<finding>& result) {
  for (const auto& e : r.wire) {
    const bool up = e.type == packet_type::publish || e.type == packet_type::pubrel;
    if (!up || r.expires_at == 0)
      continue;
    const auto what = e.type == packet_type::publish ? "PUBLISH" : "PUBREL";
    if (e.seen > r.expires_at + tolerance_s)
      result.push_back({"late", fmt::format("the daemon sent {} of trigger {} {:.2f} s after it "
                                            "had expired",
                                            what, id, e.seen - r.expires_at)});
    else if (e.passed && *e.passed > r.expires_at + tolerance_s)
      result.push_back({"late by the link",
                        fmt::format("{} of trigger {} was on its way when it expired", what, id),
                        false});
  }
}

void judge_reports(const std::string& id, const record& r, std::vector<finding>& result) {
  if (r.reports.empty())
    return;
  if (r.reports.size() > 1)
    result.push_back({"report repeated",
                      fmt::format("{} different reports of trigger {}", r.reports.size(), id)});
  const auto missed_at = number_in(r.reports.front(), "missed_at");
  if (missed_at < r.expires_at - tolerance_s)
    result.push_back({"needless report", fmt::format("trigger {} was reported {:.2f} s before it "
                                                     "expired",
                                                     id, r.expires_at - missed_at)});
  for (const auto& e : r.wire)
    if (e.type == packet_type::pubcomp && e.passed && *e.passed < r.expires_at - tolerance_s) {
      result.push_back(
          {"needless report", fmt::format("trigger {} was reported although the broker had "
                                          "acknowledged it",
                                          id)});
      break;
    }
  if (r.arrivals.empty())
    return;
  const auto given = handovers(r);
  const bool in_time = std::any_of(given.begin(), given.end(), [&r](double moment) {
    return moment <= r.expires_at + tolerance_s;
  });
  if (in_time)
    result.push_back({"delivered and reported",
                      fmt::format("trigger {}: its PUBREL arrived, no answer to it", id), false});
  else
    result.push_back({"sent after its report",
                      fmt::format("trigger {} was reported and came all the same", id)});
}

void judge_form(const std::string& id, const record& r, const evidence& seen,
                std::vector<finding>& result) {
  for (const auto& m : r.arrivals) {
    if (m.retained)
      result.push_back({"retained", fmt::format("trigger {} was retained", id)});
    if (m.qos != 2)
      result.push_back({"quality", fmt::format("trigger {} came at QoS {}", id, m.qos)});
    const auto payload = json::parse(m.payload, nullptr, false);
    if (!payload.is_object() || !payload.contains("consensus_cameras")) {
      result.push_back({"malformed", "no trigger: " + m.payload.substr(0, 200)});
      continue;
    }
    for (const auto& camera : payload.at("consensus_cameras"))
      if (!seen.fire_cameras.contains(camera.is_string() ? camera.get<std::string>() : ""))
        result.push_back({"false camera", fmt::format("trigger {} names {}, which saw no fire", id,
                                                      camera.dump())});
  }
}

std::string_view name_of(packet_type t) {
  switch (t) {
  case packet_type::publish:
    return "-> PUBLISH";
  case packet_type::pubrec:
    return "<- PUBREC";
  case packet_type::pubrel:
    return "-> PUBREL";
  default:
    return "<- PUBCOMP";
  }
}

} // namespace

standing stand_of(const evidence& seen) {
  standing result;
  for (const auto& [id, r] : records_of(seen)) {
    if (!r.reports.empty())
      result.reported.insert(id);
    else if (!r.arrivals.empty())
      result.delivered.insert(id);
    else if (died_with_the_broker(r, seen))
      result.died_with_the_broker = true;
    else
      result.open.insert(id);
    if (r.arrivals.empty())
      continue;
    const auto decided
        = number_in(json::parse(r.arrivals.front().payload, nullptr, false), "timestamp");
    result.latencies.push_back(r.arrivals.front().at - decided);
  }
  return result;
}

std::vector<finding> judge(const evidence& seen, bool must_arrive) {
  std::vector<finding> result;
  const auto records = records_of(seen);
  const auto sum = stand_of(seen);
  if (must_arrive && sum.delivered.empty()) {
    if (sum.died_with_the_broker)
      result.push_back(
          {"lost by the broker", "it had taken the trigger when it lost its memory", false});
    else
      result.push_back({"lost", fmt::format("no trigger that counts reached the witness; {} seen "
                                            "on the wire, {} reported as missed",
                                            records.size(), sum.reported.size())});
  }
  if (sum.delivered.size() > 1)
    result.push_back({"second", fmt::format("{} trigger_ids for one fire: {}", sum.delivered.size(),
                                            fmt::join(sum.delivered, ", "))});
  for (const auto& id : sum.open)
    result.push_back({"abandoned", fmt::format("trigger {} was seen on the wire, but was neither "
                                               "delivered nor reported as missed",
                                               id)});
  for (const auto& [id, r] : records) {
    judge_repetition(id, r, seen, result);
    judge_times(id, r, result);
    judge_reports(id, r, result);
    judge_form(id, r, seen, result);
  }
  return result;
}

std::string protocol_of(const evidence& seen,
                        const std::vector<std::pair<double, std::string>>& marks, double zero) {
  std::multimap<double, std::string> lines{marks.begin(), marks.end()};
  for (const auto& e : seen.wire)
    lines.emplace(e.seen,
                  fmt::format("{} {} id {}{} on connection {}{}", name_of(e.type), e.trigger_id,
                              e.packet_id, e.duplicate ? " DUP" : "", e.connection,
                              e.passed ? fmt::format(", passed {:+.3f}", *e.passed - zero)
                                       : ", never passed"));
  for (const auto& m : seen.triggers)
    lines.emplace(m.at, "witness: " + m.topic + ' ' + m.payload);
  for (const auto& m : seen.reports)
    lines.emplace(m.at, "witness: " + m.topic + ' ' + m.payload);
  for (const auto loss : seen.memory_losses)
    lines.emplace(loss, "the broker loses its memory");
  std::string text;
  for (const auto& [moment, line] : lines)
    text += fmt::format("{:+.3f} {}\n", moment - zero, line);
  return text;
}

} // namespace firefinder::chaos
