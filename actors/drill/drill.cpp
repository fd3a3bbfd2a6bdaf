#include "actors/drill/drill.hpp"

#include "actors/drill/stage.hpp"
#include "messages/error_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"
#include "messages/topics.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

constexpr std::string_view detection_topic = "fire/detection/";
constexpr const char* memory_key = "last";
constexpr const char* topic_key = "topic";

// To tell what an earlier process knew, and to write down what came of one.
constexpr timespan load_deadline = std::chrono::seconds{5};
constexpr timespan write_deadline = std::chrono::seconds{5};

// Requests within an exercise end with it.
constexpr timespan beyond_limit = std::chrono::seconds{1};

caf::error refusal_of(std::string why) {
  return caf::make_error(caf::sec::invalid_argument, std::move(why));
}

} // namespace

drill_state::~drill_state() {
  if (run_)
    strike(*run_);
}

// -- with whom ------------------------------------------------------------------------------

void drill_state::attach(const connection_actor& connection, const consensus_actor& consensus) {
  if (!consensus_ || *consensus_ != consensus) {
    consensus_ = consensus;
    tell_problems();
  }
  if (connection_ && *connection_ == connection)
    return;
  connection_ = connection;
  on_link_down({0, "it is started anew"});
  self_->send(connection, listen_atom_v, link_listener{drill_actor{self_}});
}

void drill_state::attach(const store_actor& store) {
  store_ = store;
  if (restored_) {
    keep();
    return;
  }
  self_->request(store, load_deadline, load_atom_v, record_kind::drill)
      .then([this](const std::vector<store_record>& records) { take_up(records); },
            [this](const caf::error& why) {
              FF_LOG("drill", warning, "the store does not tell of earlier drills: {}",
                     words_of(why));
            });
}

void drill_state::take_up(const std::vector<store_record>& records) {
  if (std::exchange(restored_, true))
    return;
  for (const auto& x : records)
    if (x.key == memory_key && !memory_.last)
      memory_ = memory_from(x.value).value_or(drill_memory{});
    else if (x.key == topic_key)
      state_topic_ = x.value;
    else if (x.key == drill_trigger_key && !run_)
      // Of one that its process did not outlive.
      self_->request(*store_, write_deadline, store_record{x.kind, x.key, {}})
          .then([](done_atom) {}, [](const caf::error&) {});
  tell_problems();
  publish_state();
  tell_listeners();
  arm_next();
}

void drill_state::on_link_up(const link_up& link) {
  if (link.generation == generation_)
    return;
  generation_ = link.generation;
  clear_former_state();
  arm_next();
}

void drill_state::on_link_down(const link_down& link) {
  generation_ = 0;
  publish_state();
  arm_next();
  if (!run_)
    return;
  // It goes out with the next link, or expires.
  if (run_->live_witness)
    return;
  if (run_->progress.is_scheduled()) {
    // That the link is down is told by others, and the exercise is made up for.
    strike(*run_);
    run_.reset();
    return;
  }
  fail("the connection to the broker was lost: " + link.reason);
}

// -- the beginning --------------------------------------------------------------------------

drill_state::asker drill_state::on_order(const drill_order& order) {
  auto promise = self_->make_response_promise<drill_report>();
  if (order.live && !settings_.allow_live)
    promise.deliver(refusal_of("live drills are switched off at this daemon: set drill.allow_live "
                               "(DRILL_ALLOW_LIVE) there for as long as you need it"));
  else if (order.live && order.confirmed != live_confirmation)
    promise.deliver(refusal_of(fmt::format(
        "a live drill starts pumps and sirens: it needs \"confirm\": \"{}\"", live_confirmation)));
  else if (run_)
    promise.deliver(refusal_of("a drill is under way already; wait for its end"));
  else
    begin(order, false, promise);
  return promise;
}

void drill_state::begin(const drill_order& order, bool scheduled, std::optional<asker> who) {
  const auto limit = order.limit > timespan{0} ? order.limit : settings_.limit;
  run_.emplace(run{++runs_,
                   {means_.new_id(), order, scheduled, settings_.base_topic, now(), means_.wall()},
                   limit,
                   std::move(who)});
  // Nothing of these was tried, so they say nothing of what would have become of it.
  const auto cannot = [this](const char* why) {
    auto gone = std::exchange(run_, std::nullopt);
    if (gone->who)
      gone->who->deliver(gone->progress.failed(why, now()));
  };
  if (!settings_.decides) {
    cannot("this daemon does not decide: consensus is not among its services. Ask the one that "
           "does");
    return;
  }
  if (generation_ == 0 || !connection_ || !consensus_) {
    cannot("there is no connection to the broker");
    return;
  }
  next_at_ = 0;
  next_tick_ = 0;
  self_->delayed_send(self_, limit, drill_tick{limit_tick_ = ++last_tick_});
  ask_consensus();
}

// Also to see that it answers, with all its trackers.
void drill_state::ask_consensus() {
  const auto number = run_->number;
  self_->request(*consensus_, run_->limit + beyond_limit, figures_atom_v)
      .then(
          [this, number](const consensus_figures& figures) {
            if (!is_current(number))
              return;
            const auto& cameras = figures.trackers.cameras;
            const bool busy = figures.triggers_pending != 0
                              || std::any_of(cameras.begin(), cameras.end(),
                                             [](const auto& x) { return x.second.agrees; });
            if (busy && run_->progress.is_scheduled()) {
              run_.reset();
              arm_next(put_off);
              return;
            }
            run_->tuning = settings_.tuning;
            run_->tuning.threshold = figures.threshold;
            run_->progress.take_part(std::max(1U, figures.threshold));
            ask_control();
          },
          [this, number](const caf::error& why) {
            if (is_current(number))
              fail("the consensus of this daemon does not answer: " + words_of(why));
          });
}

void drill_state::ask_control() {
  const auto number = run_->number;
  if (!control_) {
    ask_connection();
    return;
  }
  self_->request(*control_, run_->limit + beyond_limit, figures_atom_v)
      .then(
          [this, number](const control_state& state) {
            if (!is_current(number))
              return;
            const auto threshold = run_->tuning.threshold;
            run_->tuning = state.tuning;
            run_->tuning.threshold = threshold;
            if (!state.tuning.armed)
              run_->progress.warn("triggers are switched off: a real fire would not be told");
            ask_connection();
          },
          [this, number](const caf::error& why) {
            if (is_current(number))
              fail("the control of this daemon does not answer: " + words_of(why));
          });
}

void drill_state::ask_connection() {
  const auto number = run_->number;
  self_->request(*connection_, run_->limit + beyond_limit, figures_atom_v)
      .then(
          [this, number](const link_figures& figures) {
            if (!is_current(number))
              return;
            for (const auto& filter : figures.refused_filters)
              if (filter.starts_with("fire/detection"))
                run_->progress.warn(fmt::format(
                    "the broker refuses our subscription to {}: a real detection on it would not "
                    "be heard",
                    filter));
            set_stage();
          },
          [this, number](const caf::error& why) {
            if (is_current(number))
              fail("the connection of this daemon does not answer: " + words_of(why));
          });
}

void drill_state::set_stage() {
  auto& r = *run_;
  r.plan = plan_of(settings_.rules);
  if (!r.plan.impossible.empty()) {
    fail(drill_step::asked, r.plan.impossible);
    return;
  }
  if (!settings_.remembers || !store_) {
    r.progress.skip(drill_step::stored);
    r.progress.warn("without a store.path nothing is written down: a restart forgets a trigger "
                    "that waits");
  }
  // What an operator has switched off or added are not its cameras.
  r.tuning.armed = true;
  r.tuning.muted.clear();
  r.tuning.unmuted.clear();
  r.tuning.added.clear();
  const drill_event_listener us{drill_actor{self_}};
  r.stage_link = self_->spawn(stage_connection, r.number, us);
  r.consensus = means_.make_consensus();
  self_->monitor(*r.consensus);
  self_->send(*r.consensus, listen_atom_v, decision_listener{drill_actor{self_}});
  self_->send(*r.consensus, r.tuning);
  if (store_ && settings_.remembers) {
    r.stage_store = self_->spawn(stage_store, r.number, us, *store_);
    self_->send(*r.consensus, attach_atom_v, *r.stage_store);
  }
  self_->send(*r.consensus, attach_atom_v, *r.stage_link);
  for (const auto& [filter, qos] :
       {std::pair{topic("detection/+"), at_least_once}, std::pair{topic("trigger"), exactly_once}})
    self_->send(*connection_, listen_atom_v, filter, qos,
                std::vector<inbound_listener>{inbound_listener{drill_actor{self_}}});
  const auto number = r.number;
  self_->request(*r.consensus, r.limit + beyond_limit, ready_atom_v)
      .then(
          [this, number](done_atom) {
            if (!is_current(number))
              return;
            run_->began = now();
            run_->began_wall = means_.wall();
            run_->progress.mark(drill_step::asked, now());
            show_frame();
          },
          [this, number](const caf::error& why) {
            if (is_current(number))
              fail("the consensus of the drill does not answer: " + words_of(why));
          });
}

// -- the fire -------------------------------------------------------------------------------

// Each frame when the broker has taken the one before: of a topic it is told one value at a time.
void drill_state::show_frame() {
  auto& r = *run_;
  r.untaken = r.progress.cameras();
  const auto payload
      = detection_payload(r.plan, r.frame, settings_.rules, r.progress.id(), r.began_wall);
  for (std::uint32_t i = 1; i <= r.progress.cameras(); ++i) {
    publication what;
    what.topic = topic("detection/") + camera_name(i);
    what.payload = payload;
    what.qos = at_least_once;
    what.outdated_after = std::chrono::ceil<std::chrono::seconds>(r.limit);
    r.expected.expect(what.topic, what.payload);
    self_->request(*connection_, r.limit + beyond_limit, publish_atom_v, std::move(what))
        .then(
            [this, number = r.number](done_atom) {
              if (is_current(number))
                frame_taken();
            },
            [this, number = r.number](const caf::error& why) {
              if (is_current(number))
                fail(drill_step::published,
                     fmt::format("the broker did not take a detection on {}: {}",
                                 topic("detection/+"), words_of(why)));
            });
  }
}

void drill_state::frame_taken() {
  auto& r = *run_;
  r.progress.mark(drill_step::published, now());
  if (--r.untaken != 0 || ++r.frame >= r.plan.areas.size() || r.progress.has(drill_step::decided))
    return;
  const auto wait = r.began + r.plan.due(r.frame) - now();
  if (wait > timespan{0})
    self_->delayed_send(self_, wait, drill_tick{frame_tick_ = ++last_tick_});
  else
    show_frame();
}

void drill_state::on_inbound(const inbound& message) {
  // Whatever else is said on these topics.
  if (!run_ || !run_->expected.recognise(message))
    return;
  auto& r = *run_;
  if (message.topic == topic("trigger")) {
    r.progress.mark(drill_step::returned, now());
    go_on();
    return;
  }
  r.progress.mark(drill_step::heard, now());
  auto heard = message;
  heard.topic.replace(0, topic("detection/").size(), detection_topic);
  self_->send(*r.stage_link, std::move(heard));
}

void drill_state::on_decision(const decision_record& decision) {
  if (!run_ || !run_->consensus
      || self_->current_sender() != caf::actor_cast<caf::strong_actor_ptr>(*run_->consensus))
    return;
  auto& r = *run_;
  if (decision.agreeing >= r.progress.cameras())
    r.progress.mark(drill_step::verified, now());
  std::string standing = fmt::format("{} of {} agree", decision.agreeing, r.progress.cameras());
  for (const auto& [camera, x] : decision.cameras)
    if (!x.agrees) {
      standing += fmt::format(", {} is {}", camera, to_string(x.reason));
      break;
    }
  r.progress.note(std::move(standing));
}

// -- the trigger ----------------------------------------------------------------------------

void drill_state::on_event(const drill_event& event) {
  if (!is_current(event.number))
    return;
  auto& r = *run_;
  switch (event.what) {
  case drill_event::kind::decided:
    r.progress.mark(drill_step::verified, now());
    r.progress.mark(drill_step::decided, now());
    return;
  case drill_event::kind::stored:
    check_store();
    return;
  case drill_event::kind::not_stored:
    fail(drill_step::stored, "the store does not write the trigger: " + event.reason);
    return;
  case drill_event::kind::triggered:
    r.progress.mark(drill_step::verified, now());
    r.progress.mark(drill_step::decided, now());
    publish_trigger(event.trigger);
    return;
  }
}

// A store that cannot have its file takes everything, and remembers nothing.
void drill_state::check_store() {
  const auto number = run_->number;
  const auto taken = now();
  self_->request(*store_, run_->limit + beyond_limit, figures_atom_v)
      .then(
          [this, number, taken](const store_figures& figures) {
            if (!is_current(number))
              return;
            if (!figures.problem.empty()) {
              fail(drill_step::stored, "the store cannot write: " + figures.problem);
              return;
            }
            run_->progress.mark(drill_step::stored, taken);
            go_on();
          },
          [this, number](const caf::error& why) {
            if (is_current(number))
              fail(drill_step::stored, "the store does not answer: " + words_of(why));
          });
}

// Bound to this link, and not `durable`: a durable one that is not acknowledged in time makes the
// connection give up its session, which no exercise is worth.
void drill_state::publish_trigger(const publication& what) {
  auto& r = *run_;
  if (!r.trigger.empty())
    return;
  r.trigger = what.payload;
  publication marked;
  marked.topic = topic("trigger");
  marked.payload = marked_trigger(r.trigger, r.progress.id(), false);
  marked.qos = exactly_once;
  marked.outdated_after = std::chrono::ceil<std::chrono::seconds>(r.limit);
  r.expected.expect(marked.topic, marked.payload);
  self_->request(*connection_, r.limit + beyond_limit, publish_atom_v, std::move(marked))
      .then(
          [this, number = r.number](done_atom) {
            if (!is_current(number))
              return;
            run_->progress.mark(drill_step::acknowledged, now());
            go_on();
          },
          [this, number = r.number](const caf::error& why) {
            if (is_current(number))
              fail(drill_step::acknowledged, fmt::format("the broker did not take the trigger on "
                                                         "{}: {}",
                                                         topic("trigger"), words_of(why)));
          });
}

// Last, so that pumps start by nothing that has failed before.
void drill_state::publish_live() {
  auto& r = *run_;
  FF_LOG("drill", critical, "LIVE DRILL {}: its trigger is published on {}", r.progress.id(),
         trigger_topic);
  publication what;
  what.topic = trigger_topic;
  what.payload = marked_trigger(r.trigger, r.progress.id(), true);
  what.qos = exactly_once;
  // Like an alarm: when its time is over, nothing of it may start a pump, whatever the broker or
  // we had of it. That may cost the session, which nothing less is worth.
  what.how = delivery::durable;
  what.id = "drill/" + r.progress.id();
  what.expires = now() + r.limit;
  r.live_witness = self_->spawn<caf::linked>(live_witness, *connection_);
  self_->request(*r.live_witness, r.limit + beyond_limit, std::move(what))
      .then(
          [this, number = r.number](done_atom) {
            if (!is_current(number))
              return;
            run_->progress.mark(drill_step::live, now());
            go_on();
          },
          [this, number = r.number](const caf::error& why) {
            if (is_current(number))
              fail(drill_step::live,
                   fmt::format("the broker did not take {}: {}", trigger_topic, words_of(why)));
          });
}

void drill_state::go_on() {
  auto& r = *run_;
  if (r.progress.is_live() && !r.live_witness && r.progress.next() == drill_step::live)
    publish_live();
  else if (r.progress.is_complete())
    finish(r.progress.passed(now()));
}

void drill_state::on_tick(const drill_tick& tick) {
  if (tick.number == next_tick_) {
    next_tick_ = 0;
    next_at_ = 0;
    if (!run_)
      begin({}, true, std::nullopt);
  } else if (run_ && tick.number == limit_tick_ && !run_->live_witness) {
    finish(run_->progress.overdue(run_->limit, now()));
  } else if (run_ && tick.number == frame_tick_ && !run_->progress.has(drill_step::decided)) {
    show_frame();
  }
}

// -- the end --------------------------------------------------------------------------------

void drill_state::fail(std::string reason) {
  finish(run_->progress.failed(std::move(reason), now()));
}

void drill_state::fail(drill_step step, std::string reason) {
  finish(run_->progress.failed(step, std::move(reason), now()));
}

void drill_state::finish(const drill_report& report) {
  auto done = *std::exchange(run_, std::nullopt);
  strike(done);
  if (report.passed)
    FF_LOG("drill", info, "drill {} {}", report.id, report.text);
  else
    FF_LOG("drill", error, "drill {} {}", report.id, report.text);
  for (const auto& x : report.warnings)
    FF_LOG("drill", warning, "drill {}: {}", report.id, x);
  memory_.add(report);
  keep();
  tell_problems();
  publish_state();
  tell_listeners();
  if (done.who)
    done.who->deliver(report);
  arm_next();
}

// Takes the stage down.
void drill_state::strike(run& what) {
  limit_tick_ = frame_tick_ = 0;
  if (!what.consensus)
    return;
  if (connection_)
    for (const auto* below : {"detection/+", "trigger"})
      caf::anon_send(*connection_, leave_atom_v, topic(below));
  caf::anon_send_exit(*what.consensus, caf::exit_reason::kill);
  caf::anon_send_exit(*what.stage_link, caf::exit_reason::kill);
  if (!what.stage_store)
    return;
  caf::anon_send_exit(*what.stage_store, caf::exit_reason::kill);
  if (store_)
    caf::anon_send(*store_, store_record{record_kind::drill, drill_trigger_key, {}});
}

bool drill_state::is_current(std::uint64_t number) const noexcept {
  return run_ && run_->number == number;
}

// -- what is left of it -----------------------------------------------------------------------

void drill_state::arm_next() {
  next_tick_ = 0;
  next_at_ = 0;
  if (generation_ == 0 || run_ || !settings_.decides || settings_.interval <= timespan{0})
    return;
  // One that somebody wanted and that failed, maybe for want of time, says nothing of the next.
  const bool counts = memory_.last && (memory_.last->passed || memory_.last->scheduled);
  arm_next(until_next(counts ? memory_.last->at : 0, memory_.trouble_since > 0, settings_.interval,
                      means_.wall()));
}

void drill_state::arm_next(timespan pause) {
  next_at_ = means_.wall() + to_seconds(pause);
  self_->delayed_send(self_, pause, drill_tick{next_tick_ = ++last_tick_});
}

void drill_state::keep() {
  if (!store_ || !memory_.last)
    return;
  self_
      ->request(*store_, write_deadline,
                store_record{record_kind::drill, memory_key, stored_text(memory_)})
      .then([](done_atom) {},
            [this](const caf::error& why) {
              FF_LOG("drill", warning, "the result of the drill could not be written down: {}",
                     words_of(why));
            });
}

// Also without a link: the connection keeps it, and with the next link it goes out before anything
// that others then say, above all that the daemon is there.
void drill_state::publish_state() {
  // What an earlier process has told stands until it is known that there was nothing.
  if (!connection_ || (!memory_.last && !restored_))
    return;
  clear_former_state();
  publication what;
  what.topic = topic("state");
  what.payload = memory_.last ? report_line(*memory_.last) : unknown_line();
  what.qos = at_least_once;
  what.retain = true;
  what.how = delivery::latest;
  self_->send(*connection_, std::move(what));
}

void drill_state::tell_listeners() {
  if (memory_.last)
    for (const auto& x : listeners_)
      self_->send(x, *memory_.last);
}

// Under an earlier name it would stand for ever.
void drill_state::clear_former_state() {
  if (generation_ == 0 || !restored_ || state_topic_ == settings_.topic_prefix + topic("state"))
    return;
  if (state_topic_.empty()) {
    keep_state_topic();
    return;
  }
  publication gone;
  gone.topic = state_topic_;
  gone.qos = at_least_once;
  gone.retain = true;
  gone.prefixed = false;
  // When the broker does not take it, the next link tries again.
  self_->request(*connection_, write_deadline, publish_atom_v, std::move(gone))
      .then([this](done_atom) { keep_state_topic(); }, [](const caf::error&) {});
}

void drill_state::keep_state_topic() {
  state_topic_ = settings_.topic_prefix + topic("state");
  if (store_)
    self_
        ->request(*store_, write_deadline,
                  store_record{record_kind::drill, topic_key, state_topic_})
        .then([](done_atom) {}, [](const caf::error&) {});
}

void drill_state::tell_problems() {
  if (consensus_)
    self_->send(*consensus_, reported_problems{name, memory_.problems()});
}

std::string drill_state::topic(const char* below) const {
  return settings_.base_topic + "/drill/" + below;
}

std::string drill_state::words_of(const caf::error& why) const {
  if (auto told = refusal_in(why))
    return *std::move(told);
  return why == caf::sec::request_timeout ? "no answer in time" : self_->system().render(why);
}

drill_figures drill_state::figures() const {
  drill_figures result;
  result.known = memory_.last.has_value();
  if (memory_.last)
    result.last = *memory_.last;
  result.running = run_.has_value();
  result.next = next_at_;
  return result;
}

monotonic drill_state::now() const { return self_->clock().now().time_since_epoch(); }

drill_actor::behavior_type drill_state::make_behavior(drill_settings settings, drill_means means) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  means_ = std::move(means);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_, [&](const auto& x) { return x.address() == down.source; });
    if (run_ && run_->consensus && run_->consensus->address() == down.source)
      fail("the consensus of the drill has ended: " + self_->system().render(down.reason));
  });
  return {
      [this](attach_atom, const connection_actor& connection, const consensus_actor& consensus) {
        attach(connection, consensus);
      },
      [this](attach_atom, const store_actor& store) { attach(store); },
      [this](attach_atom, const control_actor& control) { control_ = control; },
      [this](listen_atom, const drill_listener& listener) {
        self_->monitor(listener);
        listeners_.push_back(listener);
        if (memory_.last)
          self_->send(listener, *memory_.last);
      },
      [this](const drill_order& order) { return on_order(order); },
      [this](const drill_tick& tick) { on_tick(tick); },
      [this](figures_atom) { return figures(); },
      [this](const link_up& link) { on_link_up(link); },
      [this](const link_down& link) { on_link_down(link); },
      [this](const inbound& message) { on_inbound(message); },
      [this](const decision_record& decision) { on_decision(decision); },
      [this](const drill_event& event) { on_event(event); },
      [](ping_atom) { return done_atom_v; },
  };
}

drill_actor::behavior_type drill(drill_actor::stateful_pointer<drill_state> self,
                                 drill_settings settings, drill_means means) {
  return self->state.make_behavior(std::move(settings), std::move(means));
}

} // namespace firefinder
