#pragma once

// What the MQTT client's callbacks tell the connection actor. `endpoint` is the
// connection it concerns (0 carries the traffic, the others one will each) and
// `instance` the client object, so that words of a replaced client are ignored.

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// Identity of one client object.
struct client_id {
  std::uint32_t endpoint = 0;
  std::uint64_t instance = 0;
  friend bool operator==(const client_id&, const client_id&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_id& x) {
  return f(caf::meta::type_name("client_id"), x.endpoint, x.instance);
}

/// The broker accepted the connection.
struct client_connected {
  client_id from;
  bool session_present = false;
  /// When, on the wall clock.
  unix_seconds at = 0;
  /// So many publications the broker takes at a time (MQTT 5, section 3.2.2.3.3).
  std::uint16_t receive_maximum = 65'535;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_connected& x) {
  return f(caf::meta::type_name("client_connected"), x.from, x.session_present, x.at,
           x.receive_maximum);
}

/// Why an attempt to connect failed, as far as the next attempt cares.
enum class refusal : std::uint8_t {
  /// No usable TCP or TLS connection: nobody there, a bad certificate.
  unreachable,
  /// Connected, but no answer to CONNECT that we understand.
  no_answer,
  /// The broker does not speak this version of MQTT.
  protocol,
  /// The broker does not accept our identity or password.
  credentials,
  /// The broker refused for another reason.
  refused,
};

[[nodiscard]] inline std::string to_string(refusal x) {
  switch (x) {
  case refusal::unreachable:
    return "unreachable";
  case refusal::no_answer:
    return "no answer";
  case refusal::protocol:
    return "protocol";
  case refusal::credentials:
    return "credentials";
  case refusal::refused:
    return "refused";
  }
  return "invalid";
}

/// An attempt to connect failed.
struct client_failed {
  client_id from;
  refusal kind = refusal::unreachable;
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_failed& x) {
  return f(caf::meta::type_name("client_failed"), x.from, x.kind, x.reason);
}

/// An established connection ended.
struct client_lost {
  client_id from;
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_lost& x) {
  return f(caf::meta::type_name("client_lost"), x.from, x.reason);
}

/// The broker answered a subscription.
struct client_subscribed {
  client_id from;
  std::uint64_t ticket = 0;
  /// Places of the refused filters in the request.
  std::vector<std::uint32_t> refused;
  /// Set when the whole request failed; says why.
  std::string failure;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_subscribed& x) {
  return f(caf::meta::type_name("client_subscribed"), x.from, x.ticket, x.refused, x.failure);
}

/// The broker acknowledged a publication at its quality of service, or it failed.
struct client_published {
  client_id from;
  std::uint64_t ticket = 0;
  bool acknowledged = false;
  /// It failed while it was written. The client must not be used again, nor
  /// destroyed: paho C 1.3.12 has freed the topic that its queue still points at.
  bool broken = false;
  std::string reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_published& x) {
  return f(caf::meta::type_name("client_published"), x.from, x.ticket, x.acknowledged, x.broken,
           x.reason);
}

/// Something the client library says that is worth a line in the log.
struct client_note {
  client_id from;
  std::string text;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_note& x) {
  return f(caf::meta::type_name("client_note"), x.from, x.text);
}

/// Messages were turned away because too many are under way.
struct client_shed {
  client_id from;
  std::uint64_t messages = 0;
  /// Bytes of their topics and payloads.
  std::uint64_t bytes = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, client_shed& x) {
  return f(caf::meta::type_name("client_shed"), x.from, x.messages, x.bytes);
}

} // namespace firefinder
