#pragma once

#include "actors/camera_detection/dns.hpp"
#include "actors/camera_detection/neighbours.hpp"
#include "actors/camera_detection/netlink.hpp"
#include "actors/camera_detection/pacing.hpp"
#include "actors/camera_detection/search.hpp"
#include "actors/camera_detection/sockets.hpp"
#include "messages/search.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// How hard the network may be worked.
struct finder_limits {
  /// ARP packets a second, for all searches together.
  std::uint32_t asks_per_second = 2'000;
  /// Connections on their way at one time.
  std::size_t dials = 256;
  /// How long one may take to a host that lives, and to one that may not.
  timespan live_dial = std::chrono::milliseconds{1'500};
  timespan blind_dial = std::chrono::seconds{1};
  /// Longest wait for the network in `network_finder::work`.
  timespan step = std::chrono::milliseconds{100};
};

/// Hears and searches the network, without CAF: owns the sockets. Everything happens within
/// `work`.
class network_finder {
public:
  using finding_listener = std::function<void(finding)>;
  using progress_listener = std::function<void(search_progress)>;

  network_finder(const finder_limits& limits, finding_listener found, progress_listener progressed);

  /// Begins a search; earlier ones go on.
  void begin(const search_order& order);

  /// Tells the neighbours anew: somebody else listens.
  void forget_neighbours();

  /// Does what is due, waits for the network at most so long, and hears it.
  void work(timespan longest);

private:
  struct ongoing {
    search plan;
    // What was told last, and when.
    search_progress told;
    monotonic told_at{};
    std::uint16_t mdns_id = 0;
    // Ids of its probes: by what they ask for, and of those to single hosts.
    std::vector<std::string> probe_ids;
    // What it has told of devices.
    std::set<std::string> devices;
    // Devices that nothing but their answer by WS-Discovery tells of.
    std::set<ipv4> unheard;
    std::size_t questions = 0;

    ongoing(const search_order& order, const search_surroundings& around, monotonic now)
      : plan(order, around, now) {}
  };

  struct segment {
    link_address link;
    network_socket discovery;
    network_socket mdns;
  };

  struct connection {
    network_socket socket;
    monotonic deadline{};
    std::vector<std::uint64_t> searches;
  };

  struct pending_ask {
    monotonic due{};
    int left = 0;
    // Whoever answers, ask once more: it is about who else does.
    bool doubt = false;
  };

  // Sockets.
  void open();
  void look_at_links(monotonic now);

  // What is due.
  void advance(monotonic now);
  void advance_search(std::uint64_t number, ongoing& x, monotonic now);
  void send_query(ongoing& x, const search_query& query);
  void ask(ipv4 address);
  void send_asks(monotonic now);
  void send_search_asks(monotonic now);
  void begin_dial(std::uint64_t number, const dial& task, monotonic now);
  void expire_dials(monotonic now);
  void report(ongoing& x, monotonic now);
  void finish_searches(monotonic now);
  [[nodiscard]] monotonic due(monotonic now) const;

  // What is heard.
  void hear_kernel(monotonic now);
  void hear_arp(int index, const arp_packet& x, monotonic now);
  void hear_neighbour(int index, ipv4 address, const mac_address& mac, heard_by how, monotonic now);
  void hear_discovery(const udp_address& sender, std::string_view data, monotonic now);
  void hear_mdns(const segment& where, const udp_address& sender, std::string_view data,
                 monotonic now);
  void hear_dial(const dial& task, dial_result result);
  // Whether an answer from there belongs to a search; counts those that only it tells of.
  [[nodiscard]] bool admits(ongoing& x, ipv4 sender, monotonic now);
  void hear_match(std::uint64_t number, ongoing& x, const udp_address& sender,
                  const discovery_message& message, monotonic now);
  void tell_device(std::uint64_t number, const udp_address& sender, const onvif_device& device,
                   monotonic now);
  void ask_soon(ipv4 address, bool doubt, monotonic now);

  [[nodiscard]] finding make(finding_kind kind, std::uint64_t search, ipv4 address) const;
  [[nodiscard]] bool on_segment(ipv4 address) const;
  [[nodiscard]] bool is_near(ipv4 address) const;
  [[nodiscard]] std::map<std::string, std::string> methods(const search_order& order) const;
  [[nodiscard]] std::string new_message_id();

  finder_limits limits_;
  finding_listener found_;
  progress_listener progressed_;
  std::random_device random_;

  network_socket arp_;
  std::string arp_failure_;
  netlink netlink_;
  link_map links_;
  std::optional<monotonic> links_due_;
  std::vector<segment> segments_;
  network_socket discovery_;
  network_socket unicast_;
  // Why nothing went out to anybody, by the way of finding.
  std::string discovery_failure_;
  std::string mdns_failure_;

  neighbours neighbours_;
  std::map<ipv4, pending_ask> asks_;
  pace ask_pace_;
  contact_limits contacts_;
  rate_window unasked_{512, std::chrono::seconds{10}};
  rate_window fresh_{neighbours::max_neighbours, std::chrono::seconds{10}};

  std::map<std::uint64_t, ongoing> searches_;
  std::uint64_t last_asker_ = 0;
  std::map<dial, connection> dials_;
  ipv4 last_blind_;
};

} // namespace firefinder
