#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::chaos {

/// A message that a peer received; the moment in unix seconds.
struct heard {
  std::string topic;
  std::string payload;
  int qos = 0;
  bool retained = false;
  double at = 0;
};

/// How a lasting peer connects.
struct lasting_options {
  std::string client_id;
  /// Subscribed to at quality of service 2.
  std::vector<std::string> filters{};
  /// Retained will `offline` on this topic; empty: none.
  std::string will_topic{};
};

/// An MQTT client by libmosquitto with a session that outlives its connections: it
/// connects again by itself, delivers what it was given and hears everything once.
class lasting_peer {
public:
  lasting_peer(std::uint16_t port, lasting_options options);
  ~lasting_peer();
  lasting_peer(const lasting_peer&) = delete;
  lasting_peer& operator=(const lasting_peer&) = delete;

  /// Waits until it is connected and subscribed.
  [[nodiscard]] bool ready(std::chrono::steady_clock::duration limit) const;

  /// The broker has lost its memory: so do we, but for what was heard. Otherwise a
  /// new message could be taken for the rest of an old one.
  void begin_anew();

  /// Publishes; delivers later if there is no connection now.
  void post(const std::string& topic, std::string_view payload, int qos = 1, bool retain = false);

  /// Everything received so far on topics that match `filter`, in order.
  [[nodiscard]] std::vector<heard> messages(const std::string& filter) const;

  /// The last message on this topic.
  [[nodiscard]] std::optional<heard> last(const std::string& topic) const;

  /// Publications that the broker has not acknowledged yet.
  [[nodiscard]] std::size_t unacknowledged() const;

  /// Waits until there are none, then says goodbye, so that the will is dropped.
  void leave(std::chrono::steady_clock::duration limit);

private:
  struct client;
  struct inbox;
  void connect();

  std::uint16_t port_;
  lasting_options options_;
  std::unique_ptr<inbox> inbox_;
  std::unique_ptr<client> client_;
};

} // namespace firefinder::chaos
