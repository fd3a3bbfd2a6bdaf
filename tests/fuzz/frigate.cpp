// Frigate's events: the input is a payload.

#include "tests/fuzz/decoded_checks.hpp"

namespace firefinder::fuzz {
namespace {

void run(std::string_view payload) {
  static const acceptance_settings settings;
  const auto from = message("frigate/events", payload, std::chrono::seconds{1000}, 1'750'000'000);
  decoder subject{settings};
  const auto x = subject.decode(from);
  expect_sound(x, from, settings);
  expect_sound(subject.decode(from), from, settings);
  expect(x.dropped.size() <= 1, "an event is one thing");
  if (!x.seen)
    return;
  expect(x.seen->detections.size() <= 1, "an event has one box");
  expect(!x.missed || x.missed->camera == x.seen->camera, "an event is about one camera");
  expect(!x.seen->camera.starts_with("_replay_"), "a replay of Frigate's is no camera");
  for (const auto& one : x.seen->detections)
    expect(one.may_repeat, "Frigate repeats itself");
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
