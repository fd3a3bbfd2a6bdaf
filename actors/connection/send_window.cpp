#include "actors/connection/send_window.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// An alarm has two phases at the broker, and there may be some at a time.
constexpr std::size_t share_of_others(std::uint16_t all) noexcept {
  return std::max<std::size_t>(1, std::size_t{all} * 6 / 10);
}

} // namespace

void send_window::begin(std::uint16_t receive_maximum) noexcept {
  size_ = share_of_others(std::min(receive_maximum, most_under_way));
}

std::size_t send_window::end() {
  under_way_.clear();
  at_once_.clear();
  waiting_.clear();
  return std::exchange(live_, 0);
}

bool send_window::add(dispatch d) {
  // No answer comes to what is sent with quality of service 0.
  if (d.what.how == delivery::durable || d.what.qos == 0) {
    at_once_.push_back(std::move(d));
    return true;
  }
  if (d.what.how == delivery::live) {
    if (live_ >= most_live)
      return false;
    ++live_;
  }
  waiting_.push_back(std::move(d));
  return true;
}

std::optional<dispatch> send_window::next(monotonic now) {
  while (!under_way_.empty() && under_way_.begin()->second + patience <= now)
    under_way_.erase(under_way_.begin());
  auto& from = at_once_.empty() ? waiting_ : at_once_;
  if (from.empty() || (at_once_.empty() && under_way_.size() >= size_))
    return std::nullopt;
  auto result = std::move(from.front());
  from.pop_front();
  if (&from == &waiting_ && result.what.how == delivery::live)
    --live_;
  if (result.what.qos > 0)
    under_way_.emplace(result.ticket, now);
  return result;
}

} // namespace firefinder
