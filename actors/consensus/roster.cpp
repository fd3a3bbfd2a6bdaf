#include "actors/consensus/roster.hpp"

#include <boost/functional/hash.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <tuple>
#include <type_traits>

namespace firefinder {

namespace {

// Two readings of one moment on the wall clock differ by less, unless that clock was set.
constexpr double same_moment_s = 1;

/// An inspector as CAF's are: takes the fingerprint of all that a message says.
class fingerprint {
public:
  using result_type = void;

  template <class... Ts>
  void operator()(const caf::meta::type_name_t&, Ts&... parts) {
    (add(parts), ...);
  }

  [[nodiscard]] std::size_t value() const noexcept { return value_; }

private:
  template <class T>
  void add(T& part) {
    if constexpr (std::is_same_v<T, camera_standing>)
      inspect(*this, part);
    else
      boost::hash_combine(value_, std::hash<T>{}(part));
  }

  std::size_t value_ = 0;
};

std::size_t fingerprint_of(house_camera& x) {
  fingerprint result;
  inspect(result, x);
  return result.value();
}

// It was computed anew.
void keep_moment(house_camera& x, unix_seconds told) {
  if (std::abs(x.blind_since - told) < same_moment_s)
    x.blind_since = told;
}

// Without mere figures.
std::uint32_t fingerprint_of_what_is_told_at_once(house_camera& x) {
  auto figures = std::exchange(x.standing, {});
  x.standing.reason = figures.reason;
  x.standing.agrees = figures.agrees;
  const auto result = static_cast<std::uint32_t>(fingerprint_of(x));
  x.standing = std::move(figures);
  return result;
}

} // namespace

bool same_house(const house_state& a, const house_state& b) {
  const auto parts = [](const house_state& x) {
    return std::tie(x.reason, x.fire, x.agreeing, x.threshold, x.armed, x.cooldown, x.trigger_count,
                    x.last_trigger, x.last_trigger_id, x.last_trigger_cameras, x.cameras_total,
                    x.cameras_online, x.cameras_detecting, x.frigate_known, x.frigate_online,
                    x.decides);
  };
  const auto words
      = [](const problem& x) { return std::tie(x.code, x.subject, x.trouble, x.text); };
  return parts(a) == parts(b)
         && std::equal(a.problems.begin(), a.problems.end(), b.problems.begin(), b.problems.end(),
                       [&](const problem& x, const problem& y) { return words(x) == words(y); });
}

void roster::put(house_camera x, monotonic now) {
  const auto [place, fresh] = cameras_.try_emplace(x.id);
  auto& known = place->second;
  if (fresh) {
    tell(known, std::move(x), now);
    return;
  }
  keep_moment(x, known.blind_since);
  if (std::exchange(known.waits, false))
    due_.erase({known.told_at + pause, x.id});
  if (fingerprint_of(x) == known.told)
    return;
  if (now - known.told_at >= pause
      || fingerprint_of_what_is_told_at_once(x) != known.told_at_once) {
    tell(known, std::move(x), now);
    return;
  }
  due_.emplace(known.told_at + pause, x.id);
  known.waits = true;
}

void roster::tell(entry& camera, house_camera x, monotonic now) {
  camera = {fingerprint_of(x), fingerprint_of_what_is_told_at_once(x), false, x.blind_since, now};
  ready_.emplace_back(std::move(x));
}

void roster::remove(const std::string& id, const std::string& successor) {
  const auto known = cameras_.find(id);
  if (known == cameras_.end())
    return;
  if (known->second.waits)
    due_.erase({known->second.told_at + pause, id});
  cameras_.erase(known);
  ready_.emplace_back(house_camera_gone{id, successor});
}

std::vector<roster::message> roster::take(monotonic now, const lookup& look) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto id = std::move(due_.extract(due_.begin()).value().second);
    auto& camera = cameras_.at(id);
    camera.waits = false;
    if (auto x = look(id)) {
      keep_moment(*x, camera.blind_since);
      tell(camera, std::move(*x), now);
    }
  }
  return std::exchange(ready_, {});
}

std::optional<monotonic> roster::next() const {
  if (!ready_.empty())
    return monotonic::min();
  if (due_.empty())
    return std::nullopt;
  return due_.begin()->first;
}

std::vector<house_camera> roster::all(const lookup& look) {
  std::vector<house_camera> result;
  result.reserve(cameras_.size());
  for (auto& [id, x] : cameras_)
    if (auto now = look(id)) {
      keep_moment(*now, x.blind_since);
      // It is told when its time comes, also if it is then again as others were told: to whoever
      // asks now that is news.
      if (x.waits)
        x.told = ~fingerprint_of(*now);
      result.push_back(std::move(*now));
    }
  return result;
}

} // namespace firefinder
