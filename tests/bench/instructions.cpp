// Hears the same messages in every run, so that instructions can be counted: see
// scripts/bench-instructions.
//
//   firefinder_instructions direct|frigate|person MESSAGES

#include "tests/bench/hot_path.hpp"

#include <charconv>
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  using namespace firefinder::test;
  const std::string_view kind{argc > 1 ? argv[1] : ""};
  const std::string_view number{argc > 2 ? argv[2] : ""};
  std::size_t n = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), n);
  if ((kind != "direct" && kind != "frigate" && kind != "person") || read.ec != std::errc{}) {
    std::cerr << "usage: " << argv[0] << " direct|frigate|person MESSAGES\n";
    return 64;
  }
  message_source source{kind == "direct" ? sender::direct : sender::frigate,
                        kind == "person" ? "person" : "fire", 50};
  hot_path subject;
  for (std::size_t i = 0; i < n; ++i)
    subject.hear(source.next());
  std::cout << subject.accepted() << " of " << n << " were evidence\n";
}
