#include "src/own_program.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

namespace firefinder {

own_program::own_program() {
  std::error_code failure;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure)
    path_ = path.string();
}

status own_program::run(char** arguments) const {
  if (path_.empty())
    return status::failure("it is not known which file this program is");
  // A new process begins as a shell would begin it.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execv(path_.c_str(), arguments);
  return status::failure(path_ + ": " + std::error_code{errno, std::generic_category()}.message());
}

} // namespace firefinder
