#include "actors/frigate/burst.hpp"

#include <algorithm>

namespace firefinder {

bool burst::candidate(const std::string& object, monotonic until, monotonic now) {
  until_ = std::max(until_, until);
  if (!running_ && now >= rested_)
    objects_.clear();
  const bool rested = objects_.empty();
  const bool is_new = objects_.size() < max_objects && objects_.insert(object).second;
  if (running_ || until <= now || !(rested || is_new))
    return false;
  running_ = true;
  ends_ = now + longest;
  return true;
}

bool burst::asks(monotonic now) {
  if (running_ && (now >= ends_ || now >= until_)) {
    running_ = false;
    rested_ = now + pause;
  }
  return running_;
}

} // namespace firefinder
