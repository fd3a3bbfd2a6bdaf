#pragma once

#include "tests/support/mqtt_wire.hpp"
#include "tests/support/tcp_proxy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace firefinder::chaos {

using test::direction;
using test::wire::packet;
using test::wire::packet_type;

/// A packet of the handshake by which the daemon hands a trigger to the broker:
/// PUBLISH, PUBREC, PUBREL or PUBCOMP. Times are unix seconds.
struct wire_event {
  packet_type type{};
  std::string trigger_id;
  /// PUBLISH: what the trigger says of itself; 0 otherwise.
  double expires_at = 0;
  std::uint16_t packet_id = 0;
  bool duplicate = false;
  /// Counts connections from 0.
  int connection = 0;
  /// When it came in.
  double seen = 0;
  /// When its last byte went on; nothing when it never did.
  std::optional<double> passed{};
};

/// Reads along what a daemon and its broker say to each other. It neither sends nor
/// looks at a clock.
class mqtt_tap {
public:
  /// What is worth knowing of a packet.
  struct finding {
    /// It belongs to the handshake of a trigger.
    std::optional<wire_event> handshake{};
    /// A delivery at quality of service 1: it may come twice.
    bool repeatable = false;
    /// An acknowledgement of a repetition, of which the broker must not hear.
    bool swallow = false;
  };

  /// Looks at a packet of a connection. Throws when it is not what it claims to be.
  finding look(int connection, direction way, const packet& p);

  /// The delivery has been repeated: one acknowledgement more will come.
  void repeated(int connection, const packet& p);

  /// The connection is over.
  void ended(int connection);

private:
  struct talk {
    std::string client_id;
    int protocol = 4;
    /// Packet identifier to acknowledgements that are still to come.
    std::map<std::uint16_t, int> repetitions;
  };

  std::map<int, talk> talks_;
  /// Client and packet identifier to the trigger: a handshake outlives connections.
  std::map<std::pair<std::string, std::uint16_t>, std::string> triggers_;
};

/// The copy of a PUBLISH that says it is one.
[[nodiscard]] packet as_duplicate(packet p);

} // namespace firefinder::chaos
