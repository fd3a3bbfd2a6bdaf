#include "actors/camera_detection/video_looks.hpp"

#include "actors/camera_detection/video_exchange.hpp"
#include "actors/file_descriptor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <list>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace firefinder {

namespace {

using steady_clock = std::chrono::steady_clock;

constexpr auto program_name = "firefinder-probe";

// The program ends by itself before its deadline is over by so much.
constexpr std::chrono::milliseconds grace{500};

// So long the end waits for what was killed.
constexpr int longest_reaping_ms = 200;

struct pipe_ends {
  file_descriptor read;
  file_descriptor write;
};

std::optional<pipe_ends> make_pipe() {
  int fds[2] = {-1, -1};
  if (::pipe2(fds, O_CLOEXEC) != 0)
    return std::nullopt;
  return pipe_ends{file_descriptor{fds[0]}, file_descriptor{fds[1]}};
}

// What a process is started with.
class file_actions {
public:
  file_actions() { ::posix_spawn_file_actions_init(&all_); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
  ~file_actions() { ::posix_spawn_file_actions_destroy(&all_); }
  [[nodiscard]] posix_spawn_file_actions_t* get() noexcept { return &all_; }

private:
  posix_spawn_file_actions_t all_{};
};

class attributes {
public:
  attributes() { ::posix_spawnattr_init(&all_); }
  attributes(const attributes&) = delete;
  attributes& operator=(const attributes&) = delete;
  ~attributes() { ::posix_spawnattr_destroy(&all_); }
  [[nodiscard]] posix_spawnattr_t* get() noexcept { return &all_; }

private:
  posix_spawnattr_t all_{};
};

// A child process that is ours to end and to reap, and nobody else's.
class child {
public:
  child() = default;
  explicit child(pid_t pid) noexcept
    : pid_(pid), end_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {}
  child(child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), end_(std::move(other.end_)) {}
  child& operator=(child&&) = delete;
  ~child() {
    kill();
    pollfd ended{end_.get(), POLLIN, 0};
    for (int ms = 0; pid_ > 0 && !reap() && ms < longest_reaping_ms; ++ms)
      ::poll(&ended, 1, 1);
  }

  // Readable when it has ended; -1 where the system has no such thing.
  [[nodiscard]] int end() const noexcept { return end_.get(); }

  void kill() const noexcept {
    if (pid_ > 0)
      ::kill(pid_, SIGKILL);
  }

  // How it ended, as waitpid tells it; nothing: it runs.
  [[nodiscard]] std::optional<int> reap() noexcept {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) == 0)
      return std::nullopt;
    pid_ = -1;
    return status;
  }

private:
  pid_t pid_ = -1;
  file_descriptor end_;
};

video_report unable(std::string why) {
  video_report result;
  result.why = std::move(why);
  return result;
}

// How it ended, where that is no answer; empty: well.
std::string fault_of(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("{} died by signal {}", program_name, WTERMSIG(status));
  if (WEXITSTATUS(status) != 0)
    return fmt::format("{} ended with code {}", program_name, WEXITSTATUS(status));
  return {};
}

// Where the program may be.
std::vector<std::string> places(const std::string& program) {
  if (!program.empty())
    return {program};
  std::error_code none;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", none).parent_path();
  return {own / program_name, (own / "../libexec/firefinder" / program_name).lexically_normal()};
}

} // namespace

struct video_looks::processes {
  // What waits for its turn.
  struct order {
    video_query query;
    listener done;
  };

  // A look on its way.
  struct look {
    listener done;
    child process;
    file_descriptor output;
    std::string said;
    steady_clock::time_point end;
    bool too_much = false;
    bool killed = false;
  };

  video_settings settings;
  std::list<order> waiting;
  std::list<look> running;

  // Starts it; tells why not, if it cannot.
  std::string start(order& what) {
    const auto line = video_request(what.query);
    if (!line)
      return "its address or password is too long, or not in UTF-8";
    const auto candidates = places(settings.program);
    const auto program
        = std::find_if(candidates.begin(), candidates.end(),
                       [](const std::string& path) { return ::access(path.c_str(), X_OK) == 0; });
    if (program == candidates.end())
      return fmt::format("there is no {}, which looks at streams: it is built where "
                         "libavformat-dev is installed and FIREFINDER_VIDEO_PROBE is on",
                         candidates.front());
    auto input = make_pipe();
    auto output = make_pipe();
    // It is written before there is a reader: it fits into the pipe, and nobody can be gone.
    if (!input || !output
        || ::write(input->write.get(), line->data(), line->size())
               != static_cast<ssize_t>(line->size()))
      return fmt::format("no pipe to {}: {}", program_name, std::strerror(errno));
    const auto begin = steady_clock::now();
    const auto pid = spawn(*program, input->read.get(), output->write.get());
    if (pid < 0)
      return fmt::format("cannot start {}: {}", *program, std::strerror(-pid));
    ::fcntl(output->read.get(), F_SETFL, O_NONBLOCK);
    const auto deadline
        = std::clamp(what.query.deadline, shortest_video_deadline, longest_video_deadline);
    running.push_back(
        {std::move(what.done), child{pid}, std::move(output->read), {}, begin + deadline + grace});
    return {};
  }

  // The process, or a negative error number. It gets nothing of ours but the two pipes: no
  // environment, in which there may be passwords, no blocked signals, no rights.
  static pid_t spawn(const std::string& program, int input, int output) {
    // A child inherits those of the thread that starts it, which needs none.
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    file_actions files;
    ::posix_spawn_file_actions_adddup2(files.get(), input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(files.get(), output, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(files.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    // Not all libraries have theirs closed.
    ::posix_spawn_file_actions_addclosefrom_np(files.get(), STDERR_FILENO + 1);
    attributes how;
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(how.get(), &none);
    ::posix_spawnattr_setsigdefault(how.get(), &all);
    ::posix_spawnattr_setflags(how.get(), POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    auto name = program;
    char* const arguments[] = {name.data(), nullptr};
    char* const environment[] = {nullptr};
    pid_t result = -1;
    const auto error
        = ::posix_spawn(&result, name.c_str(), files.get(), how.get(), arguments, environment);
    return error == 0 ? result : -error;
  }

  void start_some() {
    while (!waiting.empty() && running.size() < std::max(settings.parallel, 1U)) {
      auto next = std::move(waiting.front());
      waiting.pop_front();
      if (auto why = start(next); !why.empty())
        next.done(unable(std::move(why)));
    }
  }

  static void read(look& x) {
    char buffer[4096];
    while (x.output.get() >= 0) {
      const auto n = ::read(x.output.get(), buffer, sizeof(buffer));
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno == EAGAIN)
        return;
      if (n <= 0) {
        x.output.reset();
        return;
      }
      x.said.append(buffer, static_cast<std::size_t>(n));
      if (x.said.size() > max_video_answer) {
        x.too_much = true;
        x.output.reset();
        x.process.kill();
      }
    }
  }

  static video_report result_of(const look& x, int status) {
    if (x.too_much)
      return unable(fmt::format("{} says too much", program_name));
    if (x.killed) {
      auto result = unable(fmt::format("{} did not end in time", program_name));
      result.outcome = video_outcome::timeout;
      return result;
    }
    if (auto fault = fault_of(status); !fault.empty())
      return unable(std::move(fault));
    if (auto result = read_video_answer(x.said))
      return *std::move(result);
    return unable(
        fmt::format("{} says {}", program_name, x.said.empty() ? "nothing" : "what is no answer"));
  }

  void go_on(steady_clock::time_point now) {
    for (auto x = running.begin(); x != running.end();) {
      const auto status = x->process.reap();
      // Also what it left behind when it ended.
      read(*x);
      if (!status) {
        if (now >= x->end && !std::exchange(x->killed, true))
          x->process.kill();
        ++x;
        continue;
      }
      auto report = result_of(*x, *status);
      const auto done = std::move(x->done);
      x = running.erase(x);
      done(std::move(report));
    }
  }

  void wait(std::chrono::milliseconds longest) const {
    std::vector<pollfd> all;
    for (const auto& x : running) {
      all.push_back({x.output.get(), POLLIN, 0});
      all.push_back({x.process.end(), POLLIN, 0});
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(x.end - steady_clock::now());
      if (!x.killed)
        longest = std::clamp(left, std::chrono::milliseconds{0}, longest);
    }
    ::poll(all.data(), all.size(), static_cast<int>(longest.count()));
  }
};

video_looks::video_looks(video_settings settings) : processes_(std::make_unique<processes>()) {
  processes_->settings = std::move(settings);
}

video_looks::~video_looks() {
  // All at once, so that the end waits for the slowest only.
  for (const auto& x : processes_->running)
    x.process.kill();
}

bool video_looks::idle() const noexcept {
  return processes_->waiting.empty() && processes_->running.empty();
}

void video_looks::look(const video_query& query, listener done) {
  processes_->waiting.push_back({query, std::move(done)});
}

void video_looks::work(std::chrono::milliseconds longest) {
  auto& x = *processes_;
  x.start_some();
  if (!x.running.empty())
    x.wait(longest);
  x.go_on(steady_clock::now());
}

} // namespace firefinder
