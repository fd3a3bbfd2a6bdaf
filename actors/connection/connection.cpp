#include "actors/connection/connection.hpp"

#include "actors/connection/packets.hpp"
#include "actors/connection/topic_filter.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"
#include "messages/shard.hpp"

#include <caf/scheduled_actor.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

constexpr auto online = "online";
constexpr auto offline = "offline";

// paho looks at its own time-outs every 3 s; past this the client counts as stuck.
constexpr timespan connect_grace = std::chrono::seconds{5};
constexpr timespan subscribe_deadline = std::chrono::seconds{10};

// A client whose connections end like this time and again may itself be what ends them: it
// begins each with what it has in its memory.
constexpr timespan brief = std::chrono::seconds{10};
constexpr int most_brief_connections = 5;

// Between two lines about what is shed.
constexpr timespan shed_log_pause = std::chrono::minutes{1};

// A quota is soon free again, a rule of access may be put right while an alarm still counts.
constexpr timespan first_refused_pause = std::chrono::seconds{1};
constexpr timespan longest_refused_pause = std::chrono::seconds{10};

// Stages of the farewell.
constexpr std::uint32_t flushing = 1;
constexpr std::uint32_t leaving_stage = 2;
constexpr std::uint32_t finished = 3;

constexpr auto superseded = "a later value for its topic took its place";

caf::error failure(const std::string& text) {
  return caf::make_error(caf::sec::runtime_error, text);
}

} // namespace

connection_state::endpoint::endpoint(std::uint32_t number, const connection_settings& settings)
  : index(number),
    presence_topic(number < settings.presence_topics.size() ? settings.presence_topics[number]
                                                            : std::string{}),
    quiet(settings.quiet_presence.contains(presence_topic)),
    pause(settings.reconnect_min, settings.reconnect_max), protocol(settings.protocol) {}

connection_state::connection_state(connection_actor::stateful_pointer<connection_state> self)
  : self_(self), refused_pause_(first_refused_pause, longest_refused_pause),
    random_(std::random_device{}()) {}

connection_state::~connection_state() {
  answer_all("the connection actor has ended");
  say_offline_of_absent();
  for (auto& e : endpoints_)
    if (e.client && (e.at == phase::up || e.at == phase::subscribing))
      leave_at_once(e);
  for (auto& e : endpoints_)
    drop_client(e);
}

// What is under way may expire before a connection that is stalled moves again, and whoever
// comes next goes on with it: such a connection is not ended in order.
void connection_state::disconnect(endpoint& e) {
  if (e.index != 0 || !outbox_.durable_with_client())
    e.client->disconnect();
}

// -- endpoints ---------------------------------------------------------------------

void connection_state::open() {
  for (auto& e : endpoints_)
    if (e.at == phase::idle && closing_stage_ == 0)
      dial(e);
}

void connection_state::dial(endpoint& e) {
  if (!e.client || e.client_version != e.protocol.next() || is_spent(e))
    renew_client(e);
  e.dialled_at = now();
  e.expected = true;
  enter(e, phase::connecting, settings_.connect_timeout + connect_grace);
  FF_LOG("connection", debug, "connecting to {}:{} with MQTT {} as endpoint {}", settings_.host,
         settings_.port, name_of(e.client_version), e.index);
  if (const auto started = e.client->connect(); !started)
    fail(e, refusal::unreachable, started.why());
}

// Whether another client goes on better than this one. Without a folder a new one knows nothing
// of an alarm that is under way, and would repeat it.
bool connection_state::is_spent(const endpoint& e) const {
  if (e.broken)
    return true;
  return e.brief_connections >= most_brief_connections
         && (e.index != 0 || !settings_.packets.empty() || !outbox_.durable_with_client());
}

void connection_state::renew_client(endpoint& e) {
  if (e.client && e.brief_connections >= most_brief_connections)
    FF_LOG("connection", warning,
           "{} connections to {}:{} in a row were lost soon after they were accepted: the next "
           "one begins with another client",
           e.brief_connections, settings_.host, settings_.port);
  drop_client(e);
  client_options options;
  options.id = {e.index, ++e.instance};
  options.settings = settings_;
  options.version = e.protocol.next();
  options.name = e.index == 0 ? settings_.client_id
                              : fmt::format("{}-presence{}", settings_.client_id, e.index);
  // A delayed will needs a session that can be resumed (MQTT 5, section 3.1.2.5).
  if (e.index == 0)
    options.session_expiry = settings_.session_expiry;
  else if (e.quiet && options.version == mqtt_version::v5)
    options.session_expiry = settings_.will_delay;
  options.keep_session = options.session_expiry.count() > 0;
  options.clean_start = e.index == 0 ? clean_next_ : !options.keep_session;
  if (e.index == 0) {
    options.ignore_orphans = session_began_;
    for (auto& d : outbox_.hold())
      options.held.push_back({d.ticket, d.what.topic, d.what.payload});
  } else {
    // Only the connection that carries the traffic sends alarms.
    options.settings.packets.clear();
  }
  if (!e.presence_topic.empty()) {
    options.will_topic = on_wire(e.presence_topic);
    options.will_payload = spoken(e.presence_topic, offline);
  }
  if (e.quiet && options.keep_session && options.version == mqtt_version::v5)
    options.will_delay = settings_.will_delay;
  e.client_version = options.version;
  e.client = make_client_(options, connection_actor{self_});
  e.begins_clean = options.keep_session && e.client->begins_clean();
  for (const auto& found : e.client->resumed()) {
    FF_LOG("connection", info, "an alarm was under way: {}",
           found.done ? "the broker has it" : "its delivery goes on");
    if (!found.done)
      outbox_.resume(found.ticket);
    else if (const auto what = outbox_.completed(found.ticket, true))
      tell_delivered(*what);
  }
}

void connection_state::drop_client(endpoint& e) {
  if (e.broken && e.client) {
    // Left behind on purpose, some kilobytes: destroying it would free memory that
    // paho has freed already (see client_published::broken).
    // Without a folder the packet identifiers of the next one begin anew. Where a QoS 2
    // handshake is under way, so must the broker's memory of them; otherwise the session
    // keeps what it has queued for us.
    clean_next_ = clean_next_
                  || (e.index == 0 && settings_.packets.empty() && outbox_.durable_with_client());
    e.client->fall_silent();
    static_cast<void>(e.client.release());
  }
  e.broken = false;
  e.brief_connections = 0;
  e.client.reset();
}

void connection_state::enter(endpoint& e, phase next) {
  e.at = next;
  ++e.step;
}

void connection_state::enter(endpoint& e, phase next, timespan limit) {
  enter(e, next);
  e.due = now() + limit;
  self_->delayed_send(self_, limit, endpoint_tick{e.index, e.step});
}

void connection_state::fail(endpoint& e, refusal kind, const std::string& reason, bool stuck) {
  const bool at_once = e.protocol.failed(kind);
  const auto pause = at_once ? timespan{0} : next_pause(e);
  const auto text = fmt::format("{} ({})", reason, to_string(kind));
  if (e.index == 0)
    down_reason_ = text;
  ++figures_.failed_attempts;
  // One line for a whole outage, not one per attempt.
  if (text != e.last_failure) {
    e.last_failure = text;
    const auto more = e.index == 0 && e.client && !stuck ? e.client->explain_failure() : "";
    if (kind == refusal::credentials)
      FF_LOG("connection", error,
             "the broker at {}:{} refuses our name, password or certificate: {}; still trying. "
             "Look at mqtt.username, mqtt.password, mqtt.client_id",
             settings_.host, settings_.port, reason);
    else if (at_once)
      FF_LOG("connection", info, "no connection with MQTT {}: {}; trying MQTT {}",
             name_of(e.client_version), text, name_of(e.protocol.next()));
    else
      FF_LOG("connection", warning, "no connection to {}:{}: {}{}{}; still trying", settings_.host,
             settings_.port, text, more.empty() ? "" : ": ", more);
  }
  // Any other client is kept: it remembers a handshake that is under way, and a
  // new one would repeat the alarm that this one may have delivered already.
  if (stuck)
    drop_client(e);
  retry_after(e, pause);
  // Where its will is not to be had, the service is there all the same.
  if (!at_once) {
    e.expected = false;
    say_greeting(e);
  }
}

timespan connection_state::next_pause(endpoint& e) {
  return e.pause.next(std::uniform_real_distribution<>{}(random_));
}

void connection_state::retry_after(endpoint& e, timespan delay) {
  if (closing_stage_ != 0) {
    enter(e, phase::idle);
    leave_if_flushed();
    finish_if_left();
    return;
  }
  enter(e, phase::pausing, delay);
}

void connection_state::subscribe_all(endpoint& e) {
  std::vector<filter_request> requests;
  auto& names = subscriptions_[++last_subscription_];
  for (const auto& r : routes_) {
    requests.push_back({r.wire_filter, r.qos});
    names.push_back(r.filter);
  }
  enter(e, phase::subscribing, subscribe_deadline);
  if (const auto started = e.client->subscribe(requests, last_subscription_); !started)
    fail_subscription(e, started.why());
}

// The broker's session outlives connections, and an UNSUBSCRIBE may have been lost with one.
void connection_state::unsubscribe_left() {
  if (!session_present_)
    left_.clear();
  for (const auto& filter : left_)
    unsubscribe(filter);
}

void connection_state::fail_subscription(endpoint& e, const std::string& reason) {
  // Mostly the connection was lost in this moment. The client is kept, whatever it
  // was: it remembers what is in flight. A second connect on a connected client
  // never completes, hence the disconnect; there is no `online` yet to take back.
  e.client->disconnect();
  note_loss(e);
  fail(e, refusal::no_answer, reason, e.broken);
}

void connection_state::note_loss(endpoint& e) {
  e.brief_connections = now() - e.accepted_at < brief ? e.brief_connections + 1 : 0;
}

// The broker is there: nobody waits longer for it, and for its will, than for a next attempt.
void connection_state::hurry_others(const endpoint& e) {
  for (auto& other : endpoints_) {
    const auto at = std::max(now(), other.dialled_at + settings_.reconnect_min);
    if (&other != &e && other.at == phase::pausing && at < other.due)
      enter(other, phase::pausing, at - now());
  }
}

// Of a daemon that died before its will is with the broker, `online` would stay.
connection_state::endpoint* connection_state::whose_will_is_missing(const publication& what) {
  const auto found = std::ranges::find_if(endpoints_, [&](const endpoint& e) {
    return e.quiet && e.index != 0 && e.at != phase::up && e.expected
           && on_wire(e.presence_topic) == what.topic;
  });
  return found == endpoints_.end() ? nullptr : &*found;
}

void connection_state::say_greeting(endpoint& e) {
  const auto greeting = std::exchange(e.greeting, std::nullopt);
  // A later value or the end of the link may have made it void.
  if (greeting && link_is_up_ && outbox_.ticket_of(greeting->what.topic) == greeting->ticket)
    send(*greeting);
}

void connection_state::become_up(endpoint& e) {
  enter(e, phase::up);
  e.pause.reset();
  e.protocol.succeeded();
  e.last_failure.clear();
  if (!e.quiet)
    say(e, online, greeting_ticket);
  if (e.index != 0) {
    say_greeting(e);
    return;
  }
  link_is_up_ = true;
  ++generation_;
  refused_pause_.reset();
  ++figures_.connects;
  FF_LOG("connection", info, "connected to {}:{} with MQTT {}, {}, link {}", settings_.host,
         settings_.port, name_of(e.client_version),
         session_present_ ? "the broker kept our session" : "new session", generation_);
  for (const auto& listener : link_listeners_)
    self_->send(listener, link_up{generation_, name_of(e.client_version), session_present_});
  window_.begin(receive_maximum_);
  for (auto& d : outbox_.link_up(session_present_))
    send(std::move(d));
}

// A presence topic may have a word of its own for `offline`.
std::string connection_state::spoken(const std::string& topic, std::string_view word) const {
  const auto own = settings_.farewells.find(topic);
  return word == offline && own != settings_.farewells.end() ? own->second : std::string{word};
}

void connection_state::say(endpoint& e, const char* word, std::uint64_t ticket) {
  if (!e.presence_topic.empty())
    say(e, e.presence_topic, word, ticket);
}

void connection_state::say(endpoint& e, const std::string& topic, const char* word,
                           std::uint64_t ticket) {
  publication what;
  what.topic = on_wire(topic);
  what.payload = spoken(topic, word);
  what.qos = 1;
  what.retain = true;
  if (const auto sent = e.client->publish(what, ticket); !sent)
    FF_LOG("connection", warning, "cannot say {} on {}: {}", word, what.topic, sent.why());
}

// `online` of a quiet endpoint came through the first, whether or not its own connection stood.
void connection_state::say_offline_of_absent() {
  if (endpoints_.empty() || endpoints_.front().at != phase::up)
    return;
  for (const auto& e : endpoints_)
    if (e.quiet && e.at != phase::up)
      say(endpoints_.front(), e.presence_topic, offline, no_ticket);
}

connection_state::endpoint* connection_state::current(const client_id& from) {
  if (from.endpoint >= endpoints_.size())
    return nullptr;
  auto& e = endpoints_[from.endpoint];
  return e.client && e.instance == from.instance ? &e : nullptr;
}

// -- client events -------------------------------------------------------------------

void connection_state::on_connected(const client_connected& event) {
  auto* e = current(event.from);
  // paho reports the success of one connect twice when it feels like it.
  if (e == nullptr || e->at != phase::connecting)
    return;
  e->client->tune();
  e->accepted_at = now();
  hurry_others(*e);
  if (e->index != 0) {
    become_up(*e);
    return;
  }
  session_present_ = event.session_present;
  receive_maximum_ = event.receive_maximum;
  note_absence(event);
  if (e->begins_clean) {
    clean_next_ = false;
    session_began_ = true;
  }
  // In 3.1.1 a session that begins clean also ends with its connection (section
  // 3.1.2.4): this connection has only wiped away what the broker kept.
  const bool only_wiped
      = std::exchange(e->begins_clean, false) && e->client_version == mqtt_version::v311;
  // What paho has queued and not yet written it sends in the new session too, beside
  // what we would send again. A new client has no queue.
  const bool would_repeat = !event.session_present && outbox_.durable_with_client();
  if (only_wiped || would_repeat) {
    e->client->disconnect();
    drop_client(*e);
    retry_after(*e, timespan{0});
    return;
  }
  unsubscribe_left();
  if (routes_.empty())
    become_up(*e);
  else
    subscribe_all(*e);
}

// The broker sends what it has kept as soon as the session is resumed.
void connection_state::note_absence(const client_connected& event) {
  waited_before_ = event.session_present ? event.at : 0;
  waiting_ends_ = now() + backlog_span;
  away_ = lost_at_ ? now() - *lost_at_ : timespan::max();
}

void connection_state::on_failed(const client_failed& event) {
  if (auto* e = current(event.from); e != nullptr && e->at == phase::connecting)
    fail(*e, event.kind, event.reason);
}

void connection_state::on_lost(const client_lost& event) {
  auto* e = current(event.from);
  if (e == nullptr)
    return;
  switch (e->at) {
  case phase::subscribing:
    note_loss(*e);
    fail(*e, refusal::no_answer, event.reason, e->broken);
    return;
  case phase::up:
  case phase::leaving:
    break;
  default:
    return;
  }
  note_loss(*e);
  FF_LOG("connection", warning, "connection {} to {}:{} lost: {}", e->index, settings_.host,
         settings_.port, event.reason);
  if (e->index == 0)
    broadcast_down(event.reason);
  if (e->broken)
    drop_client(*e);
  retry_after(*e, next_pause(*e));
}

void connection_state::on_subscribed(const client_subscribed& event) {
  const auto names = subscriptions_.extract(event.ticket);
  auto* e = current(event.from);
  if (e == nullptr || names.empty())
    return;
  if (!event.failure.empty()) {
    FF_LOG("connection", error, "subscription failed: {}", event.failure);
    if (e->at == phase::subscribing)
      fail_subscription(*e, event.failure);
    return;
  }
  if (e->at == phase::subscribing)
    figures_.refused_filters.clear();
  for (const auto place : event.refused) {
    if (place >= names.mapped().size())
      continue;
    const auto& filter = names.mapped()[place];
    // It may have been left since.
    if (std::ranges::find(routes_, filter, &route::filter) == routes_.end())
      continue;
    FF_LOG("connection", error,
           "the broker refuses our subscription to {}: nothing is heard there. Look at the "
           "broker's access rules",
           on_wire(filter));
    figures_.refused_filters.push_back(filter);
  }
  if (e->at == phase::subscribing)
    become_up(*e);
}

void connection_state::on_published(const client_published& event) {
  auto* e = current(event.from);
  if (e == nullptr)
    return;
  e->broken = e->broken || event.broken;
  window_.answered(event.ticket);
  if (event.acknowledged)
    acknowledge_segments();
  if (event.ticket == greeting_ticket || event.ticket == no_ticket)
    return;
  if (event.ticket == farewell_ticket) {
    enter(*e, phase::idle);
    finish_if_left();
    return;
  }
  // Nothing is acknowledged before CONNACK: so ends what paho clears away because the
  // broker has no session for us.
  const bool acknowledged = event.acknowledged && e->at != phase::connecting;
  if (!event.acknowledged)
    note_refusal(*e, event);
  answer(event.ticket, event.acknowledged ? status{} : status::failure(event.reason));
  if (const auto what = outbox_.completed(event.ticket, acknowledged)) {
    last_refusal_.clear();
    refused_pause_.reset();
    tell_delivered(*what);
  }
  if (!e->broken)
    send_what_may_go();
  arm_resend();
  leave_if_flushed();
}

void connection_state::note_refusal(const endpoint& e, const client_published& event) {
  // Who waits for it is told, and for some nobody does.
  if (awaited_.contains(event.ticket) || !outbox_.keeps(event.ticket))
    return;
  if (e.at != phase::up || !outbox_.is_durable(event.ticket)) {
    FF_LOG("connection", warning, "a publication was not accepted: {}", event.reason);
    return;
  }
  // One line for each reason: it is tried again until its end.
  if (std::exchange(last_refusal_, event.reason) != event.reason)
    FF_LOG("connection", error,
           "an alarm was not accepted: {}. If the broker says so, look at its access rules and "
           "limits; it is tried again until it expires",
           event.reason);
}

void connection_state::on_inbound(inbound& message) {
  if (holding_) {
    held_back_.push_back(std::move(message));
    return;
  }
  ++figures_.received;
  moderation_.note(message.arrived);
  if (message.arrived <= waiting_ends_) {
    message.waited_before = waited_before_;
    message.away = away_;
  }
  for (const auto& r : routes_) {
    if (!matches(r.wire_filter, message.topic))
      continue;
    const auto prefix = is_prefixed(r.filter) ? settings_.topic_prefix.size() : 0;
    // The parent that `#` includes is shorter than the prefix.
    if (message.topic.size() < prefix)
      continue;
    message.topic.erase(0, prefix);
    // The filters of the house do not overlap: the first match is the only one,
    // so the payload can move on without a copy.
    const auto pick = shard_of(last_level(message.topic), r.listeners.size());
    self_->send(r.listeners[pick], std::move(message));
    break;
  }
  if (!let_gather())
    acknowledge_segments();
}

// Of many that come together the last one speaks for all.
void connection_state::acknowledge_segments() {
  if (const auto& client = endpoints_.front().client; client && self_->mailbox().empty())
    client->acknowledge_segments();
}

// This actor has a thread of its own, so it may wait. What the broker says of an alarm must not.
bool connection_state::let_gather() {
  const auto pause = moderation_.pause();
  const auto is_wanted = [this] { return !self_->mailbox().empty(); };
  const auto& client = endpoints_.front().client;
  if (!settings_.gather || !client || pause == timespan{0} || is_wanted()
      || outbox_.durable_with_client() || !client->gather(pause, is_wanted))
    return false;
  moderation_.released(now());
  return true;
}

// Of whatever client: it is lost either way.
void connection_state::on_shed(const client_shed& event) {
  acknowledge_segments();
  figures_.shed += event.messages;
  last_shed_ = now();
  shed_untold_.messages += event.messages;
  shed_untold_.bytes += event.bytes;
  if (shed_told_ && now() - *shed_told_ < shed_log_pause)
    return;
  shed_told_ = now();
  FF_LOG("connection", warning,
         "more arrives than is let in: {} messages, {} KiB, were shed since the last such "
         "line, {} messages since the start",
         shed_untold_.messages, shed_untold_.bytes / 1024, figures_.shed);
  shed_untold_ = {};
}

void connection_state::on_endpoint_tick(const endpoint_tick& tick) {
  if (tick.endpoint >= endpoints_.size())
    return;
  auto& e = endpoints_[tick.endpoint];
  if (e.step != tick.step)
    return;
  switch (e.at) {
  case phase::pausing:
    dial(e);
    break;
  case phase::connecting:
    fail(e, refusal::no_answer, "no answer to CONNECT in time", true);
    break;
  case phase::subscribing:
    fail(e, refusal::no_answer, "no answer to SUBSCRIBE in time", true);
    break;
  default:
    break;
  }
}

// -- the others ------------------------------------------------------------------------

void connection_state::listen_link(const link_listener& listener) {
  if (link_listeners_.insert(listener).second)
    self_->monitor(listener);
  if (link_is_up_)
    self_->send(listener,
                link_up{generation_, name_of(endpoints_.front().client_version), session_present_});
  else
    self_->send(listener, link_down{generation_, down_reason_});
}

void connection_state::listen_topic(std::string filter, std::uint8_t qos,
                                    std::vector<inbound_listener> listeners) {
  if (listeners.empty())
    return;
  for (const auto& listener : listeners)
    self_->monitor(listener);
  const auto known = std::find_if(routes_.begin(), routes_.end(),
                                  [&filter](const route& r) { return r.filter == filter; });
  if (known != routes_.end()) {
    known->qos = qos;
    known->listeners = std::move(listeners);
    return;
  }
  auto wire_filter = on_wire(filter);
  left_.erase(wire_filter);
  routes_.push_back({std::move(filter), std::move(wire_filter), qos, std::move(listeners)});
  auto& main = endpoints_.front();
  if (main.at != phase::up && main.at != phase::subscribing)
    return;
  const auto& added = routes_.back();
  subscriptions_[++last_subscription_].push_back(added.filter);
  if (const auto started
      = main.client->subscribe({{added.wire_filter, added.qos}}, last_subscription_);
      !started)
    FF_LOG("connection", error, "cannot subscribe to {}: {}", added.filter, started.why());
}

void connection_state::leave_topic(const std::string& filter) {
  if (std::erase_if(routes_, [&](const route& r) { return r.filter == filter; }) == 0)
    return;
  std::erase(figures_.refused_filters, filter);
  const auto& wire_filter = *left_.insert(on_wire(filter)).first;
  const auto at = endpoints_.front().at;
  if (at == phase::up || at == phase::subscribing)
    unsubscribe(wire_filter);
}

void connection_state::unsubscribe(const std::string& wire_filter) {
  if (const auto started = endpoints_.front().client->unsubscribe(wire_filter); !started)
    FF_LOG("connection", warning, "cannot unsubscribe from {}: {}", wire_filter, started.why());
}

bool connection_state::is_prefixed(std::string_view topic) const noexcept {
  return !is_at_or_below(settings_.unprefixed, topic);
}

std::string connection_state::on_wire(const std::string& topic) const {
  return is_prefixed(topic) ? settings_.topic_prefix + topic : topic;
}

// From here on a topic means the same to everybody, whoever put the prefix before it.
publication connection_state::on_wire(publication what) const {
  if (std::exchange(what.prefixed, false))
    what.topic = on_wire(what.topic);
  return what;
}

void connection_state::publish(publication what) {
  // After `offline` nothing may follow.
  if (closing_stage_ != 0)
    return;
  what = on_wire(std::move(what));
  // Nobody would hear of its end; only those with a listener are durable.
  if (what.how == delivery::durable)
    what.how = delivery::latest;
  if (what.how == delivery::latest)
    answer(outbox_.ticket_of(what.topic), status::failure(superseded));
  if (auto d = outbox_.offer(std::move(what)))
    send(*std::move(d));
}

connection_state::acknowledgement connection_state::publish_awaited(publication what) {
  auto promise = self_->make_response_promise<done_atom>();
  if (closing_stage_ != 0 || !link_is_up_) {
    promise.deliver(failure(closing_stage_ != 0 ? "the connection is closing"
                                                : "no connection to the broker: " + down_reason_));
    return promise;
  }
  what = on_wire(std::move(what));
  what.how = delivery::latest;
  answer(outbox_.ticket_of(what.topic), status::failure(superseded));
  auto d = outbox_.offer_once(std::move(what));
  auto& entry = awaited_[d.ticket];
  entry.promise = promise;
  if (d.what.qos == exactly_once)
    entry.held = held_publication{d.ticket, d.what.topic, d.what.payload};
  send(std::move(d));
  return promise;
}

void connection_state::answer(std::uint64_t ticket, const status& outcome) {
  auto waiting = awaited_.extract(ticket);
  if (waiting.empty())
    return;
  auto& [promise, held] = waiting.mapped();
  if (outcome && held && endpoints_.front().client)
    endpoints_.front().client->settle(*held);
  if (outcome)
    promise.deliver(done_atom_v);
  else
    promise.deliver(failure(outcome.why()));
}

void connection_state::answer_all(const std::string& why_not) {
  for (auto& [ticket, entry] : std::exchange(awaited_, {}))
    entry.promise.deliver(failure(why_not));
}

void connection_state::publish_durable(publication what, const delivery_listener& listener) {
  // After `offline` nothing may follow.
  if (closing_stage_ > flushing) {
    FF_LOG("connection", critical, "{} came too late to be sent before the stop", what.topic);
    return;
  }
  // Whoever asks again was started anew before it could write down the end.
  if (unsettled_.count(what.id) != 0) {
    self_->send(listener, delivered{what.id});
    return;
  }
  what = on_wire(std::move(what));
  if (what.expires <= now()) {
    if (was_completed(what)) {
      durable_owners_.insert_or_assign(what.id, listener);
      tell_delivered(what);
    } else {
      self_->send(listener, expired{what.id, "it expired while nobody was there to send it"});
    }
    return;
  }
  self_->monitor(listener);
  durable_owners_.insert_or_assign(what.id, listener);
  what.how = delivery::durable;
  if (auto d = outbox_.offer(std::move(what)))
    send(*std::move(d));
  arm_expiry();
}

// Whether the broker has it already from an earlier process, which died before it could
// write so down.
bool connection_state::was_completed(const publication& what) const {
  if (settings_.packets.empty())
    return false;
  const auto found = packet_folder{settings_.packets}.read();
  return std::any_of(found.begin(), found.end(), [&](const kept_packet& packet) {
    return packet.done && carries(packet, what.topic, what.payload);
  });
}

void connection_state::send(dispatch d) {
  if (auto* e = whose_will_is_missing(d.what); e != nullptr) {
    e->greeting = std::move(d);
    return;
  }
  if (!window_.add(std::move(d)))
    ++figures_.dropped_live;
  send_what_may_go();
}

void connection_state::send_what_may_go() {
  while (const auto d = window_.next(now()))
    // The client may have lost its connection and not said so yet. While something is under way
    // its answer or the end of the link comes, and what waits is not thrown at the client.
    if (!hand_over(*d) && window_.awaits_answers() && !window_.has_alarm())
      return;
}

bool connection_state::hand_over(const dispatch& d) {
  const auto& what = d.what;
  if (const auto sent = endpoints_.front().client->publish(what, d.ticket); !sent) {
    FF_LOG("connection", warning, "cannot publish on {}: {}", what.topic, sent.why());
    window_.answered(d.ticket);
    if (what.how == delivery::live)
      ++figures_.dropped_live;
    static_cast<void>(outbox_.completed(d.ticket, false));
    answer(d.ticket, sent);
    arm_resend();
    return false;
  }
  ++figures_.published;
  return true;
}

void connection_state::arm_resend() {
  if (!link_is_up_ || resend_for_ == generation_ || !outbox_.has_unsent())
    return;
  resend_for_ = generation_;
  self_->delayed_send(self_, refused_pause_.next(std::uniform_real_distribution<>{}(random_)),
                      resend_tick{generation_});
}

void connection_state::on_resend_tick(const resend_tick& tick) {
  // A later link has sent everything by itself.
  if (tick.generation != resend_for_)
    return;
  resend_for_ = 0;
  if (!link_is_up_ || closing_stage_ > flushing)
    return;
  for (auto& d : outbox_.resend())
    send(std::move(d));
}

void connection_state::settle(const std::string& id) {
  const auto what = unsettled_.extract(id);
  if (what.empty())
    return;
  if (const auto& client = endpoints_.front().client)
    client->settle(what.mapped());
}

void connection_state::tell_delivered(const publication& what) {
  unsettled_.insert_or_assign(what.id, held_publication{0, what.topic, what.payload});
  if (const auto owner = durable_owners_.extract(what.id); !owner.empty())
    self_->send(owner.mapped(), delivered{what.id});
}

void connection_state::broadcast_down(const std::string& reason) {
  link_is_up_ = false;
  lost_at_ = now();
  down_reason_ = reason;
  outbox_.link_down(false);
  figures_.dropped_live += window_.end();
  for (const auto& listener : link_listeners_)
    self_->send(listener, link_down{generation_, reason});
  // Behind it, so that nobody takes this for a failure within the link.
  answer_all("the connection to the broker was lost: " + reason);
}

void connection_state::forget(const caf::actor_addr& who) {
  const auto is_dead = [&who](const auto& handle) { return handle.address() == who; };
  std::erase_if(link_listeners_, is_dead);
  std::erase_if(routes_, [&](const route& r) {
    return std::any_of(r.listeners.begin(), r.listeners.end(), is_dead);
  });
}

void connection_state::expire() {
  const auto gone = outbox_.expire(now());
  if (gone.in_flight)
    abandon_in_flight();
  const auto reason = !link_is_up_            ? "no connection to the broker: " + down_reason_
                      : last_refusal_.empty() ? "the broker did not acknowledge it in time"
                                              : "the broker did not accept it: " + last_refusal_;
  for (const auto& id : gone.ids)
    if (const auto owner = durable_owners_.extract(id); !owner.empty())
      self_->send(owner.mapped(), expired{id, reason});
  arm_expiry();
  leave_if_flushed();
}

void connection_state::abandon_in_flight() {
  // paho would go on sending what it holds, and the broker complete what it has
  // half of: both memories must go before anything of them becomes an alarm too late.
  auto& main = endpoints_.front();
  clean_next_ = true;
  outbox_.link_down(true);
  if (!main.client)
    return;
  if (main.at == phase::up) {
    // Should the connection not be stalled, the client ends it in order.
    if (closing_stage_ != 0)
      say(main, offline, no_ticket);
    broadcast_down("the broker did not acknowledge an alarm in time");
  }
  drop_client(main);
  if (main.at != phase::pausing)
    retry_after(main, next_pause(main));
}

void connection_state::arm_expiry() {
  ++expiry_number_;
  if (const auto next = outbox_.next_expiry())
    self_->delayed_send(self_, std::max(*next - now(), timespan{0}), expiry_tick{expiry_number_});
}

monotonic connection_state::now() const { return self_->clock().now().time_since_epoch(); }

link_figures connection_state::figures() const {
  auto result = figures_;
  result.up = link_is_up_;
  result.protocol = link_is_up_ ? name_of(endpoints_.front().client_version) : "";
  result.dropped_live += outbox_.dropped_live();
  result.durable_pending = outbox_.durable_pending();
  result.shed_ago_s = last_shed_ ? to_seconds(now() - *last_shed_) : -1;
  result.link_listeners = link_listeners_.size();
  result.mailbox = self_->mailbox().size();
  return result;
}

// -- the end -----------------------------------------------------------------------------

caf::typed_response_promise<done_atom> connection_state::close(timespan deadline) {
  auto promise = self_->make_response_promise<done_atom>();
  if (closing_stage_ != 0) {
    promise.deliver(done_atom_v);
    return promise;
  }
  closed_ = promise;
  holding_ = true;
  closing_stage_ = flushing;
  for (auto& e : endpoints_)
    if (e.at != phase::up) {
      // Its client may have repeated the `online` of an earlier link by now.
      if (e.at == phase::subscribing)
        leave_at_once(e);
      enter(e, phase::idle);
      drop_client(e);
    }
  // Most of the time is for what must not be lost, the rest for the farewell.
  const auto flush_time = deadline * 6 / 10;
  leave_time_ = deadline - flush_time;
  self_->delayed_send(self_, flush_time, closing_tick{flushing});
  leave_if_flushed();
  return promise;
}

void connection_state::on_closing_tick(const closing_tick& tick) {
  if (tick.stage != closing_stage_)
    return;
  if (tick.stage == flushing)
    leave();
  else if (tick.stage == leaving_stage)
    finish();
  else
    end();
}

void connection_state::leave_if_flushed() {
  const bool flushed = outbox_.durable_pending() == 0 && window_.empty();
  if (closing_stage_ == flushing && (flushed || !link_is_up_))
    leave();
}

void connection_state::leave() {
  closing_stage_ = leaving_stage;
  self_->delayed_send(self_, leave_time_, closing_tick{leaving_stage});
  figures_.dropped_live += window_.end();
  say_offline_of_absent();
  say_farewell(endpoints_.front());
  finish_if_left();
}

void connection_state::say_farewell(endpoint& e) {
  if (e.at != phase::up)
    return;
  enter(e, e.presence_topic.empty() ? phase::idle : phase::leaving);
  say(e, offline, farewell_ticket);
}

void connection_state::leave_at_once(endpoint& e) {
  say(e, offline, no_ticket);
  disconnect(e);
}

void connection_state::finish_if_left() {
  if (closing_stage_ != leaving_stage)
    return;
  // The one with the traffic goes first: when its `offline` is acknowledged, so is
  // all before it, and none of that can come after the `offline` of the others.
  if (endpoints_.front().at == phase::leaving)
    return;
  for (auto& e : endpoints_)
    say_farewell(e);
  const auto done = std::none_of(endpoints_.begin(), endpoints_.end(),
                                 [](const endpoint& e) { return e.at == phase::leaving; });
  if (done)
    finish();
}

void connection_state::finish() {
  closing_stage_ = finished;
  if (outbox_.durable_pending() != 0)
    FF_LOG("connection", critical, "{} alarms could not be delivered before the stop",
           outbox_.durable_pending());
  for (auto& e : endpoints_)
    if (e.client) {
      // The deadline came before its turn.
      if (e.at == phase::up)
        leave_at_once(e);
      else
        disconnect(e);
      drop_client(e);
    }
  FF_LOG("connection", info, "disconnected");
  // Behind the last message that came.
  self_->send(self_, closing_tick{finished});
}

void connection_state::end() {
  holding_ = false;
  for (auto& message : std::exchange(held_back_, {}))
    on_inbound(message);
  closed_.deliver(done_atom_v);
  self_->quit();
}

// -- behaviour -----------------------------------------------------------------------------

connection_actor::behavior_type connection_state::make_behavior(connection_settings settings,
                                                                client_factory make_client) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  generation_ = settings_.generation_base;
  make_client_ = std::move(make_client);
  const auto count = std::max<std::size_t>(1, settings_.presence_topics.size());
  for (std::size_t i = 0; i < count; ++i)
    endpoints_.emplace_back(static_cast<std::uint32_t>(i), settings_);
  self_->set_down_handler([this](const caf::down_msg& down) { forget(down.source); });
  // CAF tries one after the other, by the name of its type: what comes most is the first.
  return {
      [this](inbound& message) { on_inbound(message); },
      [this](listen_atom, const link_listener& listener) { listen_link(listener); },
      [this](listen_atom, std::string& filter, std::uint8_t qos,
             std::vector<inbound_listener>& listeners) {
        listen_topic(std::move(filter), qos, std::move(listeners));
      },
      [this](leave_atom, const std::string& filter) { leave_topic(filter); },
      [this](publication& what) { publish(std::move(what)); },
      [this](publish_atom, publication& what) { return publish_awaited(std::move(what)); },
      [this](publication& what, const delivery_listener& listener) {
        publish_durable(std::move(what), listener);
      },
      [this](settle_atom, const std::string& id) { settle(id); },
      [this](open_atom) { open(); },
      [this](hold_atom) {
        holding_ = true;
        return done_atom_v;
      },
      [this](close_atom, timespan deadline) { return close(deadline); },
      [this](figures_atom) { return figures(); },
      [this](const endpoint_tick& tick) { on_endpoint_tick(tick); },
      [this](const expiry_tick& tick) {
        if (tick.number == expiry_number_)
          expire();
      },
      [this](const resend_tick& tick) { on_resend_tick(tick); },
      [this](const closing_tick& tick) { on_closing_tick(tick); },
      [this](const client_connected& event) { on_connected(event); },
      [this](const client_failed& event) { on_failed(event); },
      [this](const client_lost& event) { on_lost(event); },
      [this](const client_subscribed& event) { on_subscribed(event); },
      [this](const client_published& event) { on_published(event); },
      [this](const client_note& note) {
        if (current(note.from) != nullptr)
          FF_LOG("connection", warning, "{}", note.text);
      },
      [this](const client_shed& event) { on_shed(event); },
      [](ping_atom) { return done_atom_v; },
  };
}

connection_actor::behavior_type
connection(connection_actor::stateful_pointer<connection_state> self, connection_settings settings,
           client_factory make_client) {
  return self->state.make_behavior(std::move(settings), std::move(make_client));
}

} // namespace firefinder
