#include "src/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>

namespace firefinder {

namespace {

constexpr auto pause_between_tries = std::chrono::milliseconds{50};

std::string last_error() { return std::error_code{errno, std::generic_category()}.message(); }

} // namespace

state_lock::outcome state_lock::take(const std::string& path, std::chrono::milliseconds patience,
                                     const std::function<bool()>& gives_up) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), failed);
  file_ = file_descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR)};
  if (!file_) {
    why_ = last_error();
    return outcome::impossible;
  }
  const auto until = std::chrono::steady_clock::now() + patience;
  // Of flock(2), because it belongs to this opening of the file: another one in the same
  // process cannot drop it.
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR)
      continue;
    if (errno != EWOULDBLOCK) {
      why_ = last_error();
      return outcome::impossible;
    }
    if (gives_up())
      return outcome::given_up;
    if (std::chrono::steady_clock::now() >= until)
      return outcome::busy;
    std::this_thread::sleep_for(pause_between_tries);
  }
  return outcome::held;
}

} // namespace firefinder
