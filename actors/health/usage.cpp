#include "actors/health/usage.hpp"

#include <charconv>
#include <vector>

namespace firefinder {

namespace {

std::vector<std::string_view> words(std::string_view text) {
  constexpr std::string_view blanks = " \t\n";
  std::vector<std::string_view> result;
  while (true) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos)
      return result;
    text.remove_prefix(first);
    const auto length = text.find_first_of(blanks);
    result.push_back(text.substr(0, length));
    if (length == std::string_view::npos)
      return result;
    text.remove_prefix(length);
  }
}

std::uint64_t number(std::string_view word) {
  std::uint64_t result = 0;
  std::from_chars(word.data(), word.data() + word.size(), result);
  return result;
}

std::uint64_t meminfo_bytes(std::string_view meminfo, std::string_view key) {
  const auto place = meminfo.find(key);
  if (place == std::string_view::npos)
    return 0;
  const auto rest = words(meminfo.substr(place + key.size(), 64));
  return rest.empty() ? 0 : number(rest.front()) * 1024;
}

double share(double part, double whole) { return whole > 0 ? 100.0 * part / whole : 0; }

} // namespace

usage_counters parse_counters(std::string_view self_stat, std::string_view stat,
                              std::string_view statm, std::string_view meminfo,
                              std::uint64_t page_bytes) {
  usage_counters result;
  // The name in parentheses may hold blanks; utime and stime are the 12th and
  // 13th words behind it.
  if (const auto end = self_stat.rfind(')'); end != std::string_view::npos) {
    const auto fields = words(self_stat.substr(end + 1));
    if (fields.size() > 12)
      result.process_ticks = number(fields[11]) + number(fields[12]);
  }
  const auto all = words(stat.substr(0, stat.find('\n')));
  for (std::size_t i = 1; i < all.size() && i <= 8; ++i)
    result.total_ticks += number(all[i]);
  if (all.size() > 5)
    result.idle_ticks = number(all[4]) + number(all[5]);
  std::uint32_t cores = 0;
  for (auto place = stat.find("\ncpu"); place != std::string_view::npos;
       place = stat.find("\ncpu", place + 1))
    ++cores;
  result.cores = cores == 0 ? 1 : cores;
  if (const auto pages = words(statm); pages.size() > 1)
    result.resident_bytes = number(pages[1]) * page_bytes;
  result.memory_bytes = meminfo_bytes(meminfo, "MemTotal:");
  result.available_bytes = meminfo_bytes(meminfo, "MemAvailable:");
  return result;
}

resource_usage usage_between(const usage_counters& before, const usage_counters& after,
                             double disk_percent) {
  constexpr double mebibyte = 1024.0 * 1024.0;
  resource_usage result;
  result.disk_percent = disk_percent;
  const auto total = static_cast<double>(after.total_ticks - before.total_ticks);
  const auto idle = static_cast<double>(after.idle_ticks - before.idle_ticks);
  const auto process = static_cast<double>(after.process_ticks - before.process_ticks);
  if (after.total_ticks > before.total_ticks) {
    result.process_cpu_percent = share(process * after.cores, total);
    result.system_cpu_percent = share(total - idle, total);
  }
  const auto resident = static_cast<double>(after.resident_bytes);
  const auto memory = static_cast<double>(after.memory_bytes);
  result.process_memory_mb = resident / mebibyte;
  result.process_memory_percent = share(resident, memory);
  result.system_memory_percent = share(memory - static_cast<double>(after.available_bytes), memory);
  return result;
}

} // namespace firefinder
