#pragma once

#include "tests/support/mqtt_wire.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {

/// More than fits into the receive buffer of a connection to a scripted broker.
inline constexpr std::size_t stalled_bytes = 1'000'000;

/// What a scripted broker does with a connection.
enum class script {
  /// Takes the connection and never says anything.
  silent,
  /// Closes the connection as soon as it is there.
  close_at_once,
  /// Answers CONNECT with the refusal code, then closes.
  refuse,
  /// Is a broker for 3.1.1. Other versions it refuses with `refusal_style`.
  serve_311,
  /// Is a broker for 5 alone.
  serve_5,
  /// Accepts CONNECT (of any version), then closes.
  cut_after_connack,
};

/// How a broker that speaks only 3.1.1 turns MQTT 5 away.
enum class refusal_style {
  /// CONNACK of 3.1.1 with code 1 "unacceptable protocol version".
  connack_311,
  /// CONNACK of 5 with code 0x84 "unsupported protocol version".
  connack_5,
  /// Closes without a word.
  close,
};

/// A script and its details.
struct behaviour {
  script what = script::serve_311;
  refusal_style style = refusal_style::connack_311;
  /// Code for script::refuse, in the form of the CONNECT's own version.
  std::uint8_t code = 3;
  /// What CONNACK says of the session.
  bool session_present = false;
  /// Reason code of each PUBCOMP, in 5; nothing: none is sent.
  std::optional<std::uint8_t> completion = 0;
};

/// A CONNECT that a scripted broker heard.
struct connect_record {
  std::chrono::steady_clock::time_point at;
  /// Counts connections from 0.
  int connection = 0;
  wire::connect said;
};

/// A message that a scripted broker heard.
struct publish_record {
  std::chrono::steady_clock::time_point at;
  int connection = 0;
  std::string client_id;
  wire::publish said;
};

/// The life of a connection.
struct connection_record {
  std::chrono::steady_clock::time_point opened;
  /// Nothing while it is open.
  std::optional<std::chrono::steady_clock::time_point> closed;
  std::string client_id;
  /// Whether the client said DISCONNECT before it closed.
  bool said_disconnect = false;
  /// How often the client sent something after its DISCONNECT.
  int sent_after_disconnect = 0;
};

/// A broker on the loopback interface that behaves as told, and records what it
/// hears. Served by a thread of its own.
class scripted_broker {
public:
  explicit scripted_broker(behaviour b);
  ~scripted_broker();
  scripted_broker(const scripted_broker&) = delete;
  scripted_broker& operator=(const scripted_broker&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Behaves like this from now on; open connections stay open.
  void behave(behaviour b);

  /// Refuses, from now on, what is published on this topic at quality of service 1 or 2,
  /// with this reason code of MQTT 5; 0: accepts it again.
  void refuse(const std::string& topic, std::uint8_t code);

  /// Does not read from the connections that are open now, until it is told otherwise.
  void stall(bool on);

  /// Closes every connection.
  void cut();

  /// Publishes to those who have subscribed to the topic (script::serve_311).
  void inject(const std::string& topic, std::string_view payload, int qos = 1);

  [[nodiscard]] std::vector<connection_record> connections() const;
  [[nodiscard]] std::vector<connect_record> connects() const;
  /// The CONNECTs of one client.
  [[nodiscard]] std::vector<connect_record> connects(const std::string& client_id) const;
  [[nodiscard]] std::vector<publish_record> published() const;
  /// The times of what was published on this topic and refused.
  [[nodiscard]] std::vector<std::chrono::steady_clock::time_point>
  refused(const std::string& topic) const;
  /// Topic filters subscribed to, in order.
  [[nodiscard]] std::vector<std::string> filters() const;

  /// Whether this was published, on this topic.
  [[nodiscard]] bool heard(const std::string& topic, const std::string& payload) const;

  /// Greatest number of connections that one client id had open at one time.
  [[nodiscard]] int most_parallel() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace firefinder::test
