#include "tests/support/daemon.hpp"

#include "tests/support/wait.hpp"

#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace firefinder::test {

daemon::daemon(const std::string& binary, std::uint16_t port, const environment& env,
               const std::vector<std::string>& options) {
  environment full = env;
  full.try_emplace("MQTT_BROKER", "127.0.0.1");
  full.try_emplace("MQTT_PORT", std::to_string(port));
  // A test is heard on no network but its own.
  full.try_emplace("ONVIF_ENABLED", "false");
  full.try_emplace("MDNS_ENABLED", "false");
  // Nor is its page served where another one's may be.
  full.try_emplace("WEB_LISTEN", "off");
  full.try_emplace("HOME", directory_.path().string());
  full.try_emplace("XDG_STATE_HOME", directory_.path().string());
  std::vector<std::string> command{binary, "run"};
  command.insert(command.end(), options.begin(), options.end());
  started_ = std::chrono::steady_clock::now();
  process_
      = std::make_unique<child_process>(std::move(command), full, directory_.path() / "daemon");
}

std::string daemon::log() const { return process_->standard_error(); }

bool daemon::logged(const std::string& expression) const {
  const std::regex pattern{expression, std::regex::icase | std::regex::extended};
  std::istringstream lines{log()};
  for (std::string line; std::getline(lines, line);)
    if (std::regex_search(line, pattern))
      return true;
  return false;
}

stopped daemon::terminate(int signal) {
  const auto begin = std::chrono::steady_clock::now();
  process_->signal(signal);
  const auto state = process_->wait(patience);
  if (!state)
    throw std::runtime_error("the daemon does not stop; its log:\n" + log());
  return {*state, std::chrono::steady_clock::now() - begin};
}

std::uint64_t daemon::resident_bytes() const {
  std::istringstream statm{read_file("/proc/" + std::to_string(process_->pid()) + "/statm")};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::duration<double> daemon::cpu_time() const {
  const auto text = read_file("/proc/" + std::to_string(process_->pid()) + "/stat");
  // The name, second, may hold anything; the fields after it are numbers.
  std::istringstream fields{text.substr(text.rfind(')') + 1)};
  std::string skipped;
  for (int i = 3; i < 14; ++i)
    fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return std::chrono::duration<double>{(user + system)
                                       / static_cast<double>(::sysconf(_SC_CLK_TCK))};
}

std::size_t daemon::open_files() const {
  const std::filesystem::directory_iterator files{"/proc/" + std::to_string(process_->pid())
                                                  + "/fd"};
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::string missing_presence(const mqtt_peer& watcher, const std::string& prefix,
                             const std::string& word, std::chrono::steady_clock::duration limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::string missing;
  for (const std::string topic : presence_topics) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (!watcher.wait_for(
            [&](const message& m) {
              return m.topic == prefix + topic && m.payload == word && !m.retained;
            },
            std::max(left, decltype(left)::zero())))
      missing += prefix + topic + ' ';
  }
  return missing;
}

} // namespace firefinder::test
