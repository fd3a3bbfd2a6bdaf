// A device's SOAP message: the input is the whole document.

#include "actors/camera_detection/onvif.hpp"
#include "actors/camera_detection/device_url.hpp"
#include "tests/fuzz/expect.hpp"

#include <string>

namespace firefinder::fuzz {
namespace {

void expect_clean(const std::string& text, std::size_t most) {
  expect(text.size() <= most, "a text is bounded");
  for (const auto c : text)
    expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a text controls nothing");
}

void run(std::string_view document) {
  const onvif_message x{document};
  if (const auto fault = x.fault())
    expect_clean(fault->reason, 200);
  if (const auto clock = x.clock())
    expect_within(*clock, 0, 253'402'300'861.0, "a clock shows a year of four digits");
  if (const auto identity = x.identity())
    for (const auto& text : {identity->manufacturer, identity->model, identity->firmware_version,
                             identity->serial_number})
      expect_clean(text, 128);
  if (const auto addresses = x.hardware_addresses()) {
    expect(addresses->size() <= max_interfaces, "interfaces are bounded");
    for (const auto& one : *addresses)
      expect(one.size() == 12, "a hardware address has 12 digits");
  }
  if (const auto profiles = x.profiles()) {
    expect(profiles->size() <= max_profiles, "profiles are bounded");
    for (const auto& one : *profiles) {
      expect_clean(one.token, 128);
      expect_clean(one.name, 128);
      expect(one.width <= 65'535 && one.height <= 65'535, "a picture has a size");
      expect_within(one.fps, 0, 1'000, "a rate is one");
    }
  }
  for (const auto& told : {x.media_service(), x.stream_uri()}) {
    const auto url = told ? parse_device_url(*told) : std::nullopt;
    if (!url)
      continue;
    expect(url->path.starts_with('/'), "a path begins at the root");
    for (const auto c : url->path)
      expect(c > ' ' && c < 0x7f, "a path can stand in a request");
    auto moved = *url;
    moved.host = "10.0.0.1";
    const auto again = parse_device_url(to_string(moved));
    expect(again && again->host == "10.0.0.1" && again->port == url->port
               && again->scheme == url->scheme,
           "an address that was moved leads to where it was moved");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
