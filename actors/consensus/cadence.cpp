#include "actors/consensus/cadence.hpp"

#include <algorithm>
#include <cmath>

namespace firefinder {

namespace {

// Time allowed for a frame beside the usual, where only the time tells how many there were.
constexpr double tolerance = 1.5;

} // namespace

bool cadence::is_same_frame(const sighting& seen, monotonic at) const {
  if (latest_ == 0)
    return false;
  // Taken at another moment, it is another frame, however late it comes.
  if (seen.captured > 0 && latest_captured_ > 0)
    return std::abs(seen.captured - latest_captured_) < to_seconds(least_apart);
  return at - latest_at_ < least_apart;
}

std::uint64_t cadence::add(const sighting& seen, monotonic at) {
  says_nothing_ = says_nothing_ || (seen.kind == sighting_kind::frame && seen.detections.empty());
  if (is_same_frame(seen, at))
    return latest_;
  if (latest_ != 0) {
    intervals_[interval_count_++ % most_intervals] = at - latest_at_;
    interval_ = median();
  }
  ++latest_;
  latest_at_ = at;
  latest_captured_ = seen.captured;
  return latest_;
}

std::optional<timespan> cadence::median() const {
  const auto count = std::min(interval_count_, most_intervals);
  if (count < least_intervals)
    return std::nullopt;
  auto sorted = intervals_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

cadence::span cadence::last(std::uint32_t count, monotonic at) const {
  span result;
  result.first = latest_ >= count ? latest_ - count + 1 : 1;
  if (const auto usual = interval(); usual && !says_nothing_)
    result.since = at - from_seconds(to_seconds(*usual) * tolerance * count);
  return result;
}

} // namespace firefinder
