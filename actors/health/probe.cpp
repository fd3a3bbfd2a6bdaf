#include "actors/health/probe.hpp"

#include <sys/statvfs.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <utility>

namespace firefinder {

namespace {

std::string text_of(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double disk_percent(const std::string& path) {
  struct statvfs figures {};
  if (statvfs(path.c_str(), &figures) != 0)
    return 0;
  const auto used = static_cast<double>(figures.f_blocks - figures.f_bfree);
  const auto usable = used + static_cast<double>(figures.f_bavail);
  return usable > 0 ? 100.0 * used / usable : 0;
}

usage_counters counters() {
  const auto page = sysconf(_SC_PAGESIZE);
  return parse_counters(text_of("/proc/self/stat"), text_of("/proc/stat"),
                        text_of("/proc/self/statm"), text_of("/proc/meminfo"),
                        page > 0 ? static_cast<std::uint64_t>(page) : 4096U);
}

} // namespace

resource_usage resource_probe_state::usage() {
  const auto after = counters();
  const auto result = usage_between(before_, after, disk_percent(disk_));
  before_ = after;
  return result;
}

resource_probe_actor::behavior_type resource_probe_state::make_behavior(std::string disk) {
  disk_ = std::move(disk);
  before_ = counters();
  return {
      [this](figures_atom) { return usage(); },
  };
}

resource_probe_actor::behavior_type
resource_probe(resource_probe_actor::stateful_pointer<resource_probe_state> self,
               std::string disk) {
  return self->state.make_behavior(std::move(disk));
}

} // namespace firefinder
