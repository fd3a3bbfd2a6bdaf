#include "src/replay/engine.hpp"

#include "actors/connection/topic_filter.hpp"
#include "actors/consensus/consensus.hpp"
#include "messages/actors.hpp"
#include "messages/exceptions.hpp"
#include "messages/types.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace firefinder::replay {

namespace {

// Virtual time begins here, for the first message: far enough from its epoch that what was
// long ago is no negative number.
constexpr monotonic beginning = std::chrono::hours{24} * 365;

// Topics whose listener is remembered; foreign ones must not fill the memory.
constexpr std::size_t max_known_topics = 65'536;

struct virtual_time : caf::actor_system_config {
  virtual_time() {
    register_types(*this);
    set("scheduler.policy", caf::atom("testing"));
    set("logger.file-name", std::string{});
  }
};

struct route {
  std::string filter;
  inbound_listener listener;
};

/// What an actor in the place of the connection was told. All actors work on one thread,
/// that of the engine, which owns this.
struct connected {
  std::vector<route> routes;
  std::vector<link_listener> links;
};

connection_actor::behavior_type replayed_connection(connection_actor::pointer self,
                                                    connected* known) {
  report_exceptions(self);
  return {
      [known](listen_atom, const link_listener& listener) { known->links.push_back(listener); },
      [known](listen_atom, std::string& filter, std::uint8_t,
              const std::vector<inbound_listener>& listeners) {
        // There is one tracker, so that the order of everything is certain.
        known->routes.push_back({std::move(filter), listeners.front()});
      },
      [](leave_atom, const std::string&) {},
      [](const publication&) {},
      [](publish_atom, const publication&) { return done_atom_v; },
      [self](const publication& what, const delivery_listener& sender) {
        self->send(sender, delivered{what.id});
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
      [](const inbound&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

decision_listener::behavior_type note_decisions(decision_listener::pointer self,
                                                const observer* who) {
  report_exceptions(self);
  return {[who](const decision_record& what) { who->decision(what); }};
}

trace_listener::behavior_type note_samples(trace_listener::pointer self, const observer* who) {
  report_exceptions(self);
  return {[who](const sample_trace& what) { who->sample(what); }};
}

} // namespace

class engine::parts {
public:
  parts(const consensus_settings& settings, std::string topic_prefix, observer who)
    : prefix_(std::move(topic_prefix)), who_(std::move(who)), system_(config_),
      scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())),
      asking_(system_, true) {
    set_time(beginning);
    auto decision = settings;
    decision.enabled = true;
    // Nobody changes anything here.
    decision.tuned = false;
    decision.trackers = 1;
    decision.telling_pause = timespan{0};
    connection_ = system_.spawn(replayed_connection, &known_);
    consensus_ = system_.spawn(consensus, decision, wall_clock{[this] { return wall_; }});
    caf::anon_send(consensus_, attach_atom_v, connection_);
    if (who_.decision) {
      decisions_ = system_.spawn(note_decisions, &who_);
      caf::anon_send(consensus_, listen_atom_v, decisions_);
    }
    if (who_.sample) {
      samples_ = system_.spawn(note_samples, &who_);
      caf::anon_send(consensus_, listen_atom_v, samples_);
    }
    work();
  }

  ~parts() {
    // An actor system waits for its actors.
    for (const auto& a :
         {caf::actor_cast<caf::actor>(connection_), caf::actor_cast<caf::actor>(consensus_),
          caf::actor_cast<caf::actor>(decisions_), caf::actor_cast<caf::actor>(samples_)})
      if (a)
        caf::anon_send_exit(a, caf::exit_reason::kill);
    work();
    topics_.clear();
    known_ = {};
  }

  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;

  bool feed(recording::message& what) {
    if (!began_at_)
      begin(what.t);
    pass_until(what.t);
    const auto* listener = listener_of(what.topic);
    if (listener == nullptr)
      return false;
    inbound message;
    message.topic = prefix_.empty() ? std::move(what.topic) : what.topic.substr(prefix_.size());
    message.size = what.size;
    if (what.size <= max_payload_bytes)
      message.payload = std::move(what.payload);
    message.qos = what.qos;
    message.retained = what.retain;
    message.arrived = now_;
    message.received_at = what.t;
    caf::anon_send(*listener, std::move(message));
    work();
    return true;
  }

  [[nodiscard]] std::vector<std::string> filters() const {
    std::vector<std::string> result;
    for (const auto& r : known_.routes)
      result.push_back(r.filter);
    return result;
  }

  tracker_figures figures() {
    auto answer = asking_->request(consensus_, caf::infinite, figures_atom_v);
    work();
    tracker_figures result;
    answer.receive([&result](const consensus_figures& all) { result = all.trackers; },
                   [this](const caf::error& why) {
                     throw std::runtime_error("the decision has ended: " + system_.render(why));
                   });
    return result;
  }

private:
  void begin(unix_seconds t) {
    began_at_ = t;
    wall_ = t;
    for (const auto& listener : known_.links)
      caf::anon_send(listener, link_up{1, "5", false});
    work();
  }

  void pass_until(unix_seconds t) {
    const auto moment = beginning + from_seconds(t - *began_at_);
    auto& clock = scheduler_.clock();
    // One after the other, so that each finds the time for which it was set.
    while (!clock.schedule().empty()
           && clock.schedule().begin()->first.time_since_epoch() <= moment) {
      clock.trigger_timeout();
      now_ = clock.now().time_since_epoch();
      wall_ = *began_at_ + to_seconds(now_ - beginning);
      work();
    }
    set_time(moment);
    wall_ = t;
  }

  void set_time(monotonic moment) {
    now_ = moment;
    scheduler_.clock().current_time = caf::actor_clock::time_point{moment};
  }

  void work() {
    while (scheduler_.try_run_once()) {
    }
  }

  const inbound_listener* listener_of(const std::string& topic) {
    if (const auto known = topics_.find(topic); known != topics_.end())
      return known->second;
    const inbound_listener* result = nullptr;
    if (topic.starts_with(prefix_))
      for (const auto& r : known_.routes)
        if (matches(r.filter, std::string_view{topic}.substr(prefix_.size()))) {
          result = &r.listener;
          break;
        }
    if (topics_.size() >= max_known_topics)
      topics_.clear();
    return topics_.emplace(topic, result).first->second;
  }

  std::string prefix_;
  observer who_;
  connected known_;
  std::optional<unix_seconds> began_at_;
  monotonic now_{};
  unix_seconds wall_ = 0;
  /// By topic as recorded; null: nobody listens.
  std::unordered_map<std::string, const inbound_listener*> topics_;
  virtual_time config_;
  caf::actor_system system_;
  caf::scheduler::test_coordinator& scheduler_;
  caf::scoped_actor asking_;
  connection_actor connection_;
  consensus_actor consensus_;
  decision_listener decisions_;
  trace_listener samples_;
};

engine::engine(const consensus_settings& settings, std::string topic_prefix, observer who)
  : parts_(std::make_unique<parts>(settings, std::move(topic_prefix), std::move(who))) {}

engine::~engine() = default;

bool engine::feed(recording::message& what) { return parts_->feed(what); }

std::vector<std::string> engine::filters() const { return parts_->filters(); }

tracker_figures engine::figures() { return parts_->figures(); }

} // namespace firefinder::replay
