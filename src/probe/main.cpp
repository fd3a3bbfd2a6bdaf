// Looks whether a stream delivers video. A program of its own, because it gives what strangers
// send to libavformat: when that hangs or dies, nothing else does.

#include "actors/camera_detection/video_exchange.hpp"
#include "src/exit_codes.hpp"
#include "src/probe/address.hpp"
#include "src/probe/confine.hpp"
#include "src/probe/look.hpp"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <exception>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

namespace {

using namespace firefinder;

constexpr auto help = R"(firefinder-probe: looks whether a camera's stream delivers video.

Reads one line of JSON from standard input:
  {"url": "rtsp://host:554/path", "user": "", "password": "", "scheme": "digest",
   "deadline_s": 10}
Writes one line of JSON to standard output:
  {"outcome": "video", "why": "", "codec": "h264", "width": 1920, "height": 1080, "fps": 15,
   "key_frame_after_s": 0.8}
scheme: how the password may be shown: none (not at all), digest, basic (readable for everybody
on the way, if the camera knows nothing better).
outcome: video, no_video, unreachable, unauthorized, not_found, timeout, unable.
It plays the stream over TCP until the first key frame and decodes that one. firefinder starts
it by itself. The password is read from standard input because everybody can read command lines.
)";

// What is written when the deadline is over and libavformat does not notice: it waits for a
// look-up of a name, or calculates. Made beforehand, because a signal handler cannot.
std::string last_words;

void on_alarm(int) {
  const auto written = ::write(STDOUT_FILENO, last_words.data(), last_words.size());
  ::_exit(written < 0 ? exit_code::io : exit_code::success);
}

void set_alarm(timespan after) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(after).count();
  itimerval timer{};
  timer.it_value.tv_sec = microseconds / 1'000'000;
  timer.it_value.tv_usec = microseconds % 1'000'000;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

// The first line of standard input; nothing when it is too long.
std::optional<std::string> read_line() {
  std::string result;
  while (result.size() < max_video_request) {
    char c = 0;
    const auto n = ::read(STDIN_FILENO, &c, 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0 || c == '\n')
      return result;
    result += c;
  }
  return std::nullopt;
}

// How long this process is there already: who started it counts from then, and to load the
// libraries takes longer than a look where the disk is slow and they are not yet in memory.
timespan age() {
  std::ifstream file{"/proc/self/stat"};
  std::string text;
  std::getline(file, text);
  // What follows the name, which may hold anything, is the third field (proc(5)).
  std::istringstream fields{text.substr(std::min(text.rfind(')'), text.size() - 1) + 1)};
  constexpr int before_start = 19;
  std::string skipped;
  for (int i = 0; i < before_start; ++i)
    fields >> skipped;
  double ticks = 0;
  timespec now{};
  if (!(fields >> ticks) || ::clock_gettime(CLOCK_BOOTTIME, &now) != 0)
    return timespan{0};
  const auto since_boot = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  const auto seconds = since_boot - ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return std::clamp(from_seconds(seconds), timespan{0}, longest_video_deadline);
}

video_report answer_to(const video_query& query, std::chrono::steady_clock::time_point begin) {
  auto where = probe::address_of(query);
  if (where.outcome == video_outcome::video)
    return probe::look(where.url, query.scheme, begin, query.deadline);
  video_report result;
  result.outcome = where.outcome;
  result.why = std::move(where.why);
  return result;
}

int run() {
  probe::confine();
  // Nobody says anything: the default action ends us.
  set_alarm(std::chrono::seconds{10});
  const auto line = read_line();
  const auto query = line ? read_video_request(*line) : std::nullopt;
  if (!query) {
    std::cerr << "firefinder-probe: standard input has no request, see --help\n";
    return exit_code::bad_data;
  }
  video_report late;
  late.outcome = video_outcome::timeout;
  late.why = "the look did not end in time";
  last_words = video_answer(late);
  std::signal(SIGALRM, &on_alarm);
  const auto old = age();
  // None would turn the alarm off.
  set_alarm(std::max(query->deadline - old, timespan{0}) + std::chrono::milliseconds{250});
  const auto report = answer_to(*query, std::chrono::steady_clock::now() - old);
  set_alarm(timespan{0});
  std::cout << video_answer(report) << std::flush;
  return std::cout ? exit_code::success : exit_code::io;
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 2 && (argv[1] == std::string_view{"--help"} || argv[1] == std::string_view{"-h"})) {
    std::cout << help;
    return exit_code::success;
  }
  if (argc != 1) {
    std::cerr << "firefinder-probe: takes no arguments, see --help\n";
    return exit_code::usage;
  }
  try {
    return run();
  } catch (const std::exception& e) {
    std::cerr << "firefinder-probe: " << e.what() << '\n';
    return exit_code::internal;
  }
}
