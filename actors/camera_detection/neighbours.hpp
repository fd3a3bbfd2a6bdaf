#pragma once

#include "actors/camera_detection/arp.hpp"
#include "messages/time.hpp"

#include <list>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// How somebody was heard.
enum class heard_by : std::uint8_t {
  /// It speaks, of itself or to others.
  speech,
  /// It answered a question of ours.
  answer,
};

/// Which hardware address speaks from which address, as far as it was heard on our own
/// segments. Holds at most `max_neighbours` pairs, and at most eight hardware addresses for one
/// address: the one unheard for longest goes first.
class neighbours {
public:
  static constexpr std::size_t max_neighbours = 4'096;

  /// What somebody who was heard means.
  struct news {
    /// It speaks from this address for the first time, or again after it spoke from another.
    bool fresh = false;
    /// Another one has this address too, or had it: ask who answers.
    bool doubtful = false;
    /// Another one answers for the same address, which was not told within the last hour.
    std::optional<mac_address> conflict;
  };

  /// `mac` spoke from `address`.
  news hear(ipv4 address, const mac_address& mac, heard_by how, monotonic now);

  /// Who spoke from this address last.
  [[nodiscard]] std::optional<mac_address> mac_of(ipv4 address) const;

  /// From where it spoke last.
  [[nodiscard]] std::optional<ipv4> address_of(const mac_address& mac) const;

  /// Addresses that were heard since then.
  [[nodiscard]] std::vector<ipv4> heard_since(monotonic then) const;

  [[nodiscard]] std::size_t size() const noexcept { return pairs_.size(); }

  /// Knows nobody any more.
  void clear();

private:
  struct pair {
    ipv4 address;
    mac_address mac;
    monotonic heard{};
    monotonic told{};
    std::optional<monotonic> answered;
    // Since when the conflicts of this pair are silent.
    std::optional<monotonic> complained;
  };
  using pairs = std::list<pair>;

  struct mac_hash {
    std::size_t operator()(const mac_address& x) const noexcept;
  };

  pairs::iterator find(ipv4 address, const mac_address& mac);
  pairs::iterator insert(ipv4 address, const mac_address& mac);
  void drop(pairs::iterator one);

  // The one heard last first.
  pairs pairs_;
  std::map<ipv4, std::vector<pairs::iterator>> by_address_;
  std::unordered_map<mac_address, ipv4, mac_hash> last_address_;
};

} // namespace firefinder
