#include "src/local_time.hpp"

#include <cmath>
#include <cstdlib>
#include <ctime>

namespace firefinder {

namespace {

constexpr std::int64_t seconds_of_day = 86'400;

} // namespace

void use_time_zone(const std::string& name) {
  if (!name.empty())
    setenv("TZ", name.c_str(), 1);
  tzset();
}

std::int64_t local_day(unix_seconds at) {
  const auto moment = static_cast<std::time_t>(std::floor(at));
  std::tm local{};
  const auto offset = localtime_r(&moment, &local) == nullptr ? 0 : local.tm_gmtoff;
  const auto shifted = static_cast<std::int64_t>(moment) + offset;
  const auto day = shifted / seconds_of_day;
  return shifted % seconds_of_day < 0 ? day - 1 : day;
}

} // namespace firefinder
