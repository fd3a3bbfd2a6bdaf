#include "actors/camera_detection/search.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace firefinder {

namespace {

using namespace std::chrono_literals;

// Both kinds of multicast are sent twice, because datagrams get lost. A device may take half
// a second for its answer (SOAP-over-UDP 1.1 appendix I, APP_MAX_DELAY).
constexpr timespan repeat_after = 400ms;
constexpr timespan between_probes = 40ms;
constexpr timespan listen_for = 1'200ms;

// Silent hosts are asked alone when those that heard the multicast have answered.
constexpr timespan first_round_after = 700ms;
constexpr timespan second_round_after = 1'200ms;

// Between the passes of a sweep, and after the last.
constexpr timespan pass_length = 100ms;

// Chosen: addresses of one search, so that its memory is bounded.
constexpr std::size_t max_addresses = 20'000;
constexpr std::size_t max_single = 256;

} // namespace

search::search(const search_order& order, const search_surroundings& around, monotonic now)
  : order_(order), wanted_(parse_mac(order.wanted)), start_(now) {
  plan_queries(now);
  plan_addresses(around);
  if (order_.scan || wanted_)
    plan_networks(around);
  if (order_.onvif)
    for (const auto address : around.heard)
      hosts_[address].probe = true;
  begin_passes(around, now);
}

// -- the plan ----------------------------------------------------------------------------------

void search::plan_queries(monotonic now) {
  using kind = search_query::kind;
  listen_until_ = now;
  for (const auto again : {timespan{0}, repeat_after}) {
    auto at = now + again;
    if (order_.mdns)
      queries_.push_back({at, {kind::mdns, probe_types::all, {}}});
    if (order_.onvif)
      for (const auto types :
           {probe_types::video_transmitter, probe_types::device, probe_types::all}) {
        queries_.push_back({at, {kind::probe, types, {}}});
        at += between_probes;
      }
  }
  if (!queries_.empty())
    listen_until_ = queries_.back().due + listen_for;
  if (order_.onvif)
    round_due_ = now + first_round_after;
}

void search::plan_addresses(const search_surroundings& around) {
  const auto count = std::min(order_.addresses.size(), max_single);
  for (std::size_t i = 0; i < count; ++i) {
    const auto address = parse_ipv4(order_.addresses[i]);
    if (!address || !is_host_address(*address)) {
      refuse(fmt::format("{} is no address of a host", order_.addresses[i].substr(0, 40)));
      continue;
    }
    hosts_[*address].probe = true;
    const auto* const segment = segment_of(around.links, *address);
    if (around.arp && segment != nullptr && segment->arp)
      plan_ask(*address, order_.ports);
    else if (order_.ports)
      plan_blind(*address);
  }
}

void search::plan_networks(const search_surroundings& around) {
  std::vector<subnet> all;
  for (const auto& text : order_.networks) {
    auto parsed = parse_subnet(text);
    if (parsed.net)
      all.push_back(*parsed.net);
    else
      refuse(std::move(parsed.error));
  }
  if (order_.networks.empty())
    for (const auto& x : around.links) {
      if (!x.arp)
        continue;
      if (!is_private(x.address))
        refuse(fmt::format("{} is public: it is searched only when it is named", to_string(x.net)));
      else if (auto why = too_large(x.net); !why.empty())
        refuse(std::move(why));
      else
        all.push_back(x.net);
    }
  // Nobody in a small network waits for a large one.
  std::sort(all.begin(), all.end(), [](const subnet& a, const subnet& b) {
    return a.bits != b.bits ? a.bits > b.bits : a.base < b.base;
  });
  for (const auto& net : all) {
    const bool covered = std::any_of(networks_.begin(), networks_.end(),
                                     [&net](const subnet& x) { return contains(x, net); });
    if (!covered)
      plan_network(net, around);
  }
  if (order_.scan && all.empty())
    refuse("there is no network that could be searched");
}

void search::plan_network(const subnet& net, const search_surroundings& around) {
  const auto count = host_count(net);
  if (asks_.size() + blind_.size() + count > max_addresses) {
    refuse(fmt::format("{} would be too much for one search, of {} addresses", to_string(net),
                       max_addresses));
    return;
  }
  networks_.push_back(net);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto address = host_at(net, i);
    if (is_own(around.links, address))
      continue;
    const auto* const segment = segment_of(around.links, address);
    if (around.arp && segment != nullptr && segment->arp)
      plan_ask(address, order_.scan && order_.ports);
    else if (order_.scan)
      plan_blind(address);
  }
}

bool search::names(ipv4 address) const {
  const auto count = std::min(order_.addresses.size(), max_single);
  for (std::size_t i = 0; i < count; ++i)
    if (parse_ipv4(order_.addresses[i]) == address)
      return true;
  return std::any_of(order_.networks.begin(), order_.networks.end(),
                     [address](const std::string& text) {
                       const auto net = parse_subnet(text).net;
                       return net && contains(*net, address);
                     });
}

void search::plan_ask(ipv4 address, bool ports) {
  auto& x = hosts_[address];
  x.ports = x.ports || ports;
  if (!std::exchange(x.asked_for, true))
    asks_.push_back(address);
}

void search::plan_blind(ipv4 address) {
  auto& x = hosts_[address];
  x.ports = order_.ports;
  if (std::exchange(x.blind, true))
    return;
  x.left = blind_ports;
  blind_.push_back(address);
}

void search::refuse(std::string why) {
  // The first few say enough.
  if (refused_.size() > 400)
    return;
  if (!refused_.empty())
    refused_ += "; ";
  refused_ += why;
}

void search::begin_passes(const search_surroundings& around, monotonic now) {
  if (wanted_ && around.last_seen) {
    const auto at = std::find(asks_.begin(), asks_.end(), *around.last_seen);
    if (at != asks_.end())
      std::rotate(asks_.begin(), at, at + 1);
  }
  // Goes on where the last search stopped, should it have been too much for one.
  std::sort(blind_.begin(), blind_.end());
  std::rotate(blind_.begin(), std::upper_bound(blind_.begin(), blind_.end(), around.last_blind),
              blind_.end());
  if (!asks_.empty())
    pass_ = 0;
  pass_due_ = now;
}

// -- what is next ------------------------------------------------------------------------------

void search::begin_round(monotonic now) {
  ++rounds_;
  for (const auto& [address, x] : hosts_)
    if (!x.onvif && (x.live || x.probe))
      silent_.push_back(address);
  if (rounds_ == 1)
    round_due_ = std::max(start_ + second_round_after, now + repeat_after);
  else
    round_due_.reset();
  if (!silent_.empty())
    listen_until_ = std::max(listen_until_, now + listen_for);
}

std::optional<search_query> search::next_query(monotonic now, contact_limits& contacts) {
  if (!queries_.empty() && queries_.front().due <= now) {
    const auto result = queries_.front().query;
    queries_.pop_front();
    return result;
  }
  // The last round is for those too that a long sweep brings.
  if (round_due_ && *round_due_ <= now && (rounds_ == 0 || !asking()))
    begin_round(now);
  while (!silent_.empty()) {
    const auto address = silent_.front();
    silent_.pop_front();
    auto& x = hosts_[address];
    if (x.onvif || (!x.contacted && !contacts.live.take(now)))
      continue;
    x.contacted = true;
    return search_query{search_query::kind::probe_one, probe_types::all, address};
  }
  return {};
}

void search::end_pass(monotonic now) {
  ++pass_;
  at_ask_ = 0;
  pass_due_ = std::max(pass_due_ + pass_length, now);
  if (pass_ == passes)
    listen_until_ = std::max(listen_until_, now + pass_length);
}

std::optional<ipv4> search::next_ask(monotonic now) {
  while (asking() && pass_due_ <= now) {
    while (at_ask_ < asks_.size()) {
      const auto address = asks_[at_ask_++];
      const auto& x = hosts_[address];
      if (!x.live && x.asked <= pass_)
        return address;
    }
    end_pass(now);
  }
  return {};
}

std::optional<dial> search::next_dial(monotonic now, contact_limits& contacts) {
  if (!dials_.empty()) {
    auto& x = hosts_[dials_.front().address];
    if (x.contacted || contacts.live.take(now)) {
      x.contacted = true;
      const auto result = dials_.front();
      dials_.pop_front();
      ++dialling_;
      return result;
    }
  }
  if (at_blind_ < blind_.size()) {
    const auto address = blind_[at_blind_];
    auto& x = hosts_[address];
    if (at_blind_port_ == 0 && !x.contacted && !contacts.blind.take(now))
      return {};
    if (!std::exchange(x.contacted, true))
      ++asked_;
    const dial result{address, rtsp_ports.at(at_blind_port_), true};
    if (++at_blind_port_ == blind_ports) {
      at_blind_port_ = 0;
      ++at_blind_;
    }
    ++dialling_;
    return result;
  }
  return {};
}

// -- what happened -----------------------------------------------------------------------------

void search::on_asked(ipv4 address) {
  const auto at = hosts_.find(address);
  if (at == hosts_.end() || !at->second.asked_for)
    return;
  if (at->second.asked == 0)
    ++asked_;
  if (at->second.asked < passes)
    ++at->second.asked;
}

void search::on_live(ipv4 address, host& x) {
  if (std::exchange(x.live, true))
    return;
  ++live_;
  if (!x.ports)
    return;
  // The first ports of one that was found by them are tried already.
  for (std::size_t i = x.blind ? blind_ports : 0; i < rtsp_ports.size(); ++i) {
    dials_.push_back({address, rtsp_ports.at(i), false});
    ++x.left;
  }
}

bool search::on_neighbour(ipv4 address, const mac_address& mac) {
  const bool is_wanted = wanted_ && mac == *wanted_;
  if (is_wanted && !wanted_found_) {
    wanted_found_ = true;
    if (!order_.scan) {
      pass_ = passes;
      hosts_[address].ports = order_.ports;
    }
  }
  const auto at = hosts_.find(address);
  if (at == hosts_.end())
    return false;
  auto& x = at->second;
  if (!x.asked_for && !x.blind && !is_wanted)
    return false;
  on_live(address, x);
  // A sweep for one is about nobody else.
  if (!is_wanted && !order_.scan && !x.ports)
    return false;
  return !std::exchange(x.told, true);
}

void search::on_device(ipv4 address, bool onvif) {
  auto& x = hosts_[address];
  x.onvif = x.onvif || onvif;
  x.ports = x.ports || order_.ports;
  on_live(address, x);
}

void search::on_dialled(const dial& task, dial_result result) {
  --dialling_;
  auto& x = hosts_[task.address];
  if (result != dial_result::silent)
    on_live(task.address, x);
  if (--x.left == 0 && x.live)
    ++tried_;
}

// -- how it stands -----------------------------------------------------------------------------

bool search::working() const {
  return !queries_.empty() || asking() || round_due_ || !silent_.empty() || !dials_.empty()
         || at_blind_ < blind_.size() || dialling_ != 0;
}

monotonic search::due(monotonic now, const contact_limits& contacts) const {
  auto result = start_ + order_.limit;
  const auto sooner = [&result](monotonic x) { result = std::min(result, x); };
  if (!queries_.empty())
    sooner(queries_.front().due);
  if (round_due_ && (rounds_ == 0 || !asking()))
    sooner(*round_due_);
  if (!dials_.empty())
    sooner(std::max(now, contacts.live.next()));
  if (at_blind_ < blind_.size())
    sooner(std::max(now, contacts.blind.next()));
  if (!working())
    sooner(listen_until_);
  return result;
}

std::optional<monotonic> search::ask_due() const {
  return asking() ? std::optional{pass_due_} : std::nullopt;
}

bool search::finished(monotonic now) const {
  if (now >= start_ + order_.limit)
    return true;
  if (working())
    return false;
  const bool only_wanted = wanted_found_ && !order_.scan && !order_.onvif && !order_.mdns;
  return only_wanted || now >= listen_until_;
}

search_progress search::progress() const {
  search_progress result;
  result.number = order_.number;
  result.hosts = live_;
  result.tried = tried_;
  result.addresses = static_cast<std::uint32_t>(asks_.size() + blind_.size());
  result.asked = asked_;
  if (asking() || at_blind_ < blind_.size()) {
    const auto more = networks_.size() > 1 ? fmt::format(" and {} more", networks_.size() - 1) : "";
    result.doing = networks_.empty() ? fmt::format("asking {} addresses", result.addresses)
                                     : fmt::format("asking {} addresses of {}{}", result.addresses,
                                                   to_string(networks_.front()), more);
  } else if (!dials_.empty() || dialling_ != 0) {
    result.doing = fmt::format("trying the ports of {} hosts", live_);
  } else {
    result.doing = "listening for answers";
  }
  auto& scan = result.methods["network_scan"];
  if (!order_.scan)
    scan = "off";
  else
    scan = networks_.empty() ? refused_ : refused_.empty() ? "on" : "on, but: " + refused_;
  return result;
}

} // namespace firefinder
