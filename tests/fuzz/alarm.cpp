// The whole decision: messages through decoding, tracking and agreement to the
// payload of a trigger, against a second opinion on what may raise an alarm.
//
// The input is lines. The first chooses settings, a character each: cameras that must
// agree, areas, cooldown, samples in a median. Every other one is a message: a
// character for the time since the one before, the topic, a blank, the payload.

#include "actors/consensus/agreement.hpp"
#include "actors/consensus/tracking.hpp"
#include "actors/consensus/trigger.hpp"
#include "tests/fuzz/decoded_checks.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace firefinder::fuzz {
namespace {

using namespace std::chrono_literals;

// By the low bits of a character, so that digits and small letters are short.
constexpr std::array<timespan, 16> steps{200ms, 0ms, 1ms, 10ms, 100ms, 500ms, 1s,   2s,
                                         5s,    10s, 29s, 31s,  59s,   61s,   300s, 3600s};

consensus_settings settings_of(std::string_view line) {
  const auto choice = [&](std::size_t i) -> unsigned {
    return i < line.size() ? static_cast<unsigned char>(line[i]) : 0;
  };
  consensus_settings result;
  result.threshold = choice(0) % 4 + 1;
  if (choice(1) % 2 == 1) {
    result.acceptance.min_area_ratio = 0;
    result.acceptance.max_area_ratio = 1;
    result.acceptance.min_confidence = 0;
    result.tracking.growth_ratio = 1;
  }
  result.cooldown = steps.at(choice(2) % 16);
  result.tracking.moving_average = choice(3) % 3 + 1;
  result.zone_activation = true;
  result.zones = {{"north", {"1", "\"barn\""}}, {"south", {"1", "no JSON", "{}"}}};
  return result;
}

bool has_null(const nlohmann::json& value) {
  if (!value.is_structured())
    return value.is_null();
  return std::any_of(value.begin(), value.end(), [](const auto& x) { return has_null(x); });
}

// Numbers that are not finite would be written as null.
nlohmann::json expect_json(const std::string& text) {
  auto value = nlohmann::json::parse(text, nullptr, false);
  expect(value.is_object(), "what is sent is JSON");
  expect(!has_null(value), "every number that is sent is finite");
  return value;
}

class house {
public:
  explicit house(consensus_settings settings)
    : settings_(std::move(settings)), decoder_(settings_.acceptance), cameras_(settings_.tracking),
      vote_(settings_) {}

  void pass(timespan time) {
    now_ += time;
    while (const auto due = cameras_.next_deadline()) {
      if (*due > now_)
        break;
      for (const auto& v : cameras_.advance(*due))
        hear(v);
      expect(!cameras_.next_deadline() || *cameras_.next_deadline() > *due, "time goes on");
    }
  }

  void hear(const std::string& topic, std::string_view payload) {
    const auto from = message(topic, payload, now_, wall());
    auto x = decoder_.decode(from);
    expect_sound(x, from, settings_.acceptance);
    for (const auto* seen : {&x.missed, &x.seen})
      if (*seen)
        hear(**seen);
  }

  void expect_bounds() const {
    const auto figures = cameras_.figures(now_);
    expect(figures.size() == known_.size(), "every camera is known once");
    for (const auto& [id, camera] : figures)
      expect(camera.active_objects <= tracking::max_tracks, "objects are bounded");
    expect(vote_.agreeing().size() <= known_.size(), "only cameras agree");
    const auto state = expect_json(
        state_payload({vote_.agreeing(), vote_.threshold(), vote_.in_cooldown(now_)}, wall()));
    expect(state.at("consensus_count") == vote_.agreeing().size(), "the state counts them");
  }

private:
  struct own_view {
    monotonic last_seen{};
    /// When it detected something.
    std::vector<monotonic> frames;
  };

  [[nodiscard]] unix_seconds wall() const { return 1'750'000'000 + to_seconds(now_); }

  void hear(const sighting& seen) {
    auto& own = known_[seen.camera];
    own.last_seen = now_;
    if (!seen.detections.empty())
      own.frames.push_back(now_);
    const auto result = cameras_.add(seen);
    expect(!result.refused, "there is room for a few cameras");
    expect(result.accepted + result.repeated <= seen.detections.size(),
           "each detection counts once at the most");
    if (result.change)
      hear(*result.change);
  }

  void hear(const verdict& v) {
    expect(v.evidence.size() <= max_evidence, "evidence is bounded");
    const auto decided = vote_.add(v, now_, wall());
    if (v.agrees())
      agreeing_.insert(v.camera);
    else
      agreeing_.erase(v.camera);
    const auto all = vote_.agreeing();
    expect(all.size() == agreeing_.size()
               && std::set<std::string>(all.begin(), all.end()) == agreeing_,
           "those agree whose last verdict says so");
    if (decided.fire)
      judge(*decided.fire);
  }

  void judge(const decision& d) {
    std::set<std::string> voters;
    for (const auto& camera : d.cameras) {
      voters.insert(camera.id);
      const auto& own = known_.at(camera.id);
      expect(now_ - own.last_seen <= settings_.tracking.camera_timeout, "a voter is alive");
      const auto start = now_ - settings_.tracking.window;
      const auto recent = std::count_if(own.frames.begin(), own.frames.end(),
                                        [&](monotonic at) { return at >= start; });
      expect(recent >= 2 * settings_.tracking.moving_average, "a voter has seen it several times");
      expect(!camera.objects.empty(), "a voter has evidence");
      for (const auto& x : camera.objects)
        judge(x, own);
    }
    expect(voters.size() == d.cameras.size(), "a camera votes once");
    expect(voters.size() >= settings_.threshold, "enough cameras agree");
    expect(!last_ || d.at - *last_ >= settings_.cooldown, "no second trigger in the cooldown");
    expect(d.number == ++triggers_, "triggers are counted");
    last_ = d.at;

    const auto id = trigger_id(d, settings_);
    expect(id.size() == 36 && id == trigger_id(d, settings_), "a trigger keeps its identity");
    const auto text = trigger_payload(d, id, settings_);
    const auto payload = expect_json(text);
    expect(payload.at("action") == "trigger" && payload.at("trigger_id") == id
               && payload.at("consensus_cameras").size() == voters.size()
               && payload.at("evidence").size() == voters.size(),
           "a trigger tells all of it");
    expect(payload.at("expires_at") > payload.at("timestamp"), "a trigger lives for a while");
    expect(expect_json(missed_payload(text, "late", wall())).at("action") == "trigger_missed",
           "a missed trigger is none");
  }

  void judge(const object_evidence& x, const own_view& own) const {
    const auto& rules = settings_.tracking;
    expect(x.samples >= 2 * rules.moving_average && x.samples <= track::capacity,
           "evidence is made of enough samples");
    expect(x.samples <= own.frames.size(), "each sample was a message");
    expect_within(x.span_s, 0, to_seconds(rules.window), "evidence is from the window");
    expect_within(x.confidence, settings_.acceptance.min_confidence * confidence_hysteresis, 1,
                  "it was confident");
    expect(x.first_area > 0 && std::isfinite(x.last_area), "areas are numbers");
    expect(x.last_area >= rules.growth_ratio * x.first_area, "it grew");
  }

  consensus_settings settings_;
  decoder decoder_;
  tracking cameras_;
  agreement vote_;
  monotonic now_ = 1000s;
  std::map<std::string, own_view> known_;
  std::set<std::string> agreeing_;
  std::optional<monotonic> last_;
  std::uint64_t triggers_ = 0;
};

void run(std::string_view input) {
  house subject{settings_of(take_line(input))};
  while (!input.empty()) {
    auto line = take_line(input);
    if (line.empty())
      continue;
    subject.pass(steps.at(static_cast<unsigned char>(line.front()) % steps.size()));
    line.remove_prefix(1);
    const auto blank = std::min(line.find(' '), line.size());
    const auto payload = line.substr(std::min(blank + 1, line.size()));
    subject.hear(std::string{line.substr(0, blank)}, payload);
  }
  subject.expect_bounds();
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
