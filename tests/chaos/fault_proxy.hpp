#pragma once

#include "tests/chaos/mqtt_tap.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::chaos {

/// How bytes go on.
struct pace {
  /// At the most so many at once; 0: any number.
  std::size_t bytes = 0;
  /// Time from one such portion to the next.
  std::chrono::microseconds interval{0};
  /// How long each packet stays on its way.
  std::chrono::milliseconds delay{0};
};

/// Where in a packet a trap springs.
enum class point : std::uint8_t { before, inside, after };

/// Waits for a packet of a trigger's handshake.
struct trap {
  packet_type type = packet_type::publish;
  point where = point::before;
};

/// Forwards MQTT connections of the loopback interface to a broker, reads along, and
/// fails on demand. Served by a thread of its own.
class fault_proxy {
public:
  explicit fault_proxy(std::uint16_t target);
  ~fault_proxy();
  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Cuts every connection; what was on its way is lost. Ends a sprung trap.
  void cut();

  /// Whether new connections are refused, as by a host where nobody listens.
  void refuse(bool on);

  /// Whether everything of one way is held back, ends of connections included.
  void stall(direction way, bool on);

  /// From on to off, every connection goes dead: what either side says is lost and
  /// no end is told. Connections that went dead stay so until they are cut; only
  /// those that never got to the broker are reset at the end.
  void half_open(bool on);

  /// Cuts dead connections.
  void cut_dead();

  /// How bytes go on, both ways; a default one is as fast as it can.
  void set_pace(const pace& p);

  /// Whether every delivery at quality of service 1 reaches the daemon twice, the
  /// second one marked as a repetition.
  void duplicate(bool on);

  /// Waits for a packet and then holds back everything, both ways.
  void arm(const trap& t);
  void disarm();

  /// Whether the armed trap has sprung.
  [[nodiscard]] bool sprung() const;

  /// Lets go of what a trap holds back.
  void release();

  /// Ends every fault, traps too, and cuts dead connections if told so.
  void heal(bool dead_too = true);

  /// The handshakes of triggers so far, in the order in which they came in.
  [[nodiscard]] std::vector<wire_event> events() const;

  /// Deliveries that were repeated.
  [[nodiscard]] std::size_t duplicates() const;

  /// What was said that is no MQTT; empty when all of it is.
  [[nodiscard]] std::string malformed() const;

  /// Connections open now.
  [[nodiscard]] std::size_t open_connections() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace firefinder::chaos
