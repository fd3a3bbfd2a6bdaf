#pragma once

#include "messages/resources.hpp"

#include <cstdint>
#include <string_view>

namespace firefinder {

/// Counters of the kernel at one moment (proc(5)).
struct usage_counters {
  /// Clock ticks that the process has run, from /proc/self/stat.
  std::uint64_t process_ticks = 0;
  /// Clock ticks of all cores: in total and idle, from /proc/stat.
  std::uint64_t total_ticks = 0;
  std::uint64_t idle_ticks = 0;
  /// Number of cores that those ticks are of.
  std::uint32_t cores = 1;
  /// Resident memory of the process in bytes, from /proc/self/statm.
  std::uint64_t resident_bytes = 0;
  /// Memory of the machine in bytes, from /proc/meminfo.
  std::uint64_t memory_bytes = 0;
  std::uint64_t available_bytes = 0;
};

/// Reads the counters out of the texts of the four files; what a text does not
/// hold stays zero.
[[nodiscard]] usage_counters parse_counters(std::string_view self_stat, std::string_view stat,
                                            std::string_view statm, std::string_view meminfo,
                                            std::uint64_t page_bytes);

/// Usage between two moments. CPU shares are zero when no time has passed.
/// `disk_percent` is handed through.
[[nodiscard]] resource_usage usage_between(const usage_counters& before,
                                           const usage_counters& after, double disk_percent);

} // namespace firefinder
