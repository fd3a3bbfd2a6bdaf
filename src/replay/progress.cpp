#include "src/replay/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace firefinder::replay {

namespace {

constexpr std::chrono::milliseconds between{200};
constexpr auto to_begin_of_line = "\r\x1b[K";

} // namespace

progress::progress() : shown_(isatty(STDERR_FILENO) == 1) {}

progress::~progress() { wipe(); }

double progress::elapsed_s() const {
  return std::max(1e-6, std::chrono::duration<double>(clock::now() - began_).count());
}

void progress::wipe() {
  if (line_is_there_)
    std::fputs(to_begin_of_line, stderr);
  line_is_there_ = false;
}

void progress::show(const recording::reader& in) {
  const auto now = clock::now();
  if (now - last_ < between)
    return;
  last_ = now;
  const auto share = in.size() == 0 ? 0.0
                                    : 100.0 * static_cast<double>(in.position())
                                          / static_cast<double>(in.size());
  fmt::print(stderr, "{}{:3.0f} %  {} messages, {:.0f} messages/s", to_begin_of_line, share,
             messages_, static_cast<double>(messages_) / elapsed_s());
  std::fflush(stderr);
  line_is_there_ = true;
}

void progress::finish() {
  wipe();
  fmt::print(stderr, "firefinder: {} messages in {:.2f} s, {:.0f} messages/s\n", messages_,
             elapsed_s(), static_cast<double>(messages_) / elapsed_s());
}

} // namespace firefinder::replay
