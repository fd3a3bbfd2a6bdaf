#include "actors/discovery/record_queue.hpp"

namespace firefinder {

void record_queue::put(store_record what, bool first) {
  key name{what.kind, std::move(what.key)};
  const bool added = waiting_.insert_or_assign(name, std::move(what.value)).second;
  if (first)
    order_.push_front(std::move(name));
  else if (added)
    order_.push_back(std::move(name));
}

std::optional<store_record> record_queue::next(monotonic now) {
  if (paused_until_ && now < *paused_until_)
    return std::nullopt;
  paused_until_.reset();
  if (in_flight_.size() >= window)
    return std::nullopt;
  for (auto at = order_.begin(); at != order_.end();) {
    if (waiting_.count(*at) == 0) {
      at = order_.erase(at);
      continue;
    }
    if (in_flight_.count(*at) != 0) {
      ++at;
      continue;
    }
    auto node = waiting_.extract(*at);
    order_.erase(at);
    in_flight_.emplace(node.key(), node.mapped());
    return store_record{node.key().first, node.key().second, std::move(node.mapped())};
  }
  return std::nullopt;
}

void record_queue::written(const store_record& what) { in_flight_.erase({what.kind, what.key}); }

void record_queue::failed(const store_record& what, monotonic now) {
  in_flight_.erase({what.kind, what.key});
  paused_until_ = now + retry_pause;
  // A newer value has taken its place.
  if (waiting_.count({what.kind, what.key}) == 0)
    put(what, true);
}

std::optional<monotonic> record_queue::next_try() const {
  return waiting_.empty() ? std::nullopt : paused_until_;
}

std::vector<store_record> record_queue::drain() {
  std::vector<store_record> result;
  for (auto& [name, value] : in_flight_)
    if (waiting_.count(name) == 0)
      result.push_back({name.first, name.second, value});
  for (auto& [name, value] : waiting_)
    result.push_back({name.first, name.second, std::move(value)});
  in_flight_.clear();
  waiting_.clear();
  order_.clear();
  return result;
}

} // namespace firefinder
