#include "actors/consensus/explain.hpp"

#include "messages/dumped.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace firefinder {

namespace {

// Members stand in the order in which a person asks for them.
using nlohmann::ordered_json;

// More cameras make no sentence.
constexpr std::size_t max_told = 12;

// A number for people, with as many decimals, from 2 to 5, as show on which side of the limit
// it is.
std::string beside(double value, double limit) {
  for (int decimals = 2; decimals < 5; ++decimals)
    if (auto text = fmt::format("{:.{}f}", value, decimals);
        value == limit || text != fmt::format("{:.{}f}", limit, decimals))
      return text;
  return fmt::format("{:.5f}", value);
}

std::string factor(double value, double limit) { return beside(value, limit) + "x"; }

std::string over_window(const camera_standing& x) {
  return x.window_s > 0 ? " over " + seconds_in_words(x.window_s) : std::string{};
}

std::string in_window(const camera_standing& x) {
  return x.window_s > 0 ? " in the last " + seconds_in_words(x.window_s) : std::string{};
}

std::string counted(std::uint32_t n) { return n == 1 ? "1 sample" : fmt::format("{} samples", n); }

// What the growth test found.
std::string grown(const camera_standing& x) {
  if (x.samples < x.samples_needed)
    return fmt::format("{} of {} samples needed{}", x.samples, x.samples_needed, in_window(x));
  const auto in = fmt::format("in {}{}", counted(x.samples), over_window(x));
  if (x.growth < x.growth_needed)
    return fmt::format("grew {} of {:.2f}x needed {}", factor(x.growth, x.growth_needed),
                       x.growth_needed, in);
  return fmt::format("grew {} ({:.2f}x needed) {}", factor(x.growth, x.growth_needed),
                     x.growth_needed, in);
}

// What the persistence test found.
std::string seen(const camera_standing& x) {
  return fmt::format("seen in {} of the last {} frames ({} needed)", x.seen, x.frames,
                     x.seen_needed);
}

std::string confident(const camera_standing& x) {
  return fmt::format("mean confidence {} ({:.2f} needed)",
                     beside(x.confidence, x.confidence_needed), x.confidence_needed);
}

// Where either test verifies, neither must have succeeded.
std::string and_not_seen(const camera_standing& x) {
  if (x.frames == 0)
    return {};
  return "; " + seen(x) + (x.seen < x.seen_needed ? std::string{} : ", " + confident(x));
}

std::string and_not_grown(const camera_standing& x) {
  return x.growth_needed > 0 && x.samples_needed > 0 ? "; " + grown(x) : std::string{};
}

// What speaks for the camera.
std::string evidence(const camera_standing& x) {
  return x.verified_by == "persistence" ? seen(x) + ", " + confident(x) : grown(x);
}

std::string grounds(const camera_standing& x) {
  switch (x.reason) {
  case standing_reason::nothing_seen:
    return "nothing that counts was detected" + in_window(x);
  case standing_reason::too_few_samples:
    return grown(x) + and_not_seen(x);
  case standing_reason::too_short:
    return fmt::format("{} ({} needed), but within too short a time", counted(x.samples),
                       x.samples_needed)
           + and_not_seen(x);
  case standing_reason::not_growing:
    return grown(x) + and_not_seen(x);
  case standing_reason::not_persistent:
    return seen(x) + and_not_grown(x);
  case standing_reason::not_confident:
    return seen(x) + ", but " + confident(x) + and_not_grown(x);
  case standing_reason::verified:
    return evidence(x);
  case standing_reason::latched:
    return fmt::format("was verified{} a moment ago, which still holds; now {}",
                       x.verified_by.empty() ? "" : " by " + x.verified_by, evidence(x));
  case standing_reason::same_witness:
    return evidence(x) + ", but another camera of its witness already counts for both";
  case standing_reason::not_registered:
    return evidence(x) + ", but only registered cameras have a vote";
  case standing_reason::offline:
    return "offline, nothing is heard of it";
  }
  return to_string(x.reason);
}

std::string verdict_in_words(const decision_record& x) {
  const auto agree = fmt::format("{} of {} needed cameras agree", x.agreeing, x.threshold);
  switch (x.reason) {
  case decision_reason::agreement:
    return "fire: " + agree;
  case decision_reason::too_few_cameras:
    return agree;
  case decision_reason::cooldown:
    return agree + ", but the pause after the last trigger runs";
  case decision_reason::same_fire:
    return agree + ", but it is still the fire of the last trigger";
  case decision_reason::trigger_waits:
    return agree + ", but a trigger still waits for the broker";
  case decision_reason::disarmed:
    return agree + ", but triggers are switched off";
  case decision_reason::apart_in_time:
    return agree + ", but not by evidence of one moment";
  case decision_reason::no_detection:
    return agree + ", and the next detection decides";
  }
  return agree;
}

// The last digits of a quotient tell nobody anything.
double rounded(double x) {
  constexpr double scale = 1e8;
  return std::abs(x) < 1e7 ? std::round(x * scale) / scale : x;
}

// JSON knows no infinity.
ordered_json number(double x) { return std::isfinite(x) ? ordered_json(x) : ordered_json(nullptr); }

ordered_json known(double x) { return x > 0 ? number(x) : ordered_json(nullptr); }

ordered_json named(const std::string& x) {
  return x.empty() ? ordered_json(nullptr) : ordered_json(x);
}

ordered_json standing_json(camera_standing x) {
  // First, so that the words are those of the numbers beside them.
  for (auto* value : {&x.growth, &x.growth_needed, &x.confidence, &x.confidence_needed, &x.evidence,
                      &x.evidence_needed, &x.area, &x.cadence_s, &x.window_s})
    *value = rounded(*value);
  return {{"agrees", x.agrees},
          {"verified_by", named(x.verified_by)},
          {"samples", x.samples},
          {"growth", known(x.growth)},
          {"reason", to_string(x.reason)},
          {"object", named(x.object)},
          {"samples_needed", x.samples_needed},
          {"growth_needed", number(x.growth_needed)},
          {"frames", x.frames},
          {"seen", x.seen},
          {"seen_needed", x.seen_needed},
          {"confidence", number(x.confidence)},
          {"confidence_needed", number(x.confidence_needed)},
          {"evidence", number(x.evidence)},
          {"evidence_needed", number(x.evidence_needed)},
          {"area", number(x.area)},
          {"cadence_s", known(x.cadence_s)},
          {"window_s", number(x.window_s)},
          {"text", in_words(x)}};
}

ordered_json decision_json(const decision_record& x) {
  ordered_json result{{"t", std::isfinite(x.t) ? ordered_json(x.t) : ordered_json(nullptr)},
                      {"decision", x.triggers() ? "trigger" : "hold"},
                      {"reason", to_string(x.reason)},
                      {"agreeing", x.agreeing},
                      {"threshold", x.threshold}};
  auto cameras = ordered_json::object();
  for (const auto& [id, standing] : x.cameras)
    cameras[id] = standing_json(standing);
  result["cameras"] = std::move(cameras);
  if (x.untold > 0)
    result["untold"] = x.untold;
  if (!x.trigger_id.empty())
    result["trigger_id"] = x.trigger_id;
  return result;
}

// Reads members of one object and remembers whether one was missing or of a wrong kind.
class reader {
public:
  explicit reader(const ordered_json& object) : object_(object) { good_ = object.is_object(); }

  [[nodiscard]] bool good() const noexcept { return good_; }

  void read(const char* name, bool& to) {
    if (const auto* x = member(name, &ordered_json::is_boolean))
      to = x->get<bool>();
  }

  void read(const char* name, std::uint32_t& to) {
    const auto* x = member(name, &ordered_json::is_number_unsigned);
    if (x && x->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max())
      to = static_cast<std::uint32_t>(x->get<std::uint64_t>());
    else
      good_ = false;
  }

  void read(const char* name, double& to) {
    if (is_null(name))
      to = 0;
    else if (const auto* x = member(name, &ordered_json::is_number))
      to = x->get<double>();
  }

  void read(const char* name, std::string& to) {
    if (is_null(name))
      to.clear();
    else if (const auto* x = member(name, &ordered_json::is_string))
      to = x->get<std::string>();
  }

  /// A reason by its word; `last` is the last one there is.
  template <class Reason>
  void read(const char* name, Reason& to, Reason last) {
    std::string word;
    read(name, word);
    for (int i = 0; i <= static_cast<int>(last); ++i)
      if (word == to_string(static_cast<Reason>(i))) {
        to = static_cast<Reason>(i);
        return;
      }
    good_ = false;
  }

private:
  const ordered_json* member(const char* name, bool (ordered_json::*kind)() const noexcept) {
    if (!good_)
      return nullptr;
    const auto found = object_.find(name);
    good_ = found != object_.end() && ((*found).*kind)();
    return good_ ? &*found : nullptr;
  }

  bool is_null(const char* name) const {
    if (!good_)
      return false;
    const auto found = object_.find(name);
    return found != object_.end() && found->is_null();
  }

  const ordered_json& object_;
  bool good_ = true;
};

std::optional<camera_standing> standing_from(const ordered_json& object) {
  camera_standing x;
  reader in{object};
  in.read("agrees", x.agrees);
  in.read("verified_by", x.verified_by);
  in.read("samples", x.samples);
  in.read("growth", x.growth);
  in.read("reason", x.reason, standing_reason::offline);
  in.read("object", x.object);
  in.read("samples_needed", x.samples_needed);
  in.read("growth_needed", x.growth_needed);
  in.read("frames", x.frames);
  in.read("seen", x.seen);
  in.read("seen_needed", x.seen_needed);
  in.read("confidence", x.confidence);
  in.read("confidence_needed", x.confidence_needed);
  in.read("evidence", x.evidence);
  in.read("evidence_needed", x.evidence_needed);
  in.read("area", x.area);
  in.read("cadence_s", x.cadence_s);
  in.read("window_s", x.window_s);
  return in.good() ? std::optional{x} : std::nullopt;
}

} // namespace

std::string seconds_in_words(double s) {
  if (s < 9.95)
    return fmt::format("{:.1f} s", s);
  if (s < 119.5)
    return fmt::format("{:.0f} s", s);
  if (s < 119.5 * 60)
    return fmt::format("{:.0f} min", s / 60);
  return fmt::format("{:.1f} h", s / 3600);
}

std::string in_words(const camera_standing& x) {
  return (x.agrees ? "agrees: " : "does not agree: ") + grounds(x);
}

std::string in_words(const decision_record& x) {
  std::vector<std::string> agreeing;
  std::vector<std::string> others;
  for (const auto& [id, standing] : x.cameras)
    if (standing.agrees)
      agreeing.push_back(fmt::format("{} ({})", id, grounds(standing)));
    else
      others.push_back(fmt::format("{} does not: {}", id, grounds(standing)));
  auto told = std::move(agreeing);
  told.insert(told.end(), others.begin(), others.end());
  auto result = verdict_in_words(x);
  for (std::size_t i = 0; i < std::min(told.size(), max_told); ++i)
    result += (i == 0 ? ": " : "; ") + told[i];
  if (const auto shown = std::min(told.size(), max_told); told.size() + x.untold > shown)
    result += fmt::format("; and {} more", told.size() + x.untold - shown);
  return result;
}

std::string decision_line(const decision_record& x) { return dumped(decision_json(x)); }

std::string explained_line(const decision_record& x) {
  auto result = decision_json(x);
  result["text"] = in_words(x);
  return dumped(result);
}

std::optional<decision_record> decision_from(std::string_view line) {
  const auto parsed = ordered_json::parse(line, nullptr, false);
  decision_record x;
  reader in{parsed};
  in.read("t", x.t);
  in.read("reason", x.reason, decision_reason::no_detection);
  in.read("agreeing", x.agreeing);
  in.read("threshold", x.threshold);
  if (in.good() && parsed.contains("untold"))
    in.read("untold", x.untold);
  if (in.good() && parsed.contains("trigger_id"))
    in.read("trigger_id", x.trigger_id);
  if (!in.good() || parsed["t"].is_null() || !parsed.contains("cameras")
      || !parsed["cameras"].is_object())
    return std::nullopt;
  for (const auto& [id, object] : parsed["cameras"].items()) {
    auto standing = standing_from(object);
    if (!standing)
      return std::nullopt;
    x.cameras.insert_or_assign(id, std::move(*standing));
  }
  return x;
}

} // namespace firefinder
