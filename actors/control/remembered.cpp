#include "actors/control/remembered.hpp"

namespace firefinder {

void remembered_cameras::insert(const std::string& id, told_camera what) {
  auto& own = all_[id];
  by_key_.erase({own.key, id});
  if (!what.key.empty())
    by_key_.emplace(what.key, id);
  own = std::move(what);
}

void remembered_cameras::put(const std::string& id, const told_camera& what) {
  const auto known = all_.find(id);
  if (known == all_.end() ? all_.size() >= max_cameras : known->second == what)
    return;
  insert(id, what);
  waiting_.insert(id);
}

void remembered_cameras::erase(const std::string& id) {
  if (const auto known = all_.find(id); known != all_.end()) {
    by_key_.erase({known->second.key, id});
    all_.erase(known);
  } else if (restored_) {
    return;
  }
  if (waiting_.size() < max_waiting)
    waiting_.insert(id);
}

std::vector<std::string> remembered_cameras::with_key(const std::string& key) const {
  std::vector<std::string> result;
  for (auto x = by_key_.lower_bound({key, {}}); x != by_key_.end() && x->first == key; ++x)
    result.push_back(x->second);
  return result;
}

void remembered_cameras::restore(const std::vector<store_record>& records) {
  if (std::exchange(restored_, true))
    return;
  auto ours = std::exchange(all_, {});
  const auto changed = std::exchange(waiting_, {});
  by_key_.clear();
  for (const auto& x : records) {
    const auto stored = x.key.empty() ? std::nullopt : stored_camera(x.value);
    auto holds = stored;
    if (const auto own = ours.extract(x.key))
      holds = own.mapped();
    else if (changed.contains(x.key))
      holds.reset();
    if (all_.size() >= max_cameras)
      holds.reset();
    if (!holds || holds != stored)
      waiting_.insert(x.key);
    if (holds)
      insert(x.key, *std::move(holds));
  }
  for (auto& [id, what] : ours)
    put(id, what);
}

store_record remembered_cameras::record_of(const std::string& id) const {
  const auto x = all_.find(id);
  return {record_kind::known_camera, id, x == all_.end() ? std::string{} : stored_text(x->second)};
}

std::optional<store_record> remembered_cameras::next(monotonic now) {
  if (!restored_ || waiting_.empty() || in_flight_ >= window
      || (paused_until_ && now < *paused_until_))
    return std::nullopt;
  paused_until_.reset();
  ++in_flight_;
  return record_of(waiting_.extract(waiting_.begin()).value());
}

void remembered_cameras::failed(const std::string& id, monotonic now) {
  --in_flight_;
  waiting_.insert(id);
  paused_until_ = now + retry_pause;
}

std::optional<monotonic> remembered_cameras::next_try() const {
  return waiting_.empty() || in_flight_ >= window ? std::nullopt : paused_until_;
}

std::vector<store_record> remembered_cameras::drain() {
  std::vector<store_record> result;
  for (const auto& id : std::exchange(waiting_, {}))
    result.push_back(record_of(id));
  return result;
}

} // namespace firefinder
