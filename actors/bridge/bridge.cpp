#include "actors/bridge/bridge.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>
#include <vector>

namespace firefinder {

namespace {

constexpr std::uint8_t at_least_once = 1;

// Longer than consensus waits for its trackers and the store.
constexpr timespan answer_deadline = std::chrono::seconds{3};

// Of what is logged about too many requests.
constexpr timespan drop_log_pause = std::chrono::minutes{1};

} // namespace

void bridge_state::attach(const connection_actor& connection, const consensus_actor& consensus) {
  consensus_ = consensus;
  if (connection_ && *connection_ == connection)
    return;
  connection_ = connection;
  self_->send(connection, listen_atom_v, link_listener{bridge_actor{self_}});
  self_->send(connection, listen_atom_v, settings_.base_topic + "/bridge/request/+", at_least_once,
              std::vector<inbound_listener>{inbound_listener{bridge_actor{self_}}});
}

void bridge_state::on_inbound(const inbound& message) {
  // Of unknown age, and asked by nobody who still waits.
  if (message.retained || !connection_ || !consensus_)
    return;
  const auto now = self_->clock().now().time_since_epoch();
  if (!budget_.spend(now)) {
    ++dropped_;
    if (!drop_logged_ || now - *drop_logged_ >= drop_log_pause) {
      drop_logged_ = now;
      FF_LOG("bridge", warning,
             "more than {} requests a second: what is more is not answered, {} so far",
             max_answers_per_second, dropped_);
    }
    return;
  }
  const auto operation = message.topic.substr(message.topic.rfind('/') + 1);
  const auto asked = parse_request(operation, message.payload, message.size);
  if (!asked.request) {
    answer(operation, error_response(asked.error, asked.transaction));
    return;
  }
  switch (asked.request->what) {
  case bridge_request::operation::explain:
    explain(asked.request->query, asked.transaction);
    return;
  case bridge_request::operation::status:
    tell_status(asked.transaction);
    return;
  }
}

void bridge_state::explain(const explain_query& query, const std::string& transaction) {
  if (!settings_.decides) {
    answer("explain",
           error_response("this daemon does not decide: consensus is not among its services",
                          transaction));
    return;
  }
  self_->request(*consensus_, answer_deadline, explain_atom_v, query)
      .then(
          [this, transaction](const decision_record& decision) {
            answer("explain", ok_response(shortened(settings_.explained(decision)), transaction));
          },
          [this, transaction](const caf::error& why) {
            answer("explain", error_response(reason(why), transaction));
          });
}

void bridge_state::tell_status(const std::string& transaction) {
  self_->request(*consensus_, answer_deadline, figures_atom_v)
      .then(
          [this, transaction](const consensus_figures& figures) {
            self_->request(*consensus_, answer_deadline, explain_atom_v, explain_query{})
                .then(
                    [this, transaction, figures](const decision_record& decision) {
                      tell_status(transaction, figures, settings_.explained(decision));
                    },
                    [this, transaction, figures](const caf::error&) {
                      tell_status(transaction, figures, {});
                    });
          },
          [this, transaction](const caf::error& why) {
            answer("status", error_response(reason(why), transaction));
          });
}

void bridge_state::tell_status(const std::string& transaction, const consensus_figures& figures,
                               const std::string& decision) {
  const auto now = self_->clock().now().time_since_epoch();
  const bridge_facts facts{settings_.version, wall_(),  to_seconds(now - started_),
                           protocol_,         dropped_, settings_.decides};
  answer("status", ok_response(status_data(figures, facts, decision), transaction));
}

void bridge_state::answer(const std::string& operation, std::string payload) {
  publication what;
  what.topic = settings_.base_topic + "/bridge/response/" + operation;
  what.payload = std::move(payload);
  what.qos = at_least_once;
  self_->send(*connection_, std::move(what));
}

// Whoever refuses says why in words; who is silent says nothing.
std::string bridge_state::reason(const caf::error& why) const {
  if (why.context().match_elements<std::string>())
    return why.context().get_as<std::string>(0);
  if (why == caf::sec::request_timeout)
    return "the decision does not answer in time; try again";
  return "the decision cannot answer: " + self_->system().render(why);
}

bridge_actor::behavior_type bridge_state::make_behavior(bridge_settings settings, wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  wall_ = std::move(wall);
  started_ = self_->clock().now().time_since_epoch();
  return {
      [this](attach_atom, const connection_actor& connection, const consensus_actor& consensus) {
        attach(connection, consensus);
      },
      [](attach_atom, const control_actor&) {},
      [](attach_atom, const discovery_actor&) {},
      [](attach_atom, const camera_detection_actor&) {},
      [](attach_atom, const health_actor&) {},
      [](attach_atom, const restarter&) {},
      [this](const inbound& message) { on_inbound(message); },
      [this](const link_up& link) { protocol_ = link.protocol; },
      [this](const link_down&) { protocol_.clear(); },
      [](ping_atom) { return done_atom_v; },
  };
}

bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self,
                                   bridge_settings settings, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(wall));
}

} // namespace firefinder
