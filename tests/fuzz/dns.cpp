// Answers of mDNS: the input is a message.

#include "actors/camera_detection/dns.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>

namespace firefinder::fuzz {
namespace {

void run(std::string_view input) {
  // The id that it has, so that the rest is looked at.
  std::uint16_t id = 0;
  if (input.size() >= 2)
    id = static_cast<std::uint16_t>(static_cast<std::uint8_t>(input[0]) << 8
                                    | static_cast<std::uint8_t>(input[1]));
  const auto found = parse_rtsp_services(input, id);
  expect(!parse_rtsp_services(input, static_cast<std::uint16_t>(id + 1)),
         "an answer to another is none");
  if (!found)
    return;
  expect(found->size() <= 64, "there is a bound of instances");
  for (const auto& x : *found) {
    expect(x.instance.size() <= 63, "a label is no longer than labels are");
    expect(x.path.size() <= 256 && (x.path.empty() || x.path.front() == '/'), "a path is one");
    expect(std::all_of(x.path.begin(), x.path.end(), [](char c) { return c > ' ' && c <= '~'; }),
           "a path can stand in an address");
    const auto name = foreign_text(x.instance, 64);
    expect(name.size() <= 64 && foreign_text(name, 64) == name, "what is clean stays so");
    expect(!parse_rtsp_services(instance_question(id, x.instance), id), "a question is no answer");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
