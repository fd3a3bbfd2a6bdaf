#pragma once

#include "actors/connection/negotiation.hpp"
#include "actors/connection/settings.hpp"
#include "messages/actors.hpp"
#include "messages/status.hpp"
#include "messages/time.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// A durable publication that is not acknowledged, as it goes over the wire.
struct held_publication {
  std::uint64_t ticket = 0;
  std::string topic;
  std::string payload;
};

/// A held publication that an earlier client had begun to send.
struct resumed_publication {
  std::uint64_t ticket = 0;
  /// The broker had completed it already; otherwise this client goes on with it.
  bool done = false;
};

/// What a client needs to know to connect.
struct client_options {
  client_id id;
  /// Broker, credentials, transport, keep-alive.
  connection_settings settings;
  /// MQTT client identifier.
  std::string name;
  mqtt_version version = mqtt_version::v5;
  /// Ask the broker to keep the session between connections.
  bool keep_session = false;
  /// How long, with MQTT 5.
  std::chrono::seconds session_expiry{0};
  /// Begin without what the broker may have kept: a handshake that was given up must
  /// not be completed.
  bool clean_start = true;
  /// The broker has begun a session since the process started: packets that nobody waits
  /// for are no reason to begin another.
  bool ignore_orphans = false;
  /// What may be found in the folder of packets and still has someone who waits for it.
  std::vector<held_publication> held;
  /// Retained will, QoS 1; empty: none.
  std::string will_topic;
  std::string will_payload = "offline";
  /// How long the broker holds it back, with MQTT 5.
  std::chrono::seconds will_delay{0};
};

/// A topic filter and its greatest quality of service.
struct filter_request {
  std::string filter;
  std::uint8_t qos = 1;
};

/// One MQTT client. Every operation only starts; its outcome arrives as a
/// message at the `client_listener`. The functions return a failure when the
/// operation could not even start; no message follows then. Destroying a client
/// ends its callbacks.
class mqtt_client {
public:
  mqtt_client() = default;
  mqtt_client(const mqtt_client&) = delete;
  mqtt_client& operator=(const mqtt_client&) = delete;
  virtual ~mqtt_client() = default;

  /// Connects. Then `client_connected` or `client_failed` follows, and
  /// `client_lost` when an established connection ends.
  virtual status connect() = 0;

  /// Subscribes; then `client_subscribed` with this ticket follows.
  virtual status subscribe(const std::vector<filter_request>& filters, std::uint64_t ticket) = 0;

  /// Unsubscribes; if that fails, a `client_note` follows.
  virtual status unsubscribe(const std::string& filter) = 0;

  /// Publishes. With a ticket other than 0 `client_published` follows, at the
  /// latest after a later connection resumed the session; without one only where the broker has
  /// answered (quality of service 0: where it is written) or where it leaves a broken client.
  virtual status publish(const publication& what, std::uint64_t ticket) = 0;

  /// Disconnects in order, so that the broker drops the will. A connection that ends in any
  /// other way takes with it what the kernel has not sent yet.
  virtual void disconnect() = 0;

  /// What it found of `client_options::held`. Its outcome follows as
  /// `client_published`, unless it is done.
  [[nodiscard]] virtual std::vector<resumed_publication> resumed() const { return {}; }

  /// Whether its first connection begins a session: as it was told to, or because it
  /// found a handshake that nobody waits for any more.
  [[nodiscard]] virtual bool begins_clean() const = 0;

  /// The end of this publication is written down; its packet need not be kept.
  virtual void settle(const held_publication& /*what*/) {}

  /// The connection stands: sets what the library leaves unset on its socket, and takes
  /// note that a session which was to begin has begun.
  virtual void tune() {}

  /// Something has come: the broker's kernel is told so at once, in case it waits for that to send
  /// more.
  virtual void acknowledge_segments() {}

  /// Leaves what arrives with the kernel for `span`, or until about a millisecond after the caller
  /// `is_wanted`: the library's thread, which wakes for each message, then wakes once for many.
  /// What is more than 32 KiB comes at once. The caller waits meanwhile, and until some of it has
  /// been handed over. False when something has not been read yet: that comes first.
  [[nodiscard]] virtual bool gather(timespan /*span*/, const std::function<bool()>& /*is_wanted*/) {
    return false;
  }

  /// No event is told from here on. For a client that is left behind, see
  /// `client_published::broken`.
  virtual void fall_silent() {}

  /// More about why `connect` fails than its event tells, for people; empty when
  /// nothing more is known. May block for a second.
  [[nodiscard]] virtual std::string explain_failure() { return {}; }
};

/// Makes clients. The connection actor gets one, so that it can be tested in
/// virtual time.
using client_factory
    = std::function<std::unique_ptr<mqtt_client>(const client_options&, client_listener)>;

} // namespace firefinder
