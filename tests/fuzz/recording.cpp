// Recordings: the input is one.

#include "tests/rig/recording.hpp"

#include "tests/fuzz/expect.hpp"

#include <sstream>
#include <stdexcept>

namespace firefinder::fuzz {
namespace {

void run(std::string_view input) {
  std::istringstream lines{std::string{input}};
  std::vector<rig::recorded_message> messages;
  try {
    messages = rig::read_recording(lines);
  } catch (const std::runtime_error& x) {
    expect(std::string_view{x.what()}.starts_with("line "), "the error names its line");
    return;
  }
  double before = 0;
  for (auto& one : messages) {
    expect(std::isfinite(one.t), "the time is finite");
    expect(&one == &messages.front() || one.t >= before, "the time does not go back");
    before = one.t;
    expect(one.qos >= 0 && one.qos <= 2, "there are three qualities of service");
    const auto bytes = rig::payload_bytes(one.payload);
    if (!one.payload.is_string())
      expect(nlohmann::json::parse(bytes) == one.payload, "a payload is sent as it was");
  }
  for (const auto& camera : rig::cameras_of(messages)) {
    expect(!camera.frames.empty(), "a camera was seen");
    for (const auto& x : camera.frames)
      if (x.area)
        expect(std::isfinite(*x.area) && *x.area > 0, "an area is a positive number");
    // Each frame looks at all of them.
    if (camera.frames.size() <= 100)
      static_cast<void>(rig::verified_at(camera.frames));
  }
  for (auto& one : messages) {
    rig::restamp(one.payload, 60);
    expect(!rig::payload_bytes(one.payload).empty() || one.payload.is_string(),
           "a fresh payload can be sent");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
