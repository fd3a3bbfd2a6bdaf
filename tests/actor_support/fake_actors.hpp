#pragma once

// Actors in place of the real ones, for tests of whom they work with.

#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::test {

/// What the fake actors were told, in order, over all of them.
using transcript = std::vector<std::string>;

/// How fake actors behave.
struct child_behaviour {
  transcript* log;
  bool answers = true;
  /// Those, by name, who do not answer a ping; outlives the actors.
  const std::set<std::string>* stuck = nullptr;
  /// What the fake consensus tells.
  consensus_figures figures{};
  /// What the fake consensus was told of Frigate, and how many watch it; outlive it.
  std::vector<frigate_cameras>* cameras = nullptr;
  std::vector<frigate_objects>* objects = nullptr;
  int* frigate_watchers = nullptr;
  /// What the fake connection was given to publish; outlives it.
  std::vector<publication>* published = nullptr;
  /// What the fake consensus was told to go by, to forget and to count among its problems, and why
  /// it does not forget (empty: it does); outlive it.
  std::vector<decision_tuning>* tunings = nullptr;
  std::vector<std::string>* forgotten = nullptr;
  std::vector<reported_problems>* reports = nullptr;
  const std::string* remembers = nullptr;
};

/// Answers a ping to the actor `name`, unless that one is to be stuck.
template <class Actor>
caf::typed_response_promise<done_atom> answer_ping(Actor* self, const child_behaviour& how,
                                                   const std::string& name) {
  how.log->push_back(name + " ping");
  auto promise = self->template make_response_promise<done_atom>();
  if (how.stuck == nullptr || how.stuck->count(name) == 0)
    promise.deliver(done_atom_v);
  return promise;
}

/// A connection that only notes what it is told.
inline connection_actor::behavior_type fake_connection(connection_actor::pointer self,
                                                       child_behaviour how) {
  const auto answer = [self, how](const char* what) {
    how.log->push_back(std::string{"connection "} + what);
    auto promise = self->make_response_promise<done_atom>();
    if (how.answers)
      promise.deliver(done_atom_v);
    return promise;
  };
  return {
      [=](listen_atom, const link_listener&) { how.log->push_back("connection link"); },
      [=](listen_atom, const std::string&, std::uint8_t, const std::vector<inbound_listener>&) {
        how.log->push_back("connection listen");
      },
      [=](leave_atom, const std::string& filter) {
        how.log->push_back("connection leave " + filter);
      },
      [=](publish_atom, const publication& what) {
        how.log->push_back("connection publish " + what.topic);
        if (how.published != nullptr)
          how.published->push_back(what);
        return done_atom_v;
      },
      [=](const publication& what) {
        how.log->push_back("connection publish " + what.topic);
        if (how.published != nullptr)
          how.published->push_back(what);
      },
      [](const publication&, const delivery_listener&) {},
      [=](settle_atom, const std::string& id) { how.log->push_back("connection settle " + id); },
      [=](open_atom) { how.log->push_back("connection open"); },
      [=](hold_atom) { return answer("hold"); },
      [=](close_atom, timespan) { return answer("close"); },
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
      [](const inbound&) {},
      [=](ping_atom) { return answer_ping(self, how, "connection"); },
  };
}

/// What a fake store has kept, and whether it can write.
struct store_log {
  recovered before;
  std::vector<alarm_record> alarms;
  std::vector<alarm_outcome> outcomes;
  std::vector<decision_memory> memories;
  std::vector<sighting> sightings;
  std::vector<kept_decision> decisions;
  std::map<std::pair<record_kind, std::string>, std::string> records;
  bool writes = true;
  bool answers = true;
  /// Whether it tells what was before.
  bool loads = true;
  /// Kinds of records of which it tells nothing.
  std::set<record_kind> mute;
  /// Why it does not know what was before; empty: it does.
  std::string ignorance;
  /// What it tells of itself, and whether it does.
  store_figures figures{};
  bool tells = true;
};

/// A store that keeps what it is told in `log`, which outlives it.
inline store_actor::behavior_type fake_store(store_actor::pointer self, store_log* log) {
  const auto answer = [self, log] {
    auto promise = self->make_response_promise<done_atom>();
    if (log->answers && log->writes)
      promise.deliver(done_atom_v);
    else if (log->answers)
      promise.deliver(caf::make_error(caf::sec::runtime_error, "disk full"));
    return promise;
  };
  return {
      [=](load_atom) {
        auto promise = self->make_response_promise<recovered>();
        if (log->loads)
          promise.deliver(log->before);
        return promise;
      },
      [=](const alarm_record& x) {
        log->alarms.push_back(x);
        return answer();
      },
      [=](const alarm_outcome& x) {
        log->outcomes.push_back(x);
        return answer();
      },
      [=](const decision_memory& x) {
        log->memories.push_back(x);
        return answer();
      },
      [=](const kept_sightings& x) {
        log->sightings.insert(log->sightings.end(), x.all.begin(), x.all.end());
        return answer();
      },
      [=](const kept_decision& x) {
        log->decisions.push_back(x);
        return answer();
      },
      [=](load_atom, unix_seconds at) {
        auto promise = self->make_response_promise<kept_decision>();
        kept_decision found;
        for (const auto& x : log->decisions)
          if (x.t <= at)
            found = x;
        if (found.text.empty() && !log->decisions.empty())
          found.t = log->decisions.front().t;
        if (log->answers)
          promise.deliver(found);
        return promise;
      },
      [=](load_atom, std::uint32_t) { return log->decisions; },
      [=](const store_record& x) {
        if (log->writes && x.value.empty())
          log->records.erase({x.kind, x.key});
        else if (log->writes)
          log->records[{x.kind, x.key}] = x.value;
        return answer();
      },
      [=](load_atom, record_kind kind) {
        std::vector<store_record> result;
        for (const auto& [key, value] : log->records)
          if (key.first == kind)
            result.push_back({kind, key.second, value});
        auto promise = self->make_response_promise<std::vector<store_record>>();
        if (log->loads && !log->ignorance.empty())
          promise.deliver(caf::make_error(caf::sec::runtime_error, log->ignorance));
        else if (log->loads && !log->mute.contains(kind))
          promise.deliver(std::move(result));
        return promise;
      },
      [=](figures_atom) {
        auto promise = self->make_response_promise<store_figures>();
        if (log->tells)
          promise.deliver(log->figures);
        return promise;
      },
      [self](close_atom) {
        self->quit();
        return done_atom_v;
      },
      [](const store_tick&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

/// A consensus actor that only notes what it is told, and subscribes when attached.
inline consensus_actor::behavior_type fake_consensus(consensus_actor::pointer self,
                                                     child_behaviour how) {
  return {
      [=](attach_atom, const connection_actor& connection) {
        how.log->push_back("consensus attach");
        self->send(connection, listen_atom_v, std::string{"a"}, std::uint8_t{1},
                   std::vector<inbound_listener>{});
      },
      [=](attach_atom, const store_actor&) { how.log->push_back("consensus attach store"); },
      [=](ready_atom) {
        how.log->push_back("consensus ready");
        auto promise = self->make_response_promise<done_atom>();
        if (how.answers && (how.stuck == nullptr || how.stuck->count("consensus") == 0))
          promise.deliver(done_atom_v);
        return promise;
      },
      [=](const decision_tuning& tuning) {
        how.log->push_back("consensus tuning");
        if (how.tunings != nullptr)
          how.tunings->push_back(tuning);
      },
      [=](forget_atom, const std::string& camera) {
        how.log->push_back("consensus forget " + camera);
        if (how.forgotten != nullptr)
          how.forgotten->push_back(camera);
        auto promise = self->make_response_promise<done_atom>();
        if (how.remembers != nullptr && !how.remembers->empty())
          promise.deliver(caf::make_error(caf::sec::runtime_error, *how.remembers));
        else if (how.stuck == nullptr || how.stuck->count("consensus") == 0)
          promise.deliver(done_atom_v);
        return promise;
      },
      [=](listen_atom, const house_listener&) { how.log->push_back("consensus listen house"); },
      [=](listen_atom, const sight_listener&) { how.log->push_back("consensus listen sights"); },
      [=](listen_atom, const decision_listener&) {
        how.log->push_back("consensus listen decisions");
      },
      [=](listen_atom, const frigate_watcher&) {
        if (how.frigate_watchers != nullptr)
          ++*how.frigate_watchers;
      },
      [](listen_atom, const trace_listener&) {},
      [](explain_atom, const explain_query&) { return decision_record{}; },
      [=](const reported_problems& report) {
        if (how.reports != nullptr)
          how.reports->push_back(report);
      },
      [](const outcome_tick&) {},
      [](const cooldown_tick&) {},
      [](const vigilance_tick&) {},
      [=](figures_atom) {
        auto promise = self->make_response_promise<consensus_figures>();
        if (how.answers)
          promise.deliver(how.figures);
        return promise;
      },
      [=](drain_atom) {
        how.log->push_back("consensus drain");
        auto promise = self->make_response_promise<done_atom>();
        if (how.answers)
          promise.deliver(done_atom_v);
        return promise;
      },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const delivered&) {},
      [](const firefinder::expired&) {},
      [](const verdict&) {},
      [](const frigate_sign&) {},
      [](const frigate_candidate&) {},
      [=](const frigate_cameras& told) {
        if (how.cameras != nullptr)
          how.cameras->push_back(told);
      },
      [=](const frigate_objects& seen) {
        if (how.objects != nullptr)
          how.objects->push_back(seen);
      },
      [](const camera_changed&) {},
      [](const camera_removed&) {},
      [=](ping_atom) { return answer_ping(self, how, "consensus"); },
  };
}

} // namespace firefinder::test
