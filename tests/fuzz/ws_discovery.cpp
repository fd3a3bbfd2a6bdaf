// Messages of WS-Discovery: the input is a datagram.

#include "actors/camera_detection/ws_discovery.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <string>

namespace firefinder::fuzz {
namespace {

void expect_clean(const std::string& text) {
  expect(text.size() <= 64, "a name is short");
  expect(std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; }),
         "a name has no control characters");
  expect(foreign_text(text, 64) == text, "what is clean stays so");
}

void run(std::string_view input) {
  const auto x = parse_discovery(input);
  if (!x)
    return;
  expect(input.size() <= max_discovery_message, "what is too large is not read");
  expect(x->devices.size() <= 8, "there is a bound of devices");
  for (const auto& device : x->devices) {
    expect_clean(device.name);
    expect_clean(device.hardware);
    expect(device.endpoint.size() <= 64
               && device.endpoint.find_first_of("/+#\" ") == std::string::npos,
           "an endpoint can be part of a topic");
    expect(device.services.size() <= 8, "there is a bound of services");
    for (const auto& service : device.services)
      expect(lower_case(service).starts_with("http") && service.size() <= 256,
             "a service has an address");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
