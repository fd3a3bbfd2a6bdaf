#include "actors/camera_detection/registry.hpp"

#include "actors/camera_detection/subnet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

constexpr std::size_t address_digits = 12;
constexpr std::size_t max_services = 8;
constexpr std::size_t max_ports = 8;
constexpr std::size_t max_former_addresses = 16;
constexpr std::size_t max_aliases = 8;
constexpr std::size_t max_disputes = 256;

// Serial numbers that makers forgot to fill in.
constexpr std::size_t shortest_serial = 6;

const char* method_of(finding_kind kind) {
  switch (kind) {
  case finding_kind::onvif_device:
    return "onvif";
  case finding_kind::mdns_service:
    return "mdns";
  case finding_kind::open_port:
    return "rtsp_scan";
  default:
    return "arp";
  }
}

template <class T>
bool add_once(std::vector<T>& to, const T& what, std::size_t most) {
  if (std::ranges::find(to, what) != to.end() || to.size() >= most)
    return false;
  to.push_back(what);
  return true;
}

bool says_something(std::string_view serial) {
  return serial.size() >= shortest_serial
         && serial.find_first_not_of(serial.front()) != std::string_view::npos && serial != "123456"
         && serial != "12345678";
}

bool same_serial_number(const camera_facts& known, const device_report& told) {
  return says_something(told.serial_number) && known.serial_number == told.serial_number
         && known.manufacturer == told.manufacturer && known.model == told.model;
}

bool is_link_local(std::string_view address) { return address.starts_with("169.254."); }

// With the host of a device that has moved.
std::string at_host(const std::string& url, const std::string& host) {
  const auto start = url.find("://");
  if (start == std::string::npos)
    return url;
  const auto from = start + 3;
  const auto to = url.find_first_of(":/?", from);
  return url.substr(0, from) + host + (to == std::string::npos ? "" : url.substr(to));
}

// In a topic, and in the name of a file.
std::string safe_part(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 64)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                       || c == '-' || c == '_';
    result += plain ? c : '-';
  }
  return result;
}

bool usable_mac(std::string_view mac) {
  return is_mac(mac) && mac != "000000000000" && mac != "ffffffffffff";
}

} // namespace

std::string shown_mac(std::string_view digits) {
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && i % 2 == 0)
      result += ':';
    const char c = digits[i];
    result += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return result;
}

bool is_mac(std::string_view id) {
  return id.size() == address_digits
         && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_private_address(std::string_view text) {
  const auto address = parse_ipv4(text);
  const subnet loopback{{127U << 24}, 8};
  return address && (is_private(*address) || is_shared(*address) || contains(loopback, *address));
}

void registry_changes::add(registry_changes other) {
  changed.merge(other.changed);
  moved.merge(other.moved);
  to_ask.merge(other.to_ask);
  to_check.merge(other.to_check);
  removed.insert(removed.end(), other.removed.begin(), other.removed.end());
  for (const auto& x : removed) {
    changed.erase(x.id);
    moved.erase(x.id);
    to_check.erase(x.id);
  }
}

camera_registry::device& camera_registry::at(const std::string& address, monotonic now) {
  if (devices_.size() >= max_devices && devices_.count(address) == 0) {
    // Whoever is no camera, and was heard longest ago.
    auto oldest = devices_.end();
    for (auto i = devices_.begin(); i != devices_.end(); ++i)
      if (i->second.camera.empty()
          && (oldest == devices_.end() || i->second.heard < oldest->second.heard))
        oldest = i;
    if (oldest != devices_.end())
      devices_.erase(oldest);
  }
  auto& result = devices_[address];
  result.heard = now;
  return result;
}

registry_changes camera_registry::hear(const finding& what, monotonic now) {
  registry_changes result;
  switch (what.kind) {
  case finding_kind::network_changed:
    return result;
  case finding_kind::neighbour:
    return hear_neighbour(what, now);
  case finding_kind::conflict: {
    std::erase_if(disputes_, [now](const auto& y) { return y.second.at + dispute_span <= now; });
    if (disputes_.size() >= max_disputes && disputes_.count(what.address) == 0)
      return result;
    auto& x = disputes_[what.address];
    x = {what.mac, what.other_mac, now};
    // The one that is known there stays until it is found elsewhere.
    for (auto& [id, known] : cameras_)
      if (known.facts.address == what.address) {
        if (id == what.mac || id == what.other_mac) {
          known.displaced = false;
          auto& here = at(what.address, now);
          here.mac = id;
          here.camera = id;
        }
        result.changed.insert(id);
      }
    return result;
  }
  case finding_kind::onvif_goodbye:
    for (const auto& [id, x] : cameras_)
      if (!what.endpoint.empty() && x.endpoint == what.endpoint)
        result.to_check.insert(id);
    return result;
  case finding_kind::onvif_device:
  case finding_kind::mdns_service:
  case finding_kind::open_port:
    break;
  }
  if (!what.mac.empty())
    result = hear_neighbour(what, now);
  auto& x = at(what.address, now);
  bool news = add_once(x.methods, std::string{method_of(what.kind)}, max_services);
  const bool first_way = news;
  for (const auto& service : what.services)
    news |= add_once(x.services, service, max_services);
  if (what.port != 0)
    news |= add_once(x.ports, what.port, max_ports);
  if (!what.path.empty() && x.path != what.path) {
    x.path = what.path;
    news = true;
  }
  if (!what.endpoint.empty())
    x.endpoint = what.endpoint;
  if (!what.name.empty())
    x.name = what.name;
  if (!what.hardware.empty())
    x.hardware = what.hardware;
  const auto* known = x.camera.empty() ? nullptr : find(x.camera);
  if (known != nullptr && known->address == what.address) {
    auto& facts = cameras_.at(known->id).facts;
    if (first_way && add_once(facts.methods, std::string{method_of(what.kind)}, max_services))
      result.changed.insert(facts.id);
    // It is there, which the next look after it would only find out later.
    if (!facts.reachable())
      result.to_ask.insert(what.address);
    if (news && x.asked != monotonic::min() && !what.services.empty())
      result.to_ask.insert(what.address);
    return result;
  }
  if (news || x.asked == monotonic::min() || x.asked + ask_again <= now)
    result.to_ask.insert(what.address);
  return result;
}

registry_changes camera_registry::hear_neighbour(const finding& what, monotonic now) {
  registry_changes result;
  if (!usable_mac(what.mac) || what.address.empty())
    return result;
  // A hardware address that belongs to nobody we know is not worth remembering.
  const auto speaker = resolve(what.mac);
  const auto here = devices_.find(what.address);
  if (speaker.empty() && here == devices_.end() && what.kind == finding_kind::neighbour)
    return result;
  auto& x = at(what.address, now);
  const bool same = x.mac == what.mac;
  if (shared_.count(what.mac) != 0) {
    x.mac = what.mac;
    return result;
  }
  // Which of two devices speaks last tells nothing.
  if (const auto claims = disputes_.find(what.address);
      claims != disputes_.end() && claims->second.at + dispute_span > now && !same && !x.mac.empty()
      && (claims->second.one == what.mac || claims->second.other == what.mac))
    return result;
  // Another device sits at this address now; what was known of the last one is void.
  if (!x.mac.empty() && !same) {
    const auto before = x.camera;
    x = {};
    x.heard = now;
    if (const auto owner = cameras_.find(before); owner != cameras_.end()
                                                  && owner->second.facts.address == what.address
                                                  && speaker != before) {
      owner->second.displaced = true;
      result.to_check.insert(before);
    }
  }
  x.mac = what.mac;

  if (speaker.empty()) {
    // The one that we know by a provisional name has told its hardware address.
    if (const auto known = cameras_.find(x.camera); known != cameras_.end()
                                                    && known->second.facts.address == what.address
                                                    && !known->second.seen_on_segment)
      result.add(rename(known->first, what.mac));
    return result;
  }
  auto& who = cameras_.at(speaker);
  if (who.facts.address == what.address) {
    who.seen_on_segment = true;
    who.displaced = false;
    x.camera = speaker;
    if (who.facts.condition == camera_condition::offline)
      result.to_check.insert(speaker);
    return result;
  }
  // On its way up a camera may first give itself an address (RFC 3927).
  if (is_link_local(what.address) && !is_link_local(who.facts.address) && who.facts.reachable())
    return result;
  // It has several addresses, or a repeater answers for it.
  const bool left_lately = std::ranges::find(who.facts.former_addresses, what.address)
                               != who.facts.former_addresses.end()
                           && who.moved_at > monotonic::min() && who.moved_at + settling > now
                           && who.facts.reachable();
  if (!left_lately)
    result.to_ask.insert(what.address);
  return result;
}

std::optional<interview_subject> camera_registry::subject(const std::string& address) const {
  const auto found = devices_.find(address);
  if (found == devices_.end())
    return std::nullopt;
  const auto& x = found->second;
  interview_subject result;
  result.address = address;
  result.services = x.services;
  result.rtsp_ports = x.ports;
  result.path = x.path;
  result.manufacturer = x.hardware;
  auto id = x.camera;
  if (id.empty() && !x.mac.empty())
    id = resolve(x.mac);
  if (const auto known = cameras_.find(id); known != cameras_.end()) {
    const auto& facts = known->second.facts;
    if (!facts.manufacturer.empty())
      result.manufacturer = facts.manufacturer;
    for (auto stream : facts.streams) {
      stream.url = at_host(stream.url, address);
      result.known_streams.push_back(std::move(stream));
    }
    // What it spoke at its last address it speaks here as well.
    if (const auto before = devices_.find(facts.address);
        before != devices_.end() && before->first != address) {
      for (const auto& service : before->second.services)
        add_once(result.services, at_host(service, address), max_services);
      for (const auto port : before->second.ports)
        add_once(result.rtsp_ports, port, max_ports);
      if (result.path.empty())
        result.path = before->second.path;
    }
  }
  return result;
}

std::string camera_registry::device_at(const std::string& address) const {
  const auto found = devices_.find(address);
  if (found == devices_.end())
    return address;
  const auto& x = found->second;
  const auto mac = mac_of(x);
  // All hardware addresses of one camera count as one.
  if (auto id = mac.empty() ? std::string{} : resolve(mac); !id.empty())
    return id;
  if (const auto known = cameras_.find(x.camera); known != cameras_.end()
                                                  && known->second.facts.address == address
                                                  && (mac.empty() || !is_mac(known->first)))
    return known->first;
  // Both network sockets of a camera tell one endpoint before any log-in.
  if (!x.endpoint.empty())
    return "onvif-" + safe_part(x.endpoint);
  return mac.empty() ? address : mac;
}

// Empty as well when several devices speak with it.
std::string camera_registry::mac_of(const device& x) const {
  return usable_mac(x.mac) && shared_.count(x.mac) == 0 ? x.mac : std::string{};
}

std::string camera_registry::identify(const device& where, const device_report& told,
                                      const std::string& address) const {
  if (auto mac = mac_of(where); !mac.empty())
    return mac;
  // Behind a router a hardware address can only be told; it is believed as long as nobody else
  // is known by it.
  for (const auto& mac : told.macs)
    if (usable_mac(mac) && resolve(mac).empty())
      return mac;
  if (!where.endpoint.empty())
    return "onvif-" + safe_part(where.endpoint);
  if (says_something(told.serial_number))
    return "sn-" + safe_part(told.serial_number);
  auto dashes = address;
  std::ranges::replace(dashes, '.', '-');
  return "UNKNOWN-" + dashes;
}

// The camera that we know already and that this is; empty: none.
std::string camera_registry::match(const device& where, const device_report& told,
                                   const std::string& address) const {
  const auto mac = mac_of(where);
  const auto tells = [&told](const std::string& what) {
    return std::ranges::find(told.macs, what) != told.macs.end();
  };
  if (!mac.empty())
    if (auto id = resolve(mac); !id.empty() && (id == mac || tells(id)))
      return id;
  // A second network socket is believed when each tells the other: clones tell one factory
  // address, and who would take another's place can tell any.
  if (mac.empty() || tells(mac))
    for (const auto& other : told.macs) {
      const auto id = usable_mac(other) ? resolve(other) : std::string{};
      if (id.empty())
        continue;
      const auto& known = cameras_.at(id);
      if (mac.empty() || !known.seen_on_segment || known.told.count(mac) != 0)
        return id;
    }
  for (const auto& [id, known] : cameras_) {
    // Whoever has shown another hardware address is another one.
    if (known.seen_on_segment && !mac.empty())
      continue;
    const bool same_endpoint = !where.endpoint.empty() && known.endpoint == where.endpoint;
    const bool same_serial = same_serial_number(known.facts, told);
    const bool other_place = known.facts.address != address && known.facts.reachable();
    if ((same_endpoint || same_serial) && !other_place)
      return id;
  }
  if (const auto known = cameras_.find(where.camera); known != cameras_.end()
                                                      && known->second.facts.address == address
                                                      && (!is_mac(known->first) || mac.empty()))
    return known->first;
  return {};
}

std::optional<std::string> camera_registry::would_move(const std::string& address,
                                                       const device_report& told) const {
  const auto where = devices_.find(address);
  if (where == devices_.end() || !(told.onvif || told.rtsp))
    return std::nullopt;
  const auto found = cameras_.find(match(where->second, told, address));
  if (found == cameras_.end())
    return std::nullopt;
  const auto& x = found->second;
  const auto mac = mac_of(where->second);
  const bool second_socket = !mac.empty() && mac != found->first;
  if (x.facts.address.empty() || x.facts.address == address || !x.facts.reachable() || x.displaced
      || second_socket)
    return std::nullopt;
  return x.facts.address;
}

registry_changes camera_registry::learn(const std::string& address, const device_report& told,
                                        const std::string& credential, bool both_answer,
                                        monotonic now, unix_seconds wall) {
  registry_changes result;
  auto& where = at(address, now);
  where.asked = now;
  if (!told.onvif && !told.rtsp)
    return result;
  auto id = match(where, told, address);
  if (both_answer && !id.empty()) {
    const auto& x = cameras_.at(id);
    const bool tells_alike = std::ranges::any_of(
        told.macs, [&](const std::string& mac) { return mac == id || x.told.count(mac) != 0; });
    const bool same_endpoint = !where.endpoint.empty() && where.endpoint == x.endpoint;
    if (tells_alike || same_endpoint || same_serial_number(x.facts, told)) {
      // One camera with two addresses stays at the one where it is known.
      where.camera = id;
      return result;
    }
    // A repeater speaks for several: its hardware address tells nothing of them.
    if (where.mac == id)
      shared_.insert(where.mac);
    id = match(where, told, address);
  }
  // Not everything that speaks RTSP is a camera, but what is known as one stays one.
  const bool has_stream = told.condition == camera_condition::online && !told.streams.empty();
  if (id.empty() && !told.onvif && !has_stream && !wants_login(told.condition))
    return result;
  const auto wanted = identify(where, told, address);
  if (id.empty()) {
    if (cameras_.size() >= max_known_cameras) {
      full_ = true;
      return result;
    }
    id = wanted;
    // It was taken for a second socket of somebody who only said so.
    if (const auto claimed = aliases_.find(id); claimed != aliases_.end()) {
      auto& other = cameras_.at(claimed->second).facts;
      std::erase(other.aliases, id);
      result.changed.insert(other.id);
      aliases_.erase(claimed);
    }
    cameras_[id].facts.id = id;
  } else if (!is_mac(id) && is_mac(wanted)) {
    result.add(rename(id, wanted));
    id = wanted;
  }
  auto& x = cameras_.at(id);
  const auto before = x.facts;
  if (before.address != address) {
    // One with two network sockets answers at both: the one where it is known remains.
    if (!before.address.empty() && before.reachable() && !x.displaced && before.id != where.mac
        && !where.mac.empty()) {
      if (add_once(x.facts.aliases, where.mac, max_aliases)) {
        index(x);
        result.changed.insert(id);
      }
      where.camera = id;
      return result;
    }
    if (!before.address.empty())
      result.moved.insert(id);
    move(x, address, now);
  }
  where.camera = id;
  x.displaced = false;
  if (!mac_of(where).empty())
    x.seen_on_segment = true;
  auto& facts = x.facts;
  if (is_mac(id))
    facts.mac = shown_mac(id);
  for (const auto& mac : told.macs)
    if (usable_mac(mac))
      x.told.insert(mac);
  // The cable is in its other socket.
  if (const auto mac = mac_of(where); !mac.empty() && mac != id)
    add_once(facts.aliases, mac, max_aliases);
  if (!where.endpoint.empty())
    x.endpoint = where.endpoint;
  const auto take = [](std::string& to, const std::string& from) {
    if (!from.empty())
      to = from;
  };
  take(facts.manufacturer, told.manufacturer);
  take(facts.model, told.model);
  take(facts.serial_number, told.serial_number);
  take(facts.firmware_version, told.firmware_version);
  for (const auto& method : where.methods)
    add_once(facts.methods, method, max_services);
  if (told.condition == camera_condition::online)
    facts.credential = credential;
  if (!told.streams.empty()) {
    // What a look at the same stream has shown stays true.
    auto streams = told.streams;
    for (auto& stream : streams)
      for (const auto& old : before.streams)
        if (old.url == stream.url) {
          // A decoder has measured it; what the camera tells of itself may be wrong.
          const bool measured = before.video_seen && old.url == before.streams.front().url;
          if (stream.width == 0 || (measured && old.width != 0)) {
            stream.width = old.width;
            stream.height = old.height;
          }
          if (stream.codec.empty())
            stream.codec = old.codec;
          if (stream.fps <= 0)
            stream.fps = old.fps;
        }
    if (streams.front().url != (before.streams.empty() ? "" : before.streams.front().url))
      facts.video_seen = false;
    facts.streams = std::move(streams);
  }
  facts.name = name_of(x, where);
  facts.condition = told.condition;
  facts.reason = told.condition == camera_condition::online ? "" : told.reason;
  facts.failures = told.condition == camera_condition::online ? 0 : facts.failures;
  if (told.answered)
    facts.last_seen = wall;
  index(x);
  auto compared = facts;
  compared.last_seen = before.last_seen;
  if (!(compared == before))
    result.changed.insert(id);
  return result;
}

registry_changes camera_registry::watch(const std::string& id, const video_report& seen,
                                        unix_seconds wall) {
  registry_changes result;
  const auto found = cameras_.find(id);
  if (found == cameras_.end() || found->second.facts.streams.empty())
    return result;
  auto& facts = found->second.facts;
  const auto before = facts;
  auto& stream = facts.streams.front();
  switch (seen.outcome) {
  case video_outcome::video:
    facts.video_seen = true;
    facts.condition = camera_condition::online;
    facts.reason.clear();
    facts.failures = 0;
    facts.last_seen = wall;
    if (seen.width != 0 && seen.height != 0) {
      stream.width = seen.width;
      stream.height = seen.height;
    }
    if (!seen.codec.empty())
      stream.codec = seen.codec;
    if (seen.fps > 0)
      stream.fps = seen.fps;
    break;
  case video_outcome::no_video:
  case video_outcome::not_found:
  case video_outcome::timeout:
    facts.video_seen = false;
    facts.condition = camera_condition::stream_error;
    facts.reason = seen.why.empty() ? "its stream delivers no video" : seen.why;
    ++facts.failures;
    break;
  case video_outcome::unauthorized:
  case video_outcome::unreachable:
    // The next look after it tells which of the many ways of not answering it is.
    ++facts.failures;
    result.to_check.insert(id);
    break;
  case video_outcome::unable:
    break;
  }
  auto compared = facts;
  compared.last_seen = before.last_seen;
  compared.failures = before.failures;
  if (!(compared == before))
    result.changed.insert(id);
  return result;
}

registry_changes camera_registry::check(const std::string& id, camera_condition condition,
                                        const std::string& reason, unix_seconds wall) {
  registry_changes result;
  const auto found = cameras_.find(id);
  if (found == cameras_.end())
    return result;
  auto& facts = found->second.facts;
  if (condition == camera_condition::online) {
    facts.failures = 0;
  } else {
    ++facts.failures;
    if (condition == camera_condition::offline || condition == camera_condition::stream_error)
      facts.video_seen = false;
  }
  if (condition != camera_condition::offline)
    facts.last_seen = wall;
  if (facts.condition != condition)
    result.changed.insert(id);
  facts.condition = condition;
  facts.reason = reason;
  return result;
}

void camera_registry::miss(const std::string& id) {
  if (const auto found = cameras_.find(id); found != cameras_.end())
    ++found->second.facts.failures;
}

bool camera_registry::restore(const camera_facts& facts) {
  if (cameras_.size() >= max_known_cameras || !resolve(facts.id).empty())
    return false;
  auto& x = cameras_[facts.id];
  x.facts = facts;
  x.seen_on_segment = is_mac(facts.id);
  index(x);
  if (!facts.address.empty()) {
    auto& where = devices_[facts.address];
    where.camera = facts.id;
    where.methods = facts.methods;
  }
  return true;
}

registry_changes camera_registry::forget(const std::string& id) {
  registry_changes result;
  if (cameras_.erase(id) == 0)
    return result;
  std::erase_if(aliases_, [&](const auto& x) { return x.second == id; });
  for (auto& [address, x] : devices_)
    if (x.camera == id) {
      x.camera.clear();
      // Should it be found again, it is a new one.
      x.asked = monotonic::min();
    }
  result.removed.push_back({id, ""});
  full_ = false;
  return result;
}

// By value: callers name a camera by its own id, which changes here.
registry_changes camera_registry::rename(const std::string from, const std::string to) {
  registry_changes result;
  auto node = cameras_.extract(from);
  if (node.empty())
    return result;
  auto& x = node.mapped();
  std::erase_if(aliases_, [&](const auto& y) { return y.second == from; });
  if (const auto known = cameras_.find(to); known != cameras_.end()) {
    // It was known by both: the one with the hardware address goes on.
    add_once(known->second.facts.aliases, from, max_aliases);
    index(known->second);
  } else {
    x.facts.id = to;
    x.facts.mac = is_mac(to) ? shown_mac(to) : "";
    std::erase(x.facts.aliases, to);
    add_once(x.facts.aliases, from, max_aliases);
    x.seen_on_segment = is_mac(to);
    if (const auto where = devices_.find(x.facts.address); where != devices_.end())
      x.facts.name = name_of(x, where->second);
    node.key() = to;
    index(cameras_.insert(std::move(node)).position->second);
  }
  for (auto& [address, y] : devices_)
    if (y.camera == from)
      y.camera = to;
  result.removed.push_back({from, to});
  result.changed.insert(to);
  return result;
}

void camera_registry::move(camera& x, const std::string& address, monotonic now) {
  auto& facts = x.facts;
  if (!facts.address.empty()) {
    std::erase(facts.former_addresses, facts.address);
    facts.former_addresses.push_back(facts.address);
    if (facts.former_addresses.size() > max_former_addresses)
      facts.former_addresses.erase(facts.former_addresses.begin());
    if (const auto before = devices_.find(facts.address); before != devices_.end()) {
      auto& here = devices_[address];
      for (const auto& service : before->second.services)
        add_once(here.services, at_host(service, address), max_services);
      for (const auto port : before->second.ports)
        add_once(here.ports, port, max_ports);
      if (here.endpoint.empty())
        here.endpoint = before->second.endpoint;
      before->second.camera.clear();
    }
    x.moved_at = now;
  }
  std::erase(facts.former_addresses, address);
  facts.address = address;
  for (auto& stream : facts.streams)
    stream.url = at_host(stream.url, address);
}

std::string camera_registry::name_of(const camera& x, const device& where) const {
  const auto& facts = x.facts;
  if (const auto given = shown_.find(canonical_(facts.id, ""));
      given != shown_.end() && !given->second.empty())
    return given->second;
  if (!facts.manufacturer.empty() || !facts.model.empty()) {
    // Some tell the maker in the model as well.
    if (facts.model.starts_with(facts.manufacturer))
      return facts.model;
    return facts.manufacturer + (facts.manufacturer.empty() || facts.model.empty() ? "" : " ")
           + facts.model;
  }
  if (!where.name.empty())
    return where.name;
  if (facts.mac.empty())
    return "Camera-" + facts.address;
  return "Camera-"
         + facts.mac.substr(facts.mac.size() - std::min<std::size_t>(8, facts.mac.size()));
}

std::string camera_registry::resolve(const std::string& id) const {
  if (cameras_.count(id) != 0)
    return id;
  const auto found = aliases_.find(id);
  return found == aliases_.end() ? std::string{} : found->second;
}

void camera_registry::index(const camera& x) {
  for (const auto& alias : x.facts.aliases)
    if (cameras_.count(alias) == 0)
      aliases_.emplace(alias, x.facts.id);
}

const camera_facts* camera_registry::find(const std::string& id) const {
  const auto found = cameras_.find(resolve(id));
  return found == cameras_.end() ? nullptr : &found->second.facts;
}

const camera_facts* camera_registry::at_address(const std::string& address) const {
  const auto where = devices_.find(address);
  if (where == devices_.end())
    return nullptr;
  const auto found = cameras_.find(where->second.camera);
  return found == cameras_.end() || found->second.facts.address != address ? nullptr
                                                                           : &found->second.facts;
}

bool camera_registry::is_new_by_port(const std::string& address) const {
  const auto where = devices_.find(address);
  if (where == devices_.end())
    return false;
  const auto& x = where->second;
  return x.asked == monotonic::min() && x.services.empty() && x.camera.empty()
         && x.methods == std::vector<std::string>{method_of(finding_kind::open_port)}
         && (x.mac.empty() || resolve(x.mac).empty());
}

bool camera_registry::displaced(const std::string& id) const {
  const auto found = cameras_.find(id);
  return found != cameras_.end() && found->second.displaced;
}

const camera_facts* camera_registry::named(const std::string& name,
                                           const std::string& prefix) const {
  const auto wanted = canonical_(name, prefix);
  if (const auto* direct = find(wanted))
    return direct;
  for (const auto& [id, x] : cameras_) {
    if (canonical_(id, "") == wanted)
      return &x.facts;
    for (const auto& alias : x.facts.aliases)
      if (canonical_(alias, "") == wanted)
        return &x.facts;
  }
  return nullptr;
}

std::map<std::string, camera_facts> camera_registry::all() const {
  std::map<std::string, camera_facts> result;
  for (const auto& [id, x] : cameras_)
    result.emplace(id, x.facts);
  return result;
}

} // namespace firefinder
