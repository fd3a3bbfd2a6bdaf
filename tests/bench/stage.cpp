#include "tests/bench/stage.hpp"

#include "messages/camera.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <set>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace firefinder::test {

using std::chrono::steady_clock;

std::chrono::duration<double> cpu_time_of(pid_t process) {
  clockid_t clock{};
  if (const int error = ::clock_getcpuclockid(process, &clock); error != 0)
    throw std::system_error(error, std::generic_category(), "the clock of a process");
  timespec used{};
  if (::clock_gettime(clock, &used) != 0)
    throw_errno("the clock of a process");
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

null_subscriber::null_subscriber(const std::string& library, std::uint16_t port)
  : state_(directory_.path() / "state"),
    process_({NULL_SUBSCRIBER, "--library", library, "--port", std::to_string(port), "--state",
              directory_.path() / "state", "fire/detection/#", "frigate/events"},
             {}, directory_.path() / "log") {
  if (!poll_until(patience, [this] { return state_->ready || !process_.running(); })
      || !state_->ready)
    throw std::runtime_error("the subscriber by " + library
                             + " does not subscribe: " + process_.standard_error());
}

fire_watch::fire_watch(std::uint16_t port) : watcher_(port), cameras_(port) {
  watcher_.subscribe("fire/trigger");
}

void fire_watch::grow(const std::string& camera, const std::string& object, bool all) {
  auto fire = growing_fire(camera);
  if (!all)
    fire.pop_back();
  for (auto& one : fire) {
    one["object_id"] = object;
    cameras_.post("fire/detection/" + camera, one.dump());
  }
}

void fire_watch::shrink(const std::string& object) {
  for (const std::string camera : {"burning-a", "burning-b"})
    for (const double area : {0.010, 0.009, 0.008, 0.007}) {
      auto one = detection_of(camera, area);
      one["object_id"] = object;
      cameras_.post("fire/detection/" + camera, one.dump());
    }
}

std::optional<std::chrono::duration<double>> fire_watch::burn(steady_clock::duration limit) {
  const auto object = "burning-" + std::to_string(fires_++);
  grow("burning-a", object, true);
  grow("burning-b", object, false);
  cameras_.flush();
  auto last = detection_of("burning-b", 0.06);
  last["object_id"] = object;
  const auto begin = steady_clock::now();
  cameras_.post("fire/detection/burning-b", last.dump());
  const auto trigger = watcher_.wait_for(
      [&object](const message& m) { return m.payload.find('"' + object + '"') != m.payload.npos; },
      limit);
  // Neither camera agrees any more when the next one begins.
  shrink(object);
  cameras_.flush();
  if (!trigger)
    return std::nullopt;
  return trigger->arrived - begin;
}

bool comes_to_rest(daemon& subject, std::chrono::duration<double> limit) {
  constexpr std::chrono::milliseconds look{250};
  // Of one core.
  constexpr double at_rest = 0.02;
  const auto deadline = steady_clock::now() + limit;
  int quiet = 0;
  auto before = cpu_time_of(subject.process().pid());
  while (steady_clock::now() < deadline) {
    std::this_thread::sleep_for(look);
    const auto now = cpu_time_of(subject.process().pid());
    quiet = now - before < at_rest * std::chrono::duration<double>{look} ? quiet + 1 : 0;
    before = now;
    if (quiet == 3)
      return true;
  }
  return false;
}

announcements::announcements(std::uint16_t port) : watcher_(port) {
  watcher_.subscribe("homeassistant/device/+/config");
}

bool announcements::complete(std::size_t cameras, steady_clock::duration limit) const {
  const auto shown = std::min(cameras, max_known_cameras);
  std::set<std::string> seen;
  return watcher_
      .wait_for(
          [&](const message& document) {
            // Who was there before has left its own.
            if (!document.retained)
              seen.insert(document.topic);
            return seen.size() >= shown;
          },
          limit)
      .has_value();
}

std::uint64_t dropped_by_broker(std::uint16_t port) {
  const auto told = retained_payload(port, "$SYS/broker/publish/messages/dropped").value_or("0");
  std::uint64_t result = 0;
  std::from_chars(told.data(), told.data() + told.size(), result);
  return result;
}

} // namespace firefinder::test
