// Direct detections and telemetry: the input is a payload.

#include "tests/fuzz/decoded_checks.hpp"

namespace firefinder::fuzz {
namespace {

acceptance_settings anything_goes() {
  acceptance_settings result;
  result.min_confidence = 0;
  result.min_area_ratio = 0;
  result.max_area_ratio = 1;
  return result;
}

void run(std::string_view payload) {
  static const acceptance_settings standard;
  static const auto lenient = anything_goes();
  for (const char* topic : {"fire/detection", "fire/detection/north", "system/camera_telemetry"}) {
    const auto from = message(topic, payload, std::chrono::seconds{1000}, 1'750'000'000);
    const auto strictly = decoder{standard}.decode(from);
    expect_sound(strictly, from, standard);
    const auto leniently = decoder{lenient}.decode(from);
    expect_sound(leniently, from, lenient);
    expect(!strictly.seen || leniently.seen, "bounds do not make a camera known");
    if (strictly.seen)
      expect(strictly.seen->detections.size() <= leniently.seen->detections.size(),
             "narrower bounds let no more through");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
