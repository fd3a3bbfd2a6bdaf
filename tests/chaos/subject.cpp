#include "tests/chaos/subject.hpp"

#include "tests/support/temporary_directory.hpp"

#include <unistd.h>

#include <csignal>
#include <sstream>

namespace firefinder::chaos {

subject::subject(launch what, std::filesystem::path folder)
  : what_(std::move(what)), folder_(std::move(folder)) {}

void subject::start() {
  std::vector<std::string> argv{what_.binary, "run"};
  argv.insert(argv.end(), what_.arguments.begin(), what_.arguments.end());
  auto env = what_.env;
  env.try_emplace("ONVIF_ENABLED", "false");
  env.try_emplace("MDNS_ENABLED", "false");
  env.try_emplace("HOME", folder_.string());
  env.try_emplace("STATE_DIR", (folder_ / "state").string());
  process_ = std::make_unique<test::child_process>(std::move(argv), env, folder_ / "daemon");
}

std::optional<test::exit_state> subject::kill() {
  const auto before = ended();
  process_.reset();
  return before;
}

std::optional<test::exit_state> subject::stop(std::chrono::steady_clock::duration limit) {
  process_->signal(SIGTERM);
  return process_->wait(limit);
}

std::optional<test::exit_state> subject::ended() {
  return process_ ? process_->wait(std::chrono::seconds{0}) : std::nullopt;
}

std::uint64_t subject::resident_bytes() const {
  std::istringstream statm{test::read_file("/proc/" + std::to_string(process_->pid()) + "/statm")};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string subject::log() const { return test::read_file(folder_ / "daemon.err"); }

} // namespace firefinder::chaos
