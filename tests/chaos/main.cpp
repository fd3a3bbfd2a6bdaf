// Plays fires in front of a daemon whose link, broker and life are disturbed, and
// checks that its alarm is neither lost nor repeated. tests/chaos/README.md.

#include "tests/chaos/tally.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace firefinder::chaos {

namespace {

using std::chrono::steady_clock;

std::atomic<bool> stop_wanted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void want_stop(int) { stop_wanted = true; }

struct options {
  int rounds = 20;
  std::string seed = "1";
  int jobs = 0;
  std::string only;
  double seconds = 0;
  std::string keep_logs;
  std::string binary = FIREFINDER_BINARY;
  bool verbose = false;
};

std::string help_footer() {
  std::string text = "Faults (and their families) for --only:\n";
  for (const auto& k : fault_kinds())
    text += fmt::format("  {:<16} {:<11} {}\n", k.name, k.family, k.about);
  text
      += "\nEach round has a broker, a proxy, cameras and a daemon of its own, and one fire. "
         "Round\n"
         "number i of a run has seed SEED + i, and that seed alone determines it. Times of its\n"
         "faults are relative to the detection that decides.\n\n"
         "Exit code: 0 every round kept every promise, 1 one did not, 2 interrupted or nothing\n"
         "played, 64 the command line makes no sense.\n\n"
         "Examples:\n"
         "  firefinder_chaos --rounds 500 --seed random     the full test\n"
         "  firefinder_chaos --only handshake,kill          two families\n"
         "  firefinder_chaos --seed 4711 --rounds 1 --verbose\n"
         "                                                  repeat a round and see what happened\n";
  return text;
}

/// Plays rounds side by side.
class arena {
public:
  arena(const options& opts, std::uint64_t first_seed)
    : opts_(opts), faults_(chosen_faults(opts.only)), first_seed_(first_seed),
      begun_(steady_clock::now()), live_(isatty(STDOUT_FILENO) == 1) {}

  void run() {
    const auto jobs = static_cast<std::size_t>(
        opts_.jobs > 0 ? opts_.jobs
                       : std::max(2, 2 * static_cast<int>(std::thread::hardware_concurrency())));
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < std::min(jobs, static_cast<std::size_t>(opts_.rounds)); ++i)
      workers.emplace_back([this] { work(); });
    for (auto& w : workers)
      w.join();
    if (live_)
      fmt::print("\r\x1b[K");
  }

  [[nodiscard]] const tally& sum() const noexcept { return sum_; }

private:
  [[nodiscard]] bool time_is_up() const {
    return opts_.seconds > 0
           && std::chrono::duration<double>{steady_clock::now() - begun_}.count() > opts_.seconds;
  }

  void work() {
    for (;;) {
      const int number = next_++;
      if (number >= opts_.rounds || stop_wanted || time_is_up())
        return;
      const auto p = make_plan(first_seed_ + static_cast<std::uint64_t>(number), faults_);
      try {
        report(p, play(p, {opts_.binary}, stop_wanted));
      } catch (const interrupted&) {
        return;
      } catch (const std::exception& e) {
        if (stop_wanted)
          return;
        const std::lock_guard guard{mutex_};
        sum_.add_failure(p, e.what());
        say(fmt::format("seed {}: the test itself failed: {}\n", p.seed, e.what()));
      }
    }
  }

  void report(const plan& p, const outcome& o) {
    const std::lock_guard guard{mutex_};
    sum_.add(p, o);
    std::string text;
    for (const auto& f : o.findings)
      if (f.violation || opts_.verbose)
        text += fmt::format("seed {}: {}{}: {}\n", p.seed, f.violation ? "" : "(remark) ", f.kind,
                            f.what);
    if (opts_.verbose || (!o.kept_every_promise() && sum_.bad_rounds() == 1))
      text += o.history;
    say(text);
    if (!opts_.keep_logs.empty() && (!o.kept_every_promise() || opts_.verbose))
      keep(p, o);
  }

  void say(const std::string& text) {
    if (live_)
      fmt::print("\r\x1b[K");
    fmt::print("{}", text);
    if (live_)
      fmt::print("{}/{} rounds, {} bad", sum_.rounds(), opts_.rounds, sum_.bad_rounds());
    std::fflush(stdout);
  }

  void keep(const plan& p, const outcome& o) const {
    const auto folder = std::filesystem::path{opts_.keep_logs} / fmt::format("seed-{}", p.seed);
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "history"} << o.history;
    std::ofstream{folder / "daemon.log"} << o.daemon_log;
    std::ofstream{folder / "broker.log"} << o.broker_log;
  }

  const options& opts_;
  std::set<fault> faults_;
  std::uint64_t first_seed_;
  steady_clock::time_point begun_;
  bool live_;
  std::atomic<int> next_ = 0;
  std::mutex mutex_;
  tally sum_;
};

int run(const options& opts) {
  const auto seed = opts.seed == "random" ? std::uint64_t{std::random_device{}()}
                                          : std::uint64_t{std::stoull(opts.seed)};
  const auto only = opts.only.empty() ? "" : " --only " + opts.only;
  fmt::print("{} rounds from seed {}{}\n", opts.rounds, seed, only);
  arena a{opts, seed};
  a.run();
  fmt::print("{}", a.sum().table("firefinder_chaos" + only));
  if (stop_wanted || a.sum().rounds() == 0) {
    fmt::print("{}\n", stop_wanted ? "interrupted" : "no round was played");
    return 2;
  }
  return a.sum().bad_rounds() == 0 ? 0 : 1;
}

} // namespace

} // namespace firefinder::chaos

int main(int argc, char** argv) {
  using namespace firefinder::chaos;
  options opts;
  CLI::App app{"Disturbs the link, the broker and the life of a daemon around the moment at which\n"
               "it raises its alarm, and checks that the alarm is neither lost nor repeated."};
  app.footer(help_footer());
  app.add_option("--rounds", opts.rounds, "Rounds to play")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", opts.seed, "Seed of the first round: a number, or 'random'")
      ->check([](const std::string& text) {
        const bool number = !text.empty() && text.size() < 19
                            && text.find_first_not_of("0123456789") == std::string::npos;
        return number || text == "random" ? "" : "neither a number nor 'random'";
      })
      ->capture_default_str();
  app.add_option("--jobs", opts.jobs, "Rounds played side by side; 0: twice the processors")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--only", opts.only, "Comma-separated faults and families; all if not given")
      ->check([](const std::string& text) {
        try {
          (void)chosen_faults(text);
          return std::string{};
        } catch (const std::exception& e) {
          return std::string{e.what()};
        }
      });
  app.add_option("--seconds", opts.seconds, "Begin no round after so many seconds; 0: no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--keep-logs", opts.keep_logs,
                 "Folder for the logs of rounds that broke a promise (--verbose: of all)");
  app.add_option("--binary", opts.binary, "The daemon to test")->check(CLI::ExistingFile);
  app.add_flag("--verbose", opts.verbose, "Tell what happened in every round");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 64;
  }
  struct sigaction action {};
  action.sa_handler = want_stop;
  for (const int number : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(number, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return run(opts);
}
