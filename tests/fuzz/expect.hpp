#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace firefinder::fuzz {

/// Ends the process, as a crash would, when a property does not hold: that is what
/// both libFuzzer and our driver look for.
inline void expect(bool holds, const char* property) {
  if (holds)
    return;
  static_cast<void>(std::fprintf(stderr, "broken: %s\n", property));
  std::abort();
}

/// Expects a finite number of `low` to `high`, both included.
inline void expect_within(double x, double low, double high, const char* property) {
  expect(std::isfinite(x) && x >= low && x <= high, property);
}

/// The input as text.
inline std::string_view text_of(const unsigned char* data, std::size_t size) {
  // Both are types through which every byte may be read.
  return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first line off `rest`, without its end.
inline std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

} // namespace firefinder::fuzz

/// The interface of libFuzzer: every target defines it.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);
