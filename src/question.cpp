#include "src/question.hpp"

#include "actors/connection/client.hpp"
#include "actors/connection/negotiation.hpp"
#include "actors/connection/paho_client.hpp"
#include "messages/dumped.hpp"
#include "messages/exceptions.hpp"
#include "messages/quality_of_service.hpp"
#include "messages/types.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace firefinder {

namespace {

constexpr std::uint64_t question_ticket = 1;

// Asks once: connects, subscribes, publishes the question. To `whom` it says `open_atom` when the
// broker has answered, then `done_atom` with the answer, or `close_atom` with the reason why there
// is none.
class asker_state {
public:
  static inline const char* name = "asker";

  explicit asker_state(client_listener::stateful_pointer<asker_state> self) : self_(self) {}

  client_listener::behavior_type make_behavior(question what, caf::actor whom) {
    report_exceptions(self_);
    what_ = std::move(what);
    whom_ = std::move(whom);
    versions_.emplace(what_.link.protocol);
    dial();
    return {
        [this](const client_connected& event) {
          if (event.from == id_)
            on_connected();
        },
        [this](const client_failed& event) {
          if (event.from == id_)
            on_failed(event);
        },
        [this](const client_lost& event) {
          if (event.from == id_)
            give_up("the broker ended the connection: " + event.reason);
        },
        [this](const client_subscribed& event) {
          if (event.from == id_)
            on_subscribed(event);
        },
        [this](const client_published& event) {
          if (event.from == id_ && !event.acknowledged)
            give_up("the broker does not take the question: " + event.reason
                    + ". Look at its access rules");
        },
        [](const client_note&) {},
        [](const client_shed&) {},
        [this](const inbound& message) { on_inbound(message); },
    };
  }

private:
  void dial() {
    client_options options;
    options.id = id_ = {0, ++instance_};
    options.settings = what_.link;
    options.name = what_.link.client_id;
    options.version = versions_->next();
    client_ = make_paho_client(options, client_listener{self_});
    if (const auto started = client_->connect(); !started)
      give_up(started.why());
  }

  void on_failed(const client_failed& event) {
    const auto more = client_->explain_failure();
    client_.reset();
    // A broker that hangs up without a word may do so on the next version too, or not.
    if (versions_->failed(event.kind) || (event.kind == refusal::no_answer && instance_ == 1)) {
      dial();
      return;
    }
    give_up(fmt::format("the broker at {}:{} cannot be reached: {}{}", what_.link.host,
                        what_.link.port, event.reason, more.empty() ? "" : " (" + more + ")"));
  }

  void on_connected() {
    caf::anon_send(whom_, open_atom_v);
    versions_->succeeded();
    client_->tune();
    if (const auto started
        = client_->subscribe({{what_.response_topic, at_least_once}}, question_ticket);
        !started)
      give_up(started.why());
  }

  void on_subscribed(const client_subscribed& event) {
    if (!event.failure.empty() || !event.refused.empty()) {
      give_up("the broker refuses the subscription to " + what_.response_topic
              + ": look at its access rules");
      return;
    }
    publication message;
    message.topic = what_.request_topic;
    message.payload = what_.payload;
    message.qos = at_least_once;
    if (const auto started = client_->publish(message, question_ticket); !started)
      give_up(started.why());
  }

  void on_inbound(const inbound& message) {
    if (!message.retained && message.size > message.payload.size()) {
      end(done_atom_v,
          nlohmann::json{{"error", fmt::format("the answer is too long: it has {} bytes, and no "
                                               "more than {} are read. {}",
                                               message.size, max_payload_bytes, what_.if_too_long)}}
              .dump());
      return;
    }
    const auto answer = nlohmann::json::parse(message.payload, nullptr, false);
    // Others may ask at the same time.
    if (message.retained || !answer.is_object() || !answer.contains("transaction")
        || answer["transaction"] != what_.transaction)
      return;
    end(done_atom_v, message.payload);
  }

  void give_up(const std::string& why) { end(close_atom_v, why); }

  template <class Atom>
  void end(Atom how, const std::string& text) {
    if (client_)
      client_->disconnect();
    client_.reset();
    id_ = {};
    caf::anon_send(whom_, how, text);
    self_->quit();
  }

  client_listener::stateful_pointer<asker_state> self_;
  question what_;
  caf::actor whom_;
  std::optional<negotiation> versions_;
  std::unique_ptr<mqtt_client> client_;
  client_id id_;
  std::uint64_t instance_ = 0;
};

client_listener::behavior_type asker(client_listener::stateful_pointer<asker_state> self,
                                     question what, caf::actor whom) {
  return self->state.make_behavior(std::move(what), std::move(whom));
}

std::string silence_of(const question& what, bool connected, double timeout_s) {
  return connected ? fmt::format("the broker at {}:{} is there, but no daemon answers on {} within "
                                 "{:.1f} s. Does one run, at this broker and with this "
                                 "home_assistant.base_topic and mqtt.topic_prefix?{}{}",
                                 what.link.host, what.link.port, what.response_topic, timeout_s,
                                 what.if_silent.empty() ? "" : " ", what.if_silent)
                   : fmt::format("the broker at {}:{} does not answer within {:.1f} s",
                                 what.link.host, what.link.port, timeout_s);
}

} // namespace

question make_question(const configuration::settings& settings, const std::string& command,
                       const std::string& operation, std::string payload, double timeout_s) {
  question result;
  result.link = settings.connection;
  result.link.client_id += fmt::format("-{}-{}", command, ::getpid());
  result.link.connect_timeout
      = std::chrono::seconds{std::max(1L, std::lround(std::ceil(timeout_s)))};
  result.transaction = fmt::format("{}-{}-{:.6f}", command, ::getpid(), system_wall_clock());
  auto asked = nlohmann::json::parse(payload, nullptr, false);
  asked["transaction"] = result.transaction;
  result.payload = dumped(asked);
  const auto base = settings.connection.topic_prefix + settings.bridge.base_topic + "/bridge/";
  result.request_topic = base + "request/" + operation;
  result.response_topic = base + "response/" + operation;
  return result;
}

reply ask(const question& what, double timeout_s) {
  caf::actor_system_config config;
  register_types(config);
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{1});
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  const auto one = system.spawn<caf::detached>(asker, what, caf::actor_cast<caf::actor>(self));
  reply result;
  bool connected = false;
  const auto until = std::chrono::steady_clock::now() + from_seconds(timeout_s);
  while (!result.answer && result.why_not.empty()) {
    const auto left = std::max<timespan>(until - std::chrono::steady_clock::now(), timespan{0});
    self->receive([&](open_atom) { connected = true; },
                  [&](done_atom, std::string& answer) { result.answer = std::move(answer); },
                  [&](close_atom, std::string& why) { result.why_not = std::move(why); },
                  caf::after(left) >>
                      [&] { result.why_not = silence_of(what, connected, timeout_s); });
  }
  if (!result.answer && !connected) {
    // A name server that is silent holds the library for longer than anybody waits.
    std::cerr << "firefinder: " << result.why_not << std::endl;
    std::_Exit(what.exit_unreached);
  }
  self->send_exit(one, caf::exit_reason::user_shutdown);
  return result;
}

} // namespace firefinder
