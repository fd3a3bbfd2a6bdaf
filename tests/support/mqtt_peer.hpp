#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {

/// A message that a peer received.
struct message {
  std::string topic;
  std::string payload;
  /// Quality of service at which it was delivered.
  int qos = 0;
  /// Delivered because the broker retained it.
  bool retained = false;
  std::chrono::steady_clock::time_point arrived;
};

/// How a peer connects.
struct peer_options {
  /// 5 or 4 (3.1.1).
  int protocol = 5;
  /// Empty: a fresh one.
  std::string client_id{};
  std::string username{};
  std::string password{};
  /// Trust this authority, and use TLS; empty: plain TCP.
  std::filesystem::path authority{};
};

/// How to publish.
struct publish_options {
  int qos = 1;
  bool retain = false;
};

/// An MQTT client by libmosquitto, so by other hands than the tested daemon's.
/// Everything waits for the broker's acknowledgement and throws without one.
class mqtt_peer {
public:
  /// Connects to the broker on this port of the loopback interface.
  explicit mqtt_peer(std::uint16_t port, const peer_options& options = {});
  ~mqtt_peer();
  mqtt_peer(const mqtt_peer&) = delete;
  mqtt_peer& operator=(const mqtt_peer&) = delete;

  /// Publishes and waits for the acknowledgement.
  void publish(const std::string& topic, std::string_view payload,
               const publish_options& options = {});

  /// Publishes without waiting; flush() waits for all of these.
  void post(const std::string& topic, std::string_view payload,
            const publish_options& options = {});

  /// Waits until everything posted is acknowledged.
  void flush();

  /// Subscribes and waits until the broker has confirmed it.
  void subscribe(const std::string& filter, int qos = 2);

  /// Everything received so far, in order; of topics that match `filter`.
  [[nodiscard]] std::vector<message> messages(const std::string& filter = "#") const;

  /// Number of messages received so far on topics that match `filter`.
  [[nodiscard]] std::size_t count(const std::string& filter = "#") const;

  /// The first message, received already or yet to come, for which `predicate` holds.
  [[nodiscard]] std::optional<message>
  wait_for(const std::function<bool(const message&)>& predicate,
           std::chrono::steady_clock::duration limit) const;

  /// The first message on a topic that matches `filter`.
  [[nodiscard]] std::optional<message> wait_for(const std::string& filter,
                                                std::chrono::steady_clock::duration limit) const;

  /// The first message with exactly this topic and payload.
  [[nodiscard]] std::optional<message> wait_for(const std::string& topic,
                                                const std::string& payload,
                                                std::chrono::steady_clock::duration limit) const;

  /// Waits until there are `n` messages on topics that match `filter`.
  [[nodiscard]] bool wait_for_count(const std::string& filter, std::size_t n,
                                    std::chrono::steady_clock::duration limit) const;

  /// Whether the connection still stands. It is never made again.
  [[nodiscard]] bool connected() const;

  /// Forgets everything received so far.
  void clear();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// What the broker on `port` retains on topics that match `filter`.
[[nodiscard]] std::vector<message> retained(std::uint16_t port, const std::string& filter,
                                            const peer_options& options = {});

/// The payload retained on exactly this topic; nothing when none is.
[[nodiscard]] std::optional<std::string>
retained_payload(std::uint16_t port, const std::string& topic, const peer_options& options = {});

/// Whether an MQTT topic filter matches a topic.
[[nodiscard]] bool topic_matches(const std::string& filter, const std::string& topic);

} // namespace firefinder::test
