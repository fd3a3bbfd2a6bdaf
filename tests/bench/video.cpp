// How many looks at streams there are in a second, and what they cost.
//
//   firefinder_video_bench [URL [LOOKS]]
//
// URL is a stream without a password. By default it is a port of this machine where nobody
// listens: then all of the cost is that of starting a process.

#include "actors/camera_detection/video_looks.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {
namespace {

using std::chrono::steady_clock;

constexpr unsigned default_looks = 100;

// Processor time of the looks so far, and the resident memory of the greatest.
struct usage {
  double seconds = 0;
  double mebibytes = 0;
};

usage of_children() {
  rusage x{};
  ::getrusage(RUSAGE_CHILDREN, &x);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return {seconds(x.ru_utime) + seconds(x.ru_stime), static_cast<double>(x.ru_maxrss) / 1024};
}

void measure(const std::string& url, unsigned looks, unsigned parallel) {
  video_looks subject{{{}, parallel}};
  std::vector<double> key_frames;
  std::map<std::string, unsigned> outcomes;
  const auto before = of_children();
  const auto begin = steady_clock::now();
  for (unsigned i = 0; i < looks; ++i)
    subject.look({url, {}, {}, {}, std::chrono::seconds{10}}, [&](const video_report& x) {
      ++outcomes[to_string(x.outcome) + (x.why.empty() ? "" : " (" + x.why + ")")];
      if (x.outcome == video_outcome::video)
        key_frames.push_back(x.key_frame_after_s);
    });
  while (!subject.idle())
    subject.work(std::chrono::milliseconds{100});
  const std::chrono::duration<double> took = steady_clock::now() - begin;
  const auto after = of_children();
  std::cout << fmt::format("{} at a time: {:.1f} looks/s, {:.1f} ms of a core and {:.1f} MiB each",
                           parallel, looks / took.count(),
                           1000 * (after.seconds - before.seconds) / looks, after.mebibytes);
  if (!key_frames.empty()) {
    std::sort(key_frames.begin(), key_frames.end());
    std::cout << fmt::format(", key frame after {:.3f} s, at most {:.3f} s",
                             key_frames[key_frames.size() / 2], key_frames.back());
  }
  for (const auto& [outcome, n] : outcomes)
    std::cout << fmt::format("; {} {}", n, outcome);
  std::cout << std::endl;
}

int run(int argc, char** argv) {
  const std::string url = argc > 1 ? argv[1] : "rtsp://127.0.0.1:1/";
  unsigned looks = default_looks;
  if (argc > 2) {
    const std::string_view text{argv[2]};
    const auto read = std::from_chars(text.data(), text.data() + text.size(), looks);
    if (read.ec != std::errc{} || looks == 0)
      throw std::runtime_error("LOOKS is a number from 1 on");
  }
  for (const unsigned parallel : {1U, 2U, 4U, 8U})
    measure(url, looks, parallel);
  return 0;
}

} // namespace
} // namespace firefinder

int main(int argc, char** argv) {
  try {
    return firefinder::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "firefinder_video_bench: " << e.what() << '\n';
    return 1;
  }
}
