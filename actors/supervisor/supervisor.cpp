#include "actors/supervisor/supervisor.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

constexpr timespan hold_deadline = std::chrono::milliseconds{100};
// Longer than consensus waits for the store.
constexpr timespan ready_deadline = std::chrono::seconds{6};

constexpr timespan figures_deadline = std::chrono::seconds{5};

// Questions in the span of the watchdog: two may fail before the third is too late.
constexpr int probes_in_span = 3;

// The connection answers at its deadline; this much later it is not going to.
constexpr timespan close_grace = std::chrono::milliseconds{200};

constexpr timespan store_deadline = std::chrono::milliseconds{200};

// Between two starts of a child that the alarm can do without and that always fails.
constexpr timespan long_pause = std::chrono::minutes{10};

// Whoever asked for a restart hears that it comes.
constexpr timespan restart_notice = std::chrono::milliseconds{200};

constexpr std::array names{"store",   "connection",       "consensus", "health",    "bridge",
                           "frigate", "camera_detection", "control",   "discovery", "web",
                           "drill"};

} // namespace

void supervisor_state::start(child which) {
  begin(which);
  introduce_web(which);
}

void supervisor_state::begin(child which) {
  const auto count = starts_[which]++;
  roll_call_.replaced(which);
  switch (which) {
  case store_child:
    store_ = children_.store(count);
    self_->monitor(*store_);
    if (consensus_)
      self_->send(*consensus_, attach_atom_v, *store_);
    if (health_)
      self_->send(*health_, attach_atom_v, *store_);
    if (camera_detection_)
      self_->send(*camera_detection_, attach_atom_v, *store_);
    if (control_)
      self_->send(*control_, attach_atom_v, *store_);
    if (discovery_)
      self_->send(*discovery_, attach_atom_v, *store_);
    if (drill_)
      self_->send(*drill_, attach_atom_v, *store_);
    return;
  case connection_child:
    connection_ = children_.connection(count);
    self_->monitor(*connection_);
    self_->send(*connection_, listen_atom_v, link_listener{supervisor_actor{self_}});
    introduce_connection();
    return;
  case consensus_child:
    consensus_ = children_.consensus(count);
    self_->monitor(*consensus_);
    if (store_)
      self_->send(*consensus_, attach_atom_v, *store_);
    introduce_connection();
    introduce_cameras();
    introduce_operators();
    return;
  case health_child:
    health_ = children_.health(count);
    self_->monitor(*health_);
    if (store_)
      self_->send(*health_, attach_atom_v, *store_);
    if (connection_ && consensus_)
      self_->send(*health_, attach_atom_v, *connection_, *consensus_);
    if (frigate_)
      self_->send(*health_, attach_atom_v, *frigate_);
    introduce_cameras();
    introduce_operators();
    introduce_drill();
    return;
  case bridge_child:
    bridge_ = children_.bridge(count);
    self_->monitor(*bridge_);
    if (connection_ && consensus_)
      self_->send(*bridge_, attach_atom_v, *connection_, *consensus_);
    self_->send(*bridge_, attach_atom_v, restarter{supervisor_actor{self_}});
    introduce_operators();
    introduce_drill();
    return;
  case frigate_child:
    frigate_ = children_.frigate(count);
    self_->monitor(*frigate_);
    if (health_)
      self_->send(*health_, attach_atom_v, *frigate_);
    if (connection_ && consensus_)
      self_->send(*frigate_, attach_atom_v, *connection_, *consensus_);
    introduce_cameras();
    return;
  case camera_detection_child:
    camera_detection_ = children_.camera_detection(count);
    self_->monitor(*camera_detection_);
    // Before the connection: the store's answer stands in front of the link.
    if (store_)
      self_->send(*camera_detection_, attach_atom_v, *store_);
    if (connection_)
      self_->send(*camera_detection_, attach_atom_v, *connection_);
    introduce_cameras();
    introduce_operators();
    return;
  case control_child:
    control_ = children_.control(count);
    self_->monitor(*control_);
    // Before consensus: what was decided stands in front of what consensus is told.
    if (store_)
      self_->send(*control_, attach_atom_v, *store_);
    introduce_operators();
    introduce_drill();
    return;
  case discovery_child:
    discovery_ = children_.discovery(count);
    self_->monitor(*discovery_);
    // Before the connection: the store's answer stands in front of the link.
    if (store_)
      self_->send(*discovery_, attach_atom_v, *store_);
    if (connection_)
      self_->send(*discovery_, attach_atom_v, *connection_);
    introduce_operators();
    return;
  case web_child:
    web_ = children_.web(count);
    self_->monitor(*web_);
    if (health_)
      self_->send(*health_, attach_atom_v, *web_);
    return;
  case drill_child:
    drill_ = children_.drill(count);
    self_->monitor(*drill_);
    // Before the connection: the store's answer stands in front of the link.
    if (store_)
      self_->send(*drill_, attach_atom_v, *store_);
    introduce_drill();
    return;
  case children_count:
    return;
  }
}

// Whoever asks by HTTP asks about all children.
void supervisor_state::introduce_web(child which) {
  if (!web_)
    return;
  if (which == health_child && health_)
    self_->send(*health_, attach_atom_v, *web_);
  const auto is_new = [which](child x) { return which == x || which == web_child; };
  const auto tell = [&](child x, const auto& handle) {
    if (is_new(x) && handle)
      self_->send(*web_, attach_atom_v, std::string{names[x]}, supervised_actor{*handle});
  };
  if (is_new(store_child) && store_)
    self_->send(*web_, attach_atom_v, *store_);
  if (is_new(connection_child) && connection_)
    self_->send(*web_, attach_atom_v, *connection_);
  if (is_new(consensus_child) && consensus_)
    self_->send(*web_, attach_atom_v, *consensus_);
  if (is_new(control_child) && control_)
    self_->send(*web_, attach_atom_v, *control_);
  if (is_new(drill_child) && drill_)
    self_->send(*drill_, listen_atom_v, drill_listener{*web_});
  tell(store_child, store_);
  tell(connection_child, connection_);
  tell(consensus_child, consensus_);
  tell(health_child, health_);
  tell(bridge_child, bridge_);
  tell(frigate_child, frigate_);
  tell(camera_detection_child, camera_detection_);
  tell(control_child, control_);
  tell(discovery_child, discovery_);
  tell(drill_child, drill_);
}

// Who hears of cameras, and whose word on what Frigate sees camera detection hears.
void supervisor_state::introduce_cameras() {
  if (!camera_detection_)
    return;
  if (consensus_) {
    self_->send(*camera_detection_, listen_atom_v, camera_listener{*consensus_});
    self_->send(*consensus_, listen_atom_v, frigate_watcher{*camera_detection_});
  }
  if (frigate_)
    self_->send(*camera_detection_, listen_atom_v, camera_listener{*frigate_});
  if (health_)
    self_->send(*health_, attach_atom_v, *camera_detection_);
}

// Who is to hear of what operators decide and of how the house stands, and who does what they
// want.
void supervisor_state::introduce_operators() {
  if (control_) {
    if (consensus_)
      self_->send(*control_, attach_atom_v, *consensus_);
    if (camera_detection_)
      self_->send(*control_, attach_atom_v, *camera_detection_);
    if (discovery_)
      self_->send(*control_, listen_atom_v, control_listener{*discovery_});
    if (bridge_)
      self_->send(*bridge_, attach_atom_v, *control_);
  }
  if (discovery_) {
    if (consensus_) {
      self_->send(*consensus_, listen_atom_v, house_listener{*discovery_});
      self_->send(*consensus_, listen_atom_v, sight_listener{*discovery_});
      self_->send(*consensus_, listen_atom_v, decision_listener{*discovery_});
    }
    if (camera_detection_)
      self_->send(*camera_detection_, listen_atom_v, camera_listener{*discovery_});
    if (health_)
      self_->send(*health_, attach_atom_v, *discovery_);
    if (bridge_)
      self_->send(*bridge_, attach_atom_v, *discovery_);
  }
  if (bridge_) {
    if (camera_detection_)
      self_->send(*bridge_, attach_atom_v, *camera_detection_);
    if (health_)
      self_->send(*bridge_, attach_atom_v, *health_);
  }
}

// Who plays exercises over whom, and who tells of them.
void supervisor_state::introduce_drill() {
  if (!drill_)
    return;
  if (control_)
    self_->send(*drill_, attach_atom_v, *control_);
  if (connection_ && consensus_)
    self_->send(*drill_, attach_atom_v, *connection_, *consensus_);
  if (health_)
    self_->send(*health_, attach_atom_v, *drill_);
  if (bridge_)
    self_->send(*bridge_, attach_atom_v, *drill_);
}

void supervisor_state::introduce_connection() {
  if (connection_ && discovery_)
    self_->send(*discovery_, attach_atom_v, *connection_);
  if (connection_ && camera_detection_)
    self_->send(*camera_detection_, attach_atom_v, *connection_);
  if (!connection_ || !consensus_)
    return;
  self_->send(*consensus_, attach_atom_v, *connection_);
  if (health_)
    self_->send(*health_, attach_atom_v, *connection_, *consensus_);
  if (frigate_)
    self_->send(*frigate_, attach_atom_v, *connection_, *consensus_);
  if (bridge_)
    self_->send(*bridge_, attach_atom_v, *connection_, *consensus_);
  introduce_drill();
  open_when_listening();
}

void supervisor_state::open_when_listening() {
  // When consensus answers, its subscriptions and what it still has to deliver stand in
  // the connection's mailbox in front of what follows: no detection can come before
  // someone listens, and no alarm be sent again beside what the client remembers of it.
  const auto open = [this] {
    if (!connection_ || stopping_)
      return;
    self_->send(*connection_, open_atom_v);
    if (!std::exchange(ready_, true))
      outside_.ready();
  };
  self_->request(*consensus_, ready_deadline, ready_atom_v)
      .then([open](done_atom) { open(); },
            [this, open, asked = consensus_->address()](const caf::error& why) {
              // One that died is replaced, and the new one asked. Of one that died with the
              // question only the deadline tells.
              if (why != caf::sec::request_receiver_down && consensus_
                  && consensus_->address() == asked)
                open();
            });
}

template <class Actor>
bool supervisor_state::lost(std::optional<Actor>& handle, const caf::actor_addr& who) {
  if (!handle || handle->address() != who)
    return false;
  handle.reset();
  return true;
}

void supervisor_state::on_down(const caf::down_msg& down) {
  child which{};
  if (lost(store_, down.source))
    which = store_child;
  else if (lost(connection_, down.source))
    which = connection_child;
  else if (lost(consensus_, down.source))
    which = consensus_child;
  else if (lost(health_, down.source))
    which = health_child;
  else if (lost(frigate_, down.source))
    which = frigate_child;
  else if (lost(bridge_, down.source))
    which = bridge_child;
  else if (lost(camera_detection_, down.source))
    which = camera_detection_child;
  else if (lost(control_, down.source))
    which = control_child;
  else if (lost(discovery_, down.source))
    which = discovery_child;
  else if (lost(web_, down.source))
    which = web_child;
  else if (lost(drill_, down.source))
    which = drill_child;
  else
    return;
  if (stopping_)
    return;
  const auto moment = self_->clock().now().time_since_epoch();
  const auto spare = spare_budgets_.find(which);
  auto pause = spare != spare_budgets_.end() ? spare->second.spend(moment) : budget_->spend(moment);
  // An alarm needs nobody who looks for cameras, announces or takes orders: what always fails
  // there must not end it.
  if (!pause && spare != spare_budgets_.end())
    pause = long_pause;
  if (!pause) {
    FF_LOG("supervisor", critical, "{} ended ({}), and too much did lately: giving up",
           names[which], self_->system().render(down.reason));
    failed_ = true;
    stop();
    return;
  }
  FF_LOG("supervisor", error, "{} ended ({}); starting it again in {:.1f} s", names[which],
         self_->system().render(down.reason), to_seconds(*pause));
  self_->delayed_send(self_, *pause, restart_tick{which});
}

void supervisor_state::on_restart(const restart_tick& tick) {
  if (!stopping_)
    start(static_cast<child>(tick.child));
}

// -- is everybody alive? -----------------------------------------------------------------

void supervisor_state::probe_all() {
  if (stopping_)
    return;
  const auto period = settings_.watchdog / probes_in_span;
  self_->delayed_send(self_, period, probe_atom_v);
  roll_call_.begin();
  probe(store_child, store_);
  probe(connection_child, connection_);
  probe(consensus_child, consensus_);
  probe(health_child, health_);
  probe(frigate_child, frigate_);
  probe(bridge_child, bridge_);
  probe(camera_detection_child, camera_detection_);
  probe(control_child, control_);
  probe(discovery_child, discovery_);
  probe(web_child, web_);
  probe(drill_child, drill_);
  // Asked anew, because the reason of an outage changes without a word to listeners.
  if (connection_)
    self_->send(*connection_, listen_atom_v, link_listener{supervisor_actor{self_}});
  if (consensus_)
    self_->request(*consensus_, figures_deadline, figures_atom_v)
        .then(
            [this](const consensus_figures& figures) {
              const auto& cameras = figures.cameras;
              condition_.cameras_online = static_cast<std::size_t>(std::count_if(
                  cameras.begin(), cameras.end(), [](const auto& c) { return c.second.online; }));
              tell_status();
            },
            [](const caf::error&) {});
}

template <class Actor>
void supervisor_state::probe(child which, const std::optional<Actor>& handle) {
  // A dead one is being replaced: that is the budget's concern.
  if (!handle)
    return;
  roll_call_.ask(which);
  // Overtakes what waits in the mailbox: who has much to do is not stuck. That a dead
  // one no longer answers says nothing of its successor.
  const auto still_there
      = [&handle, asked = handle->address()] { return handle && handle->address() == asked; };
  // With std::chrono's type CAF 0.17 forgets the priority.
  const caf::duration limit{settings_.watchdog / probes_in_span};
  self_->request<caf::message_priority::high>(*handle, limit, ping_atom_v)
      .then([this, which](done_atom) { on_alive(which); },
            [this, which, still_there](const caf::error& fault) {
              if (still_there())
                on_silent(which, fault);
            });
}

void supervisor_state::on_alive(child which) {
  if (roll_call_.answered(which))
    FF_LOG("supervisor", info, "{} answers again", names[which]);
  if (roll_call_.complete() && !stopping_)
    outside_.alive();
}

void supervisor_state::on_silent(child which, const caf::error& fault) {
  if (!stopping_ && roll_call_.missed(which))
    FF_LOG("supervisor", critical,
           "{} is stuck: no answer for {:.1f} s ({}). After {:.0f} s without one the service "
           "manager, if there is any, starts the process anew",
           names[which], to_seconds(settings_.watchdog / probes_in_span),
           self_->system().render(fault), to_seconds(settings_.watchdog));
}

void supervisor_state::tell_status() {
  if (!stopping_)
    outside_.status(condition_);
}

// -- the stop: intake, decisions, health, broker, store, end ----------------------------------

caf::result<done_atom> supervisor_state::restart() {
  if (stopping_)
    return caf::make_error(caf::sec::invalid_argument, "the daemon is stopping already");
  if (const auto could = outside_.may_restart(); !could)
    return caf::make_error(caf::sec::invalid_argument,
                           "the daemon goes on as it is, because it could not start again: "
                               + could.why());
  restarting_ = true;
  self_->delayed_send(self_, restart_notice, stop_atom_v);
  return done_atom_v;
}

void supervisor_state::stop() {
  if (stopping_)
    return;
  stopping_ = true;
  FF_LOG("supervisor", info, "stopping{}", restarting_ ? ", to start again" : "");
  if (restarting_ && !failed_)
    outside_.restarting();
  else
    outside_.stopping();
  // Nobody waits for it, and whoever reads a stream must not be waited for.
  if (web_)
    self_->send_exit(*web_, caf::exit_reason::user_shutdown);
  if (!connection_) {
    drain();
    return;
  }
  self_->request(*connection_, hold_deadline, hold_atom_v)
      .then([this](done_atom) { drain(); }, [this](const caf::error&) { drain(); });
}

void supervisor_state::drain() {
  if (!consensus_) {
    close();
    return;
  }
  self_->request(*consensus_, settings_.drain_deadline, drain_atom_v)
      .then([this](done_atom) { close(); },
            [this](const caf::error&) {
              FF_LOG("supervisor", warning,
                     "not all detections could be looked at before the stop");
              close();
            });
}

void supervisor_state::close() {
  if (health_)
    self_->send_exit(*health_, caf::exit_reason::user_shutdown);
  if (frigate_)
    self_->send_exit(*frigate_, caf::exit_reason::user_shutdown);
  if (bridge_)
    self_->send_exit(*bridge_, caf::exit_reason::user_shutdown);
  if (camera_detection_)
    self_->send_exit(*camera_detection_, caf::exit_reason::user_shutdown);
  if (discovery_)
    self_->send_exit(*discovery_, caf::exit_reason::user_shutdown);
  if (control_)
    self_->send_exit(*control_, caf::exit_reason::user_shutdown);
  if (drill_)
    self_->send_exit(*drill_, caf::exit_reason::user_shutdown);
  if (!connection_) {
    close_store();
    return;
  }
  self_
      ->request(*connection_, settings_.close_deadline + close_grace, close_atom_v,
                settings_.close_deadline)
      .then([this](done_atom) { close_store(); },
            [this](const caf::error&) {
              FF_LOG("supervisor", warning, "the connection did not end in time");
              close_store();
            });
}

void supervisor_state::close_store() {
  // The connection's last acknowledgements stand in consensus' mailbox, and the last
  // detections in those of its trackers; when it answers, what they made of them stands
  // in the store's.
  if (consensus_)
    self_->request(*consensus_, store_deadline, drain_atom_v)
        .then([this](done_atom) { end_store(); }, [this](const caf::error&) { end_store(); });
  else
    end_store();
}

void supervisor_state::end_store() {
  if (!store_) {
    finish();
    return;
  }
  self_->request(*store_, store_deadline, close_atom_v)
      .then([this](done_atom) { finish(); },
            [this](const caf::error&) {
              FF_LOG("supervisor", warning, "the store did not end in time");
              finish();
            });
}

void supervisor_state::finish() {
  if (consensus_)
    self_->send_exit(*consensus_, caf::exit_reason::user_shutdown);
  if (connection_)
    self_->send_exit(*connection_, caf::exit_reason::kill);
  if (store_)
    self_->send_exit(*store_, caf::exit_reason::kill);
  if (failed_)
    self_->quit(caf::make_error(caf::sec::runtime_error, "too many restarts"));
  else
    self_->quit();
}

supervisor_actor::behavior_type supervisor_state::make_behavior(const supervisor_settings& settings,
                                                                spawners children,
                                                                outside_world outside) {
  report_exceptions(self_);
  settings_ = settings;
  children_ = std::move(children);
  outside_ = std::move(outside);
  budget_.emplace(settings);
  for (const auto which : {bridge_child, camera_detection_child, control_child, discovery_child,
                           web_child, drill_child})
    spare_budgets_.emplace(which, settings);
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  start(store_child);
  start(connection_child);
  start(consensus_child);
  if (children_.control)
    start(control_child);
  start(health_child);
  start(bridge_child);
  if (children_.frigate)
    start(frigate_child);
  if (children_.camera_detection)
    start(camera_detection_child);
  if (children_.discovery)
    start(discovery_child);
  if (children_.web)
    start(web_child);
  if (children_.drill)
    start(drill_child);
  if (settings_.watchdog > timespan{0})
    self_->delayed_send(self_, settings_.watchdog / probes_in_span, probe_atom_v);
  return {
      [this](stop_atom) { stop(); },
      [this](const restart_tick& tick) { on_restart(tick); },
      [this](probe_atom) { probe_all(); },
      [this](restart_atom) { return restart(); },
      [this](const link_up&) {
        condition_.link_up = true;
        tell_status();
      },
      [this](const link_down& link) {
        condition_.link_up = false;
        condition_.down_reason = link.reason;
        tell_status();
      },
  };
}

supervisor_actor::behavior_type
supervisor(supervisor_actor::stateful_pointer<supervisor_state> self, supervisor_settings settings,
           spawners children, outside_world outside) {
  return self->state.make_behavior(settings, std::move(children), std::move(outside));
}

} // namespace firefinder
