#include "actors/consensus/tracker.hpp"

#include "actors/consensus/trace.hpp"
#include "actors/consensus/tuning.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/shard.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace firefinder {

namespace {

// Samples that wait for a store that is busy: more than a second of any camera that a
// decision goes by.
constexpr std::size_t max_to_keep = 1'000;
constexpr timespan keep_deadline = std::chrono::seconds{5};

// So long they are gathered for it: a write costs about as much for one as for many.
constexpr timespan keep_pause = std::chrono::milliseconds{50};

// What waited at the broker comes at once; a gap of this length ends it.
constexpr timespan patience = std::chrono::seconds{1};

// An instance that sends events is alive; the decision need not hear of each.
constexpr timespan sign_interval = std::chrono::seconds{30};

// How often a candidate is told of that an instance sees, or that the other detectors see.
constexpr timespan suggestion_interval = std::chrono::seconds{1};

// Least time until what waits for the pause of its camera is looked at again.
constexpr timespan sights_interval = std::chrono::milliseconds{100};

} // namespace

void tracker_state::on_inbound(inbound& message) {
  ++messages_;
  if (message.waited_before != 0) {
    // The connection knows of losses of its own link, not of the time before the process.
    if (message.away == timespan::max() && listened_until_ != never)
      message.away = message.arrived - listened_until_;
    patient_until_ = std::max(patient_until_, message.arrived + patience);
  }
  if (activity::is_activity(message.topic))
    return on_activity(message);
  auto result = decoder_->decode(message);
  for (const auto& what : result.dropped)
    note(what);
  if (result.frigate)
    on_sign(std::move(*result.frigate));
  if (result.guessed_frame)
    FF_LOG("tracker", warning,
           "camera {}: the size of the frames that Frigate looks at is not known, or not what was "
           "told: its boxes count whatever share of the frame they cover. frigate.api_url or "
           "cameras.<id>.frame_size tells the size",
           result.seen->camera);
  std::vector<sample_trace> traces;
  if (tracer_)
    traces = traces_of(message, result, unlimited_->decode(message), acceptance_);
  const auto repeated_before = repeated_;
  for (auto* seen : {&result.missed, &result.seen}) {
    if (!*seen)
      continue;
    if (acceptance_.burst_sampling)
      activity_->note(**seen);
    (*seen)->held = message.held;
    hand_over(std::move(**seen));
  }
  send_traces(std::move(traces), repeated_ != repeated_before);
}

// A source that repeats itself says so of one object in a message.
void tracker_state::send_traces(std::vector<sample_trace> traces, bool repeated) {
  for (auto& trace : traces) {
    if (repeated && trace.counts())
      trace.dropped = to_string(drop_reason::repeated);
    if (!trace.camera.empty())
      for (auto& [id, standing] : cameras_->standings(trace.camera, now()))
        trace.standing = std::move(standing);
    // Decisions name their cameras as people do.
    if (const auto known = names_.find(trace.camera); known != names_.end())
      trace.camera = known->second;
    self_->send(*tracer_, std::move(trace));
  }
}

void tracker_state::on_activity(const inbound& message) {
  auto read = activity_->read(message);
  if (read.dropped)
    note({*read.dropped, {}});
  for (auto& seen : read.seen)
    hand_over(std::move(seen));
}

void tracker_state::on_cameras(const frigate_cameras& told) {
  activity_->note(told);
  for (const auto& camera : told.cameras)
    decoder_->frame_told(told.prefix, camera.name, {camera.width, camera.height});
}

void tracker_state::on_objects(const frigate_objects& seen) {
  for (const auto& [camera, spelled] : activity_->note(seen)) {
    sighting alive;
    alive.camera = camera;
    alive.name = spelled;
    alive.source = seen.prefix;
    alive.at = now();
    hand_over(std::move(alive));
  }
}

// What camera detection tells.
void tracker_state::take_over(const known_devices::change& news) {
  if (!news.any())
    return;
  if (news.identity) {
    decoder_->identify(devices_->identity());
    if (unlimited_)
      unlimited_->identify(devices_->identity());
    activity_->identify(devices_->identity());
    cameras_->retire(devices_->identity().synonyms());
    // Which cameras are switched off was told by their names.
    if (tuning_)
      take_up_tuning();
  }
  decoder_->frames_found(devices_->frames());
  if (unlimited_)
    unlimited_->frames_found(devices_->frames());
  std::set<std::string> missing;
  for (const auto& [id, x] : devices_->cameras())
    if (x.is_missing())
      missing.insert(id);
  for (auto& v : cameras_->doubt(std::move(missing), now()))
    report(std::move(v), false);
  arm();
}

// To the tracker of its camera.
void tracker_state::hand_over(sighting seen) {
  if (!peers_.empty())
    if (const auto owner = shard_of(seen.camera, peers_.size()); owner != index_) {
      self_->send(peers_[owner], std::move(seen));
      return;
    }
  on_sighting(seen);
}

void tracker_state::on_sighting(const sighting& seen) {
  auto result = cameras_->add(seen);
  if (result.refused) {
    note({drop_reason::too_many_cameras, {}});
    return;
  }
  if (!seen.name.empty())
    names_.try_emplace(seen.camera, seen.name);
  accepted_ += result.accepted;
  if (result.repeated != 0)
    dropped_[drop_reason::repeated] += result.repeated;
  repeated_ += result.repeated;
  if (result.surplus != 0)
    note({drop_reason::too_many_objects, seen.camera, result.surplus});
  if (result.switched_off != 0)
    note({drop_reason::camera_disabled, seen.camera, result.switched_off});
  // First, for it may be what makes it an alarm.
  if (result.change)
    report(std::move(*result.change), result.news);
  if (!result.evidence.empty())
    show(seen, result.evidence);
  if (result.worth_keeping)
    keep(seen);
  if (result.accepted != 0)
    suggest(seen);
  arm();
}

// It may become an alarm: whoever sees it is not to be disturbed, and more samples of it may
// be wanted. That holds whoever saw it.
void tracker_state::suggest(const sighting& seen) {
  const auto [known, fresh] = suggested_.try_emplace(seen.source, now());
  if (!fresh && now() - known->second < suggestion_interval)
    return;
  known->second = now();
  self_->send(consensus_,
              frigate_candidate{seen.source, seen.detections.front().object, seen.at + window_});
}

// -- what cameras see, for those who show it ----------------------------------------------------

// Of the detections of one sign in one message, the surest.
void tracker_state::show(const sighting& seen, const std::vector<tracking::sighted>& evidence) {
  for (const auto sign : {fire_sign::fire, fire_sign::smoke}) {
    const tracking::sighted* surest = nullptr;
    std::uint32_t count = 0;
    for (const auto& x : evidence)
      if (x.what.sign == sign) {
        ++count;
        if (surest == nullptr || x.what.confidence > surest->what.confidence)
          surest = &x;
      }
    if (surest == nullptr)
      continue;
    camera_sight x{seen.camera,
                   surest->what,
                   seen.source,
                   surest->growth,
                   seen.received_at,
                   count,
                   std::max(surest->until - now(), timespan{0})};
    if (auto told = sights_.add(std::move(x), now()))
      untold_sights_.push_back(std::move(*told));
  }
  tell_sights();
}

void tracker_state::tell_sights() {
  if (!untold_sights_.empty() && sights_pace_.admits(now())) {
    sights_pace_.spend(now());
    const camera_sights message{std::exchange(untold_sights_, {})};
    for (const auto& x : sight_listeners_)
      self_->send(x, message);
  }
  arm_sights();
}

void tracker_state::arm_sights() {
  std::optional<monotonic> due;
  if (!untold_sights_.empty())
    due = sights_pace_.next(now());
  // What many cameras see becomes due at many moments; one tick is enough for some of them.
  if (const auto next = sights_.next())
    due = std::min(due.value_or(monotonic::max()), std::max(*next, now() + sights_interval));
  if (!due || (sights_armed_ && *sights_armed_ <= *due))
    return;
  sights_armed_ = due;
  self_->delayed_send(self_, *due - now(), tracker_tick{sights_tick_ = ++last_tick_});
}

// -- what operators change ----------------------------------------------------------------------

void tracker_state::tune(const decision_tuning& tuning) {
  if (tuning_ == tuning)
    return;
  tuning_ = tuning;
  const auto cameras = switched_on(acceptance_.cameras, tuning);
  acceptance_.min_confidence = tuning.min_confidence;
  decoder_->tune(tuning.min_confidence, cameras);
  activity_->tune(tuning.min_confidence, cameras);
  if (unlimited_)
    unlimited_->tune(0, cameras);
  window_ = tuning.detection_window;
  take_up_tuning();
}

void tracker_state::take_up_tuning() {
  for (auto& v : cameras_->tune(
           tuning_->detection_window, registered_with(registered_, acceptance_.cameras, *tuning_),
           switched_off(acceptance_.cameras, *tuning_, devices_->identity()), now()))
    report(std::move(v), true);
  arm();
}

void tracker_state::forget(const std::string& camera) {
  names_.erase(camera);
  if (auto last = cameras_->forget_camera(camera, now()))
    report(std::move(*last), true);
}

void tracker_state::on_sign(frigate_sign sign) {
  // Whether it is there, and what it counts, is news each time.
  if (!sign.counted && !sign.announced && sign.camera.empty() && sign.alive) {
    const auto [known, fresh] = reported_alive_.try_emplace(sign.prefix, now());
    if (!fresh && now() - known->second < sign_interval)
      return;
    known->second = now();
  }
  // What it does afterwards is news.
  if (!sign.online)
    reported_alive_.erase(sign.prefix);
  self_->send(consensus_, std::move(sign));
}

void tracker_state::forget_source(const std::string& prefix) {
  for (auto& v : cameras_->forget_source(prefix, now()))
    report(std::move(v), true);
  arm();
}

void tracker_state::restore(const restoration& before) {
  listened_until_ = before.away == timespan::max() ? never : now() - before.away;
  for (const auto& seen : before.sightings)
    if (!seen.name.empty())
      names_.try_emplace(seen.camera, seen.name);
  for (auto& v : cameras_->restore(before.sightings, now(), before.fresh))
    report(std::move(v), true);
  arm();
}

// Beside the decision, not in front of it: what the store has not written when the
// process dies is what came within the last 50 ms, or within its last write.
void tracker_state::keep(const sighting& seen) {
  if (!store_)
    return;
  if (to_keep_.size() >= max_to_keep) {
    ++not_kept_;
    return;
  }
  // Not at once: the store is to be free for the alarm that may come of it.
  if (to_keep_.empty())
    keep_from_ = now() + keep_pause;
  to_keep_.push_back(seen);
  // A slow disk is no reason to turn messages away: what waits for it has bounds of its own.
  to_keep_.back().held.reset();
  send_kept();
}

void tracker_state::send_kept() {
  if (keeping_ || to_keep_.empty() || !store_)
    return;
  if (now() < keep_from_) {
    if (keep_tick_ == 0)
      self_->delayed_send(self_, keep_from_ - now(), tracker_tick{keep_tick_ = ++last_tick_});
    return;
  }
  keeping_ = true;
  const auto done = [this] {
    keeping_ = false;
    send_kept();
  };
  self_->request(*store_, keep_deadline, kept_sightings{std::exchange(to_keep_, {})})
      .then([done](done_atom) { done(); }, [done](const caf::error&) { done(); });
}

void tracker_state::note(const drop& what) {
  dropped_[what.reason] += what.count;
  // Below a threshold is the daily bread of a detector, not an event.
  if (what.reason == drop_reason::low_confidence || what.reason == drop_reason::small_area) {
    FF_LOG("tracker", debug, "{}: detection dropped: {}", what.camera, to_string(what.reason));
    return;
  }
  const auto held_back = log_.admit(std::string{to_string(what.reason)} + '/' + what.camera, now());
  if (!held_back)
    return;
  FF_LOG("tracker", warning, "message dropped: {}{}{}{}", to_string(what.reason),
         what.camera.empty() ? "" : ", camera ", what.camera,
         *held_back == 0 ? std::string{} : fmt::format(", and {} more since", *held_back));
}

void tracker_state::advance() {
  // To the moment that was due, not to this one: behind a backlog the messages that
  // are still queued would otherwise seem too old.
  const auto due = armed_.value_or(now());
  armed_.reset();
  if (now() < patient_until_) {
    armed_ = due;
    self_->delayed_send(self_, patient_until_ - now(), tracker_tick{tick_number_ = ++last_tick_});
    return;
  }
  for (auto& v : cameras_->advance(due))
    report(std::move(v), true);
  arm();
}

void tracker_state::report(verdict v, bool news) {
  if (const auto known = names_.find(v.camera); known != names_.end())
    v.name = known->second;
  if (news && log_.admit("news/" + v.camera + (v.agrees() ? "/agrees" : ""), now()))
    FF_LOG("tracker", info, "camera {} is {}, {}", v.camera, v.online ? "online" : "offline",
           v.evidence.empty() ? "sees no fire" : "sees a fire");
  self_->send(consensus_, std::move(v));
}

void tracker_state::arm() {
  const auto next = cameras_->next_deadline();
  if (!next || (armed_ && *armed_ <= *next))
    return;
  armed_ = next;
  self_->delayed_send(self_, std::max(*next - now(), timespan{0}),
                      tracker_tick{tick_number_ = ++last_tick_});
}

monotonic tracker_state::now() const { return self_->clock().now().time_since_epoch(); }

tracker_figures tracker_state::figures() const {
  tracker_figures result;
  result.messages = messages_;
  result.accepted = accepted_;
  for (const auto& [reason, count] : dropped_)
    result.dropped.emplace(to_string(reason), count);
  result.not_kept = not_kept_;
  result.cameras = cameras_->figures(now());
  return result;
}

tracker_actor::behavior_type tracker_state::make_behavior(acceptance_settings acceptance,
                                                          const tracking_settings& tracking_rules,
                                                          std::size_t index,
                                                          verdict_listener consensus) {
  report_exceptions(self_);
  acceptance_ = std::move(acceptance);
  activity_.emplace(acceptance_);
  decoder_.emplace(acceptance_);
  devices_.emplace(acceptance_.cameras);
  cameras_.emplace(tracking_rules);
  registered_ = tracking_rules.registered;
  window_ = tracking_rules.window;
  index_ = index;
  consensus_ = std::move(consensus);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(sight_listeners_,
                  [&](const sight_listener& x) { return x.address() == down.source; });
    cameras_->watch(!sight_listeners_.empty());
  });
  // CAF tries one after the other, by the name of its type: what comes most is the first.
  return {
      [this](inbound& message) { on_inbound(message); },
      [this](sighting& seen) {
        // Whoever sent it may have known the camera by another id.
        const auto& synonyms = devices_->identity().synonyms();
        if (const auto now_called = synonyms.find(seen.camera); now_called != synonyms.end()) {
          seen.camera = now_called->second;
          seen.name.clear();
          hand_over(std::move(seen));
          return;
        }
        on_sighting(seen);
      },
      [this](attach_atom, std::vector<sighting_listener>& peers) { peers_ = std::move(peers); },
      [this](attach_atom, const store_actor& store) {
        store_ = store;
        // An answer of the one before may never come.
        keeping_ = false;
        keep_from_ = monotonic::min();
        send_kept();
      },
      [this](const restoration& before) { restore(before); },
      [this](const tracker_tick& tick) {
        if (tick.number == tick_number_)
          advance();
        else if (tick.number == sights_tick_) {
          sights_armed_.reset();
          std::ranges::move(sights_.take(now()), std::back_inserter(untold_sights_));
          tell_sights();
        } else if (tick.number == keep_tick_) {
          keep_tick_ = 0;
          send_kept();
        }
      },
      [this](const frigate_sign& sign) { forget_source(sign.prefix); },
      [this](listen_atom, const sight_listener& listener) {
        if (std::ranges::find(sight_listeners_, listener) != sight_listeners_.end())
          return;
        self_->monitor(listener);
        sight_listeners_.push_back(listener);
        cameras_->watch(true);
      },
      [this](const decision_tuning& tuning) { tune(tuning); },
      [this](forget_atom, const std::string& camera) { forget(camera); },
      [this](listen_atom, const trace_listener& listener) {
        tracer_ = listener;
        unlimited_.emplace(without_limits(acceptance_));
        if (tuning_)
          unlimited_->tune(0, switched_on(acceptance_.cameras, *tuning_));
        unlimited_->identify(devices_->identity());
        unlimited_->frames_found(devices_->frames());
      },
      [this](explain_atom, const std::string& camera) {
        return cameras_->standings(camera, now());
      },
      [this](figures_atom) { return figures(); },
      [this](drain_atom) {
        // Whoever waits for the answer may then ask the store to end.
        keeping_ = false;
        keep_from_ = monotonic::min();
        send_kept();
        return done_atom_v;
      },
      [this](const frigate_cameras& told) { on_cameras(told); },
      [this](const frigate_objects& seen) { on_objects(seen); },
      [this](const camera_changed& x) { take_over(devices_->learn(x.camera, now())); },
      [this](const camera_removed& x) { take_over(devices_->forget(x)); },
      [](ping_atom) { return done_atom_v; },
  };
}

tracker_actor::behavior_type tracker(tracker_actor::stateful_pointer<tracker_state> self,
                                     acceptance_settings acceptance,
                                     tracking_settings tracking_rules, std::size_t index,
                                     verdict_listener consensus) {
  return self->state.make_behavior(std::move(acceptance), tracking_rules, index,
                                   std::move(consensus));
}

} // namespace firefinder
