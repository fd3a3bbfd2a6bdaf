#include "actors/frigate/frigate.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// Longer than the three questions of one report may take.
constexpr timespan report_deadline = std::chrono::seconds{60};

// How long an object that the API names counts, if no event follows.
constexpr timespan object_span = std::chrono::seconds{30};

// Longer than a slow disk, and than the API's answers for every camera.
constexpr timespan change_deadline = std::chrono::minutes{10};
constexpr timespan figures_deadline = std::chrono::seconds{5};

constexpr auto configuration_topic = "frigate/config/cameras";

} // namespace

frigate_state::~frigate_state() {
  caf::anon_send_exit(api_, caf::exit_reason::kill);
  caf::anon_send_exit(writer_, caf::exit_reason::kill);
}

void frigate_state::attach(const connection_actor& connection, const consensus_actor& consensus) {
  const bool same = connection_ && *connection_ == connection;
  connection_ = connection;
  consensus_ = consensus;
  self_->send(consensus, listen_atom_v, frigate_watcher{frigate_actor{self_}});
  if (same) {
    // A consensus actor that was started anew knows nothing of what was told.
    if (generation_ != 0)
      for (std::uint32_t i = 0; i < instances_.size(); ++i)
        ask(i);
    return;
  }
  on_link_down();
  self_->send(connection, listen_atom_v, link_listener{frigate_actor{self_}});
}

void frigate_state::on_link_up(std::uint64_t generation) {
  if (generation == generation_)
    return;
  generation_ = generation;
  if (configuring_) {
    configuring_->on_link(true, now());
    publish(true);
    configure();
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    instances_[i].wants_objects = settings_.burst_sampling;
    // What began while nobody listened.
    if (settings_.burst_sampling)
      request_activity(instances_[i]);
    ask(i);
  }
}

void frigate_state::on_link_down() {
  generation_ = 0;
  if (configuring_)
    configuring_->on_link(false, now());
  for (auto& x : instances_)
    x.sampling.interrupt();
}

// It came online, and may be configured otherwise than before.
void frigate_state::on_sign(const frigate_sign& sign) {
  if (generation_ == 0 || !sign.announced)
    return;
  for (std::uint32_t i = 0; i < instances_.size(); ++i)
    if (sign.prefix == instances_[i].what.prefix)
      ask(i);
}

void frigate_state::on_tick(const frigate_tick& tick) {
  if (generation_ == 0 || tick.generation != generation_ || tick.instance >= instances_.size())
    return;
  const auto& x = instances_[tick.instance];
  if (tick.sample && tick.number == x.sample_tick)
    sample(tick.instance);
  else if (!tick.sample && tick.number == x.api_tick)
    ask(tick.instance);
}

void frigate_state::ask(std::uint32_t which) {
  auto& x = instances_[which];
  if (x.what.api_url.empty())
    return;
  // This question takes the place of the one that is due.
  ++x.api_tick;
  if (std::exchange(x.asking, true)) {
    x.again = true;
    return;
  }
  const auto fail = [this, which, prefix = x.what.prefix](const caf::error& why) {
    frigate_report report;
    report.cameras.prefix = prefix;
    report.cameras.failure = self_->system().render(why);
    on_report(which, std::move(report));
  };
  self_
      ->request(api_, report_deadline,
                frigate_query{x.what.prefix, x.what.api_url, x.wants_objects})
      .then([this, which](frigate_report& report) { on_report(which, std::move(report)); }, fail);
}

void frigate_state::on_report(std::uint32_t which, frigate_report report) {
  auto& x = instances_[which];
  x.asking = false;
  const bool failed = !report.cameras.failure.empty();
  x.failures = failed ? x.failures + 1 : 0;
  const auto again = std::exchange(x.again, false);
  if (configuring_ && which == 0) {
    configuring_->on_report(report.cameras, now());
    configure();
  }
  if (consensus_ && (!failed || x.failures >= failures_told))
    self_->send(*consensus_, std::move(report.cameras));
  // Nothing is asked without a link; the next one asks by itself.
  if (generation_ == 0)
    return;
  if (again) {
    ask(which);
    return;
  }
  if (report.told_objects)
    x.wants_objects = false;
  if (!report.objects.objects.empty()) {
    for (const auto& object : report.objects.objects)
      on_candidate({x.what.prefix, object.id, now() + object_span});
    if (consensus_)
      self_->send(*consensus_, std::move(report.objects));
  }
  self_->delayed_send(self_, failed ? retry_interval : interval,
                      frigate_tick{generation_, which, false, ++x.api_tick});
}

void frigate_state::on_candidate(const frigate_candidate& what) {
  if (configuring_)
    configuring_->on_candidate(what.until);
  if (generation_ == 0 || !settings_.burst_sampling || !what.wanted)
    return;
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    auto& x = instances_[i];
    if (x.what.prefix != what.prefix || !x.sampling.candidate(what.object, what.until, now()))
      continue;
    FF_LOG("frigate", info, "Frigate ({}) is asked for more of what may be a fire", x.what.prefix);
    sample(i);
  }
}

void frigate_state::sample(std::uint32_t which) {
  auto& x = instances_[which];
  if (!x.sampling.asks(now()))
    return;
  request_activity(x);
  self_->delayed_send(self_, burst::period,
                      frigate_tick{generation_, which, true, ++x.sample_tick});
}

// Frigate takes the topic for a browser that was opened; the payload means nothing.
void frigate_state::request_activity(const instance& of) {
  if (!connection_)
    return;
  publication what;
  what.topic = of.what.prefix + "/onConnect";
  self_->send(*connection_, std::move(what));
}

// -- its configuration ---------------------------------------------------------------------

void frigate_state::on_configuration_tick(const frigate_configuration_tick& tick) {
  if (tick.number != configuration_tick_)
    return;
  configuration_due_.reset();
  configure();
}

// Does what is due, and sees to it that it is called again when something else is.
void frigate_state::configure() {
  switch (configuring_->next(now())) {
  case configuring::step::write:
    publish(false);
    write();
    return;
  case configuring::step::restart:
    restart();
    return;
  case configuring::step::none:
    break;
  }
  const auto due = configuring_->due(now());
  if (!due || (configuration_due_ && *configuration_due_ <= *due))
    return;
  configuration_due_ = due;
  self_->delayed_send(self_, std::max(*due - now(), timespan{std::chrono::milliseconds{1}}),
                      frigate_configuration_tick{++configuration_tick_});
}

// Not what ends objects that Frigate follows, while they may be a fire.
void frigate_state::write() {
  if (!configuring_->disturbs()) {
    write_files();
    return;
  }
  configuring_->begin_question();
  ask_for_alarm([this](double last_alarm_ago_s) {
    if (configuring_->may_write(last_alarm_ago_s, now()))
      write_files();
    else
      configure();
  });
}

void frigate_state::write_files() {
  configuring_->begin(now());
  auto files = configuring_->files();
  if (!files) {
    change();
    return;
  }
  const auto fail = [this](const caf::error& why) {
    written({self_->system().render(why), false, false, {}});
  };
  self_->request(writer_, change_deadline, std::move(*files))
      .then(
          [this](const frigate_outcome& done) {
            if (done.failure.empty() && configuring_->change())
              change();
            else
              written(done);
          },
          fail);
}

void frigate_state::change() {
  auto what = configuring_->change();
  if (!what) {
    written({});
    return;
  }
  what->url = instances_.front().what.api_url;
  const auto fail = [this](const caf::error& why) {
    written({self_->system().render(why), false, false, {}});
  };
  self_->request(api_, change_deadline, std::move(*what))
      .then([this](const frigate_outcome& done) { clear_away(done); }, fail);
}

// Secrets go after the cameras that need them.
void frigate_state::clear_away(const frigate_outcome& done) {
  if (auto files = configuring_->leftovers(done))
    self_->request(writer_, change_deadline, std::move(*files))
        .then([](const frigate_outcome&) {}, [](const caf::error&) {});
  written(done);
  // Whether it has them now.
  if (generation_ != 0 && done.changed)
    ask(0);
}

void frigate_state::written(const frigate_outcome& what) {
  if (!what.failure.empty() && what.failure != told_failure_)
    FF_LOG("frigate", warning, "Frigate's configuration was not changed: {}", what.failure);
  else if (what.failure.empty() && what.changed)
    FF_LOG("frigate", info, "Frigate's configuration has {} cameras from here",
           configuring_->figures().cameras);
  told_failure_ = what.failure;
  configuring_->on_written(what, now());
  configure();
}

void frigate_state::restart() {
  configuring_->begin_restart();
  const auto tell = [this](const std::string& failure) {
    if (failure.empty())
      FF_LOG("frigate", info, "Frigate is started anew for its configuration");
    else
      FF_LOG("frigate", warning, "Frigate could not be started anew: {}", failure);
    configuring_->on_restart(failure, now());
    configure();
  };
  const auto fail = [this, tell](const caf::error& why) { tell(self_->system().render(why)); };
  // Not in the middle of an alarm. Who cannot tell is asked again.
  const auto go = [this, tell, fail](double last_alarm_ago_s) {
    if (!configuring_->may_restart(last_alarm_ago_s, now())) {
      configure();
      return;
    }
    self_->request(api_, report_deadline, frigate_restart{instances_.front().what.api_url})
        .then([tell](const frigate_outcome& done) { tell(done.failure); }, fail);
  };
  ask_for_alarm(go);
}

// How long ago the last one was; who cannot tell may be in the middle of one.
void frigate_state::ask_for_alarm(std::function<void(double)> then) {
  if (!consensus_) {
    then(0);
    return;
  }
  self_->request(*consensus_, figures_deadline, figures_atom_v)
      .then(
          [then](const consensus_figures& x) {
            // What a camera sees may be the first half of an alarm.
            const bool burns = std::ranges::any_of(
                x.trackers.cameras, [](const auto& camera) { return camera.second.agrees; });
            then(burns ? 0 : x.last_trigger_ago_s);
          },
          [then](const caf::error&) { then(0); });
}

// The broker may have lost what it had; `anew` says it again.
void frigate_state::publish(bool anew) {
  if (!settings_.configuration.publish || !connection_)
    return;
  auto text = anew ? published_ : configuring_->document();
  if (text.empty() || (!anew && text == published_))
    return;
  published_ = text;
  publication what;
  what.topic = configuration_topic;
  what.payload = std::move(text);
  what.qos = 1;
  what.retain = true;
  what.how = delivery::latest;
  self_->send(*connection_, std::move(what));
}

monotonic frigate_state::now() const { return self_->clock().now().time_since_epoch(); }

frigate_actor::behavior_type frigate_state::make_behavior(frigate_settings settings,
                                                          frigate_api_actor api,
                                                          frigate_writer_actor writer) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  api_ = std::move(api);
  writer_ = std::move(writer);
  if (settings_.configuration.wanted())
    configuring_.emplace(settings_, !settings_.instances.empty()
                                        && !settings_.instances.front().api_url.empty());
  for (const auto& what : settings_.instances)
    instances_.emplace_back().what = what;
  self_->monitor(api_);
  self_->monitor(writer_);
  self_->set_down_handler([this](const caf::down_msg& down) {
    FF_LOG("frigate", error, "the worker for Frigate's {} ended: {}",
           down.source == api_ ? "API" : "files", self_->system().render(down.reason));
    self_->quit(caf::make_error(caf::sec::runtime_error, "its worker ended"));
  });
  return {
      [this](attach_atom, const connection_actor& connection, const consensus_actor& consensus) {
        attach(connection, consensus);
      },
      [this](const frigate_tick& tick) { on_tick(tick); },
      [this](const link_up& link) { on_link_up(link.generation); },
      [this](const link_down&) { on_link_down(); },
      [this](const frigate_sign& sign) { on_sign(sign); },
      [this](const frigate_candidate& what) { on_candidate(what); },
      [this](const frigate_configuration_tick& tick) { on_configuration_tick(tick); },
      [this](figures_atom) { return configuring_ ? configuring_->figures() : frigate_figures{}; },
      [this](const camera_changed& x) {
        if (!configuring_)
          return;
        configuring_->on_camera(x.camera, now());
        configure();
      },
      [this](const camera_removed& x) {
        if (!configuring_)
          return;
        configuring_->on_removed(x, now());
        configure();
      },
      [](ping_atom) { return done_atom_v; },
  };
}

frigate_actor::behavior_type frigate(frigate_actor::stateful_pointer<frigate_state> self,
                                     frigate_settings settings, frigate_api_actor api,
                                     frigate_writer_actor writer) {
  return self->state.make_behavior(std::move(settings), std::move(api), std::move(writer));
}

} // namespace firefinder
