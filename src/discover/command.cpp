#include "src/discover/command.hpp"

#include "src/discover/report.hpp"
#include "src/exit_codes.hpp"
#include "src/signals.hpp"
#include "src/small_system.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>
#include <utility>

namespace firefinder::discover {

namespace {

using steady = std::chrono::steady_clock;

// How often it is shown how far the search is: in the one line of a terminal, and in a line of
// its own elsewhere.
constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::chrono::seconds line_interval{1};

// What devices may take to answer when the search itself is over.
constexpr auto time_for_devices = std::chrono::seconds{20};

constexpr timespan figures_deadline = std::chrono::seconds{2};
constexpr auto stop_grace = std::chrono::milliseconds{1'500};

// Columns of the terminal at `fd`; 0: it is none, or does not tell.
std::size_t width_of(int fd) {
  winsize size{};
  return isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// Asks, and says to `whom` what came of it: progress, the result, or `close_atom` with why there
// is none.
caf::behavior asker(caf::event_based_actor* self, const camera_detection_actor& cameras,
                    const caf::actor& whom) {
  self->send(cameras, listen_atom_v, caf::actor_cast<search_listener>(caf::actor{self}));
  self->request(cameras, caf::infinite, search_atom_v)
      .then([self, whom](const search_result& found) { self->send(whom, found); },
            [self, whom](const caf::error& why) {
              self->send(whom, close_atom_v, self->system().render(why));
            });
  return {[self, whom](const search_progress& x) { self->send(whom, x); }};
}

// The line, or lines, that say how far it is.
class progress_display {
public:
  progress_display() : terminal_(isatty(STDERR_FILENO) == 1) {}
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;
  ~progress_display() { clear(); }

  void take(const search_progress& x) {
    latest_ = x;
    show();
  }

  // Also without news, since time passes; but a log need not know of that.
  void show() {
    const auto now = steady::now();
    if (shown_ && now - *shown_ < (terminal_ ? redraw_interval : steady::duration{line_interval}))
      return;
    auto news = progress_line(latest_, 0);
    if (!terminal_ && (news == told_ || latest_.number == 0))
      return;
    told_ = std::move(news);
    const auto text = progress_line(latest_, std::chrono::duration<double>(now - began_).count());
    if (terminal_) {
      const auto width = width_of(STDERR_FILENO);
      fmt::print(stderr, "\r\x1b[K{}", shortened(text, width > 1 ? width - 1 : 0));
    } else {
      fmt::print(stderr, "{}\n", text);
    }
    std::fflush(stderr);
    shown_ = now;
  }

  void clear() {
    if (terminal_ && shown_)
      fmt::print(stderr, "\r\x1b[K");
    shown_.reset();
  }

private:
  bool terminal_;
  steady::time_point began_ = steady::now();
  std::optional<steady::time_point> shown_;
  search_progress latest_;
  std::string told_;
};

// What came of a search.
struct outcome {
  std::optional<search_result> found;
  bool complete = true;
  bool stopped = false;
  std::string why_not;
};

timespan limit_of(const options& asked, const equipment& with) {
  return asked.timeout_s ? from_seconds(*asked.timeout_s)
                         : with.search_limit + timespan{time_for_devices};
}

// What is known so far, when the time is over.
void take_what_is_known(caf::scoped_actor& self, const camera_detection_actor& cameras,
                        double took_s, outcome& result) {
  result.complete = false;
  self->request(cameras, figures_deadline, figures_atom_v)
      .receive(
          [&](camera_detection_figures& known) {
            auto& found = result.found.emplace();
            for (auto& [id, x] : known.cameras)
              found.cameras.push_back(std::move(x));
            found.methods = std::move(known.methods);
            found.problems = std::move(known.problems);
            found.took_s = took_s;
          },
          [&](const caf::error&) { result.why_not = "camera detection does not answer"; });
}

outcome search(caf::scoped_actor& self, const camera_detection_actor& cameras, timespan limit) {
  outcome result;
  progress_display display;
  const auto began = steady::now();
  const auto one = self->spawn(asker, cameras, caf::actor_cast<caf::actor>(self));
  while (!result.found && !result.stopped && result.why_not.empty()) {
    const auto left = limit - (steady::now() - began);
    if (left <= timespan{0}) {
      take_what_is_known(self, cameras, to_seconds(limit), result);
      break;
    }
    display.show();
    self->receive([&](search_result& x) { result.found = std::move(x); },
                  [&](close_atom, std::string& why) { result.why_not = std::move(why); },
                  [&](const search_progress& x) { display.take(x); },
                  [&](stop_atom) { result.stopped = true; },
                  caf::after(std::min<timespan>(left, redraw_interval)) >> [] {});
  }
  self->send_exit(one, caf::exit_reason::kill);
  return result;
}

int tell(const outcome& result, const options& asked, const equipment& with) {
  if (result.stopped)
    return interrupted;
  if (!result.found) {
    std::cerr << "firefinder: the search failed: " << result.why_not << '\n';
    return exit_code::internal;
  }
  const circumstances how{with.no_login, result.complete};
  if (asked.json)
    std::cout << as_json(*result.found, how, with.payload);
  else
    std::cout << table(result.found->cameras, width_of(STDOUT_FILENO))
              << (result.found->cameras.empty() ? "" : "\n") << summary(*result.found, how);
  std::cout.flush();
  return std::cout ? exit_code::success : exit_code::io;
}

} // namespace

int run(const options& asked, const equipment& with) {
  int code = exit_code::internal;
  std::optional<signal_waiter> signals;
  {
    small_system_config config;
    caf::actor_system system{config};
    caf::scoped_actor self{system};
    signals.emplace([me = caf::actor{self}] { caf::anon_send(me, stop_atom_v); }, stop_grace);
    const auto cameras = with.camera_detection(system);
    code = tell(search(self, cameras, limit_of(asked, with)), asked, with);
    // Whatever a worker waits for, nobody waits for it.
    signals->ending(code);
    self->send_exit(cameras, caf::exit_reason::kill);
  }
  return code;
}

} // namespace firefinder::discover
