#include "actors/connection/send_window.hpp"

#include <algorithm>
#include <iterator>
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
  last_.clear();
  waiting_.clear();
  return std::exchange(live_, 0);
}

bool send_window::add(dispatch d) {
  const auto last = last_.find(d.what.topic);
  if (d.what.how == delivery::durable || (d.what.qos == 0 && last == last_.end())) {
    at_once_.push_back(std::move(d));
    return true;
  }
  if (d.what.how == delivery::live) {
    if (live_ >= most_live)
      return false;
    ++live_;
  } else if (last != last_.end() && last->second->what.how == delivery::latest) {
    *last->second = std::move(d);
    return true;
  }
  waiting_.push_back(std::move(d));
  last_.insert_or_assign(waiting_.back().what.topic, std::prev(waiting_.end()));
  return true;
}

std::optional<dispatch> send_window::next(monotonic now) {
  std::optional<dispatch> result;
  if (!at_once_.empty()) {
    result = std::move(at_once_.front());
    at_once_.pop_front();
  } else if (!waiting_.empty()) {
    if (under_way_.size() >= size_)
      std::erase_if(under_way_, [&](const auto& x) { return x.second + patience <= now; });
    const auto first = waiting_.begin();
    if (first->what.qos > 0 && under_way_.size() >= size_)
      return std::nullopt;
    if (first->what.how == delivery::live)
      --live_;
    if (const auto last = last_.find(first->what.topic); last->second == first)
      last_.erase(last);
    result = std::move(*first);
    waiting_.erase(first);
  }
  if (result && result->what.qos > 0)
    under_way_.emplace(result->ticket, now);
  return result;
}

} // namespace firefinder
