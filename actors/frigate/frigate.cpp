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

} // namespace

frigate_state::~frigate_state() { caf::anon_send_exit(api_, caf::exit_reason::kill); }

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
  if (generation_ == 0 || !settings_.burst_sampling)
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

monotonic frigate_state::now() const { return self_->clock().now().time_since_epoch(); }

frigate_actor::behavior_type frigate_state::make_behavior(frigate_settings settings,
                                                          frigate_api_actor api) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  api_ = std::move(api);
  for (const auto& what : settings_.instances)
    instances_.emplace_back().what = what;
  self_->monitor(api_);
  self_->set_down_handler([this](const caf::down_msg& down) {
    FF_LOG("frigate", error, "the worker for Frigate's API ended: {}",
           self_->system().render(down.reason));
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
      [](ping_atom) { return done_atom_v; },
  };
}

frigate_actor::behavior_type frigate(frigate_actor::stateful_pointer<frigate_state> self,
                                     frigate_settings settings, frigate_api_actor api) {
  return self->state.make_behavior(std::move(settings), std::move(api));
}

} // namespace firefinder
