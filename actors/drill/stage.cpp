#include "actors/drill/stage.hpp"

#include "messages/error_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/shard.hpp"
#include "messages/topics.hpp"

#include <utility>

namespace firefinder {

namespace {

constexpr auto detection_filter = "fire/detection/+";

// Longer than an exercise: it has a limit of its own.
constexpr timespan keep_deadline = std::chrono::minutes{5};

std::string last_level(const std::string& topic) { return topic.substr(topic.rfind('/') + 1); }

} // namespace

connection_actor::behavior_type
stage_connection(connection_actor::stateful_pointer<stage_connection_state> self,
                 std::uint64_t number, drill_event_listener listener) {
  report_exceptions(self);
  return {
      [self](listen_atom, const link_listener& whom) {
        self->send(whom, link_up{1, {}, false});
      },
      [self](listen_atom, const std::string& filter, std::uint8_t,
             const std::vector<inbound_listener>& listeners) {
        if (filter == detection_filter)
          self->state.trackers = listeners;
      },
      [](leave_atom, const std::string&) {},
      [](const publication&) {},
      [](publish_atom, const publication&) { return done_atom_v; },
      [=](const publication& what, const delivery_listener&) {
        if (what.topic == trigger_topic)
          self->send(listener, drill_event{number, drill_event::kind::triggered, what, {}});
      },
      [](settle_atom, const std::string&) {},
      [](open_atom) {},
      [](hold_atom) { return done_atom_v; },
      [](close_atom, timespan) { return done_atom_v; },
      [](figures_atom) { return link_figures{}; },
      [](const endpoint_tick&) {},
      [](const expiry_tick&) {},
      [](const resend_tick&) {},
      [](const closing_tick&) {},
      [](const client_connected&) {},
      [](const client_failed&) {},
      [](const client_lost&) {},
      [](const client_subscribed&) {},
      [](const client_published&) {},
      [](const client_note&) {},
      [](const client_shed&) {},
      [self](const inbound& message) {
        // As the connection picks among several.
        const auto& all = self->state.trackers;
        if (!all.empty())
          self->send(all[shard_of(last_level(message.topic), all.size())], message);
      },
      [](ping_atom) { return done_atom_v; },
  };
}

store_actor::behavior_type stage_store(store_actor::pointer self, std::uint64_t number,
                                       drill_event_listener listener, store_actor real) {
  report_exceptions(self);
  return {
      [](load_atom) { return recovered{}; },
      [=](const alarm_record& alarm) {
        self->send(listener, drill_event{number, drill_event::kind::decided, {}, {}});
        auto promise = self->make_response_promise<done_atom>();
        self->request(real, keep_deadline,
                      store_record{record_kind::drill, drill_trigger_key, alarm.what.payload})
            .then(
                [=](done_atom) mutable {
                  self->send(listener, drill_event{number, drill_event::kind::stored, {}, {}});
                  promise.deliver(done_atom_v);
                },
                // Nobody waits for an answer: the exercise has failed.
                [=](const caf::error& why) {
                  self->send(listener,
                             drill_event{number,
                                         drill_event::kind::not_stored,
                                         {},
                                         refusal_in(why).value_or(self->system().render(why))});
                });
        return promise;
      },
      [](const alarm_outcome&) { return done_atom_v; },
      [](const decision_memory&) { return done_atom_v; },
      [](const kept_sightings&) { return done_atom_v; },
      [](const kept_decision&) { return done_atom_v; },
      [](load_atom, unix_seconds) { return kept_decision{}; },
      [](load_atom, std::uint32_t) { return std::vector<kept_decision>{}; },
      [](const store_record&) { return done_atom_v; },
      [](load_atom, record_kind) { return std::vector<store_record>{}; },
      [](figures_atom) { return store_figures{}; },
      [](close_atom) { return done_atom_v; },
      [](const store_tick&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

live_witness_actor::behavior_type
live_witness(live_witness_actor::stateful_pointer<live_witness_state> self,
             const connection_actor& connection) {
  report_exceptions(self);
  // Nothing of it is written down, so it is settled at once; and there is nothing left to wait for.
  const auto settle = [self, connection](const std::string& id) {
    self->send(connection, settle_atom_v, id);
    self->quit();
  };
  return {
      [self, connection](const publication& what) {
        self->state.answer = self->make_response_promise<done_atom>();
        self->send(connection, what, delivery_listener{live_witness_actor{self}});
        return *self->state.answer;
      },
      [self, settle](const delivered& x) {
        self->state.answer->deliver(done_atom_v);
        settle(x.id);
      },
      [self, settle](const expired& x) {
        self->state.answer->deliver(caf::make_error(caf::sec::runtime_error, x.reason));
        settle(x.id);
      },
  };
}

} // namespace firefinder
