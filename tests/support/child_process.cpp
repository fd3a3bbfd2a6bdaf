#include "tests/support/child_process.hpp"

#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace firefinder::test {

namespace {

std::vector<std::string> joined(environment env) {
  for (const char* name : {"PATH", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name))
      env.try_emplace(name, value);
  // For programs that are built with sanitizers; others do not look at it.
  env.try_emplace("LSAN_OPTIONS", "print_suppressions=0:suppressions=" LSAN_SUPPRESSIONS);
  std::vector<std::string> result;
  for (const auto& [name, value] : env)
    result.push_back(name + '=' + value);
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

descriptor output_file(const std::filesystem::path& path) {
  descriptor fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  if (!fd)
    throw_errno("cannot write " + path.string());
  return fd;
}

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  path += suffix;
  return path;
}

} // namespace

child_process::child_process(std::vector<std::string> argv, const environment& env,
                             std::filesystem::path log)
  : log_(std::move(log)) {
  auto variables = joined(env);
  const auto arguments = pointers(argv);
  const auto environment_block = pointers(variables);
  const descriptor input{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const auto output = output_file(with_suffix(log_, ".out"));
  const auto error = output_file(with_suffix(log_, ".err"));
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0)
    throw_errno("cannot fork");
  if (pid_ == 0) {
    // Only what is safe between fork and exec in a process with threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
      ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(input.get(), STDIN_FILENO);
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(error.get(), STDERR_FILENO);
    // libmosquitto's sockets are not closed on exec: a child that holds one keeps
    // open what we have closed.
    ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0U);
    ::execvpe(arguments[0], arguments.data(), environment_block.data());
    ::_exit(127);
  }
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

child_process::~child_process() {
  kill();
  if (pidfd_ >= 0)
    ::close(pidfd_);
}

void child_process::signal(int number) const noexcept {
  if (!ended_)
    ::kill(pid_, number);
}

bool child_process::running() { return !wait(std::chrono::seconds{0}); }

std::optional<exit_state> child_process::wait(std::chrono::steady_clock::duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ended_) {
    int status = 0;
    const auto reaped = ::waitpid(pid_, &status, WNOHANG);
    if (reaped < 0 && errno != EINTR)
      throw_errno("cannot wait for a child");
    if (reaped == pid_) {
      ended_ = WIFSIGNALED(status) ? exit_state{-1, WTERMSIG(status)}
                                   : exit_state{WEXITSTATUS(status), 0};
      break;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      break;
    if (pidfd_ >= 0) {
      pollfd waiting{pidfd_, POLLIN, 0};
      ::poll(&waiting, 1, static_cast<int>(left.count()) + 1);
    } else {
      ::usleep(2000);
    }
  }
  return ended_;
}

void child_process::kill() noexcept {
  if (ended_ || pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  ended_ = exit_state{-1, SIGKILL};
}

std::string child_process::standard_output() const { return read_file(with_suffix(log_, ".out")); }

std::string child_process::standard_error() const { return read_file(with_suffix(log_, ".err")); }

outcome run(std::vector<std::string> argv, const environment& env,
            std::chrono::steady_clock::duration limit) {
  const temporary_directory directory;
  const auto name = argv.at(0);
  child_process child{std::move(argv), env, directory.path() / "run"};
  const auto state = child.wait(limit);
  if (!state)
    throw std::runtime_error(name + " did not end in time: " + child.standard_output()
                             + child.standard_error());
  return {*state, child.standard_output(), child.standard_error()};
}

} // namespace firefinder::test
