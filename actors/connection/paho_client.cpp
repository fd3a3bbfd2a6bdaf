#include "actors/connection/paho_client.hpp"

#include "actors/connection/intake.hpp"
#include "actors/connection/outbox.hpp"
#include "actors/connection/packet_memory.hpp"
#include "actors/connection/send_window.hpp"
#include "actors/connection/socket_tuning.hpp"
#include "actors/connection/tls_diagnosis.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>
#include <mqtt/async_client.h>
#include <MQTTAsync.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace firefinder {

namespace {

// paho refuses to take a publication when this many wait for the socket; its
// default of 100 is less than one burst of retained states.
constexpr int max_waiting_publications = 65'535;

// How long a disconnect may take before the socket is closed without it.
constexpr auto disconnect_deadline = std::chrono::milliseconds{200};

// What has gathered is handed over in about this time.
constexpr timespan hand_over = std::chrono::microseconds{200};

constexpr auto diagnosis_limit = std::chrono::milliseconds{400};

std::string broker_uri(const connection_settings& settings) {
  const auto* scheme = settings.tls.enabled ? "ssl" : "tcp";
  const bool ipv6 = settings.host.find(':') != std::string::npos;
  return ipv6 ? fmt::format("{}://[{}]:{}", scheme, settings.host, settings.port)
              : fmt::format("{}://{}:{}", scheme, settings.host, settings.port);
}

mqtt::create_options creation(const client_options& options) {
  // Once, and before paho's first client.
  static const bool told = [] {
    // OpenSSL starts by itself when it is used first; paho would start it, 1 MiB of it, also for a
    // broker without TLS.
    MQTTAsync_init_options settings = MQTTAsync_init_options_initializer;
    settings.do_openssl_init = 0;
    MQTTAsync_global_init(&settings);
    // paho writes each of its steps into a ring in memory, under a lock, whether or not anybody
    // asked for a trace: a fifth of what it takes for a message.
    const auto* const asked = std::getenv("MQTT_C_CLIENT_TRACE");
    if (asked == nullptr || *asked == '\0')
      MQTTAsync_setTraceLevel(MQTTASYNC_TRACE_ERROR);
    return true;
  }();
  static_cast<void>(told);
  mqtt::create_options result{static_cast<int>(options.version)};
  result.set_max_buffered_messages(max_waiting_publications);
  return result;
}

// CONNACK codes: MQTT 3.1.1 table 3.1, MQTT 5 section 3.2.2.2.
refusal classify(mqtt_version version, int code, const std::string& text) {
  if (code <= 0)
    // paho tells failures before and after the transport was up apart only in words:
    // "TCP connect completion failure" is one that closed in place of a CONNACK.
    return text.find("TCP/TLS connect") != std::string::npos ? refusal::unreachable
                                                             : refusal::no_answer;
  // A broker that knows only 3.1.1 answers a CONNECT of MQTT 5 with 3.1.1's code 1.
  if (code == 1 || code == mqtt::ReasonCode::UNSUPPORTED_PROTOCOL_VERSION)
    return refusal::protocol;
  if (version == mqtt_version::v311)
    return code == 2 || code == 4 || code == 5 ? refusal::credentials : refusal::refused;
  switch (code) {
  case mqtt::ReasonCode::CLIENT_IDENTIFIER_NOT_VALID:
  case mqtt::ReasonCode::BAD_USER_NAME_OR_PASSWORD:
  case mqtt::ReasonCode::NOT_AUTHORIZED:
  case mqtt::ReasonCode::BANNED:
  case mqtt::ReasonCode::BAD_AUTHENTICATION_METHOD:
    return refusal::credentials;
  default:
    return refusal::refused;
  }
}

monotonic steady_clock_now() {
  return monotonic{std::chrono::steady_clock::now().time_since_epoch()};
}

// What a failed token says. Its text is only to be had as an exception.
std::string reason_of(const mqtt::token& token) {
  try {
    static_cast<void>(const_cast<mqtt::token&>(token).try_wait());
  } catch (const mqtt::exception& e) {
    return e.what();
  } catch (const std::exception& e) {
    return e.what();
  }
  return fmt::format("code {}", token.get_return_code());
}

// A property that counts seconds (MQTT 5, section 2.2.2.2).
std::int32_t four_bytes(std::chrono::seconds x) noexcept {
  constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::min<std::int64_t>(x.count(), longest));
}

void* to_context(std::uint64_t ticket) noexcept {
  // paho hands the context back untouched; it never points anywhere.
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket)); // NOLINT
}

std::uint64_t from_context(const mqtt::token& token) noexcept {
  return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(token.get_user_context()));
}

// -- listeners: called on paho's threads, so each does nothing but send ---------

class listener : public mqtt::iaction_listener {
public:
  listener(client_id id, client_listener events) : id_(id), events_(std::move(events)) {}

protected:
  template <class T>
  void tell(T&& event) const {
    if (events_)
      caf::anon_send(events_, std::forward<T>(event));
  }

public:
  /// Lets go of the listener: a handle that lives on would keep the actor system
  /// from ending.
  void release() { events_ = nullptr; }

protected:
  [[nodiscard]] client_id id() const noexcept { return id_; }

private:
  client_id id_;
  client_listener events_;
};

// What the broker says that it takes at a time; it says nothing where it sets no limit.
std::uint16_t receive_maximum(const mqtt::token& token) {
  const auto response = token.get_connect_response();
  const auto& all = response.get_properties();
  return all.contains(mqtt::property::RECEIVE_MAXIMUM)
             ? mqtt::get<std::uint16_t>(all, mqtt::property::RECEIVE_MAXIMUM)
             : client_connected{}.receive_maximum;
}

class connect_listener final : public listener {
public:
  connect_listener(client_id id, mqtt_version version, client_listener events, intake& gate)
    : listener(id, std::move(events)), version_(version), gate_(gate) {}

  void on_success(const mqtt::token& token) override {
    const bool session_present = token.get_connect_response().is_session_present();
    // paho reads CONNACK in the thread in which it then delivers messages.
    if (session_present)
      gate_.resumed(steady_clock_now());
    tell(client_connected{id(), session_present, system_wall_clock(), receive_maximum(token)});
  }

  void on_failure(const mqtt::token& token) override {
    auto reason = reason_of(token);
    const auto kind = classify(version_, token.get_return_code(), reason);
    tell(client_failed{id(), kind, std::move(reason)});
  }

private:
  mqtt_version version_;
  intake& gate_;
};

class subscribe_listener final : public listener {
public:
  using listener::listener;

  void on_success(const mqtt::token& token) override {
    client_subscribed event{id(), from_context(token), {}, {}};
    // MQTT 3.1.1 refuses with 0x80, MQTT 5 with 0x80 and above.
    const auto response = token.get_subscribe_response();
    const auto& codes = response.get_reason_codes();
    for (std::size_t i = 0; i < codes.size(); ++i)
      if (codes[i] >= mqtt::ReasonCode::UNSPECIFIED_ERROR)
        event.refused.push_back(static_cast<std::uint32_t>(i));
    tell(std::move(event));
  }

  void on_failure(const mqtt::token& token) override {
    tell(client_subscribed{id(), from_context(token), {}, reason_of(token)});
  }
};

class unsubscribe_listener final : public listener {
public:
  using listener::listener;

  void on_success(const mqtt::token& /*token*/) override {}

  void on_failure(const mqtt::token& token) override {
    tell(client_note{id(), fmt::format("unsubscribing failed: {}", reason_of(token))});
  }
};

class publish_listener final : public listener {
public:
  using listener::listener;

  void on_success(const mqtt::token& token) override {
    // Where nobody waits, too: the broker has answered, see `acknowledge_segments`.
    tell(client_published{id(), from_context(token), true, false, {}});
  }

  void on_failure(const mqtt::token& token) override {
    // Answer to a PUBREL that the broker has already seen: no error where a handshake is
    // gone on with (MQTT 5, section 3.7.2.1).
    const bool done = token.get_reason_code() == mqtt::ReasonCode::PACKET_IDENTIFIER_NOT_FOUND
                      || token.get_return_code() == mqtt::ReasonCode::PACKET_IDENTIFIER_NOT_FOUND;
    const bool broken = !done && token.get_return_code() == MQTTASYNC_FAILURE;
    if (from_context(token) == no_ticket && !broken)
      return;
    if (done)
      tell(client_published{id(), from_context(token), true, false, {}});
    else
      tell(client_published{id(), from_context(token), false, broken, reason_of(token)});
  }
};

// -- the client ------------------------------------------------------------------

class paho_client final : public mqtt_client {
public:
  paho_client(const client_options& options, const client_listener& events)
    : settings_(options.settings), version_(options.version), keep_session_(options.keep_session),
      packets_(make_packets(options, events)),
      clean_(options.clean_start || !options.keep_session || (packets_ && packets_->has_orphans())),
      begins_clean_(clean_), on_connect_(options.id, options.version, events, gate_),
      on_subscribe_(options.id, events), on_unsubscribe_(options.id, events),
      on_publish_(options.id, events),
      client_(broker_uri(options.settings), options.name, creation(options), packets_.get()) {
    if (packets_)
      packets_->restored();
    prepare(options);
    // Before connect: setting a handler while a connection is made can deadlock
    // with paho's receive thread.
    client_.set_message_callback(
        [this, id = options.id, events](const mqtt::const_message_ptr& message) {
          take_in(*message, id, events);
        });
    client_.set_connection_lost_handler([id = options.id, events](const std::string& cause) {
      caf::anon_send(events, client_lost{id, cause.empty() ? "connection lost" : cause});
    });
    if (options.version == mqtt_version::v5)
      client_.set_disconnected_handler(
          [id = options.id, events](const mqtt::properties&, mqtt::ReasonCode code) {
            caf::anon_send(events,
                           client_note{id, fmt::format("the broker ended the connection: {} ({})",
                                                       mqtt::exception::reason_code_str(code),
                                                       static_cast<int>(code))});
          });
  }

  status connect() override {
    return guarded([this] {
      if (version_ == mqtt_version::v5)
        options_.set_clean_start(clean_);
      else
        options_.set_clean_session(clean_);
      client_.connect(options_, nullptr, on_connect_);
    });
  }

  status subscribe(const std::vector<filter_request>& filters, std::uint64_t ticket) override {
    return guarded([this, &filters, ticket] {
      auto names = std::make_shared<mqtt::string_collection>();
      mqtt::iasync_client::qos_collection levels;
      for (const auto& request : filters) {
        names->push_back(request.filter);
        levels.push_back(request.qos);
      }
      client_.subscribe(std::move(names), levels, to_context(ticket), on_subscribe_);
    });
  }

  status unsubscribe(const std::string& filter) override {
    return guarded([this, &filter] { client_.unsubscribe(filter, nullptr, on_unsubscribe_); });
  }

  status publish(const publication& what, std::uint64_t ticket) override {
    return guarded([this, &what, ticket] {
      auto message = mqtt::make_message(what.topic, what.payload, what.qos, what.retain);
      if (version_ == mqtt_version::v5 && what.outdated_after.count() > 0)
        message->set_properties(
            {{mqtt::property::MESSAGE_EXPIRY_INTERVAL, four_bytes(what.outdated_after)}});
      // Where nobody waits, too: what fails while it is written spoils the client.
      client_.publish(std::move(message), to_context(ticket), on_publish_);
    });
  }

  void disconnect() override {
    close_gently(settings_.port);
    static_cast<void>(guarded(
        [this] { static_cast<void>(client_.disconnect()->wait_for(disconnect_deadline)); }));
  }

  [[nodiscard]] std::vector<resumed_publication> resumed() const override {
    return packets_ ? packets_->resumed() : std::vector<resumed_publication>{};
  }

  [[nodiscard]] bool begins_clean() const override { return begins_clean_; }

  void settle(const held_publication& what) override {
    if (!packets_)
      return;
    const packet_folder folder{settings_.packets};
    for (const auto& packet : folder.read())
      if (packet.done && carries(packet, what.topic, what.payload))
        folder.remove(packet);
  }

  void tune() override {
    tune_sockets(settings_.port);
    sockets_ = sockets_to(settings_.port);
    if (clean_ && packets_)
      packets_->forget_orphans();
    // Later connects of this client resume what it has in flight.
    clean_ = !keep_session_;
  }

  void acknowledge_segments() override {
    firefinder::acknowledge_segments(sockets_, settings_.port);
  }

  [[nodiscard]] bool gather(timespan span, const std::function<bool()>& is_wanted) override {
    const bool held = firefinder::gather(sockets_, settings_.port, span, is_wanted);
    if (!is_wanted())
      wait_for(hand_over);
    return held;
  }

  void fall_silent() override {
    on_connect_.release();
    on_subscribe_.release();
    on_unsubscribe_.release();
    on_publish_.release();
    if (packets_)
      packets_->fall_silent();
    static_cast<void>(guarded([this] {
      client_.set_message_callback(nullptr);
      client_.set_connection_lost_handler(nullptr);
      client_.set_disconnected_handler(nullptr);
    }));
  }

  std::string explain_failure() override { return diagnose_tls(settings_, diagnosis_limit); }

private:
  static std::unique_ptr<packet_memory> make_packets(const client_options& options,
                                                     const client_listener& events) {
    if (!options.keep_session || options.settings.packets.empty())
      return nullptr;
    return std::make_unique<packet_memory>(
        options,
        [id = options.id, events](std::uint64_t ticket, bool taken) {
          caf::anon_send(events, client_published{id, ticket, taken, false,
                                                  taken ? "" : "the broker refused it"});
        },
        [id = options.id, events](const std::string& text) {
          caf::anon_send(events, client_note{id, text});
        });
  }

  void take_in(const mqtt::message& message, const client_id& id, const client_listener& events) {
    const auto now = steady_clock_now();
    const auto size = message.get_payload().size();
    const std::string_view kept
        = size > max_payload_bytes ? std::string_view{} : std::string_view{message.get_payload()};
    if (auto held = gate_.admit(message.get_topic(), kept, now))
      caf::anon_send(events, inbound{message.get_topic(),
                                     std::string{kept},
                                     size,
                                     static_cast<std::uint8_t>(message.get_qos()),
                                     message.is_retained(),
                                     now,
                                     system_wall_clock(),
                                     0,
                                     {},
                                     std::move(held)});
    if (const auto shed = gate_.report(now))
      caf::anon_send(events, client_shed{id, shed->messages, shed->bytes});
  }

  void prepare(const client_options& options) {
    const auto& settings = options.settings;
    options_.set_mqtt_version(static_cast<int>(options.version));
    if (options.version == mqtt_version::v5 && options.keep_session) {
      // On this very object, which outlives every connect: paho keeps a pointer.
      options_.set_properties(
          {{mqtt::property::SESSION_EXPIRY_INTERVAL, four_bytes(options.session_expiry)}});
    }
    options_.set_keep_alive_interval(settings.keepalive);
    options_.set_connect_timeout(settings.connect_timeout);
    options_.set_max_inflight(send_window::most_under_way);
    if (!settings.username.empty())
      options_.set_user_name(settings.username);
    if (!settings.password.empty())
      options_.set_password(settings.password);
    if (!options.will_topic.empty()) {
      mqtt::will_options will{options.will_topic, options.will_payload, 1, true};
      if (options.version == mqtt_version::v5 && options.will_delay.count() > 0)
        will.set_properties(
            {{mqtt::property::WILL_DELAY_INTERVAL, four_bytes(options.will_delay)}});
      options_.set_will(will);
    }
    if (settings.tls.enabled)
      prepare_transport(settings.tls);
  }

  // No error handler: paho calls it through the copy of the options that `connect`
  // takes by value, long after that is gone.
  void prepare_transport(const tls_settings& tls) {
    mqtt::ssl_options transport;
    if (!tls.ca.empty())
      transport.set_trust_store(tls.ca);
    if (!tls.certificate.empty())
      transport.set_key_store(tls.certificate);
    if (!tls.key.empty())
      transport.set_private_key(tls.key);
    transport.set_enable_server_cert_auth(!tls.insecure);
    // Without it a certificate of any other host is accepted.
    transport.set_verify(!tls.insecure);
    options_.set_ssl(transport);
  }

  template <class F>
  static status guarded(F&& operation) {
    try {
      operation();
      return {};
    } catch (const mqtt::exception& e) {
      return status::failure(e.what());
    } catch (const std::exception& e) {
      return status::failure(e.what());
    }
  }

  connection_settings settings_;
  mqtt_version version_;
  bool keep_session_;
  // Of the present connection, and of others to the same broker.
  std::vector<int> sockets_;
  // Outlives the client, which calls it.
  std::unique_ptr<packet_memory> packets_;
  bool clean_;
  bool begins_clean_;
  // Used by callbacks alone, on the thread on which paho receives.
  intake gate_{{.source_rate = settings_.max_source_rate}};
  // Listeners and options stand before the client and so outlive it: paho uses
  // them until it is destroyed.
  connect_listener on_connect_;
  subscribe_listener on_subscribe_;
  unsubscribe_listener on_unsubscribe_;
  publish_listener on_publish_;
  mqtt::connect_options options_;
  mqtt::async_client client_;
};

} // namespace

std::unique_ptr<mqtt_client> make_paho_client(const client_options& options,
                                              const client_listener& events) {
  return std::make_unique<paho_client>(options, events);
}

} // namespace firefinder
