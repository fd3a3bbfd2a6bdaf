#include "actors/health/health.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// Shorter than the shortest interval, so that reports do not overtake each other.
constexpr timespan figures_deadline = std::chrono::seconds{2};

} // namespace

void health_state::begin(std::size_t report) {
  if (generation_ == 0 || !connection_ || !consensus_)
    return;
  const auto number = ++last_draft_;
  auto& d = drafts_[number];
  d.report = report;
  d.generation = generation_;
  const auto kind = settings_.reports[report].kind;
  const bool asks_for_cameras = cameras_ && kind != report_kind::consensus;
  const bool asks_frigate = frigate_ && kind != report_kind::consensus;
  const bool asks_discovery = discovery_ && kind == report_kind::bridge;
  const bool asks_drill = drill_ && kind != report_kind::camera_detector;
  d.missing = 3 + (store_ ? 1 : 0) + (asks_for_cameras ? 1 : 0) + (asks_frigate ? 1 : 0)
              + (asks_discovery ? 1 : 0) + (asks_drill ? 1 : 0) + (web_ ? 1 : 0);
  d.facts.has_store = store_.has_value();
  d.facts.has_camera_detection = cameras_.has_value();
  ask(*connection_, number, &report_facts::link);
  ask_consensus(number);
  ask(*probe_, number, &report_facts::resources);
  if (store_)
    ask(*store_, number, &report_facts::store);
  if (asks_for_cameras)
    ask(*cameras_, number, &report_facts::cameras);
  if (asks_frigate)
    ask(*frigate_, number, &report_facts::frigate);
  if (asks_discovery)
    ask(*discovery_, number, &report_facts::discovery);
  if (web_)
    ask(*web_, number, &report_facts::web);
  if (asks_drill)
    ask(*drill_, number, &report_facts::drill);
}

template <class Actor, class Member>
void health_state::ask(const Actor& whom, std::uint64_t number, Member member) {
  using figures = typename std::decay_t<decltype(std::declval<report_facts>().*member)>::value_type;
  self_->request(whom, figures_deadline, figures_atom_v)
      .then(
          [this, number, member](figures& answer) {
            if (const auto found = drafts_.find(number); found != drafts_.end())
              found->second.facts.*member = std::move(answer);
            arrived(number);
          },
          [this, number](const caf::error&) {
            if (const auto found = drafts_.find(number); found != drafts_.end())
              found->second.facts.all_answered = false;
            arrived(number);
          });
}

// Reports that are due together share its answer, which may tell of thousands of cameras.
void health_state::ask_consensus(std::uint64_t number) {
  waiting_for_consensus_.push_back(number);
  if (waiting_for_consensus_.size() > 1)
    return;
  const auto asked = ++asked_consensus_;
  self_->request(*consensus_, figures_deadline, figures_atom_v)
      .then(
          [this, asked](consensus_figures& answer) {
            if (asked == asked_consensus_)
              take(answer);
          },
          [this, asked](const caf::error&) {
            if (asked == asked_consensus_)
              go_without_consensus();
          });
}

void health_state::take(consensus_figures& answer) {
  auto seen = std::exchange(answer.trackers.cameras, {});
  auto watched = std::exchange(answer.cameras, {});
  const auto waiting = std::exchange(waiting_for_consensus_, {});
  // Only reports of this kind tell of each camera.
  const auto lists = [this](std::uint64_t number) {
    const auto found = drafts_.find(number);
    return found != drafts_.end()
           && settings_.reports[found->second.report].kind == report_kind::consensus;
  };
  const auto last = std::find_if(waiting.rbegin(), waiting.rend(), lists);
  for (const auto number : waiting) {
    if (const auto found = drafts_.find(number); found != drafts_.end()) {
      auto& figures = found->second.facts.consensus.emplace(answer);
      if (last != waiting.rend() && number == *last) {
        figures.trackers.cameras = std::move(seen);
        figures.cameras = std::move(watched);
      } else if (lists(number)) {
        figures.trackers.cameras = seen;
        figures.cameras = watched;
      }
    }
    arrived(number);
  }
}

void health_state::go_without_consensus() {
  for (const auto number : std::exchange(waiting_for_consensus_, {})) {
    if (const auto found = drafts_.find(number); found != drafts_.end())
      found->second.facts.all_answered = false;
    arrived(number);
  }
}

void health_state::arrived(std::uint64_t number) {
  const auto found = drafts_.find(number);
  if (found == drafts_.end() || --found->second.missing != 0)
    return;
  auto d = std::move(found->second);
  drafts_.erase(found);
  // A report that was begun in an earlier link dies with it.
  if (d.generation != generation_)
    return;
  d.facts.now = wall_();
  d.facts.uptime_s = to_seconds(self_->clock().now().time_since_epoch() - started_);
  d.facts.pid = static_cast<int>(getpid());
  d.facts.connected = true;
  const auto& report = settings_.reports[d.report];
  auto& noticed = noticed_[d.report];
  note_problems(report, d.facts, noticed);
  d.facts.noticed = noticed;
  publication what;
  what.topic = report.topic;
  what.payload = report_payload(report, settings_, d.facts);
  what.retain = report.kind != report_kind::bridge;
  self_->send(*connection_, std::move(what));
}

void health_state::on_tick(const health_tick& tick) {
  if (tick.generation != generation_ || tick.service >= settings_.reports.size())
    return;
  begin(tick.service);
  self_->delayed_send(self_, settings_.reports[tick.service].interval, tick);
}

health_actor::behavior_type
health_state::make_behavior(health_settings settings, resource_probe_actor probe, wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  probe_ = std::move(probe);
  wall_ = std::move(wall);
  started_ = self_->clock().now().time_since_epoch();
  return {
      [this](attach_atom, const connection_actor& connection, const consensus_actor& consensus) {
        const bool same = connection_ && *connection_ == connection;
        connection_ = connection;
        // Whoever was asked before does not answer for this one.
        if (std::exchange(consensus_, consensus) != consensus) {
          ++asked_consensus_;
          go_without_consensus();
        }
        if (same)
          return;
        generation_ = 0;
        self_->send(connection, listen_atom_v, link_listener{health_actor{self_}});
      },
      [this](attach_atom, const store_actor& store) { store_ = store; },
      [this](attach_atom, const frigate_actor& frigate) { frigate_ = frigate; },
      [this](attach_atom, const discovery_actor& discovery) { discovery_ = discovery; },
      [this](attach_atom, const drill_actor& drill) { drill_ = drill; },
      [this](attach_atom, const camera_detection_actor& cameras) { cameras_ = cameras; },
      [this](attach_atom, const web_actor& web) { web_ = web; },
      [this](report_atom) {
        for (std::size_t i = 0; i < settings_.reports.size(); ++i)
          begin(i);
      },
      [this](const health_tick& tick) { on_tick(tick); },
      [this](const link_up& link) {
        if (link.generation == generation_)
          return;
        generation_ = link.generation;
        for (std::uint32_t i = 0; i < settings_.reports.size(); ++i)
          on_tick({generation_, i});
      },
      [this](const link_down&) { generation_ = 0; },
      [](ping_atom) { return done_atom_v; },
  };
}

health_actor::behavior_type health(health_actor::stateful_pointer<health_state> self,
                                   health_settings settings, resource_probe_actor probe,
                                   wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(probe), std::move(wall));
}

} // namespace firefinder
