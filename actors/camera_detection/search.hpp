#pragma once

#include "actors/camera_detection/links.hpp"
#include "actors/camera_detection/pacing.hpp"
#include "actors/camera_detection/ws_discovery.hpp"
#include "messages/search.hpp"

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace firefinder {

/// Ports where cameras have their RTSP server, the likely ones first.
inline constexpr std::array<std::uint16_t, 6> rtsp_ports{554, 8554, 88, 5554, 7447, 10554};

/// Those that are tried where nobody is known to live.
inline constexpr std::size_t blind_ports = 2;

/// What a search knows when it begins.
struct search_surroundings {
  link_map links;
  /// Whether hosts can be asked for by ARP.
  bool arp = true;
  /// Addresses that were heard lately, on our own segments.
  std::vector<ipv4> heard;
  /// Where the hardware address that is wanted was last.
  std::optional<ipv4> last_seen;
  /// The last address that was dialled without knowing who is there.
  ipv4 last_blind;
};

/// How many hosts may be contacted. Each becomes an entry in the kernel's table of neighbours,
/// which holds 1024 for the whole machine, and only those of hosts that answered can be
/// dropped from it.
struct contact_limits {
  rate_window live{512, std::chrono::seconds{10}};
  rate_window blind{512, std::chrono::seconds{60}};
};

/// A question that is due.
struct search_query {
  enum class kind : std::uint8_t {
    /// By WS-Discovery, to everybody on each segment.
    probe,
    /// By WS-Discovery, to `address`.
    probe_one,
    /// By mDNS, to everybody on each segment.
    mdns,
  };

  kind what = kind::probe;
  probe_types types = probe_types::all;
  ipv4 address;
};

/// A connection to be tried.
struct dial {
  ipv4 address;
  std::uint16_t port = 0;
  /// Nobody is known to be there.
  bool blind = false;

  friend auto operator<=>(const dial&, const dial&) = default;
};

/// What became of one.
enum class dial_result : std::uint8_t {
  open,
  /// Somebody is there, and refuses it.
  refused,
  silent,
};

/// One search: says what is to be sent next, and is told what came of it. Sends nothing itself.
class search {
public:
  search(const search_order& order, const search_surroundings& around, monotonic now);

  [[nodiscard]] const search_order& order() const noexcept { return order_; }

  /// Whether the order names this address, alone or within a network.
  [[nodiscard]] bool names(ipv4 address) const;

  /// The next question that is due, if there is one.
  std::optional<search_query> next_query(monotonic now, contact_limits& contacts);

  /// The next address that is to be asked for by ARP now, if there is one.
  std::optional<ipv4> next_ask(monotonic now);

  /// The next connection that may be tried now, if there is one.
  std::optional<dial> next_dial(monotonic now, contact_limits& contacts);

  /// This address was asked for by ARP, by whomever.
  void on_asked(ipv4 address);

  /// `mac` speaks from there. Whether that is a finding of this search.
  bool on_neighbour(ipv4 address, const mac_address& mac);

  /// A device there was found by WS-Discovery, or by mDNS.
  void on_device(ipv4 address, bool onvif);

  void on_dialled(const dial& x, dial_result result);

  /// When it is to be asked again what is next, at the latest, unless something happens; what
  /// is to be asked by ARP aside.
  [[nodiscard]] monotonic due(monotonic now, const contact_limits& contacts) const;

  /// When there is something to ask for by ARP; nothing: no more.
  [[nodiscard]] std::optional<monotonic> ask_due() const;

  [[nodiscard]] bool finished(monotonic now) const;

  /// How far it is; the ways of finding are left to the caller, but for `network_scan`.
  [[nodiscard]] search_progress progress() const;

private:
  static constexpr int passes = 2;

  struct host {
    // How often it was asked for by ARP; it lives.
    std::uint8_t asked = 0;
    bool asked_for = false;
    bool live = false;
    // It was told as a finding.
    bool told = false;
    // Its ports are tried when it lives.
    bool ports = false;
    // It was contacted, so it counts no more among those that may be.
    bool contacted = false;
    // Found without knowing that it lives, by its first ports.
    bool blind = false;
    bool onvif = false;
    // It is asked by WS-Discovery alone when it is silent.
    bool probe = false;
    // Connections that are still to be tried, or on their way.
    std::uint8_t left = 0;
  };

  struct timed_query {
    monotonic due{};
    search_query query;
  };

  void plan_queries(monotonic now);
  void plan_networks(const search_surroundings& around);
  void plan_network(const subnet& net, const search_surroundings& around);
  void plan_addresses(const search_surroundings& around);
  void plan_ask(ipv4 address, bool ports);
  void plan_blind(ipv4 address);
  void refuse(std::string why);
  void begin_passes(const search_surroundings& around, monotonic now);
  void end_pass(monotonic now);
  void on_live(ipv4 address, host& x);
  void begin_round(monotonic now);
  [[nodiscard]] bool working() const;
  [[nodiscard]] bool asking() const noexcept { return pass_ < passes; }

  search_order order_;
  std::optional<mac_address> wanted_;
  bool wanted_found_ = false;
  monotonic start_{};
  std::map<ipv4, host> hosts_;

  std::deque<timed_query> queries_;
  monotonic listen_until_{};

  // Hosts that stay silent are asked alone, in two rounds.
  std::deque<ipv4> silent_;
  int rounds_ = 0;
  std::optional<monotonic> round_due_;

  std::vector<ipv4> asks_;
  int pass_ = passes;
  std::size_t at_ask_ = 0;
  monotonic pass_due_{};
  std::uint32_t asked_ = 0;

  std::deque<dial> dials_;
  std::vector<ipv4> blind_;
  std::size_t at_blind_ = 0;
  std::size_t at_blind_port_ = 0;
  std::size_t dialling_ = 0;

  std::uint32_t live_ = 0;
  std::uint32_t tried_ = 0;
  std::vector<subnet> networks_;
  std::string refused_;
};

} // namespace firefinder
