#include "actors/discovery/day_counters.hpp"

#include "messages/camera_key.hpp"
#include "messages/dumped.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace firefinder {

namespace {

using nlohmann::json;

constexpr double minute_s = 60;
constexpr double day_s = 86'400;
// Beyond that a double, and so many a reader of JSON, does not tell numbers apart.
constexpr std::uint64_t most_counted = std::uint64_t{1} << 53U;
// Longer than a record ever is.
constexpr std::size_t most_bytes = 4'096;

std::int64_t whole(unix_seconds wall, double unit) {
  return static_cast<std::int64_t>(std::floor(wall / unit));
}

// 1970-01-01 was a Thursday.
std::int64_t week_of(std::int64_t day) {
  return static_cast<std::int64_t>(std::floor(static_cast<double>(day + 3) / 7));
}

bool is_new_day(std::int64_t day, std::int64_t known) { return day > known || day < known - 1; }

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return std::min(a + b, most_counted); }

struct kept_counts {
  std::int64_t local_day = 0;
  std::int64_t utc_day = 0;
  camera_counts counts;
};

std::string written(const kept_counts& x) {
  return dumped<json>({{"local_day", x.local_day},
                       {"utc_day", x.utc_day},
                       {"detections_today", x.counts.detections_today},
                       {"detections_today_utc", x.counts.detections_today_utc},
                       {"detections_week_utc", x.counts.detections_week_utc},
                       {"events_today_utc", x.counts.events_today_utc},
                       {"events_week_utc", x.counts.events_week_utc},
                       {"last_detection", x.counts.last_detection},
                       {"last_event", x.counts.last_event}});
}

std::optional<kept_counts> read(const std::string& text) {
  if (text.size() > most_bytes)
    return std::nullopt;
  const auto x = json::parse(text, nullptr, false);
  if (!x.is_object())
    return std::nullopt;
  const auto day = [&x](const char* name) -> std::optional<std::int64_t> {
    const auto found = x.find(name);
    if (found == x.end() || !found->is_number_integer())
      return std::nullopt;
    // As far as any calendar goes, so that one more or less overflows nothing.
    constexpr std::int64_t most_days = 100'000'000;
    const auto value = found->get<std::int64_t>();
    return value < -most_days || value > most_days ? std::nullopt : std::optional{value};
  };
  const auto count = [&x](const char* name) -> std::uint64_t {
    const auto found = x.find(name);
    return found != x.end() && found->is_number_unsigned()
               ? std::min(found->get<std::uint64_t>(), most_counted)
               : 0;
  };
  const auto moment = [&x](const char* name) -> unix_seconds {
    const auto found = x.find(name);
    const auto value = found != x.end() && found->is_number() ? found->get<double>() : 0;
    return std::isfinite(value) && value > 0 ? value : 0;
  };
  const auto local_day = day("local_day");
  const auto utc_day = day("utc_day");
  if (!local_day || !utc_day)
    return std::nullopt;
  return kept_counts{*local_day,
                     *utc_day,
                     {count("detections_today"), count("detections_today_utc"),
                      count("detections_week_utc"), count("events_today_utc"),
                      count("events_week_utc"), moment("last_detection"), moment("last_event")}};
}

} // namespace

day_counters::day_counters(std::function<std::int64_t(unix_seconds)> local_day, unix_seconds wall)
  : local_day_of_(std::move(local_day)), minute_(whole(wall, minute_s)),
    local_day_(local_day_of(wall)), utc_day_(whole(wall, day_s)) {}

std::int64_t day_counters::local_day_of(unix_seconds wall) const {
  return local_day_of_ ? local_day_of_(wall) : whole(wall, day_s);
}

std::set<std::string> day_counters::pass(unix_seconds wall) {
  const auto minute = whole(wall, minute_s);
  if (std::exchange(minute_, minute) == minute)
    return {};
  const auto local = local_day_of(wall);
  const auto utc = whole(wall, day_s);
  const bool local_ends = is_new_day(local, local_day_);
  const bool utc_ends = is_new_day(utc, utc_day_);
  if (!local_ends && !utc_ends)
    return {};
  const bool week_ends = utc_ends && week_of(utc) != week_of(utc_day_);
  if (local_ends)
    local_day_ = local;
  if (utc_ends)
    utc_day_ = utc;
  std::set<std::string> result;
  for (auto& [key, x] : counts_) {
    if (local_ends)
      x.detections_today = 0;
    if (utc_ends)
      x.detections_today_utc = x.events_today_utc = 0;
    if (week_ends)
      x.detections_week_utc = x.events_week_utc = 0;
    result.insert(key);
  }
  changed_.insert(result.begin(), result.end());
  return result;
}

void day_counters::prune(const std::function<bool(const std::string&)>& used) {
  std::erase_if(counts_, [&](const auto& x) {
    const bool empty
        = x.second.detections_today == 0 && x.second.detections_week_utc == 0 && !used(x.first);
    if (empty)
      changed_.insert(x.first);
    return empty;
  });
}

void day_counters::add_detections(const std::string& key, std::uint64_t count, unix_seconds at) {
  auto& x = counts_[key];
  x.detections_today = sum(x.detections_today, count);
  x.detections_today_utc = sum(x.detections_today_utc, count);
  x.detections_week_utc = sum(x.detections_week_utc, count);
  x.last_detection = at;
  changed_.insert(key);
}

void day_counters::add_event(const std::string& key, unix_seconds at) {
  auto& x = counts_[key];
  x.events_today_utc = sum(x.events_today_utc, 1);
  x.events_week_utc = sum(x.events_week_utc, 1);
  x.last_event = at;
  changed_.insert(key);
}

void day_counters::know(const std::string& key) {
  if (counts_.try_emplace(key).second)
    changed_.insert(key);
}

const camera_counts& day_counters::of(const std::string& key) const {
  static const camera_counts none;
  const auto known = counts_.find(key);
  return known == counts_.end() ? none : known->second;
}

camera_counts day_counters::extract(const std::string& key) {
  const auto known = counts_.extract(key);
  if (known.empty())
    return {};
  changed_.insert(key);
  return known.mapped();
}

void day_counters::add(const std::string& key, const camera_counts& more) {
  auto& x = counts_[key];
  x.detections_today = sum(x.detections_today, more.detections_today);
  x.detections_today_utc = sum(x.detections_today_utc, more.detections_today_utc);
  x.detections_week_utc = sum(x.detections_week_utc, more.detections_week_utc);
  x.events_today_utc = sum(x.events_today_utc, more.events_today_utc);
  x.events_week_utc = sum(x.events_week_utc, more.events_week_utc);
  x.last_detection = std::max(x.last_detection, more.last_detection);
  x.last_event = std::max(x.last_event, more.last_event);
  changed_.insert(key);
}

std::set<std::string> day_counters::restore(const std::vector<store_record>& records,
                                            unix_seconds wall, std::size_t most) {
  std::map<std::string, kept_counts> kept;
  for (const auto& record : records)
    if (record.kind == record_kind::counter && !record.key.empty()
        && camera_key(record.key) == record.key)
      if (auto x = read(record.value))
        kept.insert_or_assign(record.key, *x);
  // The clock was set back over the end of a day while nobody counted: that day is over.
  const auto one_more = [&](std::int64_t kept_counts::*day, std::int64_t known) {
    return std::any_of(kept.begin(), kept.end(),
                       [&](const auto& x) { return x.second.*day == known + 1; });
  };
  if (one_more(&kept_counts::local_day, local_day_))
    ++local_day_;
  if (one_more(&kept_counts::utc_day, utc_day_))
    ++utc_day_;
  std::set<std::string> result;
  for (auto& [key, x] : kept) {
    if (counts_.size() >= most && !knows(key))
      continue;
    if (x.local_day != local_day_)
      x.counts.detections_today = 0;
    if (x.utc_day != utc_day_)
      x.counts.detections_today_utc = x.counts.events_today_utc = 0;
    if (week_of(x.utc_day) != week_of(utc_day_))
      x.counts.detections_week_utc = x.counts.events_week_utc = 0;
    // What is yet to come has not happened: that clock was wrong.
    for (auto* moment : {&x.counts.last_detection, &x.counts.last_event})
      if (*moment > wall + day_s)
        *moment = 0;
    add(key, x.counts);
    result.insert(key);
  }
  return result;
}

std::vector<store_record> day_counters::changed() {
  std::vector<store_record> result;
  result.reserve(changed_.size());
  for (const auto& key : std::exchange(changed_, {})) {
    const auto known = counts_.find(key);
    result.push_back(
        {record_kind::counter, key,
         known == counts_.end() ? std::string{} : written({local_day_, utc_day_, known->second})});
  }
  return result;
}

} // namespace firefinder
