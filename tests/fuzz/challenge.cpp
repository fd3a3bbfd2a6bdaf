// What a server says of its log-in.

#include "actors/camera_detection/challenge.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "actors/camera_detection/rtsp_paths.hpp"
#include "tests/fuzz/expect.hpp"

namespace firefinder::fuzz {
namespace {

void run(std::string_view line) {
  const auto all = challenges_in(line);
  expect(all.size() <= max_challenges, "challenges are bounded");
  for (const auto& x : all) {
    expect(x.realm.size() <= 128 && foreign_text(x.realm, 128) == x.realm, "a realm can be shown");
    expect(x.scheme.size() <= 64 && x.qop.size() <= 64 && x.algorithm.size() <= 64,
           "words are bounded");
    expect(lower_case(x.scheme) == x.scheme, "a scheme is in lower case");
    const auto facts = facts_in_realm(x.realm);
    expect(facts.mac.empty() || hardware_address(facts.mac) == facts.mac,
           "a hardware address is one");
    expect(facts.serial_number.size() <= 64, "a serial number is bounded");
    expect(known_stream_paths(x.realm).size() == known_stream_paths("").size(),
           "a realm orders the paths");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
