#include "actors/camera_detection/ledger.hpp"

#include "actors/camera_detection/device_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::json;

// Six hex digits of a hardware address name its maker (IEEE 802, MA-L).
constexpr std::size_t maker_digits = 6;
constexpr std::size_t address_digits = 12;

// Enough to tell a handful of passwords apart, too few to guess one from.
constexpr std::size_t fingerprint_bytes = 4;

std::string fingerprint(const camera_credential& x, const std::string& key) {
  std::string text = x.user;
  text += '\0';
  text += x.password;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return to_hex({reinterpret_cast<const char*>(digest.data()),
                 std::min<std::size_t>(size, fingerprint_bytes)});
}

std::string_view maker_of(std::string_view device) {
  return device.size() == address_digits && device.find_first_of(".:") == std::string_view::npos
             ? device.substr(0, maker_digits)
             : std::string_view{};
}

// A password at one of the services.
std::string trial(const std::string& print, login_service at) {
  return print + (at == login_service::onvif ? "/onvif" : "/rtsp");
}

std::string fingerprint_in(const std::string& trial) { return trial.substr(0, trial.find('/')); }

// 30 minutes, an hour, two, … up to the longest.
timespan growing_pause(std::uint32_t times) {
  auto result = login_ledger::window;
  for (std::uint32_t i = 1; i < times && result < login_ledger::longest_pause; ++i)
    result *= 2;
  return std::min(result, login_ledger::longest_pause);
}

std::string minutes_until(monotonic moment, monotonic now) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(moment - now).count();
  return minutes <= 1 ? std::string{"a minute"} : fmt::format("{} min", minutes);
}

} // namespace

login_ledger::login_ledger(std::vector<camera_credential> credentials, std::string key)
  : credentials_(std::move(credentials)) {
  for (const auto& x : credentials_)
    fingerprints_.push_back(fingerprint(x, key));
}

bool login_ledger::configured(const std::string& fingerprint) const {
  return std::ranges::find(fingerprints_, fingerprint) != fingerprints_.end();
}

const camera_credential* login_ledger::by_fingerprint(const std::string& fingerprint) const {
  const auto found = std::ranges::find(fingerprints_, fingerprint);
  return found == fingerprints_.end()
             ? nullptr
             : &credentials_[static_cast<std::size_t>(found - fingerprints_.begin())];
}

const std::string* login_ledger::fingerprint_of(const std::string& reference) const {
  const auto found = std::ranges::find(credentials_, reference, &camera_credential::reference);
  return found == credentials_.end()
             ? nullptr
             : &fingerprints_[static_cast<std::size_t>(found - credentials_.begin())];
}

// Whoever fills the table with made-up devices must not make us forget a real refusal.
std::vector<std::string> login_ledger::make_room(monotonic now) {
  std::vector<std::string> gone;
  if (records_.size() < max_devices)
    return gone;
  for (auto i = records_.begin(); i != records_.end();) {
    const auto& r = i->second;
    const bool lately
        = std::ranges::any_of(r.refusals, [now](const refusal& y) { return y.at + window > now; });
    if (r.accepted[0].empty() && r.accepted[1].empty() && r.locked_until <= now && !lately) {
      gone.push_back(i->first);
      i = records_.erase(i);
    } else {
      ++i;
    }
  }
  return gone;
}

login_ledger::advice login_ledger::next(const std::string& device, login_service at,
                                        monotonic now) const {
  advice result;
  if (credentials_.empty()) {
    result.reason = "it wants a password, and camera_detection.credentials has none";
    return result;
  }
  result.why = camera_condition::auth_failed;
  if (blind_) {
    result.reason = "what was tried before cannot be read from the store, and none is tried until "
                    "it can";
    return result;
  }
  const auto found = records_.find(device);
  static const record nothing;
  const auto& known = found == records_.end() ? nothing : found->second;
  if (found == records_.end() && records_.size() >= max_devices) {
    result.from = now + window;
    result.reason = "log-ins were tried at too many devices; at this one none is";
    return result;
  }
  if (known.locked_until > now) {
    result.from = known.locked_until;
    result.why = camera_condition::auth_locked;
    result.reason
        = fmt::format("it takes no log-in at the moment, or its password was changed; the next is "
                      "tried in {}",
                      minutes_until(result.from, now));
    return result;
  }
  // What was refused of passwords that are no longer ours says nothing of those that are.
  std::vector<monotonic> counting;
  for (const auto& x : known.refusals)
    if (x.at + window > now && configured(fingerprint_in(x.by)))
      counting.push_back(x.at);
  if (counting.size() >= max_refused) {
    result.from = counting[counting.size() - max_refused] + window;
    result.reason
        = fmt::format("it refused {} log-ins; another could lock us out, so the next is tried in "
                      "{}. Set camera_detection.credentials",
                      counting.size(), minutes_until(result.from, now));
    return result;
  }

  const auto maker = maker_of(device);
  const auto here = static_cast<std::size_t>(at);
  std::optional<std::size_t> best;
  int best_rank = 0;
  for (std::size_t i = 0; i < credentials_.size(); ++i) {
    const auto& print = fingerprints_[i];
    const auto key = trial(print, at);
    const auto times = known.in_a_row.find(key);
    if (times != known.in_a_row.end()) {
      const auto last = std::find_if(known.refusals.rbegin(), known.refusals.rend(),
                                     [&](const refusal& x) { return x.by == key; });
      if (last != known.refusals.rend()) {
        const auto again = last->at + growing_pause(times->second);
        if (again > now) {
          result.from = std::min(result.from, again);
          continue;
        }
      }
    }
    int rank = 1;
    if (known.accepted[here] == print)
      rank = 4;
    else if (known.accepted[1 - here] == print)
      rank = 3;
    else if (times != known.in_a_row.end())
      rank = 0;
    else if (!maker.empty() && std::ranges::any_of(records_, [&](const auto& x) {
               return x.second.accepted[here] == print && maker_of(x.first) == maker;
             }))
      rank = 2;
    if (!best || rank > best_rank) {
      best = i;
      best_rank = rank;
    }
  }
  if (!best) {
    result.reason = fmt::format("it refused every password that camera_detection.credentials "
                                "has; the next is tried in {}",
                                minutes_until(result.from, now));
    return result;
  }
  if (known.last_try > monotonic::min() && known.last_try + pause > now) {
    result.from = known.last_try + pause;
    result.reason = "it refused a password; the next is tried in a moment";
    return result;
  }
  result.with = &credentials_[*best];
  result.from = now;
  return result;
}

void login_ledger::begin(const std::string& device, const camera_credential& with, login_service at,
                         monotonic now) {
  const auto* print = fingerprint_of(with.reference);
  if (print == nullptr)
    return;
  auto& known = records_[device];
  known.last_try = now;
  std::erase_if(known.refusals, [now](const refusal& x) { return x.at + longest_pause <= now; });
  known.refusals.push_back({trial(*print, at), now});
  ++known.in_a_row[known.refusals.back().by];
  ++tried_;
}

void login_ledger::cancel(const std::string& device, const std::string& reference,
                          login_service at) {
  const auto* print = fingerprint_of(reference);
  const auto found = records_.find(device);
  if (print == nullptr || found == records_.end() || found->second.refusals.empty())
    return;
  auto& known = found->second;
  const auto last = known.refusals.back();
  if (last.by != trial(*print, at) || last.at != known.last_try)
    return;
  if (const auto times = known.in_a_row.find(last.by);
      times != known.in_a_row.end() && --times->second == 0)
    known.in_a_row.erase(times);
  known.refusals.pop_back();
  known.last_try = monotonic::min();
  --tried_;
}

void login_ledger::end(const std::string& device, const std::string& reference, login_service at,
                       login_result how, monotonic now) {
  const auto* print = fingerprint_of(reference);
  if (print == nullptr)
    return;
  auto& known = records_[device];
  const auto key = trial(*print, at);
  auto& accepted = known.accepted[static_cast<std::size_t>(at)];
  // That `begin` noted it tells a trial from the use of a password that was right before.
  const auto noted = std::find_if(known.refusals.rbegin(), known.refusals.rend(),
                                  [&](const refusal& x) { return x.by == key; });
  const bool was_begun = noted != known.refusals.rend() && noted->at == known.last_try;
  if (how == login_result::accepted) {
    std::erase_if(known.refusals, [&](const refusal& x) { return x.by == key; });
    known.in_a_row.erase(key);
    accepted = *print;
    known.last_try = monotonic::min();
    known.locks = 0;
    known.locked_until = monotonic::min();
    return;
  }
  ++refused_;
  if (!was_begun) {
    known.refusals.push_back({key, now});
    ++known.in_a_row[key];
    known.last_try = now;
  }
  // A password that it took before: it locks, far more often than somebody changed it.
  if (how == login_result::locked || accepted == *print)
    known.locked_until = now + growing_pause(++known.locks);
}

const camera_credential* login_ledger::trusted(const std::string& device, monotonic now) const {
  const auto found = records_.find(device);
  if (found == records_.end() || blind_)
    return nullptr;
  const auto& known = found->second;
  // Most take the same for both.
  const auto& by_rtsp = known.accepted[static_cast<std::size_t>(login_service::rtsp)];
  const auto& print
      = by_rtsp.empty() ? known.accepted[static_cast<std::size_t>(login_service::onvif)] : by_rtsp;
  const auto key = trial(print, login_service::rtsp);
  const bool refused = std::ranges::any_of(
      known.refusals, [&](const refusal& x) { return x.by == key && x.at + window > now; });
  return print.empty() || refused || known.locked_until > now ? nullptr : by_fingerprint(print);
}

void login_ledger::join(const std::string& from, const std::string& to) {
  const auto found = records_.find(from);
  if (from == to || found == records_.end())
    return;
  // The other name may still be in use, and must not be taken for one that was never tried.
  const auto source = found->second;
  auto& target = records_[to];
  for (const auto& x : source.refusals) {
    const bool known = std::ranges::any_of(
        target.refusals, [&](const refusal& y) { return y.by == x.by && y.at == x.at; });
    if (!known)
      target.refusals.push_back(x);
  }
  std::ranges::sort(target.refusals, {}, &refusal::at);
  for (const auto& [key, times] : source.in_a_row)
    target.in_a_row[key] = std::max(target.in_a_row[key], times);
  for (std::size_t i = 0; i < source.accepted.size(); ++i)
    if (target.accepted[i].empty())
      target.accepted[i] = source.accepted[i];
  target.last_try = std::max(target.last_try, source.last_try);
  target.locked_until = std::max(target.locked_until, source.locked_until);
  target.locks = std::max(target.locks, source.locks);
}

std::vector<std::string> login_ledger::add(const login_ledger& later) {
  // Its keys in ours.
  const auto ours = [&](const std::string& print) -> const std::string* {
    const auto* credential = later.by_fingerprint(print);
    return credential == nullptr ? nullptr : fingerprint_of(credential->reference);
  };
  std::vector<std::string> devices;
  for (const auto& [device, from] : later.records_) {
    auto& to = records_[device];
    for (const auto at : {login_service::onvif, login_service::rtsp}) {
      const auto here = static_cast<std::size_t>(at);
      if (const auto* print = ours(from.accepted[here])) {
        std::erase_if(to.refusals, [&](const refusal& x) { return x.by == trial(*print, at); });
        to.in_a_row.erase(trial(*print, at));
        to.accepted[here] = *print;
        to.locks = 0;
        to.locked_until = monotonic::min();
      }
      for (const auto& [by, times] : from.in_a_row)
        if (const auto* print = ours(fingerprint_in(by));
            print != nullptr && by == trial(fingerprint_in(by), at))
          to.in_a_row[trial(*print, at)] += times;
      for (const auto& x : from.refusals)
        if (const auto* print = ours(fingerprint_in(x.by));
            print != nullptr && x.by == trial(fingerprint_in(x.by), at))
          to.refusals.push_back({trial(*print, at), x.at});
    }
    std::ranges::sort(to.refusals, {}, &refusal::at);
    to.last_try = std::max(to.last_try, from.last_try);
    to.locked_until = std::max(to.locked_until, from.locked_until);
    to.locks = std::max(to.locks, from.locks);
    devices.push_back(device);
  }
  tried_ += later.tried_;
  refused_ += later.refused_;
  return devices;
}

std::string login_ledger::text_of(const std::string& device, monotonic now,
                                  unix_seconds wall) const {
  const auto found = records_.find(device);
  if (found == records_.end())
    return {};
  const auto& known = found->second;
  json refusals = json::array();
  for (const auto& x : known.refusals)
    refusals.push_back({{"by", x.by}, {"ago_s", to_seconds(now - x.at)}});
  json result{
      {"t", wall},
      {"accepted", known.accepted},
      {"refusals", std::move(refusals)},
      {"in_a_row", known.in_a_row},
      {"locks", known.locks},
      {"locked_for_s", known.locked_until > now ? to_seconds(known.locked_until - now) : 0.0}};
  return result.dump();
}

void login_ledger::restore(const std::string& device, std::string_view text, monotonic now,
                           unix_seconds wall) {
  const auto document = json::parse(text, nullptr, false);
  if (!document.is_object())
    return;
  try {
    // Without a clock of its own a small computer starts in the past: then no time went by.
    const auto since = from_seconds(
        std::clamp(wall - document.at("t").get<double>(), 0.0, 2 * to_seconds(longest_pause)));
    const auto span = [](const json& x) {
      return from_seconds(std::clamp(x.get<double>(), 0.0, 2 * to_seconds(longest_pause)));
    };
    record known;
    known.accepted = document.at("accepted").get<std::array<std::string, 2>>();
    for (const auto& x : document.at("refusals"))
      known.refusals.push_back({x.at("by").get<std::string>(), now - since - span(x.at("ago_s"))});
    std::ranges::sort(known.refusals, {}, &refusal::at);
    if (!known.refusals.empty())
      known.last_try = known.refusals.back().at;
    known.in_a_row = document.at("in_a_row").get<std::map<std::string, std::uint32_t>>();
    known.locks = document.at("locks").get<std::uint32_t>();
    const auto left = span(document.at("locked_for_s"));
    if (left > since)
      known.locked_until = now + (left - since);
    records_[device] = std::move(known);
  } catch (const json::exception&) {
    // Written by something else: the device is then unknown, which only costs a log-in.
    return;
  }
}

} // namespace firefinder
