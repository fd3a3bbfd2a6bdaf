#include "actors/camera_detection/network_finder.hpp"

#include "actors/camera_detection/device_text.hpp"
#include "messages/log.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace firefinder {

namespace {

using namespace std::chrono_literals;

// What one socket may bring before the others have their turn.
constexpr std::size_t packets_at_once = 512;
constexpr std::size_t datagrams_at_once = 64;

// Changes of the network come in groups.
constexpr timespan settling = 1s;

constexpr timespan between_reports = 100ms;
constexpr timespan between_asks = 300ms;
constexpr int ask_tries = 3;

// A sweep sends some packets each time that it wakes.
constexpr timespan several_asks = 4ms;

// Hosts that were heard so lately count as there.
constexpr timespan lately = 5min;

// Chosen: bounds of what others can make us hold.
constexpr std::size_t max_asks = 512;
constexpr std::size_t max_searches = 256;
constexpr std::size_t max_devices = 1'024;
constexpr std::size_t max_unheard = 256;
constexpr std::size_t max_questions = 64;
constexpr std::size_t max_name = 64;

monotonic clock_now() {
  return std::chrono::duration_cast<monotonic>(std::chrono::steady_clock::now().time_since_epoch());
}

std::string fault_text() { return std::strerror(errno); }

std::string arp_refusal(int fault) {
  if (fault == EPERM || fault == EACCES)
    return "not permitted: it needs CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW); until "
           "then hosts are found by connecting to them, which is slower";
  if (fault == EAFNOSUPPORT)
    return "not permitted: sockets of the family AF_PACKET are not allowed (systemd: "
           "RestrictAddressFamilies=)";
  return std::strerror(fault);
}

bool same(const search_progress& a, const search_progress& b) {
  return a.doing == b.doing && a.hosts == b.hosts && a.tried == b.tried
         && a.addresses == b.addresses && a.asked == b.asked && a.finished == b.finished
         && a.methods == b.methods;
}

} // namespace

network_finder::network_finder(const finder_limits& limits, finding_listener found,
                               progress_listener progressed)
  : limits_(limits), found_(std::move(found)), progressed_(std::move(progressed)), arp_(open_arp()),
    arp_failure_(arp_ ? std::string{} : arp_refusal(errno)), netlink_(!arp_),
    links_(netlink_.links()), ask_pace_(timespan{1s} / limits.asks_per_second, 20) {
  if (!arp_)
    FF_LOG("cameras", warning, "ARP: {}", arp_failure_);
  if (!netlink_.failure().empty())
    FF_LOG("cameras", warning, "{}", netlink_.failure());
  open();
}

// -- sockets -----------------------------------------------------------------------------------

void network_finder::open() {
  segments_.clear();
  for (const auto& link : links_)
    if (link.multicast)
      segments_.push_back({link, open_segment(link), open_segment(link)});
  discovery_ = open_discovery(links_);
  if (!discovery_)
    FF_LOG("cameras", warning, "cameras that say hello are not heard: {}", fault_text());
  unicast_ = open_unicast();
}

void network_finder::look_at_links(monotonic now) {
  if (!links_due_ || *links_due_ > now)
    return;
  links_due_.reset();
  auto links = netlink_.links();
  if (links == links_)
    return;
  links_ = std::move(links);
  open();
  FF_LOG("cameras", info, "the network has changed: {} addresses on segments", links_.size());
  found_(make(finding_kind::network_changed, 0, {}));
}

// -- searches ----------------------------------------------------------------------------------

void network_finder::begin(const search_order& order) {
  const auto now = clock_now();
  if (searches_.size() >= max_searches || searches_.contains(order.number)) {
    search_progress refusal;
    refusal.number = order.number;
    refusal.finished = true;
    refusal.methods = methods(order);
    refusal.methods["network_scan"] = "too many searches at one time";
    // One that goes on under this number ends by itself.
    if (!searches_.contains(order.number))
      progressed_(std::move(refusal));
    return;
  }
  search_surroundings around;
  around.links = links_;
  around.arp = static_cast<bool>(arp_);
  around.heard = neighbours_.heard_since(now - lately);
  std::erase_if(around.heard, [this](ipv4 x) { return !on_segment(x); });
  if (const auto wanted = parse_mac(order.wanted))
    around.last_seen = neighbours_.address_of(*wanted);
  around.last_blind = last_blind_;
  auto& x = searches_.try_emplace(order.number, order, around, now).first->second;
  x.mdns_id = static_cast<std::uint16_t>(random_() % 0xFFFF + 1);
  for (int i = 0; i < 4; ++i)
    x.probe_ids.push_back(new_message_id());
  if (!arp_)
    for (const auto& neighbour : netlink_.known_neighbours())
      hear_neighbour(neighbour.index, neighbour.address, neighbour.mac, heard_by::speech, now);
}

void network_finder::forget_neighbours() { neighbours_.clear(); }

std::string network_finder::new_message_id() {
  const auto a = random_();
  const auto b = random_();
  const auto c = random_();
  const auto d = random_();
  // RFC 4122 section 4.4.
  return fmt::format("urn:uuid:{:08x}-{:04x}-4{:03x}-{:04x}-{:08x}{:04x}", a, b >> 16, b & 0xFFF,
                     (c & 0x3FFF) | 0x8000, d, c >> 16);
}

void network_finder::send_query(ongoing& x, const search_query& query) {
  const auto size = [](probe_types types) { return static_cast<std::size_t>(types); };
  if (query.what == search_query::kind::probe_one) {
    const auto* const near = segment_of(links_, query.address);
    const auto at = std::find_if(segments_.begin(), segments_.end(), [near](const segment& s) {
      return near != nullptr && s.link == *near;
    });
    send_to(at == segments_.end() ? unicast_ : at->discovery, {query.address, discovery_group.port},
            probe_envelope(x.probe_ids.back(), query.types));
    return;
  }
  const bool by_mdns = query.what == search_query::kind::mdns;
  const auto text = by_mdns ? rtsp_question(x.mdns_id)
                            : probe_envelope(x.probe_ids.at(size(query.types)), query.types);
  auto& failure = by_mdns ? mdns_failure_ : discovery_failure_;
  failure = netlink_.failure().empty() ? "there is no network interface that is up"
                                       : netlink_.failure();
  bool sent = false;
  for (const auto& at : segments_)
    if (send_to(by_mdns ? at.mdns : at.discovery, by_mdns ? mdns_group : discovery_group, text))
      sent = true;
    else
      failure = fmt::format("nothing can be sent on {}: {}", at.link.name, fault_text());
  if (sent)
    failure.clear();
}

void network_finder::ask(ipv4 address) {
  const auto* const link = segment_of(links_, address);
  if (link != nullptr && link->arp)
    send_arp(arp_, *link, arp_request(link->mac, link->address, address));
  for (auto& [number, x] : searches_)
    x.plan.on_asked(address);
}

void network_finder::ask_soon(ipv4 address, bool doubt, monotonic now) {
  if (!arp_ || asks_.size() >= max_asks || asks_.contains(address))
    return;
  asks_[address] = {now, ask_tries, doubt};
}

void network_finder::send_asks(monotonic now) {
  for (auto at = asks_.begin(); at != asks_.end();) {
    auto& x = at->second;
    const bool over = x.left == 0 || (!x.doubt && neighbours_.mac_of(at->first));
    if (x.due <= now && over) {
      at = asks_.erase(at);
      continue;
    }
    if (x.due <= now && ask_pace_.take(now)) {
      ask(at->first);
      x.due = now + between_asks;
      --x.left;
    }
    ++at;
  }
}

void network_finder::send_search_asks(monotonic now) {
  // In turn, so that none waits for the sweep of another.
  std::size_t idle = 0;
  while (idle < searches_.size() && ask_pace_.next() <= now) {
    auto at = searches_.upper_bound(last_asker_);
    if (at == searches_.end())
      at = searches_.begin();
    last_asker_ = at->first;
    const auto address = at->second.plan.next_ask(now);
    if (!address) {
      ++idle;
      continue;
    }
    idle = 0;
    static_cast<void>(ask_pace_.take(now));
    ask(*address);
  }
}

void network_finder::begin_dial(std::uint64_t number, const dial& task, monotonic now) {
  if (task.blind)
    last_blind_ = task.address;
  const auto at = dials_.find(task);
  if (at != dials_.end()) {
    at->second.searches.push_back(number);
    return;
  }
  auto& x = dials_[task];
  x.searches.push_back(number);
  x.deadline = now + (task.blind ? limits_.blind_dial : limits_.live_dial);
  x.socket = begin_connection({task.address, task.port});
  if (!x.socket)
    hear_dial(task, errno == ECONNREFUSED ? dial_result::refused : dial_result::silent);
}

void network_finder::expire_dials(monotonic now) {
  std::vector<dial> over;
  for (const auto& [task, x] : dials_)
    if (x.deadline <= now)
      over.push_back(task);
  for (const auto& task : over)
    hear_dial(task, dial_result::silent);
}

void network_finder::report(ongoing& x, monotonic now) {
  const bool finished = x.plan.finished(now);
  if (!finished && now - x.told_at < between_reports)
    return;
  auto progress = x.plan.progress();
  progress.finished = finished;
  if (finished)
    progress.doing.clear();
  for (auto& [name, how] : methods(x.plan.order()))
    progress.methods[name] = how;
  if (same(progress, x.told))
    return;
  x.told = progress;
  x.told_at = now;
  progressed_(std::move(progress));
}

void network_finder::advance_search(std::uint64_t number, ongoing& x, monotonic now) {
  while (const auto query = x.plan.next_query(now, contacts_))
    send_query(x, *query);
  while (dials_.size() < limits_.dials) {
    const auto task = x.plan.next_dial(now, contacts_);
    if (!task)
      break;
    begin_dial(number, *task, now);
  }
}

void network_finder::finish_searches(monotonic now) {
  for (auto at = searches_.begin(); at != searches_.end();) {
    const bool finished = at->second.plan.finished(now);
    report(at->second, now);
    at = finished ? searches_.erase(at) : std::next(at);
  }
}

void network_finder::advance(monotonic now) {
  look_at_links(now);
  expire_dials(now);
  send_asks(now);
  send_search_asks(now);
  for (auto& [number, x] : searches_)
    advance_search(number, x, now);
  finish_searches(now);
  // Nobody waits for these any more.
  if (searches_.empty())
    dials_.clear();
}

monotonic network_finder::due(monotonic now) const {
  auto result = monotonic::max();
  const auto sooner = [&result](monotonic x) { result = std::min(result, x); };
  if (links_due_)
    sooner(*links_due_);
  for (const auto& [address, x] : asks_)
    sooner(std::max(x.due, ask_pace_.next()));
  for (const auto& [task, x] : dials_)
    sooner(x.deadline);
  for (const auto& [number, x] : searches_) {
    // While there is no room for one more connection, the end of one is waited for.
    auto at = x.plan.due(now, contacts_);
    if (dials_.size() >= limits_.dials)
      at = std::max(at, now + limits_.step);
    sooner(at);
    if (const auto ask = x.plan.ask_due())
      sooner(std::max(*ask, ask_pace_.next() + several_asks));
    if (x.told_at + between_reports > now)
      sooner(x.told_at + between_reports);
  }
  return result;
}

// -- what is heard -----------------------------------------------------------------------------

bool network_finder::on_segment(ipv4 address) const {
  const auto* const link = segment_of(links_, address);
  return link != nullptr && link->arp;
}

// An address that a camera of the owner may have without his naming it. The sender of a datagram
// is easily forged, and who hears our questions could send us to hosts of the Internet.
bool network_finder::is_near(ipv4 address) const {
  return segment_of(links_, address) != nullptr || is_private(address) || is_shared(address);
}

finding network_finder::make(finding_kind kind, std::uint64_t search, ipv4 address) const {
  finding result;
  result.kind = kind;
  result.search = search;
  if (address == ipv4{})
    return result;
  result.address = to_string(address);
  result.on_segment = on_segment(address);
  if (result.on_segment)
    if (const auto mac = neighbours_.mac_of(address))
      result.mac = to_string(*mac);
  return result;
}

void network_finder::hear_kernel(monotonic now) {
  const auto events = netlink_.read();
  if (events.changed && !links_due_)
    links_due_ = now + settling;
  for (const auto& x : events.neighbours)
    hear_neighbour(x.index, x.address, x.mac, heard_by::speech, now);
}

void network_finder::hear_arp(int index, const arp_packet& x, monotonic now) {
  if (x.is_probe())
    return;
  const bool answer = x.what == arp_packet::operation::reply && !x.is_announcement()
                      && is_own(links_, x.target_address);
  hear_neighbour(index, x.sender_address, x.sender, answer ? heard_by::answer : heard_by::speech,
                 now);
}

void network_finder::hear_neighbour(int index, ipv4 address, const mac_address& mac, heard_by how,
                                    monotonic now) {
  const bool here = std::any_of(links_.begin(), links_.end(), [&](const link_address& x) {
    return x.index == index && x.arp && contains(x.net, address);
  });
  if (!here || !is_host_address(address) || !is_device_address(mac) || is_own(links_, mac)
      || is_own(links_, address))
    return;
  const auto news = neighbours_.hear(address, mac, how, now);
  auto told = make(finding_kind::neighbour, 0, address);
  told.mac = to_string(mac);
  bool by_search = false;
  for (auto& [number, x] : searches_)
    if (x.plan.on_neighbour(address, mac)) {
      by_search = true;
      told.search = number;
      found_(told);
    }
  if (news.fresh && !by_search && fresh_.take(now))
    found_(told);
  if (news.doubtful)
    ask_soon(address, true, now);
  if (news.conflict) {
    told.kind = finding_kind::conflict;
    told.search = 0;
    told.other_mac = to_string(*news.conflict);
    found_(told);
  }
}

void network_finder::tell_device(std::uint64_t number, const udp_address& sender,
                                 const onvif_device& device, monotonic now) {
  auto told = make(finding_kind::onvif_device, number, sender.address);
  told.endpoint = device.endpoint;
  told.services = device.services;
  told.name = device.name;
  told.hardware = device.hardware;
  if (told.on_segment && told.mac.empty())
    ask_soon(sender.address, false, now);
  found_(std::move(told));
}

void network_finder::hear_discovery(const udp_address& sender, std::string_view data,
                                    monotonic now) {
  if (!is_host_address(sender.address))
    return;
  const auto message = parse_discovery(data);
  if (!message)
    return;
  using kind = discovery_message::kind;
  if (message->what != kind::matches) {
    if (!is_near(sender.address))
      return;
    for (const auto& device : message->devices) {
      if (!unasked_.take(now))
        return;
      if (message->what == kind::hello) {
        tell_device(0, sender, device, now);
        continue;
      }
      auto told = make(finding_kind::onvif_goodbye, 0, sender.address);
      told.endpoint = device.endpoint;
      found_(std::move(told));
    }
    return;
  }
  const auto at = std::find_if(searches_.begin(), searches_.end(), [&message](const auto& x) {
    const auto& ids = x.second.probe_ids;
    return std::find(ids.begin(), ids.end(), message->relates_to) != ids.end();
  });
  if (at != searches_.end() && !message->devices.empty() && admits(at->second, sender.address, now))
    hear_match(at->first, at->second, sender, *message, now);
}

bool network_finder::admits(ongoing& x, ipv4 sender, monotonic now) {
  if (x.plan.names(sender))
    return true;
  if (!is_near(sender))
    return false;
  if (neighbours_.mac_of(sender) || x.unheard.contains(sender))
    return true;
  if (x.unheard.size() < max_unheard)
    return x.unheard.insert(sender).second;
  // Should it really be there, its answer to the repeated question is admitted.
  if (on_segment(sender))
    ask_soon(sender, false, now);
  return false;
}

void network_finder::hear_match(std::uint64_t number, ongoing& x, const udp_address& sender,
                                const discovery_message& message, monotonic now) {
  for (const auto& device : message.devices) {
    auto key = fmt::format("{} {}", sender.address.value, device.endpoint);
    for (const auto& service : device.services)
      key += " " + service;
    if (x.devices.size() >= max_devices || !x.devices.insert(std::move(key)).second)
      continue;
    x.plan.on_device(sender.address, true);
    tell_device(number, sender, device, now);
  }
}

void network_finder::hear_mdns(const segment& where, const udp_address& sender,
                               std::string_view data, monotonic now) {
  // RFC 6762 sections 6 and 11: other ports and other networks are not to be believed.
  if (sender.port != mdns_group.port || !contains(where.link.net, sender.address)
      || data.size() < 2)
    return;
  for (auto& [number, x] : searches_) {
    const auto services = parse_rtsp_services(data, x.mdns_id);
    if (!services)
      continue;
    for (const auto& service : *services) {
      auto key = fmt::format("{} {} {} {}", sender.address.value, service.port, service.path,
                             service.instance);
      if (x.devices.size() >= max_devices || !x.devices.insert(std::move(key)).second)
        continue;
      if (service.port == 0) {
        // It was named, and nothing said of it.
        if (x.questions++ < max_questions)
          send_to(where.mdns, sender, instance_question(x.mdns_id, service.instance));
        continue;
      }
      x.plan.on_device(sender.address, false);
      auto told = make(finding_kind::mdns_service, number, sender.address);
      told.port = service.port;
      told.path = service.path;
      told.name = foreign_text(service.instance, max_name);
      if (told.on_segment && told.mac.empty())
        ask_soon(sender.address, false, now);
      found_(std::move(told));
    }
  }
}

void network_finder::hear_dial(const dial& task, dial_result result) {
  const auto done = dials_.extract(task);
  for (const auto number : done.mapped().searches) {
    const auto at = searches_.find(number);
    if (at == searches_.end())
      continue;
    at->second.plan.on_dialled(task, result);
    if (result != dial_result::open)
      continue;
    auto told = make(finding_kind::open_port, number, task.address);
    told.port = task.port;
    if (told.on_segment && told.mac.empty())
      ask_soon(task.address, false, clock_now());
    found_(std::move(told));
  }
}

std::map<std::string, std::string> network_finder::methods(const search_order& order) const {
  const auto how = [](bool wanted, const std::string& failure) -> std::string {
    return !wanted ? "off" : failure.empty() ? "on" : failure;
  };
  return {{"onvif", how(order.onvif, discovery_failure_)},
          {"mdns", how(order.mdns, mdns_failure_)},
          {"arp", how(true, arp_failure_)}};
}

void network_finder::work(timespan longest) {
  auto now = clock_now();
  advance(now);
  const auto wait = std::clamp(due(now) - now, timespan{0}, longest);

  std::vector<pollfd> sockets;
  const auto add = [&sockets](int fd, short events) { sockets.push_back({fd, events, 0}); };
  add(netlink_.descriptor(), POLLIN);
  add(arp_.get(), POLLIN);
  add(discovery_.get(), POLLIN);
  add(unicast_.get(), POLLIN);
  for (const auto& x : segments_) {
    add(x.discovery.get(), POLLIN);
    add(x.mdns.get(), POLLIN);
  }
  std::vector<dial> dialled;
  for (const auto& [task, x] : dials_) {
    dialled.push_back(task);
    add(x.socket.get(), POLLOUT);
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec span{seconds.count(), (wait - seconds).count()};
  if (::ppoll(sockets.data(), sockets.size(), &span, nullptr) <= 0)
    return;

  now = clock_now();
  auto at = sockets.begin();
  const auto ready = [&at] { return (at++)->revents != 0; };
  if (ready())
    hear_kernel(now);
  // Before everything else: who it is that speaks.
  if (ready())
    receive_arp(arp_, packets_at_once,
                [this, now](int index, const arp_packet& x) { hear_arp(index, x, now); });
  const auto discovery = [this, now](const udp_address& sender, std::string_view data) {
    hear_discovery(sender, data, now);
  };
  for (const auto* socket : {&discovery_, &unicast_})
    if (ready())
      receive(*socket, datagrams_at_once, discovery);
  for (const auto& x : segments_) {
    if (ready())
      receive(x.discovery, datagrams_at_once, discovery);
    if (ready())
      receive(x.mdns, datagrams_at_once,
              [this, &x, now](const udp_address& sender, std::string_view data) {
                hear_mdns(x, sender, data, now);
              });
  }
  for (const auto& task : dialled) {
    if (!ready())
      continue;
    const auto fault = connection_error(dials_.at(task).socket);
    hear_dial(task, fault == 0              ? dial_result::open
                    : fault == ECONNREFUSED ? dial_result::refused
                                            : dial_result::silent);
  }
}

} // namespace firefinder
