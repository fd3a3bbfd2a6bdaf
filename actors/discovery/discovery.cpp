#include "actors/discovery/discovery.hpp"

#include "messages/dumped.hpp"
#include "messages/exceptions.hpp"
#include "messages/link.hpp"
#include "messages/log.hpp"
#include "messages/plain.hpp"
#include "messages/quality_of_service.hpp"

#include <caf/send.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <utility>

namespace firefinder {

namespace {

using nlohmann::ordered_json;

// Longer than a slow disk.
constexpr timespan write_deadline = std::chrono::seconds{10};

// CAF's clock may be late, never early; so that nothing is asked again and again in between.
constexpr timespan shortest_pause = std::chrono::milliseconds{1};

// What Home Assistant's will and its last word say by default.
constexpr auto farewell = "offline";

constexpr auto enabled_key = "discovery/enabled";
constexpr auto switched_off = "off";
constexpr auto migrated_key = "discovery/migrated";

std::string parent(const std::string& topic) { return topic.substr(0, topic.rfind('/')); }

std::uint8_t signs_of(const camera_view& camera) {
  return static_cast<std::uint8_t>((camera.fire ? 1 : 0) | (camera.smoke ? 2 : 0)
                                   | (camera.online ? 4 : 0) | (camera.enabled ? 8 : 0)
                                   | (camera.problem.empty() ? 0 : 16));
}

bool lies_under(std::string_view topic, std::string_view level) {
  return topic == level || (topic.starts_with(level) && topic[level.size()] == '/');
}

} // namespace

discovery_state::discovery_state(discovery_actor::stateful_pointer<discovery_state> self)
  : self_(self), random_(std::random_device{}()) {}

// -- whom it works with --------------------------------------------------------------------------

void discovery_state::attach(const connection_actor& connection) {
  if (connection_ && *connection_ == connection)
    return;
  on_link_down();
  connection_ = connection;
  self_->send(connection, listen_atom_v, link_listener{discovery_actor{self_}});
  listen(settings_.status_topic);
  for (const auto& x : presence_)
    listen(x.topic);
  document_filters_.clear();
  hear_documents();
}

void discovery_state::hear_documents() {
  if (!connection_)
    return;
  for (const auto& filter : form_->document_filters())
    if (document_filters_.insert(filter).second)
      listen(filter);
}

void discovery_state::listen(const std::string& filter) {
  // Of what is heard here, nothing is to wait at the broker while we are away.
  self_->send(*connection_, listen_atom_v, filter, at_most_once,
              std::vector<inbound_listener>{inbound_listener{discovery_actor{self_}}});
}

void discovery_state::attach(const store_actor& store) {
  if (store_ != store) {
    store_ = store;
    asked_.clear();
    ask_store();
  }
  work();
}

void discovery_state::on_link_up(const link_up& link) {
  if (link.generation == generation_)
    return;
  generation_ = link.generation;
  std::ranges::move(std::exchange(left_refused_, {}), std::back_inserter(left_behind_));
  show(house_->take(link, moment()));
  counters_due_ = now() + counter_interval;
  if (begun_ && heard_house_)
    announcer_.link_up(generation_, now());
  if (!std::exchange(linked_, true)) {
    if (!heard_house_)
      house_due_ = now() + house_deadline;
    search_ends_ = now() + search_span;
    settles_at_ = now() + settle_span;
  }
  work();
}

void discovery_state::on_link_down() {
  generation_ = 0;
  counters_due_.reset();
  stop_forgetting("the link to the broker has ended; ask again when there is one");
  announcer_.link_down();
  migration_.link_down();
}

// Another who decides tells everything again.
template <class Told>
void discovery_state::take_of_decision(const Told& told) {
  const auto who = caf::actor_cast<caf::actor_addr>(self_->current_sender());
  if (who && who != decider_ && std::exchange(decider_, who))
    house_->begin_anew(moment());
  if constexpr (std::is_same_v<Told, house_cameras>)
    for (const auto& camera : told.all)
      show(house_->take(camera, moment()));
  else
    show(house_->take(told, moment()));
  if constexpr (std::is_same_v<Told, house_state>)
    hear_house();
  work();
}

// -- the time before ----------------------------------------------------------------------

void discovery_state::ask_store() {
  ask_again_.reset();
  for (const auto kind : untold_)
    ask_store(kind);
}

void discovery_state::ask_store(record_kind what) {
  asked_.insert(what);
  // Another store may have taken its place by then, and is asked itself.
  const auto is_present = [this, asked = *store_] { return store_ == asked; };
  self_->request(*store_, store_deadline, load_atom_v, what)
      .then(
          [this, what, is_present](const std::vector<store_record>& all) {
            if (is_present())
              told(what, all);
          },
          [this, what, is_present](const caf::error& why) {
            if (is_present())
              not_told(what, why);
          });
}

void discovery_state::told(record_kind what, const std::vector<store_record>& records) {
  asked_.erase(what);
  if (untold_.erase(what) == 0)
    return;
  if (what == record_kind::counter)
    show(house_->restore(records, moment()));
  if (what == record_kind::setting)
    take_settings(records);
  if (what == record_kind::announcement)
    before_ = records;
  if (begun_ && knows_the_past())
    take_up_late();
  else if (!begun_ && asked_.empty())
    begin_announcing();
  work();
}

// An answer that is none says nothing of what was before, least of all that there was nothing.
void discovery_state::not_told(record_kind what, const caf::error& why) {
  asked_.erase(what);
  if (!begun_)
    FF_LOG("discovery", warning,
           "the store does not tell its {}s: nothing of the time before is cleared until it "
           "does: {}",
           to_string(what), self_->system().render(why));
  ask_again_ = now() + store_pause;
  if (!begun_ && asked_.empty())
    begin_announcing();
  work();
}

void discovery_state::take_settings(const std::vector<store_record>& records) {
  for (const auto& x : records) {
    if (x.key == enabled_key && !ordered_)
      enabled_ = x.value != switched_off;
    if (x.key == migrated_key && !migration_forgotten_)
      migration_.restore(x.value);
  }
  if (begun_)
    choose_form();
}

// Everything that can be known of the time before in time is there.
void discovery_state::begin_announcing() {
  begun_ = true;
  store_due_.reset();
  choose_form();
  if (knows_the_past())
    restore(std::exchange(before_, {}));
  if (generation_ != 0 && heard_house_)
    announcer_.link_up(generation_, now());
}

// Before, there would be nothing to announce but what is taken back a moment later.
void discovery_state::hear_house() {
  house_due_.reset();
  if (!std::exchange(heard_house_, true) && begun_ && generation_ != 0)
    announcer_.link_up(generation_, now());
}

void discovery_state::take_up_late() {
  FF_LOG("discovery", info, "the store has told what was announced before");
  restore(std::exchange(before_, {}));
  if (linked_) {
    search_ends_ = now() + search_span;
    settles_at_ = now() + settle_span;
  }
  // Documents may have components that are to be forgotten, and removals may be owed.
  announcer_.announce(now());
}

void discovery_state::restore(const std::vector<store_record>& records) {
  for (const auto& x : records) {
    const auto record = parse_announced_record(x.value);
    if (!record)
      continue;
    if (const auto topic = off_the_wire(x.key))
      announcer_.restore(*topic, *record, may_be_wanted(*record, *topic));
    else
      left_behind_.push_back(x.key);
  }
}

// Whether a camera that nobody has told of yet would want this topic: then it stands under the
// names of now, and in the form of now.
bool discovery_state::may_be_wanted(const announced_record& record,
                                    const std::string& topic) const {
  // What these want is known by now, but for what was told of them once.
  if (record.device.empty()
      || (record.what != announced_record::kind::passing
          && house_->cameras().count(record.device) != 0))
    return false;
  camera_view view;
  view.id = view.key = view.name = record.device;
  const auto all = announced(form_->of_camera(view, 0, migration_.of(record.device)));
  return std::ranges::any_of(all, [&](const retained_message& x) {
    return record.what == announced_record::kind::passing ? parent(x.topic) == parent(topic)
                                                          : x.topic == topic;
  });
}

// Who has not been heard of by now is taken for gone.
void discovery_state::settle() {
  for (const auto& key : migration_.unfinished())
    if (house_->cameras().count(key) == 0)
      migration_.give_up(key);
  announcer_.settle(now());
}

// -- what is shown ------------------------------------------------------------------------

// By the configuration, or by what was taken over.
void discovery_state::choose_form() {
  form_ = is_migrated() ? forms_.make_migrated(migration_.cameras()) : forms_.make(settings_.mode);
  ++form_number_;
  house_->announce(enabled_);
  if (announces())
    hear_documents();
  show_everything();
}

void discovery_state::show(const house_news& news) {
  // What happened goes before what has come of it.
  for (const auto& event : news.events)
    tell(event);
  for (const auto& key : news.gone) {
    migration_.give_up(key);
    announcer_.set(key, {}, now());
  }
  for (const auto& key : news.cameras)
    show_camera(key);
  if (news.hub)
    show_hub();
}

void discovery_state::show_hub() {
  announcer_.set({}, announced(form_->of_hub(house_->hub())), now());
}

void discovery_state::show_camera(const std::string& key) {
  const auto found = house_->cameras().find(key);
  if (found == house_->cameras().end())
    return;
  const auto& camera = found->second;
  // Nothing of it stands at Home Assistant any more.
  if (!camera.announced)
    migration_.give_up(key);
  const auto facts = facts_of(camera, migration_.of(key));
  const auto made_of = stand_in(facts, form_number_);
  auto all = form_->states_of(camera, wall_());
  const auto signs = signs_of(camera);
  for (auto& x : all)
    x.signs = signs;
  if (announcer_.made_of(key) == made_of) {
    announcer_.set_states(key, std::move(all), now());
    return;
  }
  auto documents = announced(form_->documents_of(facts));
  std::ranges::move(documents, std::back_inserter(all));
  announcer_.set(key, std::move(all), now(), made_of);
}

void discovery_state::show_everything() {
  show_hub();
  for (const auto& [key, camera] : house_->cameras())
    show_camera(key);
}

void discovery_state::tell(const house_event& event) {
  for (const auto& x : form_->of_event(event))
    tell(event.camera, x);
}

void discovery_state::tell(const std::string& device, const passing_message& what) {
  if (generation_ == 0)
    return;
  publication out;
  out.topic = what.topic;
  out.payload = what.payload;
  out.qos = what.qos;
  out.retain = what.retain;
  out.outdated_after = what.outdated_after;
  self_->send(*connection_, std::move(out));
  if (what.retain)
    announcer_.passed(device, what.topic);
}

// Only when they have changed: the house shows them, and what it shows is announced.
void discovery_state::tell_problems() {
  std::vector<problem> all;
  for (const auto& topic : announcer_.refused())
    all.push_back({"announcement_refused", topic, false, 0,
                   "the broker does not take what is announced on " + topic
                       + "; look at its access rules and limits"});
  if (!left_refused_.empty())
    all.push_back({"announcement_left", left_refused_.front(), false, 0,
                   "the broker does not let us clear " + left_refused_.front()
                       + ", which an earlier mqtt.topic_prefix has left there, and maybe others; "
                         "look at its access rules"});
  if (is_migrated() && settings_.mode == discovery_mode::argusai)
    all.push_back({"mode_migrated",
                   {},
                   false,
                   0,
                   "the form argusai was taken over by the form device, which is shown: set "
                   "home_assistant.mode to device, or go back by the request discovery/clear and "
                   "then discovery/publish"});
  const auto same = [](const problem& a, const problem& b) {
    return a.code == b.code && a.subject == b.subject;
  };
  if (std::ranges::equal(all, problems_, same))
    return;
  for (auto& x : all) {
    const auto known
        = std::ranges::find_if(problems_, [&](const problem& y) { return same(x, y); });
    x.since = known == problems_.end() ? wall_() : known->since;
    if (known == problems_.end())
      FF_LOG("discovery", warning, "{}", x.text);
  }
  problems_ = std::move(all);
  show(house_->take(problems_, moment()));
}

bool discovery_state::announces() const noexcept {
  return enabled_ && settings_.mode != discovery_mode::off;
}

bool discovery_state::is_migrated() const noexcept {
  return migration_.exists() && settings_.mode != discovery_mode::off;
}

std::vector<retained_message> discovery_state::announced(std::vector<retained_message> all) const {
  if (!announces())
    std::erase_if(all, [](const auto& x) { return x.what == message_class::document; });
  return all;
}

// -- what comes over MQTT -----------------------------------------------------------------

void discovery_state::on_inbound(const inbound& message) {
  if (message.size > max_payload_bytes)
    return;
  if (message.topic == settings_.status_topic) {
    // A retained one is of unknown age, and whoever subscribes has just announced.
    if (message.retained)
      return;
    // Nothing follows from it: what is told meanwhile stands at the broker.
    departures_ += message.payload == farewell ? 1 : 0;
    if (message.payload != settings_.birth_payload)
      return;
    FF_LOG("discovery", info, "Home Assistant has started: everything is announced again");
    announcer_.birth(now(), std::uniform_real_distribution<double>{0, 1}(random_));
    work();
    return;
  }
  const auto presence
      = std::ranges::find_if(presence_, [&](const auto& x) { return x.topic == message.topic; });
  if (presence == presence_.end()) {
    on_document(message);
    work();
    return;
  }
  // The will of an earlier connection of ours, or somebody who clears topics. Our own word comes
  // back to us too.
  if (message.payload == presence->online
      || (message.payload != presence->offline && !message.payload.empty()))
    return;
  announcer_.contradicted(message.topic, now());
  work();
}

void discovery_state::on_document(const inbound& message) {
  // What is told now has somebody who tells it.
  if (forgetting_ && !message.retained)
    forgetting_->found.erase(message.topic);
  if (message.retained) {
    if (forgetting_ && forgetting_->found.size() < max_orphans
        && forgetting_->form->is_ours(message.topic, message.payload))
      forgetting_->found.insert(message.topic);
    if (!searched_ && orphans_.size() < max_orphans && !announcer_.knows(message.topic)
        && form_->is_ours(message.topic, message.payload))
      orphans_.insert(message.topic);
    return;
  }
  // It may be long until those that were found are cleared, and by then this one is another's.
  if (!form_->is_ours(message.topic, message.payload))
    orphans_.erase(message.topic);
  // Home Assistant clears the document of a device that a person deletes there
  // (integrations/mqtt). The next announcement brings it back.
  if (!message.payload.empty() || !announcer_.has_document(message.topic)
      || !taken_away_.insert(message.topic).second)
    return;
  FF_LOG("discovery", info, "{} was cleared by somebody else; the next announcement brings it back",
         message.topic);
  tell({}, {settings_.base_topic + "/bridge/event",
            dumped<ordered_json>(
                {{"type", "announcement_cleared"}, {"data", {{"topic", message.topic}}}})});
}

// What was found and is still wanted by nobody.
void discovery_state::end_search() {
  search_ends_.reset();
  searched_ = true;
  for (const auto& topic : orphans_)
    if (!announcer_.knows(topic)) {
      FF_LOG("discovery", info, "{} is of no camera of ours and is cleared", topic);
      announcer_.owe_removal(topic, now());
    }
  orphans_.clear();
  if (announces() || !connection_)
    return;
  for (const auto& filter : std::exchange(document_filters_, {}))
    self_->send(*connection_, leave_atom_v, filter);
}

void discovery_state::end_forgetting() {
  leave_forgetting();
  auto x = *std::exchange(forgetting_, std::nullopt);
  std::size_t cleared = 0;
  for (const auto& topic : x.found)
    if (!announcer_.knows(topic)) {
      announcer_.owe_removal(topic, now());
      ++cleared;
    }
  FF_LOG("discovery", info, "{} documents of the instance {} are cleared", cleared, x.instance);
  x.promise.deliver(dumped<ordered_json>({{"instance", x.instance}, {"documents", cleared}}));
}

void discovery_state::leave_forgetting() {
  for (const auto& filter : forgetting_->form->document_filters())
    if (document_filters_.count(filter) == 0)
      self_->send(*connection_, leave_atom_v, filter);
}

void discovery_state::stop_forgetting(const std::string& why) {
  if (!forgetting_)
    return;
  leave_forgetting();
  auto promise = std::exchange(forgetting_, std::nullopt)->promise;
  promise.deliver(caf::make_error(caf::sec::runtime_error, why));
}

// -- what is due --------------------------------------------------------------------------

void discovery_state::on_tick(const discovery_tick& tick) {
  if (tick.number != tick_)
    return;
  armed_.reset();
  const auto at = now();
  const auto due = [at](const std::optional<monotonic>& x) { return x && *x <= at; };
  if (due(store_due_)) {
    FF_LOG("discovery", warning,
           "the store has not told what was announced before: nothing of it is cleared until it "
           "does");
    begin_announcing();
  }
  if (due(house_due_)) {
    FF_LOG("discovery", warning, "nobody tells how the house stands: it is announced without");
    hear_house();
  }
  if (store_ && due(ask_again_))
    ask_store();
  if (generation_ != 0) {
    show(house_->advance(moment()));
    if (due(counters_due_)) {
      counters_due_ = at + counter_interval;
      write_counters();
    }
    // Not before it is known what the time before has announced.
    if (knows_the_past() && due(search_ends_))
      end_search();
    if (forgetting_ && forgetting_->ends <= at)
      end_forgetting();
    if (knows_the_past() && due(settles_at_)) {
      settles_at_.reset();
      settle();
    }
  }
  work();
}

// Sends and writes what is due, and sees to it that it is called again when something else is.
void discovery_state::work() {
  tell_problems();
  for (const auto& key : migration_.advance(now())) {
    show_camera(key);
    if (!migration_.runs())
      FF_LOG("discovery", info, "the form argusai is taken over, {} cameras",
             migration_.cameras().size());
  }
  for (auto& x : announcer_.advance(now())) {
    publication out;
    out.topic = std::move(x.topic);
    out.payload = std::move(x.payload);
    out.qos = at_least_once;
    out.retain = true;
    out.how = delivery::latest;
    out.outdated_after = x.outdated_after;
    // The announcer has a deadline of its own.
    self_->request(*connection_, caf::infinite, publish_atom_v, std::move(out))
        .then(
            [this, token = x.token, device = x.device](done_atom) {
              acknowledged(token, device);
              work();
            },
            [this, token = x.token](const caf::error&) {
              announcer_.failed(token, now());
              work();
            });
  }
  if (const auto count = announcer_.announcements();
      std::exchange(announcements_seen_, count) != count)
    taken_away_.clear();
  clear_left_behind();
  write_records();
  arm();
}

// One after another: nobody waits for it.
void discovery_state::clear_left_behind() {
  if (generation_ == 0 || clearing_left_ || left_behind_.empty())
    return;
  clearing_left_ = true;
  publication out;
  out.topic = left_behind_.back();
  out.prefixed = false;
  out.qos = at_least_once;
  out.retain = true;
  out.how = delivery::latest;
  self_->request(*connection_, caf::infinite, publish_atom_v, std::move(out))
      .then(
          [this](done_atom) {
            clearing_left_ = false;
            queue_.put({record_kind::announcement, left_behind_.back(), {}}, true);
            left_behind_.pop_back();
            if (left_behind_.empty() && left_refused_.empty())
              FF_LOG("discovery", info,
                     "nothing of an earlier mqtt.topic_prefix is at the broker any more");
            work();
          },
          [this, link = generation_](const caf::error&) {
            clearing_left_ = false;
            // That the link has ended says nothing of what the broker allows.
            if (link == generation_) {
              left_refused_.push_back(std::move(left_behind_.back()));
              left_behind_.pop_back();
            }
            work();
          });
}

void discovery_state::acknowledged(std::uint64_t token, const std::string& device) {
  announcer_.acknowledged(token, now());
  if (migration_.runs() && announcer_.documents_stand(device))
    migration_.acknowledged(device, now());
}

void discovery_state::write_counters() {
  // Those of the time before are not among them yet.
  if (untold_.count(record_kind::counter) != 0)
    return;
  for (auto& x : house_->changed_counters())
    queue_.put(std::move(x));
}

void discovery_state::write_records() {
  if (auto text = migration_.take_change())
    queue_.put({record_kind::setting, migrated_key, *std::move(text)});
  // A record of now does not know what the one in its place knows.
  if (knows_the_past())
    for (auto& change : announcer_.take_records()) {
      const bool removal = change.record && change.record->what == announced_record::kind::removed;
      queue_.put({record_kind::announcement, on_the_wire(change.topic),
                  change.record ? to_text(*change.record) : std::string{}},
                 removal);
    }
  if (!store_)
    return;
  while (auto next = queue_.next(now())) {
    const auto what = *next;
    self_->request(*store_, write_deadline, std::move(*next))
        .then(
            [this, what](done_atom) {
              queue_.written(what);
              const auto record = parse_announced_record(what.value);
              if (what.kind == record_kind::announcement && record
                  && record->what == announced_record::kind::removed)
                if (const auto topic = off_the_wire(what.key))
                  announcer_.removal_recorded(*topic, now());
              work();
            },
            [this, what](const caf::error&) {
              queue_.failed(what, now());
              work();
            });
  }
}

void discovery_state::arm() {
  std::optional<monotonic> due;
  const auto consider = [&due](const std::optional<monotonic>& at) {
    if (at)
      due = due ? std::min(*due, *at) : *at;
  };
  consider(store_due_);
  consider(house_due_);
  if (store_) {
    consider(queue_.next_try());
    consider(ask_again_);
  }
  // Without a link time passes for nobody.
  if (generation_ != 0) {
    consider(announcer_.next_change(now()));
    consider(migration_.next_change());
    consider(house_->next_change());
    consider(counters_due_);
    if (forgetting_)
      consider(forgetting_->ends);
    if (knows_the_past()) {
      consider(search_ends_);
      consider(settles_at_);
    }
  }
  if (!due || (armed_ && *armed_ <= *due))
    return;
  armed_ = *due;
  self_->delayed_send(self_, std::max(*due - now(), shortest_pause), discovery_tick{++tick_});
}

// The store takes what it is sent before it ends.
void discovery_state::write_the_rest() {
  if (!store_)
    return;
  write_counters();
  for (auto& x : queue_.drain())
    caf::anon_send(*store_, std::move(x));
}

// -- operators ----------------------------------------------------------------------------

caf::result<std::string> discovery_state::obey(announce_order order) {
  const auto refuse
      = [](std::string why) { return caf::make_error(caf::sec::runtime_error, std::move(why)); };
  if (order == announce_order::migrate)
    return migrate();
  if (order == announce_order::publish && settings_.mode == discovery_mode::off)
    return refuse("home_assistant.mode is off: choose device or argusai in the configuration");
  const bool changes = std::exchange(enabled_, order == announce_order::publish) != enabled_;
  FF_LOG("discovery", info, "an operator has {} the announcements",
         enabled_ ? "asked for" : "taken back");
  ordered_ = true;
  const bool forgets = !enabled_ && forget_migration();
  if (changes || forgets)
    choose_form();
  // Nobody knows yet of which cameras these are, and now nobody needs to.
  if (!enabled_ && !knows_the_past())
    for (const auto& topic : std::exchange(orphans_, {}))
      announcer_.owe_removal(topic, now());
  if (enabled_)
    announcer_.announce(now());
  work();
  if (!store_)
    return outcome("there is no store: a restart will forget it");
  auto promise = self_->make_response_promise<std::string>();
  self_
      ->request(*store_, write_deadline,
                store_record{record_kind::setting, enabled_key, enabled_ ? "" : switched_off})
      .then([this, promise](done_atom) mutable { promise.deliver(outcome({})); },
            [this, promise](const caf::error& why) mutable {
              promise.deliver(outcome("a restart will forget it: the store does not write: "
                                      + self_->system().render(why)));
            });
  return promise;
}

// Empty: nothing speaks against it.
std::string discovery_state::why_not_forget(const std::string& instance) const {
  if (instance.empty() || !std::ranges::all_of(instance, is_plain))
    return "the name of an instance has lower-case letters, digits and _ only";
  if (instance == settings_.instance)
    return "this is the instance " + instance
           + " itself: discovery/clear takes back what it announces";
  if (forgetting_)
    return "the instance " + forgetting_->instance + " is being forgotten; wait for its end";
  if (generation_ == 0 || !connection_)
    return "there is no link to the broker: ask again when there is one";
  if (!knows_the_past())
    return "the store has not told what was announced before: see why, and ask again";
  return {};
}

// What is retained is told to who subscribes, so it is subscribed to anew.
caf::result<std::string> discovery_state::forget(const std::string& instance) {
  if (auto why = why_not_forget(instance); !why.empty())
    return caf::make_error(caf::sec::runtime_error, std::move(why));
  auto promise = self_->make_response_promise<std::string>();
  forgetting_.emplace(
      forgetting{instance, forms_.make_of_instance(instance), {}, now() + search_span, promise});
  for (const auto& filter : forgetting_->form->document_filters()) {
    if (document_filters_.count(filter) != 0)
      self_->send(*connection_, leave_atom_v, filter);
    listen(filter);
  }
  work();
  return promise;
}

// Empty: nothing speaks against it.
std::string discovery_state::why_not_migrate() const {
  if (settings_.mode != discovery_mode::argusai)
    return "there is nothing to take over: home_assistant.mode is " + to_string(settings_.mode)
           + ", and only what the form argusai has announced can be taken over";
  if (migration_asked_ != 0 || migration_.runs())
    return "it is under way already";
  if (migration_.exists())
    return "the cameras were taken over already: set home_assistant.mode to device";
  if (!enabled_)
    return "the announcements were taken back, and Home Assistant has forgotten the entities";
  if (!begun_)
    return "what was announced before is not known yet: ask again in some seconds";
  if (generation_ == 0)
    return "there is no link to the broker: ask again when there is one";
  if (!store_)
    return "there is no store, and a restart in the middle would lose the entities";
  if (!knows_the_past())
    return "the store has not told what was announced before: see why, and ask again";
  if (announcer_.documented().empty())
    return "no camera is announced";
  return {};
}

caf::result<std::string> discovery_state::migrate() {
  if (auto why = why_not_migrate(); !why.empty())
    return caf::make_error(caf::sec::runtime_error, std::move(why));
  migration next;
  next.begin(announcer_.documented());
  migration_asked_ = ++last_migration_;
  auto promise = self_->make_response_promise<std::string>();
  self_
      ->request(*store_, write_deadline,
                store_record{record_kind::setting, migrated_key, next.to_text()})
      .then(
          [this, promise, next, number = migration_asked_](done_atom) mutable {
            if (migration_asked_ != number) {
              promise.deliver(caf::make_error(caf::sec::runtime_error,
                                              std::string{"the announcements were taken back"}));
              return;
            }
            const auto cameras = next.cameras().size();
            begin_migration(std::move(next));
            promise.deliver(dumped<ordered_json>(
                {{"cameras", cameras},
                 {"mode", figures().mode},
                 {"warning", "set home_assistant.mode to device in the configuration, "
                             "where it still is argusai"}}));
          },
          [this, promise, number = migration_asked_](const caf::error& why) mutable {
            if (migration_asked_ == number) {
              migration_asked_ = 0;
              // It may be written nevertheless, only late.
              queue_.put({record_kind::setting, migrated_key, {}}, true);
              work();
            }
            promise.deliver(caf::make_error(
                caf::sec::runtime_error,
                "the store does not write, and a restart in the middle would lose the entities: "
                    + self_->system().render(why)));
          });
  return promise;
}

void discovery_state::begin_migration(migration&& next) {
  migration_asked_ = 0;
  migration_ = std::move(next);
  FF_LOG("discovery", info, "the form argusai is being taken over, {} cameras",
         migration_.cameras().size());
  choose_form();
  work();
}

// From now on the configured form holds. Whether another one did.
bool discovery_state::forget_migration() {
  const bool asked = std::exchange(migration_asked_, 0) != 0;
  const bool existed = migration_.exists();
  migration_ = {};
  const bool untold = untold_.count(record_kind::setting) != 0;
  migration_forgotten_ |= untold;
  if (asked || existed || untold)
    queue_.put({record_kind::setting, migrated_key, {}}, true);
  return existed;
}

std::string discovery_state::outcome(const std::string& warning) const {
  const auto x = figures();
  ordered_json result{{"mode", x.mode},       {"enabled", x.enabled},
                      {"cameras", x.cameras}, {"documents", x.documents},
                      {"pending", x.pending}, {"link", generation_ != 0}};
  if (!warning.empty())
    result["warning"] = warning;
  return dumped(result);
}

discovery_figures discovery_state::figures() const {
  discovery_figures result;
  const auto x = announcer_.report();
  result.enabled = announces();
  result.mode = to_string(is_migrated() ? discovery_mode::device : settings_.mode);
  result.cameras = announces() ? static_cast<std::uint64_t>(std::ranges::count_if(
                       house_->cameras(), [](const auto& y) { return y.second.announced; }))
                               : 0;
  result.documents = x.documents;
  result.pending = x.pending;
  result.removals_pending = x.removals_pending;
  result.announcements = x.announcements;
  result.births = x.births;
  result.departures = departures_;
  result.complete = x.complete;
  result.problems = problems_;
  return result;
}

// -- names --------------------------------------------------------------------------------

// Records are kept under the names that the broker knows: `mqtt.topic_prefix` may be another
// one at the next start.
std::string discovery_state::on_the_wire(const std::string& topic) const {
  return lies_under(topic, settings_.discovery_prefix) ? topic : settings_.topic_prefix + topic;
}

std::optional<std::string> discovery_state::off_the_wire(const std::string& topic) const {
  if (lies_under(topic, settings_.discovery_prefix))
    return topic;
  if (!topic.starts_with(settings_.topic_prefix))
    return std::nullopt;
  return topic.substr(settings_.topic_prefix.size());
}

monotonic discovery_state::now() const { return self_->clock().now().time_since_epoch(); }

house::moment discovery_state::moment() const { return {now(), wall_()}; }

discovery_actor::behavior_type
discovery_state::make_behavior(discovery_settings settings, presentations forms, wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  wall_ = std::move(wall);
  forms_ = std::move(forms);
  form_ = forms_.make(settings_.mode);
  presence_.push_back(form_->daemon_presence());
  // Our own topics have their word in every form.
  if (const auto own = settings_.base_topic + "/bridge/state"; presence_.front().topic != own)
    presence_.push_back({own, "online", "offline"});
  announcer_ = announcer{{settings_.birth_delay_min, settings_.birth_delay_max}};
  announcer_.set_presence(presence_);
  house_.emplace(settings_.local_day, settings_.zones, moment(), settings_.started_at);
  house_->configure(settings_.aliases);
  show_hub();
  store_due_ = now() + store_deadline;
  arm();
  self_->set_exit_handler([this](const caf::exit_msg& x) {
    write_the_rest();
    self_->quit(x.reason);
  });
  const auto take = [this](const auto& told) {
    show(house_->take(told, moment()));
    work();
  };
  return {
      [this](attach_atom, const connection_actor& connection) { attach(connection); },
      [this](attach_atom, const store_actor& store) { attach(store); },
      [this](announce_order order) { return obey(order); },
      [this](const forget_order& order) { return forget(order.instance); },
      [this](const discovery_tick& tick) { on_tick(tick); },
      [this](figures_atom) { return figures(); },
      [this](const link_up& link) { on_link_up(link); },
      [this](const link_down& x) {
        // A late word of an earlier link says nothing of this one.
        if (x.generation == generation_)
          on_link_down();
      },
      [this](const inbound& message) { on_inbound(message); },
      [this](const house_state& told) { take_of_decision(told); },
      [this](const house_cameras& told) { take_of_decision(told); },
      [this](const house_camera_gone& told) { take_of_decision(told); },
      [take](const camera_sights& seen) { take(seen); },
      [take](const control_state& told) { take(told); },
      [take](const alarm_event& told) { take(told); },
      [take](const camera_changed& told) { take(told); },
      [take](const camera_removed& told) { take(told); },
      [take](const decision_record& told) { take(told); },
      [](ping_atom) { return done_atom_v; },
  };
}

discovery_actor::behavior_type discovery(discovery_actor::stateful_pointer<discovery_state> self,
                                         discovery_settings settings, presentations forms,
                                         wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(forms), std::move(wall));
}

} // namespace firefinder
