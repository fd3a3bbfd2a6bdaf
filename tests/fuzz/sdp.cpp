// The description of a stream.

#include "actors/camera_detection/sdp.hpp"
#include "actors/camera_detection/device_text.hpp"
#include "tests/fuzz/expect.hpp"

namespace firefinder::fuzz {
namespace {

void expect_sizes(std::uint32_t width, std::uint32_t height) {
  expect(width <= 65'535 && height <= 65'535, "a picture has a size");
  expect((width == 0) == (height == 0), "a size has two sides");
}

void run(std::string_view text) {
  if (const auto x = video_in(text)) {
    expect_sizes(x->width, x->height);
    expect_within(x->fps, 0, 1'000, "a rate is one");
    expect(x->codec.size() <= 16 && foreign_text(x->codec, 16) == x->codec, "a codec has a name");
    expect(x->control.size() <= 1'024, "a control is bounded");
  }
  // The same bytes as a parameter set.
  if (const auto x = picture_size_of(text)) {
    expect_sizes(x->width, x->height);
    expect(x->width != 0, "a picture has a size");
  }
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
