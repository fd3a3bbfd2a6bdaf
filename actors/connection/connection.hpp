#pragma once

#include "actors/connection/backoff.hpp"
#include "actors/connection/client.hpp"
#include "actors/connection/intake.hpp"
#include "actors/connection/moderation.hpp"
#include "actors/connection/negotiation.hpp"
#include "actors/connection/outbox.hpp"
#include "actors/connection/send_window.hpp"
#include "actors/connection/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// State of the connection actor. It owns one client per service that says
/// `online` or `offline`; the first, endpoint 0, carries the traffic.
class connection_state {
public:
  static inline const char* name = "connection";

  explicit connection_state(connection_actor::stateful_pointer<connection_state> self);
  connection_state(const connection_state&) = delete;
  connection_state& operator=(const connection_state&) = delete;

  /// Says `offline` as well as it can when the actor ends without a `close`.
  ~connection_state();

  connection_actor::behavior_type make_behavior(connection_settings settings,
                                                client_factory make_client);

private:
  enum class phase {
    /// Not opened yet, or closed.
    idle,
    /// Waits for CONNACK.
    connecting,
    /// Waits for SUBACK.
    subscribing,
    /// Usable.
    up,
    /// Waits for the next attempt.
    pausing,
    /// Waits for the acknowledgement of `offline`.
    leaving,
  };

  using acknowledgement = caf::typed_response_promise<done_atom>;

  /// A publication whose acknowledgement somebody waits for.
  struct awaited {
    acknowledgement promise;
    /// Of one of QoS 2: the client remembers it until it is settled.
    std::optional<held_publication> held;
  };

  struct endpoint {
    endpoint(std::uint32_t number, const connection_settings& settings);

    std::uint32_t index;
    std::string presence_topic;
    /// Somebody else says `online`.
    bool quiet;
    std::unique_ptr<mqtt_client> client;
    mqtt_version client_version = mqtt_version::v5;
    /// The client has not connected yet and begins with a clean session.
    bool begins_clean = false;
    /// The client is to be left behind when its connection has ended.
    bool broken = false;
    /// When its present phase ends, if it has a limit.
    monotonic due{};
    /// When its last attempt began.
    monotonic dialled_at{};
    /// Since its last connection no attempt has failed, or one is under way.
    bool expected = true;
    /// The `online` of a quiet one that waits for its will.
    std::optional<dispatch> greeting;
    /// When its present connection was accepted.
    monotonic accepted_at{};
    /// Connections of this client in a row that were lost soon after they were accepted.
    int brief_connections = 0;
    std::uint64_t instance = 0;
    phase at = phase::idle;
    /// Counts the phases, so that a tick of an earlier one is recognised.
    std::uint64_t step = 0;
    backoff pause;
    negotiation protocol;
    /// Last failure that was logged, so that a long outage is one line and not one per attempt.
    std::string last_failure;
  };

  struct route {
    std::string filter;
    /// As the broker knows it.
    std::string wire_filter;
    std::uint8_t qos;
    std::vector<inbound_listener> listeners;
  };

  // -- endpoints -----------------------------------------------------------------

  void open();
  void dial(endpoint& e);
  [[nodiscard]] bool is_spent(const endpoint& e) const;
  void renew_client(endpoint& e);
  void drop_client(endpoint& e);
  void enter(endpoint& e, phase next, timespan limit);
  void enter(endpoint& e, phase next);
  /// `stuck`: the client still waits for something and cannot be used again.
  void fail(endpoint& e, refusal kind, const std::string& reason, bool stuck = false);
  void abandon_in_flight();
  [[nodiscard]] timespan next_pause(endpoint& e);
  void retry_after(endpoint& e, timespan delay);
  void subscribe_all(endpoint& e);
  void unsubscribe_left();
  void fail_subscription(endpoint& e, const std::string& reason);
  void note_loss(endpoint& e);
  void hurry_others(const endpoint& e);
  [[nodiscard]] endpoint* whose_will_is_missing(const publication& what);
  void say_greeting(endpoint& e);
  void become_up(endpoint& e);
  void say(endpoint& e, const char* word, std::uint64_t ticket);
  [[nodiscard]] std::string spoken(const std::string& topic, std::string_view word) const;
  void say(endpoint& e, const std::string& topic, const char* word, std::uint64_t ticket);
  void say_offline_of_absent();
  endpoint* current(const client_id& from);

  // -- client events ---------------------------------------------------------------

  void on_connected(const client_connected& event);
  void note_absence(const client_connected& event);
  void on_failed(const client_failed& event);
  void on_lost(const client_lost& event);
  void on_subscribed(const client_subscribed& event);
  void on_published(const client_published& event);
  void note_refusal(const endpoint& e, const client_published& event);
  void on_inbound(inbound& message);
  void acknowledge_segments();
  bool let_gather();
  void on_shed(const client_shed& event);
  void on_endpoint_tick(const endpoint_tick& tick);

  // -- the others ------------------------------------------------------------------

  void listen_link(const link_listener& listener);
  void listen_topic(std::string filter, std::uint8_t qos, std::vector<inbound_listener> listeners);
  void leave_topic(const std::string& filter);
  void unsubscribe(const std::string& wire_filter);
  [[nodiscard]] bool is_prefixed(std::string_view topic) const noexcept;
  [[nodiscard]] std::string on_wire(const std::string& topic) const;
  [[nodiscard]] publication on_wire(publication what) const;
  void publish(publication what);
  acknowledgement publish_awaited(publication what);
  void answer(std::uint64_t ticket, const status& outcome);
  void answer_all(const std::string& why_not);
  void publish_durable(publication what, const delivery_listener& listener);
  [[nodiscard]] bool was_completed(const publication& what) const;
  void send(dispatch d);
  void send_what_may_go();
  [[nodiscard]] bool hand_over(const dispatch& d);
  void arm_resend();
  void on_resend_tick(const resend_tick& tick);
  void settle(const std::string& id);
  void tell_delivered(const publication& what);
  void broadcast_down(const std::string& reason);
  void forget(const caf::actor_addr& who);
  void expire();
  void arm_expiry();
  [[nodiscard]] monotonic now() const;
  [[nodiscard]] link_figures figures() const;

  // -- the end -----------------------------------------------------------------------

  caf::typed_response_promise<done_atom> close(timespan deadline);
  void on_closing_tick(const closing_tick& tick);
  void leave_if_flushed();
  void leave();
  void say_farewell(endpoint& e);
  /// Says `offline` and disconnects, without a wait for its acknowledgement.
  void leave_at_once(endpoint& e);
  void finish_if_left();
  void disconnect(endpoint& e);
  void finish();
  void end();

  connection_actor::stateful_pointer<connection_state> self_;
  connection_settings settings_;
  client_factory make_client_;
  std::vector<endpoint> endpoints_;
  std::vector<route> routes_;
  /// Filters, as the broker knows them, that were left and that its session may still have.
  std::set<std::string> left_;
  std::map<std::uint64_t, std::vector<std::string>> subscriptions_;
  std::uint64_t last_subscription_ = 0;
  outbox outbox_;
  send_window window_;
  /// What the broker takes at a time on this link.
  std::uint16_t receive_maximum_ = 0;
  /// Who waits for the acknowledgement of what they have published, by its ticket.
  std::map<std::uint64_t, awaited> awaited_;
  std::map<std::string, delivery_listener> durable_owners_;
  std::set<link_listener> link_listeners_;
  std::uint64_t generation_ = 0;
  bool link_is_up_ = false;
  bool session_present_ = false;
  /// The next client begins with a clean session.
  bool clean_next_ = false;
  /// A session has begun clean since the process started.
  bool session_began_ = false;
  /// See `inbound`; for what arrives until `waiting_ends_`.
  unix_seconds waited_before_ = 0;
  timespan away_{};
  monotonic waiting_ends_{};
  moderation moderation_;
  std::optional<monotonic> lost_at_;
  /// Delivered, and the end not yet written down.
  std::map<std::string, held_publication> unsettled_;
  std::string down_reason_ = "not connected yet";
  bool holding_ = false;
  /// What came since: the broker has our acknowledgement of it and does not send it again.
  std::vector<inbound> held_back_;
  /// 0: not closing; then the stages of connection.cpp, in order.
  std::uint32_t closing_stage_ = 0;
  timespan leave_time_{};
  caf::typed_response_promise<done_atom> closed_;
  std::uint64_t expiry_number_ = 0;
  /// Pauses between attempts at what the broker refuses while the link stands.
  backoff refused_pause_;
  /// Link for which the next attempt is due; 0: none is.
  std::uint64_t resend_for_ = 0;
  /// Why the broker refused the last one, until it takes one.
  std::string last_refusal_;
  link_figures figures_;
  std::optional<monotonic> last_shed_;
  /// Shed since the line about it, and when that was written.
  shed_count shed_untold_;
  std::optional<monotonic> shed_told_;
  std::mt19937 random_;
};

/// Behaviour of the connection actor. Spawn it detached: paho can block on a
/// lock that all its clients share. It dials nothing before `open_atom`.
connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, connection_settings settings,
           client_factory make_client);

} // namespace firefinder
