#pragma once

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace firefinder {

// -- the link ------------------------------------------------------------------

/// The connection to the broker is usable: connected, subscribed, `online` sent where nobody else
/// says that.
struct link_up {
  /// Grows with every link of this process, and is never 0. Periodic messages carry it, so
  /// that a tick of an earlier link is recognised and dies.
  std::uint64_t generation = 0;
  /// MQTT version in use: "5" or "3.1.1".
  std::string protocol;
  /// Whether the broker kept our session (subscriptions, queued messages).
  bool session_present = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_up& x) {
  return f(caf::meta::type_name("link_up"), x.generation, x.protocol, x.session_present);
}

/// The connection to the broker is gone, or was never there.
struct link_down {
  /// The generation that ended; 0 before the first link.
  std::uint64_t generation = 0;
  /// What ended it, for people.
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_down& x) {
  return f(caf::meta::type_name("link_down"), x.generation, x.reason);
}

// -- messages in ---------------------------------------------------------------

/// Largest payload that is looked at, in bytes.
inline constexpr std::size_t max_payload_bytes = std::size_t{256} * 1024;

/// A message from the broker is under way: the process has it and is not yet through with it.
struct under_way {};

/// Held by a message, and by what follows from it, until that is handled or gone. Whoever gave
/// it out counts by it how much is under way. Null: nobody counts.
using receipt = std::shared_ptr<const under_way>;

/// A message that arrived from the broker.
struct inbound {
  /// Topic without the configured prefix.
  std::string topic;
  /// Content; empty when `size` exceeds `max_payload_bytes`.
  std::string payload;
  /// Length of the content as it was published, in bytes.
  std::uint64_t size = 0;
  /// Quality of service, 0 to 2.
  std::uint8_t qos = 0;
  /// Delivered because the broker retained it, so of unknown age.
  bool retained = false;
  /// When it arrived, not when it is processed.
  monotonic arrived{};
  /// The same moment on the wall clock.
  unix_seconds received_at = 0;
  /// Not 0: the broker had kept a session for us, and what happened before this moment
  /// of the wall clock has waited there.
  unix_seconds waited_before = 0;
  /// How long it can have waited; `timespan::max()` when that is not known.
  timespan away{};
  /// No data: it belongs to this process and is no part of what is written of a message.
  receipt held{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inbound& x) {
  return f(caf::meta::type_name("inbound"), x.topic, x.payload, x.size, x.qos, x.retained,
           x.arrived, x.received_at, x.waited_before, x.away);
}

// -- messages out --------------------------------------------------------------

/// What becomes of a publication while the link is down.
enum class delivery : std::uint8_t {
  /// Dropped: the next one replaces it.
  live,
  /// The last value per topic is kept and sent after `link_up`.
  latest,
  /// Kept and sent until the broker has acknowledged it, or until it expires;
  /// either is reported to the sender.
  durable,
};

[[nodiscard]] inline std::string to_string(delivery x) {
  switch (x) {
  case delivery::live:
    return "live";
  case delivery::latest:
    return "latest";
  case delivery::durable:
    return "durable";
  }
  return "invalid";
}

/// A message for the broker.
struct publication {
  /// Topic without the configured prefix.
  std::string topic;
  std::string payload;
  std::uint8_t qos = 0;
  bool retain = false;
  delivery how = delivery::live;
  /// Identity of a durable publication, unique for ever; empty for others.
  std::string id;
  /// When a durable publication may no longer be sent.
  monotonic expires{};
  /// How long the broker may keep it for those who are away (MQTT 5, section 3.3.2.3.3); 0: for
  /// ever. MQTT 3.1.1 knows no such thing. A retained one is then gone for those who come later,
  /// which hardly anybody wants.
  std::chrono::seconds outdated_after{0};
  /// The configured prefix goes before the topic; false: it is the whole topic already.
  bool prefixed = true;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, publication& x) {
  return f(caf::meta::type_name("publication"), x.topic, x.payload, x.qos, x.retain, x.how, x.id,
           x.expires, x.outdated_after, x.prefixed);
}

/// A durable publication has reached the broker, acknowledged at its quality
/// of service.
struct delivered {
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delivered& x) {
  return f(caf::meta::type_name("delivered"), x.id);
}

/// A durable publication was given up.
struct expired {
  std::string id;
  /// Why it could not be delivered in time, for people.
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, expired& x) {
  return f(caf::meta::type_name("expired"), x.id, x.reason);
}

// -- figures -------------------------------------------------------------------

/// What the connection has done since the process started.
struct link_figures {
  bool up = false;
  std::string protocol;
  std::uint64_t connects = 0;
  std::uint64_t failed_attempts = 0;
  std::uint64_t received = 0;
  /// Messages that were turned away because too many were under way.
  std::uint64_t shed = 0;
  /// Seconds since that happened last; -1: it never did.
  double shed_ago_s = -1;
  std::uint64_t published = 0;
  /// Live publications dropped because the link was down, or is slower than what is told over it.
  std::uint64_t dropped_live = 0;
  /// Durable publications not yet acknowledged.
  std::uint64_t durable_pending = 0;
  /// Who is told of `link_up` and `link_down`.
  std::uint64_t link_listeners = 0;
  /// Filters that the broker refused at the last subscription.
  std::vector<std::string> refused_filters;
  /// Messages that wait for the connection.
  std::uint64_t mailbox = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, link_figures& x) {
  return f(caf::meta::type_name("link_figures"), x.up, x.protocol, x.connects, x.failed_attempts,
           x.received, x.shed, x.shed_ago_s, x.published, x.dropped_live, x.durable_pending,
           x.link_listeners, x.refused_filters, x.mailbox);
}

} // namespace firefinder
