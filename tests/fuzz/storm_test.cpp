// Broken payloads by the thousand before a real broker and the real daemon: afterwards
// a fire raises its one alarm as if nothing had been.
//
// FIREFINDER_STORM=100000 sends so many payloads instead of a few, FIREFINDER_STORM_SEED
// others.

#include "tests/fuzz/mutator.hpp"
#include "tests/integration/fixture.hpp"
#include "tests/integration/malformed_payloads.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>

namespace firefinder::test::storm_test {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

// The share of the frame that every good detection has: what does not grow is no fire.
constexpr double area = 0.02;

// Good payloads of every kind and the malformed ones, all of one camera.
std::vector<std::string> seeds() {
  std::vector<std::string> result;
  for (const auto& one : growing_fire("bad", 2, area, 1))
    result.push_back(one.dump());
  for (const auto& one : growing_fire_in_pixels("bad", 1280, 720, 2, area, 1))
    result.push_back(one.dump());
  // Frigate's pixels are those of 1280x720, and the daemon takes them for 1920x1080.
  for (const auto& one : growing_fire_of_frigate("bad", 2, area * 2.25, 1))
    result.push_back(one.dump());
  result.push_back(R"({"camera_id":"bad"})");
  for (const auto& one : malformed_payloads(0))
    if (one.payload.size() < 4096)
      result.push_back(one.payload);
  return result;
}

// Whether there is a box of another size than the good ones have, in any frame, that
// would count.
bool has_other_box(const nlohmann::json& value, double pixels) {
  if (value.is_array() && value.size() == 4
      && std::all_of(value.begin(), value.end(), [](const auto& x) { return x.is_number(); })) {
    const auto corners = value.get<std::array<double, 4>>();
    const auto size = (corners[2] - corners[0]) * (corners[3] - corners[1]);
    const auto is_other = [](double share) {
      return share > 0.0009 && share < 0.81 && std::abs(share / area - 1) > 0.05;
    };
    return std::all_of(corners.begin(), corners.end(), [](double x) { return x <= 1; })
               ? is_other(size)
               : is_other(size / pixels);
  }
  return value.is_structured() && std::any_of(value.begin(), value.end(), [&](const auto& x) {
           return has_other_box(x, pixels);
         });
}

// Whether a payload could make a fire with the others: it speaks for another camera
// than all of them do, or shows an object of another size.
bool could_count(const std::string& payload) {
  const auto json = nlohmann::json::parse(payload, nullptr, false);
  if (!json.is_object())
    return false;
  const auto is_other = [](const nlohmann::json& object, const char* key) {
    return object.contains(key) && object.at(key).is_string() && object.at(key) != "bad";
  };
  const auto side = [&](const char* key, double otherwise) {
    return json.contains(key) && json.at(key).is_number() ? json.at(key).get<double>() : otherwise;
  };
  const bool is_event = json.contains("after") && json.at("after").is_object();
  return is_other(json, "camera_id")
         || (is_event
                 ? is_other(json.at("after"), "camera")
                       || has_other_box(json.at("after").value("box", nlohmann::json{}),
                                        1920 * 1080)
                 : has_other_box(json, side("frame_width", 1920) * side("frame_height", 1080)));
}

constexpr std::array topics{"fire/detection", "fire/detection/bad", "frigate/events"};

class storm : public scene {
protected:
  // Sends it to the topics in turn; what could count goes where nothing is detected.
  void send(const std::string& payload, std::size_t i) {
    cameras().post(could_count(payload) ? "system/camera_telemetry" : topics.at(i % topics.size()),
                   payload);
  }

  // Whether the daemon has taken everything that was sent before.
  bool has_caught_up(std::uint64_t sent) {
    const auto reports = watcher().messages("system/fire_consensus/health");
    if (reports.empty())
      return false;
    const auto report = nlohmann::json::parse(reports.back().payload, nullptr, false);
    return report.is_object() && report.value("messages_received", std::uint64_t{0}) >= sent;
  }
};

TEST_F(storm, OfBrokenPayloadsLeavesTheAlarmWorking) {
  const auto number = number_from("FIREFINDER_STORM", 10'000);
  const auto seed = number_from("FIREFINDER_STORM_SEED", 1);
  // A queue without an end in the broker: what is dropped there tests nothing.
  // Nor does what is shed.
  play({{"LOG_LEVEL", "info"}, {"MQTT_MAX_SOURCE_RATE", "1000000"}},
       {.broker = {.further = "max_queued_messages 0"}, .proxied = true});
  const auto pid = subject->process().pid();
  const auto memory_before = subject->resident_bytes();
  const auto log_before = subject->log().size();

  fuzz::mutator mutations{seed, seeds(), 16 * 1024};
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < number; ++i) {
    send(mutations.next(), i);
    if (i % 1000 == 999)
      cameras().flush();
  }
  cameras().flush();
  // It reports when the link comes back; what the broker has queued comes before long.
  EXPECT_TRUE(poll_until(std::chrono::seconds{60}, [&] {
    cut_and_expect_online();
    return has_caught_up(number);
  })) << "the daemon has not taken everything";
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;

  EXPECT_TRUE(triggers().empty()) << triggers().front();
  const auto heard_at = std::chrono::steady_clock::now();
  see(growing_fire("north"));
  see(growing_fire("south"));
  const auto alarm = trigger();
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - heard_at;
  EXPECT_LT(waited.count(), 5);
  EXPECT_EQ(cameras_of(alarm), (names{"north", "south"})) << alarm;
  // The broker hands on in order: had there been a second one, it were here.
  cameras().publish("storm/is/over", "");
  EXPECT_TRUE(watcher().wait_for("storm/is/over", patience));
  EXPECT_EQ(triggers().size(), 1U);

  EXPECT_TRUE(subject->process().running());
  EXPECT_EQ(subject->process().pid(), pid);
  const auto memory = subject->resident_bytes();
  const auto log = subject->log().size() - log_before;
  std::cout << number << " payloads, seed " << seed << ", in " << took.count() << " s; resident "
            << memory_before / 1024 << " KiB before, " << memory / 1024 << " KiB after; " << log
            << " bytes of log; the alarm came after " << waited.count() << " s\n";
#ifndef FIREFINDER_SANITIZED
  EXPECT_LT(memory, memory_before + 48 * 1024 * 1024);
#endif
  // One line for each reason and camera in a minute, and a limit to those together.
  EXPECT_LT(log, 256 * 1024);
}

} // namespace
} // namespace firefinder::test::storm_test
