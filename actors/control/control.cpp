#include "actors/control/control.hpp"

#include "messages/error_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/text.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// To tell what an earlier process knew.
constexpr timespan load_deadline = std::chrono::seconds{5};

// Until the store is asked again at first; each time twice as long, up to `retry_pause`.
constexpr timespan first_ask_pause = std::chrono::seconds{1};

// To write something down.
constexpr timespan write_deadline = std::chrono::seconds{1};

// To remember a camera, for which nobody waits.
constexpr timespan known_deadline = std::chrono::seconds{5};

// To forget a camera.
constexpr timespan forget_deadline = std::chrono::seconds{2};

// What the store did not take is offered again after it.
constexpr timespan retry_pause = std::chrono::seconds{30};

// Orders that wait for the store at the start. More are those of nobody who waits for an answer.
constexpr std::size_t max_waiting = 100;

// Records that are remembered while the store does not take them, which is more than can hold at
// a time: removals are records as well.
constexpr std::size_t max_unsaved = 4'096;

constexpr const char* not_kept
    = "this holds, but could not be written down: a restart may forget it";

bool same(const problem& a, const problem& b) {
  return a.code == b.code && a.subject == b.subject && a.since == b.since && a.text == b.text;
}

} // namespace

control_moment control_state_machine::moment() const {
  return {self_->clock().now().time_since_epoch(), wall_()};
}

control_state control_state_machine::state() const {
  control_state result;
  decisions_->describe(result);
  result.alarm = alarm_->view();
  if (running_ && !restored_)
    result.supervisory.push_back(
        {"decisions_unknown",
         {},
         true,
         unknown_since_,
         "the store does not tell what operators have decided: the configuration holds, and what "
         "was ordered since"});
  return result;
}

// -- the start ---------------------------------------------------------------------------

void control_state_machine::attach(const store_actor& store) {
  store_ = store;
  decisions_->remembered().resume();
  if (restored_) {
    write_unsaved();
    ask_known();
    write_known();
    return;
  }
  ask_pause_ = first_ask_pause;
  ask_store();
  schedule();
}

void control_state_machine::ask_store() {
  asking_ = true;
  // First, for the orders that wait may be about these cameras.
  ask_known();
  self_->request(*store_, load_deadline, load_atom_v, record_kind::setting)
      .then([this](const std::vector<store_record>& records) { take_up(records); },
            [this, number = ++question_](const caf::error& why) {
              // A later store has been asked since.
              if (!restored_ && number == question_)
                not_told(self_->system().render(why));
            });
}

void control_state_machine::not_told(const std::string& why) {
  const auto now = moment().now;
  asking_ = false;
  ask_at_ = now + ask_pause_;
  ask_pause_ = std::min<timespan>(2 * ask_pause_, retry_pause);
  if (!std::exchange(silence_told_, true))
    FF_LOG("control", error,
           "the store does not tell what operators have decided ({}): what the configuration says "
           "holds until it does",
           why);
  if (now >= give_up_)
    begin_work();
  schedule();
}

void control_state_machine::ask_known() {
  ask_known_at_.reset();
  if (decisions_->remembered().is_restored())
    return;
  self_->request(*store_, load_deadline, load_atom_v, record_kind::known_camera)
      .then([this](const std::vector<store_record>& records) { take_up_known(records); },
            [this, store = *store_](const caf::error&) {
              if (store_ != store || decisions_->remembered().is_restored())
                return;
              ask_known_at_ = moment().now + retry_pause;
              schedule();
            });
}

void control_state_machine::take_up_known(const std::vector<store_record>& records) {
  if (decisions_->remembered().is_restored())
    return;
  decisions_->restore_known(records);
  write_known();
  tell_listeners();
}

void control_state_machine::take_up(const std::vector<store_record>& records) {
  if (restored_)
    return;
  restored_ = true;
  asking_ = false;
  if (running_)
    FF_LOG("control", info, "the store tells now what operators have decided");
  const auto at = moment();
  auto found = decisions_->restore(records, decided_, at);
  decided_.clear();
  for (const auto& x : found.notes)
    FF_LOG("control", warning, "{}", x);
  if (const auto x = std::ranges::find(records, alarm_key, &store_record::key);
      x != records.end()) {
    if (auto before = stored_alarm(x->value)) {
      if (alarm_->has_happened())
        alarm_->join(*before, at.now);
      else
        alarm_->restore(*before, at.now, at.wall);
      kept_alarm_ = std::move(*before);
    } else {
      FF_LOG("control", warning, "what the store has of the alarm cannot be used and is ignored");
    }
  }
  commit(std::move(found.writes), [](bool) {});
  write_unsaved();
  if (!running_) {
    begin_work();
    return;
  }
  tell_consensus();
  hear_house();
  keep_alarm([](bool) {});
  tell_listeners();
  schedule();
}

void control_state_machine::begin_work() {
  if (running_)
    return;
  running_ = true;
  unknown_since_ = wall_();
  tell_consensus();
  hear_house();
  tell_listeners();
  for (auto& [order, who] : std::exchange(waiting_, {}))
    obey(order, std::move(who));
  schedule();
}

void control_state_machine::attach(const consensus_actor& consensus) {
  consensus_ = consensus;
  told_tuning_.reset();
  // It tells of all of them.
  decisions_->forget_told();
  self_->send(consensus, listen_atom_v, house_listener{control_actor{self_}});
  house_unheard_ = true;
  // Without the store's word, that of the consensus says whether it is to stay disarmed.
  if (running_ && restored_)
    tell_consensus();
}

void control_state_machine::listen(const control_listener& listener) {
  if (std::ranges::find(listeners_, listener) == listeners_.end()) {
    self_->monitor(listener);
    listeners_.push_back(listener);
  }
  if (running_)
    self_->send(listener, state());
}

// -- orders ------------------------------------------------------------------------------

caf::typed_response_promise<operator_outcome>
control_state_machine::on_order(const operator_order& order) {
  asker who{self_->make_response_promise<operator_outcome>(), order.what,
            shown_text(order.by, max_operator_name)};
  auto promise = who.promise;
  if (running_)
    obey(order, std::move(who));
  else if (waiting_.size() < max_waiting)
    waiting_.emplace_back(order, std::move(who));
  else
    refuse(who, "too many orders wait for the store; try again");
  return promise;
}

void control_state_machine::obey(const operator_order& order, asker who) {
  switch (order.what) {
  case order_kind::acknowledge:
  case order_kind::reset:
    obey_alarm(order, std::move(who));
    return;
  case order_kind::remove_camera:
    remove(order, std::move(who));
    return;
  default:
    finish(decisions_->obey(order, moment()), std::move(who));
  }
}

void control_state_machine::obey_alarm(const operator_order& order, asker who) {
  const bool known = order.what == order_kind::acknowledge;
  const auto error = known ? alarm_->acknowledge(order.by, order.reason, wall_())
                           : alarm_->reset(order.by, order.reason, wall_());
  if (!error.empty()) {
    refuse(who, error);
    return;
  }
  keep_alarm([this, step = known ? alarm_step::acknowledged : alarm_step::reset, who,
              event = alarm_->view()](bool kept) mutable {
    announce({step, event, wall_()});
    deliver(who, alarm_text(event), kept);
  });
}

void control_state_machine::finish(decisions::outcome outcome, asker who) {
  if (!outcome.error.empty()) {
    refuse(who, std::move(outcome.error));
    return;
  }
  tell_consensus();
  commit(std::move(outcome.writes), [this, who, data = std::move(outcome.data)](bool kept) mutable {
    tell_listeners();
    deliver(who, std::move(data), kept);
  });
  schedule();
}

// Whoever else knows of the camera forgets it first: one that refuses would tell of it for ever.
void control_state_machine::remove(const operator_order& order, asker who) {
  auto found = decisions_->removable(order.camera);
  if (!found.error.empty()) {
    refuse(who, std::move(found.error));
    return;
  }
  if (!consensus_ || !found.heard) {
    finish_removal(found.id, std::move(who));
    return;
  }
  // A camera that is expected is not forgotten.
  auto tuning = decisions_->tuning();
  if (tuning.added.erase(found.id) > 0) {
    told_tuning_ = tuning;
    self_->send(*consensus_, std::move(tuning));
  }
  self_->request(*consensus_, forget_deadline, forget_atom_v, found.id)
      .then([this, id = found.id, who](done_atom) mutable { finish_removal(id, std::move(who)); },
            [this, who](const caf::error& why) mutable {
              tell_consensus();
              refuse(who,
                     refusal_in(why).value_or(
                         "the decision does not answer in time, so the camera stays; try again"));
            });
}

void control_state_machine::finish_removal(const std::string& id, asker who) {
  if (camera_detection_)
    self_->send(*camera_detection_, forget_atom_v, id);
  auto outcome = decisions_->remove(id);
  write_known();
  finish(std::move(outcome), std::move(who));
}

void control_state_machine::deliver(asker& who, std::string data, bool kept) {
  FF_LOG("control", info, "{} by {}: {}", to_string(who.what),
         who.by.empty() ? "an operator" : who.by, data);
  who.promise.deliver(operator_outcome{std::move(data), kept ? std::string{} : not_kept});
}

void control_state_machine::refuse(asker& who, std::string why) {
  FF_LOG("control", info, "{} by {} is refused: {}", to_string(who.what),
         who.by.empty() ? "an operator" : who.by, why);
  who.promise.deliver(caf::make_error(caf::sec::runtime_error, std::move(why)));
}

// -- the alarm ---------------------------------------------------------------------------

void control_state_machine::on_house(const house_state& house) {
  house_ = house;
  const bool first = std::exchange(house_unheard_, false);
  // A consensus that an operator has disarmed stays so while nobody knows of the order.
  const bool stays = !restored_ && !house.armed && !decided_.contains(std::string{arming_key})
                     && decisions_->assume_disarmed();
  if (!running_)
    return;
  if (first || stays)
    tell_consensus();
  if (stays)
    tell_listeners();
  hear_house();
}

void control_state_machine::hear_house() {
  if (!house_)
    return;
  const auto at = moment();
  const auto step = alarm_->hear(*house_, at.now, at.wall);
  if (!step) {
    keep_alarm([](bool) {});
    return;
  }
  FF_LOG("control", warning, "alarm {}; triggers so far: {}", to_string(*step),
         alarm_->view().triggers);
  keep_alarm(
      [this, event = alarm_event{*step, alarm_->view(), at.wall}](bool) { announce(event); });
}

void control_state_machine::announce(const alarm_event& what) {
  tell_listeners();
  for (const auto& x : listeners_)
    self_->send(x, what);
}

void control_state_machine::keep_alarm(continuation then) {
  // Before the store has told of an alarm, nothing takes its place there. What happens meanwhile is
  // found again by the count of triggers, should this process end.
  if (!restored_) {
    then(false);
    schedule();
    return;
  }
  std::vector<store_record> records;
  if (alarm_->memory() != kept_alarm_) {
    kept_alarm_ = alarm_->memory();
    records.push_back(
        {record_kind::setting, std::string{alarm_key}, stored_text(alarm_->memory())});
  }
  commit(std::move(records), std::move(then));
  schedule();
}

// -- the store ---------------------------------------------------------------------------

void control_state_machine::commit(std::vector<store_record> records, continuation then) {
  if (records.empty()) {
    then(true);
    return;
  }
  const auto change = ++change_number_;
  writings_[change] = {records.size(), true, std::move(then)};
  for (auto& x : records) {
    if (!restored_ && decided_.size() < max_unsaved)
      decided_.insert(x.key);
    write(std::move(x), change);
  }
}

void control_state_machine::write(store_record record, std::uint64_t change) {
  const auto number = ++write_number_;
  const auto key = record.key;
  if (unsaved_.size() < max_unsaved || unsaved_.contains(key))
    unsaved_[key] = {record.value, number};
  if (!store_) {
    written(change, false);
    return;
  }
  self_->request(*store_, write_deadline, std::move(record))
      .then(
          [this, key, number, change](done_atom) {
            if (const auto x = unsaved_.find(key);
                restored_ && x != unsaved_.end() && x->second.number == number)
              unsaved_.erase(x);
            if (unsaved_.empty() && std::exchange(store_trouble_, false))
              FF_LOG("control", info, "the store has again all that operators have decided");
            written(change, true);
          },
          [this, change](const caf::error& why) {
            if (!std::exchange(store_trouble_, true))
              FF_LOG("control", error,
                     "the store does not keep what operators decide ({}): a restart may forget it",
                     self_->system().render(why));
            written(change, false);
          });
}

void control_state_machine::written(std::uint64_t change, bool kept) {
  if (!kept) {
    retry_at_ = moment().now + retry_pause;
    schedule();
  }
  const auto x = writings_.find(change);
  if (x == writings_.end())
    return;
  x->second.kept = x->second.kept && kept;
  if (--x->second.left > 0)
    return;
  const auto done = std::move(x->second);
  writings_.erase(x);
  done.then(done.kept);
}

void control_state_machine::write_unsaved() {
  const auto all = unsaved_;
  for (const auto& [key, x] : all)
    write({record_kind::setting, key, x.value}, 0);
}

void control_state_machine::write_known() {
  if (!store_)
    return;
  while (auto next = decisions_->remembered().next(moment().now)) {
    const auto id = next->key;
    self_->request(*store_, known_deadline, *std::move(next))
        .then(
            [this](done_atom) {
              decisions_->remembered().written();
              write_known();
            },
            // The store tells of its own failures.
            [this, id](const caf::error&) {
              decisions_->remembered().failed(id, moment().now);
              schedule();
            });
  }
}

// The store takes what it is sent before it ends.
void control_state_machine::write_the_rest() {
  if (!store_)
    return;
  for (auto& x : decisions_->remembered().drain())
    caf::anon_send(*store_, std::move(x));
  for (auto& [key, x] : std::exchange(unsaved_, {}))
    caf::anon_send(*store_, store_record{record_kind::setting, key, std::move(x.value)});
}

// -- who is told -------------------------------------------------------------------------

void control_state_machine::tell_consensus() {
  auto tuning = decisions_->tuning();
  if (!consensus_ || told_tuning_ == tuning)
    return;
  told_tuning_ = tuning;
  self_->send(*consensus_, std::move(tuning));
}

void control_state_machine::tell_listeners() {
  if (!running_)
    return;
  auto now = state();
  if (told_state_ && *told_state_ == now
      && std::ranges::equal(told_state_->supervisory, now.supervisory, same))
    return;
  for (const auto& x : listeners_)
    self_->send(x, now);
  told_state_ = std::move(now);
}

// -- time --------------------------------------------------------------------------------

void control_state_machine::on_tick(const control_tick& tick) {
  if (tick.number != tick_number_)
    return;
  tick_at_.reset();
  const auto at = moment();
  if (!running_ && !asking_ && at.now >= give_up_) {
    if (!store_)
      FF_LOG("control", error,
             "there is no store that tells what operators have decided: what the configuration "
             "says holds");
    begin_work();
  }
  if (!restored_ && store_ && !asking_ && at.now >= ask_at_)
    ask_store();
  if (ask_known_at_ && at.now >= *ask_known_at_)
    ask_known();
  if (auto over = decisions_->end_snoozes(at.now); !over.empty()) {
    FF_LOG("control", info, "{} snoozes are over", over.size());
    tell_consensus();
    commit(std::move(over), [this](bool) { tell_listeners(); });
  }
  if (alarm_->remind(at.now))
    announce({alarm_step::reminder, alarm_->view(), at.wall});
  if (!unsaved_.empty() && store_trouble_ && at.now >= retry_at_)
    write_unsaved();
  write_known();
  schedule();
}

// A delayed message cannot be taken back, so none is sent for a moment that is far away: what is
// decided later is due after the next tick, and there is never a second one to be sent for it.
void control_state_machine::schedule() {
  std::optional<monotonic> next;
  const auto consider = [&next](monotonic x) { next = next ? std::min(*next, x) : x; };
  if (!running_ && !asking_)
    consider(give_up_);
  if (!restored_ && store_ && !asking_)
    consider(ask_at_);
  if (ask_known_at_)
    consider(*ask_known_at_);
  if (const auto x = decisions_->remembered().next_try())
    consider(*x);
  if (const auto x = decisions_->next_end())
    consider(*x);
  if (const auto x = alarm_->next_reminder())
    consider(*x);
  if (!unsaved_.empty() && store_trouble_)
    consider(retry_at_);
  if (!next)
    return;
  const auto now = moment().now;
  next = std::clamp(*next, now, now + longest_tick_);
  if (tick_at_ && *tick_at_ <= *next)
    return;
  tick_at_ = next;
  self_->delayed_send(self_, *next - now, control_tick{++tick_number_});
}

// -- the actor ---------------------------------------------------------------------------

control_actor::behavior_type control_state_machine::make_behavior(control_settings settings,
                                                                  wall_clock wall) {
  report_exceptions(self_);
  wall_ = std::move(wall);
  longest_tick_
      = settings.reminder > timespan{0} ? std::min(settings.reminder, retry_pause) : retry_pause;
  alarm_.emplace(settings.reminder);
  decisions_.emplace(std::move(settings));
  give_up_ = moment().now + load_deadline;
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_,
                  [&](const control_listener& x) { return x.address() == down.source; });
  });
  self_->set_exit_handler([this](const caf::exit_msg& x) {
    write_the_rest();
    self_->quit(x.reason);
  });
  schedule();
  return {
      [this](attach_atom, const store_actor& store) { attach(store); },
      [this](attach_atom, const consensus_actor& consensus) { attach(consensus); },
      [this](attach_atom, const camera_detection_actor& x) { camera_detection_ = x; },
      [this](listen_atom, const control_listener& listener) { listen(listener); },
      [this](const operator_order& order) { return on_order(order); },
      [this](const control_tick& tick) { on_tick(tick); },
      [this](figures_atom) { return state(); },
      [this](const house_state& house) { on_house(house); },
      [this](const house_cameras& told) {
        bool news = false;
        for (const auto& camera : told.all)
          news = decisions_->learn(camera) || news;
        write_known();
        if (news)
          tell_listeners();
      },
      [this](const house_camera_gone& gone) {
        auto writes = decisions_->forget(gone);
        write_known();
        if (writes.empty())
          return;
        tell_consensus();
        commit(std::move(writes), [this](bool) { tell_listeners(); });
      },
      [](ping_atom) { return done_atom_v; },
  };
}

control_actor::behavior_type control(control_actor::stateful_pointer<control_state_machine> self,
                                     control_settings settings, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(wall));
}

} // namespace firefinder
