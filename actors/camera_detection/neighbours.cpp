#include "actors/camera_detection/neighbours.hpp"

#include <algorithm>
#include <functional>

namespace firefinder {

namespace {

using namespace std::chrono_literals;

// A device that speaks from two addresses in turn is told so often, and no more.
constexpr timespan quiet = 5s;

// Two that answer for one address do so to the same question.
constexpr timespan same_question = 1s;

constexpr timespan conflict_silence = 1h;

// Chosen: hardware addresses that are remembered for one address.
constexpr std::size_t max_claims = 8;

} // namespace

std::size_t neighbours::mac_hash::operator()(const mac_address& x) const noexcept {
  std::uint64_t value = 0;
  for (const auto b : x.bytes)
    value = value << 8 | b;
  return std::hash<std::uint64_t>{}(value);
}

neighbours::pairs::iterator neighbours::find(ipv4 address, const mac_address& mac) {
  const auto claims = by_address_.find(address);
  if (claims == by_address_.end())
    return pairs_.end();
  const auto at = std::find_if(claims->second.begin(), claims->second.end(),
                               [&mac](const auto& x) { return x->mac == mac; });
  return at == claims->second.end() ? pairs_.end() : *at;
}

void neighbours::drop(pairs::iterator one) {
  const auto claims = by_address_.find(one->address);
  std::erase(claims->second, one);
  if (claims->second.empty())
    by_address_.erase(claims);
  const auto last = last_address_.find(one->mac);
  if (last != last_address_.end() && last->second == one->address)
    last_address_.erase(last);
  pairs_.erase(one);
}

neighbours::pairs::iterator neighbours::insert(ipv4 address, const mac_address& mac) {
  std::optional<monotonic> complained;
  const auto claims = by_address_.find(address);
  if (claims != by_address_.end() && claims->second.size() >= max_claims) {
    // One that refused newcomers would let forged claims shut out the true owner. The silence
    // stays, or a conflict could be made of each of them.
    const auto oldest = *std::min_element(claims->second.begin(), claims->second.end(),
                                          [](auto a, auto b) { return a->heard < b->heard; });
    complained = oldest->complained;
    drop(oldest);
  } else if (pairs_.size() == max_neighbours) {
    drop(std::prev(pairs_.end()));
  }
  pairs_.push_front({address, mac, {}, {}, {}, complained});
  by_address_[address].push_back(pairs_.begin());
  return pairs_.begin();
}

neighbours::news neighbours::hear(ipv4 address, const mac_address& mac, heard_by how,
                                  monotonic now) {
  news result;
  auto at = find(address, mac);
  const bool known = at != pairs_.end();
  if (known)
    pairs_.splice(pairs_.begin(), pairs_, at);
  else
    at = insert(address, mac);
  const auto last = last_address_.find(mac);
  const bool moved = last == last_address_.end() || last->second != address;
  last_address_[mac] = address;
  at->heard = now;
  result.fresh = !known || (moved && now - at->told >= quiet);
  if (result.fresh)
    at->told = now;
  if (how == heard_by::answer)
    at->answered = now;
  for (const auto& other : by_address_[address]) {
    if (other == at)
      continue;
    result.doubtful = result.doubtful || result.fresh;
    const bool both
        = how == heard_by::answer && other->answered && now - *other->answered <= same_question;
    if (!both || (at->complained && now - *at->complained < conflict_silence))
      continue;
    at->complained = now;
    other->complained = now;
    result.conflict = other->mac;
  }
  return result;
}

std::optional<mac_address> neighbours::mac_of(ipv4 address) const {
  const auto claims = by_address_.find(address);
  if (claims == by_address_.end())
    return {};
  const auto last = std::max_element(claims->second.begin(), claims->second.end(),
                                     [](auto a, auto b) { return a->heard < b->heard; });
  return (*last)->mac;
}

std::optional<ipv4> neighbours::address_of(const mac_address& mac) const {
  const auto last = last_address_.find(mac);
  return last == last_address_.end() ? std::nullopt : std::optional{last->second};
}

std::vector<ipv4> neighbours::heard_since(monotonic then) const {
  std::vector<ipv4> result;
  for (const auto& x : pairs_) {
    if (x.heard < then)
      break;
    result.push_back(x.address);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

void neighbours::clear() {
  pairs_.clear();
  by_address_.clear();
  last_address_.clear();
}

} // namespace firefinder
