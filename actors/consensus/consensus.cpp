#include "actors/consensus/consensus.hpp"

#include "actors/consensus/explain.hpp"
#include "actors/consensus/identity.hpp"
#include "actors/consensus/tracker.hpp"
#include "actors/consensus/trigger.hpp"
#include "actors/consensus/tuning.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"
#include "messages/shard.hpp"
#include "messages/topics.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

namespace firefinder {

namespace {

constexpr auto missed_topic = "fire/trigger_missed";
constexpr auto state_topic = "fire/consensus_state";

// So many cameras are told of in every decision, whether they see anything or not. Of more only
// those that see something, and of these about as many; a trigger tells of all that agree.
constexpr std::size_t small_house = 64;

// A tracker that takes longer has more to do than to tell figures.
constexpr timespan figures_deadline = std::chrono::seconds{1};
constexpr timespan drain_deadline = std::chrono::seconds{1};
constexpr timespan forget_deadline = std::chrono::seconds{2};

// The question overtakes what waits in a mailbox, so it takes as long as one message.
// (With std::chrono's type CAF 0.17 forgets the priority of a request.)
const caf::duration ping_deadline{std::chrono::seconds{5}};

// A message that one tracker hands to another is one step behind the others.
constexpr int drain_rounds = 2;

// A disk may sleep, but an alarm does not wait for it for ever.
constexpr timespan write_deadline = std::chrono::seconds{1};
constexpr timespan rewrite_pause = std::chrono::seconds{30};
constexpr timespan load_deadline = std::chrono::seconds{5};
// Less than whoever asks for an explanation waits.
constexpr timespan look_back_deadline = std::chrono::seconds{2};

// Kept decisions that cannot be read and are passed over in the search for one that can.
constexpr int look_back_tries = 10;

// How often a decision is kept in which only a camera stands otherwise than before.
constexpr timespan keep_interval = std::chrono::seconds{10};

// A cooldown that begins anew by less is not written down.
constexpr timespan least_kept_cooldown = std::chrono::seconds{1};

// Of more cameras than these a refusal names only some.
constexpr std::size_t max_named = 20;

// How long the start waits for what operators have changed.
constexpr timespan tuning_deadline = std::chrono::seconds{5};

// How the house stands is computed and told no more often.
constexpr timespan house_interval = std::chrono::milliseconds{100};

// Cameras without a key that are named as problems, at most.
constexpr std::size_t max_keyless = 100;

// How long the report of a missed trigger waits for the broker.
constexpr timespan missed_report_ttl = std::chrono::hours{24};

caf::error refusal_of(std::string why) {
  return caf::make_error(caf::sec::invalid_argument, std::move(why));
}

std::string why_keyless(const std::string& id, const camera_keys::without& x) {
  if (x.holder.empty())
    return fmt::format(
        "camera '{}' has neither a letter nor a digit in its name, and is not shown: "
        "rename it at its source, or make it an alias in cameras.<id>.aliases",
        id);
  return fmt::format("cameras '{}' and '{}' would both be {} in topics, and '{}' is not shown: "
                     "rename one at its source, or make it an alias in cameras.<id>.aliases",
                     x.holder, id, x.key, id);
}

template <class Map>
std::string names_of(const Map& cameras) {
  std::string result;
  std::size_t told = 0;
  for (const auto& [id, x] : cameras) {
    if (told++ == max_named)
      return fmt::format("{} and {} more", result, cameras.size() - max_named);
    result += (result.empty() ? "" : ", ") + id;
  }
  return result.empty() ? "none" : result;
}

} // namespace

consensus_state::~consensus_state() {
  for (const auto& t : trackers_)
    caf::anon_send_exit(t, caf::exit_reason::kill);
}

void consensus_state::spawn_trackers() {
  std::vector<sighting_listener> peers;
  const auto count = std::max<std::uint32_t>(1, settings_.trackers);
  for (std::uint32_t i = 0; i < count; ++i) {
    trackers_.push_back(self_->spawn<caf::monitored>(tracker, settings_.acceptance,
                                                     settings_.tracking, std::size_t{i},
                                                     verdict_listener{consensus_actor{self_}}));
    peers.emplace_back(trackers_.back());
  }
  for (const auto& t : trackers_)
    self_->send(t, attach_atom_v, peers);
}

void consensus_state::attach(const connection_actor& connection) {
  connection_ = connection;
  link_is_up_ = false;
  self_->send(connection, listen_atom_v, link_listener{consensus_actor{self_}});
  if (!settings_.enabled)
    return;
  const std::vector<inbound_listener> listeners(trackers_.begin(), trackers_.end());
  const auto listen = [&](std::string filter) {
    self_->send(connection, listen_atom_v, std::move(filter), at_least_once, listeners);
  };
  listen("fire/detection");
  listen("fire/detection/+");
  listen("system/camera_telemetry");
  listen("system/telemetry");
  // What one Frigate says is understood from what it said before, so one tracker hears it all.
  for (const auto& prefix : settings_.acceptance.frigate_prefixes)
    for (const auto* topic : {"/events", "/available", "/stats", "/+/detect/state",
                              "/+/status/detect", "/+/ptz_autotracker/active"})
      self_->send(connection, listen_atom_v, prefix + topic, at_least_once,
                  std::vector<inbound_listener>{trackers_[shard_of(prefix, trackers_.size())]});
  // What it says of an object is of use to the tracker that decodes the events.
  if (settings_.acceptance.burst_sampling)
    for (const auto& prefix : settings_.acceptance.frigate_prefixes)
      self_->send(connection, listen_atom_v, prefix + "/camera_activity", std::uint8_t{0},
                  std::vector<inbound_listener>{trackers_[shard_of(prefix, trackers_.size())]});
  // A connection that was started anew knows nothing of what the old one held.
  for (const auto& [id, trigger] : pending_)
    hand_over(id);
}

void consensus_state::attach(const store_actor& store) {
  store_ = store;
  for (const auto& t : trackers_)
    self_->send(t, attach_atom_v, store);
  ask_store(0);
  if (asked_) {
    // One that was started anew has what the last one wrote, and not what it could not.
    for (const auto& [id, trigger] : pending_)
      self_
          ->request(store, write_deadline,
                    alarm_record{trigger.what, trigger.number, agreement_->memory()})
          .then([](done_atom) {}, [](const caf::error&) {});
    for (const auto& [id, outcome] : unwritten_)
      write_outcome(id);
    remember();
    return;
  }
  recovering_ = true;
  self_->request(store, load_deadline, load_atom_v)
      .then(
          [this](const recovered& before) {
            before_ = before;
            asked_ = true;
            restore(before);
            stop_waiting_for_store();
            if (!awaits_tuning_)
              take_up();
            // Also those that have expired: only the connection knows whether the broker has
            // them.
            for (const auto& alarm : before.pending)
              hand_over(alarm.what.id);
          },
          [this, whom = store.address()](const caf::error& why) {
            // It died with the question, and the next one has it.
            if (store_->address() != whom)
              return;
            FF_LOG("consensus", critical, "the store does not tell what was before: {}",
                   self_->system().render(why));
            // A store that died is replaced at once, and the new one asked.
            asked_ = why != caf::sec::request_receiver_down;
            if (asked_) {
              stop_waiting_for_store();
              become_ready();
            }
          });
  // One that died may be long in coming back: only the first question is waited for.
  if (store_tick_ == 0) {
    awaits_store_ = true;
    wait_while_unknown();
    self_->delayed_send(self_, load_deadline, vigilance_tick{store_tick_ = ++last_tick_});
  }
}

void consensus_state::take_up() {
  if (!before_)
    return;
  recover(*before_);
  before_.reset();
}

// At once, because detections come meanwhile. Only samples must not come before the tuning.
void consensus_state::restore(const recovered& before) {
  // It may have been decided meanwhile, when the store did not answer for long.
  const auto meanwhile = agreement_->memory();
  auto memory = before.memory;
  memory.trigger_count += meanwhile.trigger_count;
  if (meanwhile.last_trigger != never) {
    memory.last_trigger = meanwhile.last_trigger;
    memory.cooldown_start = meanwhile.cooldown_start;
  }
  if (tuning_)
    memory.armed = tuning_->armed;
  agreement_->restore(memory, now());
  kept_cooldown_ = memory.cooldown_start;
  if (last_raised_.at == 0 && memory.last_trigger != never)
    last_raised_.at = wall_at(memory.last_trigger);
  for (const auto& alarm : before.pending)
    if (last_raised_.id.empty() && alarm.number != 0 && alarm.number == memory.trigger_count)
      last_raised_.id = alarm.what.id;
  for (const auto& alarm : before.pending)
    pending_.insert_or_assign(alarm.what.id, pending_trigger{alarm.number, alarm.what, true});
  if (!before.sightings.empty() || !before.pending.empty() || before.memory.trigger_count != 0)
    FF_LOG("consensus", info,
           "taken up again: {} triggers so far, {} to be delivered, {} samples, cooldown {}",
           before.memory.trigger_count, before.pending.size(), before.sightings.size(),
           agreement_->in_cooldown(now()) ? "runs" : "does not run");
  hold_while_pending();
  arm_cooldown();
  if (memory.armed != before.memory.armed)
    remember();
  review();
  publish_state_if_changed();
}

void consensus_state::recover(const recovered& before) {
  std::vector<restoration> parts(trackers_.size());
  for (auto& part : parts) {
    part.fresh = std::max(before.memory.last_trigger, now() - settings_.acceptance.max_age);
    part.away = before.away == never ? timespan::max() : before.away;
  }
  // The configuration may call a camera otherwise now.
  for (auto seen : before.sightings) {
    seen.camera = vigilance_->identity().of(seen.camera, seen.source).id;
    parts[shard_of(seen.camera, parts.size())].sightings.push_back(std::move(seen));
  }
  for (std::size_t i = 0; i < parts.size(); ++i)
    self_->send(trackers_[i], std::move(parts[i]));
  // Their verdicts come before their answers.
  const auto number = ++last_gathering_;
  drainings_[number] = {{}, 1, 0, true};
  drain_round(number);
}

void consensus_state::become_ready() {
  recovering_ = false;
  catch_up();
  answer_ready();
}

void consensus_state::stop_waiting_for_store() {
  if (!std::exchange(awaits_store_, false))
    return;
  wait_while_unknown();
  catch_up();
}

// Without what was before it would take a second trigger for the first, and without what
// operators have changed one that they do not want.
void consensus_state::wait_while_unknown() {
  const bool waited = agreement_->waits();
  agreement_->wait(awaits_tuning_ || awaits_store_);
  if (waited && !agreement_->waits())
    review();
}

// What was detected while nothing was decided: nobody knows when more of it comes.
void consensus_state::catch_up() {
  // What the trackers say of samples of before comes first.
  if (recovering_ && asked_)
    return;
  if (auto how = agreement_->catch_up(now(), wall_())) {
    act_on({}, std::move(*how), false);
    publish_state_if_changed();
  }
}

void consensus_state::answer_ready() {
  if (recovering_ || awaits_tuning_)
    return;
  tell_house();
  for (auto& promise : std::exchange(waiting_, {}))
    promise.deliver(done_atom_v);
}

caf::typed_response_promise<done_atom> consensus_state::ready() {
  auto promise = self_->make_response_promise<done_atom>();
  waiting_.push_back(promise);
  answer_ready();
  return promise;
}

void consensus_state::on_verdict(const verdict& v) {
  // Before the decision: a camera that comes back takes a lowered threshold with it.
  if (vigilance_->camera(v.camera, v.online, now(), v.missed)) {
    if (!v.name.empty())
      vigilance_->name(v.camera, v.name);
    look_around();
  }
  auto how = agreement_->add(v, now(), wall_());
  auto& [id, standing] = *standings_.try_emplace(v.camera).first;
  const bool stands_otherwise
      = standing.reason() != v.standing.reason || standing.agrees() != v.standing.agrees;
  standing_pool_.keep(v.standing, standing);
  if (v.standing.reason == standing_reason::nothing_seen
      || v.standing.reason == standing_reason::offline)
    seeing_.erase(&id);
  else
    seeing_.insert(&id);
  act_on(v.camera, std::move(how), stands_otherwise);
  const auto& meant = agreement_->meant_by(v.camera);
  // It goes by another id now, and this was the last of the old one.
  if (!v.online && !v.agrees() && meant != v.camera) {
    seeing_.erase(&v.camera);
    standings_.erase(v.camera);
  }
  if (!house_listeners_.empty()) {
    follow_cameras();
    show(meant);
  }
  publish_state_if_changed();
}

// Raises the alarm if it is one, and tells how it stands if that is news.
void consensus_state::act_on(const std::string& camera, agreement::outlook how,
                             bool stands_otherwise) {
  std::string trigger;
  if (how.fire)
    trigger = raise(std::move(*how.fire));
  if (how.fire || stands_otherwise || how.reason != told_reason_)
    tell(camera, how, trigger);
  // Each write costs the disk something; a tenth of a cooldown more or less costs nobody.
  if (how.reason == decision_reason::same_fire
      && (kept_cooldown_ == never
          || agreement_->memory().cooldown_start - kept_cooldown_
                 > std::max<timespan>(settings_.cooldown / 10, least_kept_cooldown)))
    remember();
}

// Something else than a verdict may have changed how it stands.
void consensus_state::review() {
  if (const auto how = agreement_->look(now()); how.reason != told_reason_)
    tell({}, how, {});
}

decision_record consensus_state::record_of(const agreement::outlook& how) const {
  decision_record result;
  result.t = wall_();
  result.reason = how.reason;
  result.agreeing = how.agreeing;
  result.threshold = agreement_->threshold();
  return result;
}

decision_record consensus_state::record_of(const std::string& camera,
                                           const agreement::outlook& how) const {
  auto result = record_of(how);
  if (standings_.size() <= small_house) {
    for (const auto& [id, standing] : standings_)
      result.cameras.emplace_hint(result.cameras.end(), id, standing.full());
  } else {
    // Whether it is known and was not there yet.
    const auto add = [&](const std::string& id) {
      const auto found = standings_.find(id);
      if (found == standings_.end() || result.cameras.contains(id))
        return false;
      result.cameras.emplace(id, found->second.full());
      return true;
    };
    add(camera);
    // All that a trigger goes by, and of anything else what can be told of every detection.
    for (const auto& id : agreement_->agreeing(how.fire ? standings_.size() : small_house))
      add(id);
    auto untold = seeing_.size();
    for (const auto& [id, standing] : result.cameras)
      untold -= seeing_.count(&id);
    for (auto id = seeing_.begin(); result.cameras.size() < small_house && id != seeing_.end();
         ++id)
      untold -= add(**id) ? 1 : 0;
    result.untold = static_cast<std::uint32_t>(untold);
  }
  mark_witnesses(result);
  show_names(result);
  return result;
}

void consensus_state::mark_witnesses(decision_record& x) const {
  if (agreement_->each_is_a_witness())
    return;
  std::set<std::string> witnesses;
  for (const auto& id : agreement_->agreeing())
    if (!witnesses.insert(agreement_->witness_of(id)).second)
      if (const auto found = x.cameras.find(id); found != x.cameras.end()) {
        found->second.agrees = false;
        found->second.reason = standing_reason::same_witness;
      }
}

// People know their cameras by the names that they gave them.
void consensus_state::show_names(decision_record& x) const {
  for (auto& [id, standing] : std::exchange(x.cameras, {}))
    x.cameras.emplace(vigilance_->shown(id), std::move(standing));
}

void consensus_state::tell(const std::string& camera, const agreement::outlook& how,
                           const std::string& trigger_id) {
  told_reason_ = how.reason;
  ++decisions_[how.reason];
  if (decision_listeners_.empty() && !store_)
    return;
  // Of very many cameras one stands otherwise at any time, and a record tells of dozens.
  const bool news = !trigger_id.empty() || how.reason != last_told_.reason
                    || how.agreeing != last_told_.agreeing;
  if (!news && standings_.size() > small_house && now() - last_told_.at < settings_.telling_pause) {
    untold_ = camera;
    arm_house();
    return;
  }
  tell_now(camera, how, trigger_id);
}

void consensus_state::tell_now(const std::string& camera, const agreement::outlook& how,
                               const std::string& trigger_id) {
  untold_.reset();
  last_told_ = {how.reason, how.agreeing, now()};
  auto record = record_of(camera, how);
  record.trigger_id = trigger_id;
  tell(record);
  if (store_)
    keep(std::move(record));
}

// The alarm goes before the word of it, and of what follows.
void consensus_state::tell(const decision_record& record) {
  if (is_writing_alarm()) {
    behind_alarm_.push_back(record);
    return;
  }
  for (const auto& x : decision_listeners_)
    self_->send(x, record);
}

bool consensus_state::is_writing_alarm() const {
  return std::ranges::any_of(pending_, [](const auto& x) { return !x.second.stored; });
}

void consensus_state::tell_late() {
  if (const auto camera = std::exchange(untold_, std::nullopt))
    tell_now(*camera, agreement_->look(now()), {});
}

std::string consensus_state::raise(decision d) {
  for (auto& camera : d.cameras)
    camera.name = vigilance_->shown(camera.id);
  pending_trigger trigger;
  trigger.number = d.number;
  trigger.decided = now();
  ++raised_;
  auto& what = trigger.what;
  what.id = trigger_id(d, settings_);
  what.topic = trigger_topic;
  what.payload = trigger_payload(d, what.id, settings_);
  what.qos = exactly_once;
  what.how = delivery::durable;
  what.expires = d.at + settings_.trigger_ttl;
  // The record of the alarm has it.
  kept_cooldown_ = agreement_->memory().cooldown_start;
  auto id = what.id;
  enqueue(std::move(trigger));
  std::string names;
  for (const auto& camera : d.cameras)
    names += (names.empty() ? "" : ", ") + camera.shown();
  if (settings_.exercise)
    FF_LOG("consensus", info, "drill: {} cameras agree ({})", d.cameras.size(), names);
  else
    FF_LOG("consensus", critical, "FIRE: {} cameras agree ({}), trigger {}", d.cameras.size(),
           names, id);
  last_raised_ = {d.wall, id, {}};
  for (const auto& camera : d.cameras)
    last_raised_.cameras.push_back(camera.shown());
  hold_while_pending();
  arm_cooldown();
  return id;
}

void consensus_state::arm_cooldown() {
  if (const auto end = agreement_->cooldown_end(now()))
    self_->delayed_send(self_, *end - now(), cooldown_tick{++cooldown_number_});
}

// On the disk before it is on the wire.
void consensus_state::enqueue(pending_trigger trigger) {
  const auto id = trigger.what.id;
  trigger.stored = trigger.stored || !store_;
  const auto& kept = pending_.insert_or_assign(id, std::move(trigger)).first->second;
  if (kept.stored) {
    hand_over(id);
    return;
  }
  const auto go_on = [this, id] {
    hand_over_stored(id);
    answer_drained();
  };
  self_
      ->request(*store_, write_deadline, alarm_record{kept.what, kept.number, agreement_->memory()})
      .then([go_on](done_atom) { go_on(); },
            [this, go_on, id](const caf::error& why) {
              FF_LOG("consensus", critical,
                     "trigger {} could not be written down: {}. It is sent all the same; a "
                     "restart would not know of it",
                     id, self_->system().render(why));
              go_on();
              ask_store(0);
            });
}

void consensus_state::hand_over_stored(const std::string& id) {
  if (const auto found = pending_.find(id); found != pending_.end())
    found->second.stored = true;
  hand_over(id);
  if (!is_writing_alarm())
    for (const auto& record : std::exchange(behind_alarm_, {}))
      tell(record);
}

void consensus_state::hand_over(const std::string& id) {
  const auto found = pending_.find(id);
  if (found == pending_.end() || !found->second.stored || !connection_)
    return;
  self_->send(*connection_, found->second.what, delivery_listener{consensus_actor{self_}});
}

// The connection forgets it only when the store has its end: whoever dies in between
// finds it with one of them.
void consensus_state::settle(alarm_outcome outcome) {
  outcome.after = agreement_->memory();
  const auto id = outcome.id;
  if (!store_) {
    if (connection_)
      self_->send(*connection_, settle_atom_v, id);
    return;
  }
  unwritten_.insert_or_assign(id, std::move(outcome));
  write_outcome(id);
}

void consensus_state::write_outcome(const std::string& id) {
  const auto found = unwritten_.find(id);
  if (found == unwritten_.end() || !store_)
    return;
  self_->request(*store_, write_deadline, found->second)
      .then(
          [this, id](done_atom) {
            unwritten_.erase(id);
            if (connection_)
              self_->send(*connection_, settle_atom_v, id);
          },
          [this, id](const caf::error& why) {
            FF_LOG("consensus", error,
                   "what became of {} could not be written down, which is tried again: {}", id,
                   self_->system().render(why));
            self_->delayed_send(self_, rewrite_pause, outcome_tick{id});
            ask_store(0);
          });
}

// -- what operators change ------------------------------------------------------------------

void consensus_state::tune(const decision_tuning& tuning) {
  if (tuning_ == tuning)
    return;
  tuning_ = tuning;
  // Before what was before: what does not count now decides nothing.
  for (const auto& t : trackers_)
    self_->send(t, tuning);
  const auto memory = agreement_->memory();
  // Before fewer must agree: the trackers' word on it comes later.
  leave_out_cameras();
  settings_.threshold = std::max<std::uint32_t>(1, tuning.threshold);
  settings_.cooldown = tuning.cooldown;
  agreement_->pause(tuning.cooldown, now());
  arm_cooldown();
  if (agreement_->armed() != tuning.armed) {
    agreement_->arm(tuning.armed);
    FF_LOG("consensus", warning, "triggers are {}",
           tuning.armed ? "published" : "evaluated and not published");
  }
  vigilance_->tune(tuning, now());
  agreement_->require(vigilance_->threshold());
  look_around();
  if (agreement_->memory() != memory)
    remember();
  review();
  publish_state();
  stop_waiting_for_tuning();
}

void consensus_state::leave_out_cameras() {
  if (tuning_)
    agreement_->leave_out(
        switched_off(settings_.acceptance.cameras, *tuning_, vigilance_->identity()));
}

void consensus_state::stop_waiting_for_tuning() {
  if (!std::exchange(awaits_tuning_, false))
    return;
  wait_while_unknown();
  take_up();
  catch_up();
  answer_ready();
}

// Trackers first: what they have still to say of it comes before their answers.
caf::typed_response_promise<done_atom> consensus_state::forget(const std::string& camera) {
  auto answer = self_->make_response_promise<done_atom>();
  const auto id = vigilance_->identity().of(camera).id;
  if (settings_.acceptance.cameras.count(id) != 0) {
    answer.deliver(refusal_of(fmt::format("camera '{}' stands in the configuration: take it out of "
                                          "the file or switch it off",
                                          id)));
    return answer;
  }
  const auto known = vigilance_->look_at(id);
  // One that was expected until now, and never heard.
  if (!known) {
    answer.deliver(done_atom_v);
    return answer;
  }
  auto names = known->heard;
  names.push_back(id);
  for (const auto& t : trackers_)
    for (const auto& called : names)
      self_->send(t, forget_atom_v, called);
  const auto number = ++last_gathering_;
  forgettings_[number] = {answer, id, std::move(names), trackers_.size(), false};
  for (const auto& t : trackers_)
    self_->request(t, forget_deadline, ping_atom_v)
        .then([this, number](done_atom) { forgotten(number); },
              [this, number](const caf::error&) {
                forgettings_[number].incomplete = true;
                forgotten(number);
              });
  return answer;
}

// What is heard of it from now on is news of another camera.
void consensus_state::forgotten(std::uint64_t number) {
  const auto found = forgettings_.find(number);
  if (--found->second.missing != 0)
    return;
  auto entry = std::move(forgettings_.extract(found).mapped());
  if (entry.incomplete) {
    entry.answer.deliver(refusal_of("a tracker does not answer in time; try again"));
    return;
  }
  vigilance_->forget(entry.id, now());
  if (tuning_)
    tuning_->added.erase(entry.id);
  roster_.remove(entry.id, {});
  const auto known = vigilance_->look_at(entry.id);
  if (!known || !known->online)
    for (const auto& called : entry.names) {
      seeing_.erase(&called);
      standings_.erase(called);
    }
  look_around();
  review();
  publish_state_if_changed();
  // Found in the network, or heard again meanwhile.
  show(entry.id);
  tell_house();
  // Nobody is to hear of it again behind the answer.
  if (shows_house())
    tell_cameras();
  entry.answer.deliver(done_atom_v);
}

void consensus_state::remember() {
  kept_cooldown_ = agreement_->memory().cooldown_start;
  // What was before must not be written over before it is known.
  if (!store_ || !asked_)
    return;
  self_->request(*store_, write_deadline, agreement_->memory())
      .then([](done_atom) {},
            [this](const caf::error& why) {
              FF_LOG("consensus", error, "the state could not be written down: {}",
                     self_->system().render(why));
              ask_store(0);
            });
}

void consensus_state::on_delivered(const delivered& event) {
  const auto gone = pending_.extract(event.id);
  if (gone.empty())
    return;
  if (const auto& trigger = gone.mapped(); trigger.number != 0) {
    FF_LOG("consensus", info, "trigger {} is with the broker", event.id);
    ++delivered_;
    if (trigger.decided != never)
      deliveries_.add(now() - trigger.decided);
  }
  settle({event.id, true, {}, {}, {}});
  hold_while_pending();
}

void consensus_state::on_expired(const expired& event) {
  auto trigger = pending_.extract(event.id);
  if (trigger.empty())
    return;
  if (trigger.mapped().number == 0) {
    settle({event.id, false, event.reason, {}, {}});
    return;
  }
  ++missed_;
  FF_LOG("consensus", critical,
         "trigger {} expired undelivered: {}. The cooldown is given back: the next detection "
         "decides anew",
         event.id, event.reason);
  agreement_->give_back(trigger.mapped().number);
  hold_while_pending();
  publication report;
  report.topic = missed_topic;
  report.payload = missed_payload(trigger.mapped().what.payload, event.reason, wall_());
  report.qos = at_least_once;
  report.how = delivery::durable;
  report.id = event.id + "/missed";
  report.expires = now() + missed_report_ttl;
  // One transaction ends the trigger and begins the report of it.
  settle({event.id, false, event.reason, report, {}});
  enqueue({0, std::move(report), true});
  publish_state_if_changed();
}

void consensus_state::hold_while_pending() {
  const auto waits = [](const auto& x) { return x.second.number != 0; };
  agreement_->hold(!link_is_up_ && std::any_of(pending_.begin(), pending_.end(), waits));
}

// -- what is missing ------------------------------------------------------------------------

void consensus_state::on_link_up() {
  link_is_up_ = true;
  hold_while_pending();
  vigilance_->link_up(now());
  look_around();
  publish_state();
}

void consensus_state::on_link_down(const std::string& reason) {
  link_is_up_ = false;
  hold_while_pending();
  vigilance_->link_down(reason, now());
  look_around();
  tell_house();
}

void consensus_state::on_vigilance_tick(const vigilance_tick& tick) {
  if (tick.number == house_tick_) {
    house_armed_.reset();
    if (now() - last_told_.at >= settings_.telling_pause)
      tell_late();
    tell_house();
    // What waits may have to wait longer than it seemed.
    arm_house();
    return;
  }
  if (tick.number == tuning_tick_ && awaits_tuning_) {
    FF_LOG("consensus", error,
           "what operators have changed was not told in {:.0f} s: the configuration holds until "
           "it is",
           to_seconds(tuning_deadline));
    stop_waiting_for_tuning();
    return;
  }
  if (tick.number == store_tick_ && awaits_store_) {
    FF_LOG("consensus", error,
           "what was before was not told in {:.0f} s: decisions go on without it",
           to_seconds(load_deadline));
    stop_waiting_for_store();
    return;
  }
  if (tick.number != vigilance_number_)
    return;
  vigilance_armed_.reset();
  vigilance_->advance(now());
  look_around();
  review();
  publish_state_if_changed();
}

// Also while the alarm is raised, or about to be: then more samples decide nothing, but whoever
// looks at the fire is to go on.
void consensus_state::on_candidate(frigate_candidate what) {
  what.wanted = !agreement_->in_cooldown(now())
                && agreement_->look(now()).reason == decision_reason::too_few_cameras;
  for (const auto& watcher : watchers_)
    self_->send(watcher, what);
}

void consensus_state::on_cameras(const frigate_cameras& told) {
  vigilance_->frigate_api(told, now());
  look_around();
  publish_state_if_changed();
  if (told.failure.empty())
    for (const auto& t : trackers_)
      self_->send(t, told);
}

// What camera detection tells of a camera.
void consensus_state::take_over(const known_devices::change& news) {
  if (!news.any())
    return;
  if (news.identity) {
    agreement_->identify(vigilance_->identity().synonyms());
    leave_out_cameras();
    // Of those that nobody hears any more, no tracker will tell.
    for (const auto& [id, meant] : vigilance_->identity().synonyms())
      if (const auto known = standings_.find(id);
          known != standings_.end() && known->second.reason() == standing_reason::offline)
        standings_.erase(known);
  }
  look_around();
  review();
  publish_state_if_changed();
}

// Takes over what vigilance has found. Who calls it publishes the state.
void consensus_state::look_around() {
  // Another daemon decides here, and knows its cameras.
  if (!settings_.enabled)
    return;
  problems_wait_ = true;
  const auto found = troubles();
  std::map<std::pair<std::string, std::string>, monotonic> troubles;
  for (const auto& x : found)
    troubles.emplace(std::pair{x.what.code, x.what.subject}, x.since);
  if (troubles != troubles_) {
    log_changes(found);
    troubles_ = std::move(troubles);
    ++troubles_revision_;
  }
  const auto threshold = vigilance_->threshold();
  agreement_->require(threshold);
  if (const auto before = std::exchange(last_threshold_, threshold); before != threshold)
    FF_LOG("consensus", warning,
           "{} cameras must agree now, before it was {} ({} are online, {} {})", threshold, before,
           vigilance_->online(), settings_.threshold,
           vigilance_->reduced() ? "should agree" : "are configured");
  arm_vigilance();
}

void consensus_state::log_changes(const std::vector<vigilance::finding>& found) {
  std::set<std::pair<std::string, std::string>> now_there;
  for (const auto& x : found) {
    std::pair key{x.what.code, x.what.subject};
    // The connection writes its own lines of the link.
    if (troubles_.count(key) == 0 && key.first != "link_down"
        && log_.admit(key.first + '/' + key.second, now()))
      FF_LOG("consensus", warning, "{}: {}", x.what.code, x.what.text);
    now_there.insert(std::move(key));
  }
  for (const auto& [key, since] : troubles_)
    if (now_there.count(key) == 0 && key.first != "link_down"
        && log_.admit("end/" + key.first + '/' + key.second, now()))
      FF_LOG("consensus", info, "no longer: {}{}{}", key.first, key.second.empty() ? "" : " ",
             key.second);
}

void consensus_state::arm_vigilance() {
  const auto next = vigilance_->next_change();
  if (!next || (vigilance_armed_ && *vigilance_armed_ <= *next))
    return;
  vigilance_armed_ = next;
  self_->delayed_send(self_, std::max(*next - now(), timespan{0}),
                      vigilance_tick{vigilance_number_ = ++last_tick_});
}

// `asker` waits for the answer, if it is not 0.
void consensus_state::ask_store(std::uint64_t asker) {
  const auto heard
      = [this, whom = store_->address(), asker](const std::optional<store_figures>& figures) {
          // That one which was replaced is silent says nothing of its successor.
          if (store_ && store_->address() == whom) {
            vigilance_->store(figures, now());
            look_around();
            publish_state_if_changed();
          }
          if (asker != 0)
            part_arrived(asker);
        };
  self_->request(*store_, figures_deadline, figures_atom_v)
      .then([heard](const store_figures& figures) { heard(figures); },
            [heard](const caf::error&) { heard(std::nullopt); });
}

// What others have found takes part in everything but the threshold.
void consensus_state::take_report(const reported_problems& report) {
  auto& all = reported_[report.by];
  all.clear();
  for (const auto& x : report.all)
    all.push_back({x, now() - from_seconds(std::max(0.0, x.since > 0 ? wall_() - x.since : 0))});
  look_around();
  publish_state_if_changed();
}

std::vector<vigilance::finding> consensus_state::troubles() const {
  auto result = vigilance_->troubles();
  for (const auto& [by, all] : reported_)
    std::ranges::copy_if(all, std::back_inserter(result),
                         [](const vigilance::finding& x) { return x.what.trouble; });
  return result;
}

unix_seconds consensus_state::wall_at(monotonic moment) const {
  return std::round((wall_() - to_seconds(now() - moment)) * 1000) / 1000;
}

problem consensus_state::told(const vigilance::finding& x) const {
  auto result = x.what;
  result.since = wall_at(x.since);
  return result;
}

std::vector<problem> consensus_state::told(const std::vector<vigilance::finding>& all) const {
  std::vector<problem> result;
  result.reserve(all.size());
  for (const auto& x : all)
    result.push_back(told(x));
  return result;
}

void consensus_state::add_watch(consensus_figures& to) const {
  if (!settings_.enabled)
    return;
  to.problems = problems();
  vigilance_->each_camera([&](const std::string& id, bool online, monotonic blind_since) {
    to.cameras[vigilance_->shown(id)] = {online, online ? 0 : wall_at(blind_since)};
  });
  for (const auto& [zone, x] : vigilance_->zones()) {
    auto& told = to.zones[zone];
    told.blind_since = x.online != 0 ? 0 : wall_at(x.blind_since);
    for (const auto& id : x.cameras)
      told.cameras.push_back(vigilance_->shown(id));
  }
  const auto& devices = vigilance_->devices().cameras();
  to.cameras_found = static_cast<std::uint32_t>(devices.size());
  to.cameras_reachable = static_cast<std::uint32_t>(std::count_if(
      devices.begin(), devices.end(), [](const auto& x) { return x.second.answers(); }));
  if (const auto heard = vigilance_->frigate_heard())
    to.last_heard_ago_s = std::max(0.0, to_seconds(now() - *heard));
  for (const auto& [id, x] : to.trackers.cameras)
    to.last_heard_ago_s = to.last_heard_ago_s < 0
                              ? x.last_seen_ago_s
                              : std::min(to.last_heard_ago_s, x.last_seen_ago_s);
}

consensus_state::picture_key consensus_state::present() const {
  return {agreement_->revision(), troubles_revision_, agreement_->threshold(),
          agreement_->in_cooldown(now())};
}

void consensus_state::publish_state() {
  consensus_picture picture{agreement_->agreeing(),
                            agreement_->threshold(),
                            agreement_->in_cooldown(now()),
                            settings_.threshold,
                            {}};
  for (auto& camera : picture.agreeing)
    camera = vigilance_->shown(camera);
  if (settings_.enabled)
    picture.problems = told(troubles());
  told_ = present();
  tell_house();
  // Another daemon may decide here and tell its own state. What was kept for the next
  // link would be sent when it is no longer true; `link_up` tells it anew.
  if (!connection_ || !settings_.enabled || !link_is_up_)
    return;
  publication what;
  what.topic = state_topic;
  what.payload = state_payload(picture, wall_());
  what.qos = at_least_once;
  what.retain = true;
  what.how = delivery::latest;
  self_->send(*connection_, std::move(what));
}

void consensus_state::publish_state_if_changed() {
  if (told_ == present())
    tell_house();
  else
    publish_state();
}

// -- how the house stands, for those who show it ---------------------------------------------

void consensus_state::listen(const house_listener& listener) {
  if (std::ranges::find(house_listeners_, listener) != house_listeners_.end())
    return;
  // What the others have not been told yet, and what this one is not to be told after newer things.
  tell_house();
  if (shows_house())
    tell_cameras();
  self_->monitor(listener);
  house_listeners_.push_back(listener);
  if (house_listeners_.size() > 1) {
    // Nobody was told anything yet.
    if (!house_told_at_)
      return;
    self_->send(listener, house_);
    if (auto all = roster_.all([this](const std::string& id) { return shown_camera(id); });
        !all.empty())
      self_->send(listener, house_cameras{std::move(all)});
    return;
  }
  roster_ = roster{};
  house_told_at_.reset();
  problems_wait_ = true;
  for (const auto& id : vigilance_->known())
    show(id);
  tell_house();
}

void consensus_state::on_down(const caf::down_msg& down) {
  const auto is = [&](const auto& x) { return x.address() == down.source; };
  if (std::ranges::any_of(trackers_, is)) {
    FF_LOG("consensus", error, "a tracker ended: {}", self_->system().render(down.reason));
    self_->quit(caf::make_error(caf::sec::runtime_error, "a tracker ended"));
    return;
  }
  std::erase_if(watchers_, is);
  std::erase_if(decision_listeners_, is);
  std::erase_if(house_listeners_, is);
}

// Cameras came, went, or are called otherwise.
void consensus_state::follow_cameras() {
  const auto changed = vigilance_->take_changed();
  std::set<std::string> others;
  for (const auto& id : changed)
    if (!vigilance_->look_at(id)) {
      if (const auto heir = keys_.remove(id))
        others.insert(*heir);
      const auto& meant = agreement_->meant_by(id);
      roster_.remove(id, meant == id ? std::string{} : meant);
    } else {
      keys_.add(id, now());
      others.insert(id);
      if (const auto without = keys_.keyless().find(id);
          without != keys_.keyless().end() && log_.admit("key/" + id, now()))
        FF_LOG("consensus", warning, "camera_key_collision: {}", why_keyless(id, without->second));
    }
  if (!house_listeners_.empty())
    for (const auto& id : others)
      show(id);
}

void consensus_state::show(const std::string& camera) {
  if (house_listeners_.empty())
    return;
  if (auto x = shown_camera(camera))
    roster_.put(std::move(*x), now());
}

std::optional<house_camera> consensus_state::shown_camera(const std::string& id) const {
  const auto known = vigilance_->look_at(id);
  if (!known)
    return std::nullopt;
  house_camera result;
  result.id = id;
  result.key = keys_.key_of(id);
  if (const auto without = keys_.keyless().find(id); without != keys_.keyless().end())
    result.collides_with = without->second.holder;
  const auto configured = settings_.acceptance.cameras.find(id);
  result.expected = configured != settings_.acceptance.cameras.end();
  if (result.expected)
    result.name = configured->second.name;
  if (tuning_)
    for (const auto& [added, called] : tuning_->added)
      if (agreement_->meant_by(added) == id) {
        result.expected = true;
        if (result.name.empty())
          result.name = called;
      }
  if (result.name.empty())
    result.name = vigilance_->shown(id);
  result.counts = known->counts;
  result.online = known->online;
  result.by_frigate = known->by_frigate;
  if (known->blind_since)
    result.blind_since = wall_at(*known->blind_since);
  result.standing = standing_of(id, *known);
  return result;
}

// A camera that goes by another id now may be followed by the old one for a while.
camera_standing consensus_state::standing_of(const std::string& id,
                                             const vigilance::view& camera) const {
  camera_standing result;
  const auto own = standings_.find(id);
  if (own != standings_.end())
    result = own->second.full();
  for (const auto& called : camera.heard)
    if (const auto other = standings_.find(called);
        other != standings_.end() && !result.agrees
        && (own == standings_.end() || other->second.agrees()))
      result = other->second.full();
  if (!camera.online && !result.agrees)
    result.reason = standing_reason::offline;
  else if (result.reason == standing_reason::offline)
    // No tracker hears it, and Frigate sees it.
    result.reason = standing_reason::nothing_seen;
  return result;
}

house_state consensus_state::present_house() {
  house_state result;
  const auto how = agreement_->look(now());
  result.reason = told_reason_;
  result.fire = how.reason != decision_reason::too_few_cameras;
  result.agreeing = how.agreeing;
  result.threshold = agreement_->threshold();
  result.armed = agreement_->armed();
  result.cooldown = agreement_->in_cooldown(now());
  result.trigger_count = agreement_->triggers();
  result.last_trigger = last_raised_.at;
  result.last_trigger_id = last_raised_.id;
  result.last_trigger_cameras = last_raised_.cameras;
  result.cameras_total = static_cast<std::uint32_t>(vigilance_->watched_cameras());
  result.cameras_online = vigilance_->present();
  result.cameras_detecting = static_cast<std::uint32_t>(seeing_.size());
  result.frigate_known = vigilance_->frigate_known();
  result.frigate_online = vigilance_->frigate_online();
  result.problems = std::exchange(problems_wait_, false) ? problems() : house_.problems;
  result.decides = settings_.enabled;
  return result;
}

// What is told before the time before is known would have to be taken back a moment later.
bool consensus_state::shows_house() const {
  return !house_listeners_.empty() && !recovering_ && !awaits_tuning_;
}

// Says what has changed; how the house stands no more often than it has to be computed.
void consensus_state::tell_house() {
  follow_cameras();
  if (!shows_house())
    return;
  if (!house_told_at_ || now() - *house_told_at_ >= house_interval) {
    house_waits_ = false;
    auto next = present_house();
    if (!house_told_at_ || !same_house(next, house_)) {
      house_ = std::move(next);
      for (const auto& x : house_listeners_)
        self_->send(x, house_);
    }
    house_told_at_ = now();
  } else {
    house_waits_ = true;
  }
  if (roster_pace_.admits(now()))
    tell_cameras();
  arm_house();
}

void consensus_state::tell_cameras() {
  auto changes = roster_.take(now(), [this](const std::string& id) { return shown_camera(id); });
  if (changes.empty())
    return;
  roster_pace_.spend(now());
  const auto tell = [this](const auto& message) {
    for (const auto& x : house_listeners_)
      self_->send(x, message);
  };
  house_cameras together;
  for (auto& change : changes) {
    if (auto* camera = std::get_if<house_camera>(&change)) {
      together.all.push_back(std::move(*camera));
      continue;
    }
    if (!together.all.empty())
      tell(std::exchange(together, {}));
    tell(std::get<house_camera_gone>(change));
  }
  if (!together.all.empty())
    tell(together);
}

void consensus_state::arm_house() {
  std::optional<monotonic> due;
  const auto consider = [&due, at_least = now()](monotonic at) {
    due = std::min(due.value_or(monotonic::max()), std::max(at, at_least));
  };
  if (untold_)
    consider(last_told_.at + settings_.telling_pause);
  if (shows_house()) {
    if (house_waits_ && house_told_at_)
      consider(*house_told_at_ + house_interval);
    // Many cameras become due at many moments; one tick is enough for some of them.
    if (const auto next = roster_.next())
      consider(*next <= now() ? roster_pace_.next(now()) : std::max(*next, now() + house_interval));
  }
  if (!due || (house_armed_ && *house_armed_ <= *due))
    return;
  house_armed_ = due;
  self_->delayed_send(self_, *due - now(), vigilance_tick{house_tick_ = ++last_tick_});
}

std::vector<problem> consensus_state::problems() const {
  if (!settings_.enabled)
    return {};
  auto result = told(vigilance_->findings());
  for (const auto& [by, all] : reported_)
    for (const auto& x : all)
      result.push_back(told(x));
  std::size_t named = 0;
  for (const auto& [id, x] : keys_.keyless()) {
    if (++named > max_keyless)
      break;
    result.push_back({"camera_key_collision", id, false, wall_at(x.since), why_keyless(id, x)});
  }
  return result;
}

caf::typed_response_promise<consensus_figures> consensus_state::figures() {
  auto answer = self_->make_response_promise<consensus_figures>();
  const auto number = ++last_gathering_;
  auto& entry = gatherings_[number];
  entry.answer = answer;
  entry.missing = trackers_.size() + (store_ ? 1 : 0);
  auto& sum = entry.sum;
  sum.trigger_count = agreement_->triggers();
  sum.last_trigger_ago_s = agreement_->last_trigger_ago(now());
  sum.recent_events = agreement_->recent(now());
  sum.triggers_pending = static_cast<std::uint64_t>(std::count_if(
      pending_.begin(), pending_.end(), [](const auto& x) { return x.second.number != 0; }));
  sum.triggers_missed = missed_;
  sum.triggers_decided = raised_;
  sum.triggers_delivered = delivered_;
  sum.deliveries = deliveries_;
  for (const auto& [reason, count] : decisions_)
    sum.decisions[to_string(reason)] = count;
  sum.mailbox = self_->mailbox().size();
  // Whether the store can write shows when it must, or when somebody asks.
  if (store_)
    ask_store(number);
  for (const auto& t : trackers_)
    self_->request(t, figures_deadline, figures_atom_v)
        .then([this, number](tracker_figures& part) { add_figures(number, &part); },
              [this, number](const caf::error&) { add_figures(number, nullptr); });
  return answer;
}

void consensus_state::add_figures(std::uint64_t number, tracker_figures* part) {
  const auto found = gatherings_.find(number);
  if (found == gatherings_.end())
    return;
  if (part != nullptr) {
    auto& entry = found->second;
    auto& all = entry.sum.trackers;
    all.messages += part->messages;
    all.accepted += part->accepted;
    all.not_kept += part->not_kept;
    for (const auto& [reason, count] : part->dropped)
      all.dropped[reason] += count;
    // There may be thousands: they are moved.
    while (!part->cameras.empty()) {
      auto camera = part->cameras.extract(part->cameras.begin());
      // What is heard of it is told under the id that it goes by now.
      if (agreement_->meant_by(camera.key()) != camera.key())
        continue;
      camera.key() = vigilance_->shown(camera.key());
      if (auto known = all.cameras.insert(std::move(camera)); !known.inserted)
        known.position->second = known.node.mapped();
    }
  } else {
    FF_LOG("consensus", warning, "a tracker does not answer: the figures are incomplete");
  }
  part_arrived(number);
}

void consensus_state::part_arrived(std::uint64_t number) {
  const auto found = gatherings_.find(number);
  if (found == gatherings_.end() || --found->second.missing != 0)
    return;
  auto& entry = found->second;
  auto& sum = entry.sum;
  sum.state = state_name(agreement_->in_cooldown(now()), !troubles_.empty());
  sum.threshold = agreement_->threshold();
  // Also one that agrees by an older id, or whose tracker did not answer.
  for (const auto& id : agreement_->agreeing()) {
    auto& camera = sum.trackers.cameras[vigilance_->shown(agreement_->meant_by(id))];
    camera.online = camera.agrees = true;
  }
  sum.configured_threshold = settings_.threshold;
  vigilance_->advance(now());
  follow_cameras();
  add_watch(sum);
  problems_wait_ = true;
  tell_house();
  entry.answer.deliver(std::move(sum));
  gatherings_.erase(found);
}

caf::typed_response_promise<done_atom> consensus_state::drain() {
  auto answer = self_->make_response_promise<done_atom>();
  const auto number = ++last_gathering_;
  drainings_[number] = {answer, drain_rounds, 0, false};
  drain_round(number);
  return answer;
}

void consensus_state::drain_round(std::uint64_t number) {
  auto& entry = drainings_[number];
  --entry.rounds;
  entry.missing = trackers_.size();
  for (const auto& t : trackers_)
    self_->request(t, drain_deadline, drain_atom_v)
        .then([this, number](done_atom) { drained(number); },
              [this, number](const caf::error&) { drained(number); });
}

void consensus_state::drained(std::uint64_t number) {
  auto& entry = drainings_[number];
  if (--entry.missing != 0)
    return;
  if (entry.rounds > 0) {
    drain_round(number);
    return;
  }
  if (entry.recovery)
    become_ready();
  else
    drained_.push_back(entry.answer);
  drainings_.erase(number);
  answer_drained();
}

// What was decided is with the connection only when the store has it.
void consensus_state::answer_drained() {
  if (is_writing_alarm())
    return;
  if (!drained_.empty()) {
    tell_late();
    keep_now();
  }
  for (auto& promise : std::exchange(drained_, {}))
    promise.deliver(done_atom_v);
}

// -- why? ----------------------------------------------------------------------------------

caf::typed_response_promise<decision_record> consensus_state::explain(const explain_query& query) {
  auto answer = self_->make_response_promise<decision_record>();
  // By whatever name it is asked for.
  const auto id = query.camera.empty() ? std::string{} : vigilance_->identity().of(query.camera).id;
  if (query.at > wall_())
    answer.deliver(
        refusal_of(fmt::format("{:.3f} is yet to come; it is {:.3f} now", query.at, wall_())));
  else if (query.at > 0)
    look_back({query.camera.empty() ? std::string{} : vigilance_->shown(id), query.at}, query.at,
              look_back_tries, answer);
  else
    explain_now(id, answer);
  return answer;
}

void consensus_state::explain_now(const std::string& camera,
                                  const caf::typed_response_promise<decision_record>& answer) {
  const auto number = ++last_gathering_;
  explainings_[number] = {answer, camera, {}, trackers_.size(), false};
  for (const auto& t : trackers_)
    self_->request(t, figures_deadline, explain_atom_v, camera)
        .then(
            [this, number](const std::map<std::string, camera_standing>& part) {
              if (const auto found = explainings_.find(number); found != explainings_.end())
                found->second.standings.insert(part.begin(), part.end());
              explained(number);
            },
            [this, number](const caf::error&) {
              if (const auto found = explainings_.find(number); found != explainings_.end())
                found->second.incomplete = true;
              explained(number);
            });
}

void consensus_state::explained(std::uint64_t number) {
  const auto found = explainings_.find(number);
  if (found == explainings_.end() || --found->second.missing != 0)
    return;
  auto entry = std::move(explainings_.extract(found).mapped());
  if (entry.incomplete) {
    entry.answer.deliver(refusal_of("a tracker does not answer in time; try again"));
    return;
  }
  auto x = record_of(agreement_->look(now()));
  x.cameras = std::move(entry.standings);
  mark_witnesses(x);
  // Those that are expected and that no tracker has heard.
  for (const auto& [id, watch] : vigilance_->cameras())
    if (entry.camera.empty() || entry.camera == id) {
      const auto [place, fresh] = x.cameras.try_emplace(id);
      if (fresh)
        place->second.reason
            = watch.first ? standing_reason::nothing_seen : standing_reason::offline;
    }
  if (!entry.camera.empty() && x.cameras.empty()) {
    entry.answer.deliver(refusal_of(fmt::format("there is no camera '{}'; there are: {}",
                                                entry.camera, names_of(vigilance_->cameras()))));
    return;
  }
  show_names(x);
  entry.answer.deliver(std::move(x));
}

// Answers with what the decision tells of this camera, or of all if it is empty.
void consensus_state::narrow_down(decision_record decision, const std::string& camera,
                                  caf::typed_response_promise<decision_record> answer) {
  if (!camera.empty()) {
    auto wanted = decision.cameras.extract(camera);
    if (wanted.empty()) {
      answer.deliver(refusal_of(fmt::format(
          "the decision of {:.3f} tells nothing of camera '{}', only of: {}{}", decision.t, camera,
          names_of(decision.cameras),
          decision.untold > 0 ? fmt::format("; {} more were not kept", decision.untold) : "")));
      return;
    }
    decision.cameras.clear();
    decision.cameras.insert(std::move(wanted));
    decision.untold = 0;
  }
  answer.deliver(std::move(decision));
}

void consensus_state::look_back(const explain_query& query, unix_seconds at, int tries,
                                caf::typed_response_promise<decision_record> answer) {
  if (!store_) {
    answer.deliver(refusal_of("there is no journal, so only the present can be explained"));
    return;
  }
  if (unkept_ && unkept_->t <= at) {
    narrow_down(*unkept_, query.camera, answer);
    return;
  }
  self_->request(*store_, look_back_deadline, load_atom_v, at)
      .then(
          [this, query, tries, answer](const kept_decision& kept) mutable {
            if (kept.text.empty()) {
              answer.deliver(refusal_of(
                  kept.t > 0 ? fmt::format("the journal begins at {:.3f}; {:.3f} lies before it",
                                           kept.t, query.at)
                             : std::string{"the journal holds no decision yet; only the present "
                                           "can be explained"}));
              return;
            }
            auto decision = decision_from(kept.text);
            if (!decision && tries > 0) {
              look_back(query, std::nextafter(kept.t, 0), tries - 1, answer);
              return;
            }
            if (!decision) {
              answer.deliver(refusal_of(
                  fmt::format("what the journal holds of {:.3f} cannot be read", query.at)));
              return;
            }
            narrow_down(std::move(*decision), query.camera, answer);
          },
          [answer](const caf::error&) mutable {
            answer.deliver(refusal_of("the journal does not answer; try again"));
          });
}

// For people who ask later; no decision waits for it. What changes only in how a camera stands
// changes often, and would soon drive everything else out of the journal.
void consensus_state::keep(decision_record decision) {
  const bool news = !last_kept_ || decision.triggers() || decision.reason != last_kept_->reason
                    || decision.agreeing != last_kept_->agreeing
                    || now() - last_kept_->at >= keep_interval;
  unkept_ = std::move(decision);
  if (news)
    keep_now();
}

// What the store could not keep it tells itself.
void consensus_state::keep_now() {
  if (!unkept_ || !store_)
    return;
  last_kept_ = {unkept_->reason, unkept_->agreeing, now()};
  self_->request(*store_, write_deadline, kept_decision{unkept_->t, decision_line(*unkept_)})
      .then([](done_atom) {}, [](const caf::error&) {});
  unkept_.reset();
}

caf::typed_response_promise<done_atom> consensus_state::ping() {
  auto answer = self_->make_response_promise<done_atom>();
  const auto number = ++last_gathering_;
  roll_calls_[number] = {answer, trackers_.size()};
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    self_->request<caf::message_priority::high>(trackers_[i], ping_deadline, ping_atom_v)
        .then([this, number, i](done_atom) { answered(number, i, nullptr); },
              [this, number, i](const caf::error& fault) { answered(number, i, &fault); });
  return answer;
}

void consensus_state::answered(std::uint64_t number, std::size_t tracker, const caf::error* fault) {
  const auto found = roll_calls_.find(number);
  if (found == roll_calls_.end())
    return;
  auto& [answer, missing] = found->second;
  if (fault != nullptr)
    answer.deliver(caf::make_error(caf::sec::request_timeout,
                                   fmt::format("tracker {} does not answer", tracker)));
  else if (--missing == 0)
    answer.deliver(done_atom_v);
  else
    return;
  roll_calls_.erase(found);
}

monotonic consensus_state::now() const { return self_->clock().now().time_since_epoch(); }

consensus_actor::behavior_type consensus_state::make_behavior(consensus_settings settings,
                                                              wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  wall_ = std::move(wall);
  agreement_.emplace(settings_);
  vigilance_.emplace(settings_, now());
  last_threshold_ = settings_.threshold;
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  // Those of the configuration before all that may be found.
  for (const auto& [id, camera] : settings_.acceptance.cameras)
    keys_.add(id, now());
  if (settings_.tuned) {
    awaits_tuning_ = true;
    wait_while_unknown();
    self_->delayed_send(self_, tuning_deadline, vigilance_tick{tuning_tick_ = ++last_tick_});
  }
  spawn_trackers();
  // CAF tries one after the other, by the name of its type: what comes most is the first.
  return {
      [this](const verdict& v) { on_verdict(v); },
      [this](attach_atom, const store_actor& store) { attach(store); },
      [this](attach_atom, const connection_actor& connection) { attach(connection); },
      [this](ready_atom) { return ready(); },
      [this](const decision_tuning& tuning) { tune(tuning); },
      [this](forget_atom, const std::string& camera) { return forget(camera); },
      [this](listen_atom, const decision_listener& listener) {
        if (std::ranges::find(decision_listeners_, listener) != decision_listeners_.end())
          return;
        self_->monitor(listener);
        decision_listeners_.push_back(listener);
      },
      [this](listen_atom, const frigate_watcher& watcher) {
        if (std::ranges::find(watchers_, watcher) != watchers_.end())
          return;
        self_->monitor(watcher);
        watchers_.push_back(watcher);
      },
      [this](explain_atom, const explain_query& query) { return explain(query); },
      [this](listen_atom, const house_listener& listener) { listen(listener); },
      [this](listen_atom, const sight_listener& listener) {
        for (const auto& t : trackers_)
          self_->send(t, listen_atom_v, listener);
      },
      [this](listen_atom, const trace_listener& listener) {
        for (const auto& t : trackers_)
          self_->send(t, listen_atom_v, listener);
      },
      [this](const reported_problems& report) { take_report(report); },
      [this](const outcome_tick& tick) { write_outcome(tick.id); },
      [this](const cooldown_tick& tick) {
        if (tick.number != cooldown_number_)
          return;
        // The fire may burn on, and the pause with it.
        arm_cooldown();
        review();
        publish_state_if_changed();
      },
      [this](figures_atom) { return figures(); },
      [this](drain_atom) { return drain(); },
      [this](const vigilance_tick& tick) { on_vigilance_tick(tick); },
      [this](const link_up&) { on_link_up(); },
      [this](const link_down& link) { on_link_down(link.reason); },
      [this](const delivered& event) { on_delivered(event); },
      [this](const expired& event) { on_expired(event); },
      [this](const frigate_sign& sign) {
        vigilance_->frigate(sign, now());
        // What it followed before it went, or started anew, is unknown. What was retained
        // tells nothing of now.
        if (sign.announced && (sign.alive || !sign.online))
          for (const auto& t : trackers_)
            self_->send(t, sign);
        if (sign.alive && ((sign.announced && sign.online) || sign.counted))
          for (const auto& watcher : watchers_)
            self_->send(watcher, sign);
        look_around();
        publish_state_if_changed();
      },
      [this](const frigate_candidate& what) { on_candidate(what); },
      [this](const frigate_cameras& told) { on_cameras(told); },
      [this](const frigate_objects& seen) {
        self_->send(trackers_[shard_of(seen.prefix, trackers_.size())], seen);
      },
      [this](const camera_changed& x) {
        for (const auto& t : trackers_)
          self_->send(t, x);
        take_over(vigilance_->found(x.camera, now()));
      },
      [this](const camera_removed& x) {
        for (const auto& t : trackers_)
          self_->send(t, x);
        take_over(vigilance_->lost(x, now()));
      },
      [this](ping_atom) { return ping(); },
  };
}

consensus_actor::behavior_type consensus(consensus_actor::stateful_pointer<consensus_state> self,
                                         consensus_settings settings, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(wall));
}

} // namespace firefinder
