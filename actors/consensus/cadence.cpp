#include "actors/consensus/cadence.hpp"

#include <algorithm>
#include <cmath>

namespace firefinder {

namespace {

// Time allowed for a frame beside the usual, where only the time tells how many there were.
constexpr double tolerance = 1.5;

// A pause is none longer than this: no window reaches further.
constexpr timespan most_interval = std::chrono::hours{2};

} // namespace

std::optional<std::uint32_t> cadence::known_frame(const sighting& seen, monotonic at) const {
  if (latest_ == 0)
    return std::nullopt;
  // Taken at another moment, it is another frame, however late it comes.
  if (seen.captured > 0 && !captures_.empty()) {
    if (const auto& newest = captures_[newest_]; seen.captured >= newest.moment())
      return seen.captured < newest.moment() + to_seconds(least_apart)
                 ? std::optional{newest.frame()}
                 : std::nullopt;
    const auto found = std::find_if(captures_.begin(), captures_.end(), [&](const capture& x) {
      return std::abs(x.moment() - seen.captured) < to_seconds(least_apart);
    });
    return found != captures_.end() ? std::optional{found->frame()} : std::nullopt;
  }
  return at - latest_at_ < least_apart ? std::optional{latest_} : std::nullopt;
}

std::uint64_t cadence::add(const sighting& seen, monotonic at) {
  says_frames_ = says_frames_ || seen.kind == sighting_kind::frame;
  says_nothing_ = says_nothing_ || (seen.kind == sighting_kind::frame && seen.detections.empty());
  if (const auto known = known_frame(seen, at))
    return *known;
  if (latest_ != 0)
    take_interval(std::min(at - latest_at_, most_interval));
  ++latest_;
  latest_at_ = at;
  if (seen.captured > 0)
    remember({seen.captured, latest_});
  return latest_;
}

void cadence::remember(const capture& x) {
  if (captures_.size() < most_captures) {
    captures_.push_back(x);
  } else {
    captures_[next_capture_] = x;
    next_capture_ = static_cast<std::uint8_t>((next_capture_ + 1) % most_captures);
  }
  newest_ = static_cast<std::uint8_t>(std::ranges::max_element(captures_, {}, &capture::moment)
                                      - captures_.begin());
}

void cadence::take_interval(timespan interval) {
  // Upwards: what is as old as the window still belongs to it.
  intervals_[next_interval_] = std::chrono::ceil<interval_length>(interval);
  next_interval_ = static_cast<std::uint8_t>((next_interval_ + 1) % most_intervals);
  if (interval_count_ < most_intervals)
    ++interval_count_;
  if (interval_count_ < least_intervals)
    return;
  auto sorted = intervals_;
  const auto end = sorted.begin() + interval_count_;
  const auto middle = sorted.begin() + interval_count_ / 2;
  std::nth_element(sorted.begin(), middle, end);
  interval_ = *middle;
}

cadence::span cadence::last(std::uint32_t count, monotonic at) const {
  span result;
  result.first = latest_ >= count ? latest_ - count + 1 : 1;
  if (says_nothing_)
    return result;
  const auto longest = longest_interval * count;
  result.since = at - longest;
  if (const auto usual = interval(); usual && !says_frames_)
    result.since = at - std::min(longest, from_seconds(to_seconds(*usual) * tolerance * count));
  return result;
}

} // namespace firefinder
