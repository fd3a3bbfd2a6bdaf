#include "src/record/command.hpp"

#include "actors/connection/connection.hpp"
#include "actors/connection/paho_client.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"
#include "src/exit_codes.hpp"
#include "src/record/recorder.hpp"
#include "src/replay/engine.hpp"
#include "src/signals.hpp"
#include "src/small_system.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <optional>

namespace firefinder::record {

namespace {

using steady = std::chrono::steady_clock;

// How often it is looked whether the file can be written, and shown how far it is.
constexpr std::chrono::milliseconds look_interval{250};

constexpr auto farewell = std::chrono::milliseconds{500};
constexpr auto answer_deadline = std::chrono::seconds{10};
constexpr auto stop_grace = std::chrono::seconds{15};

// A listener beside the daemon: it says nothing, and the broker keeps nothing for it.
connection_settings as_listener(connection_settings settings) {
  // Two with one client id would turn each other out.
  settings.client_id += fmt::format("-record-{}", getpid());
  settings.presence_topics.clear();
  settings.packets.clear();
  settings.session_expiry = std::chrono::seconds{0};
  // What the daemon would shed belongs into the recording.
  settings.max_source_rate = std::numeric_limits<std::uint32_t>::max();
  return settings;
}

std::vector<std::string> filters_of(const options& asked, const configuration::settings& settings) {
  if (!asked.topics.empty())
    return asked.topics;
  return replay::engine{settings.consensus, {}, {}}.filters();
}

void show(const progress& x, steady::time_point began) {
  fmt::print(stderr, "\r\x1b[K{} messages, {:.0f} s{}", x.messages,
             std::chrono::duration<double>(steady::now() - began).count(),
             x.link ? "" : ", no link to the broker");
  std::fflush(stderr);
}

class session {
public:
  session(caf::actor_system& system, const options& asked, const configuration::settings& settings)
    : asked_(asked), self_(system),
      recorder_(system.spawn<caf::detached>(recorder, asked.path, asked.force,
                                            settings.connection.topic_prefix)) {
    // Not before it is known that there is a file to write to.
    if (state().fault.empty())
      connect(settings);
  }

  /// Until the time is over, a signal comes, or the file cannot be written.
  void work() {
    const bool shown = isatty(STDERR_FILENO) == 1;
    const auto began = steady::now();
    const auto end = asked_.duration_s ? began
                                             + std::chrono::duration_cast<steady::duration>(
                                                 std::chrono::duration<double>(*asked_.duration_s))
                                       : steady::time_point::max();
    bool stopped = false;
    while (!stopped && steady::now() < end) {
      const auto now_state = state();
      if (!now_state.fault.empty())
        break;
      if (shown)
        show(now_state, began);
      const auto pause = std::min<steady::duration>(look_interval, end - steady::now());
      self_->receive([&stopped](stop_atom) { stopped = true; },
                     caf::after(std::max<steady::duration>(pause, steady::duration::zero())) >>
                         [] {});
    }
    if (shown)
      fmt::print(stderr, "\r\x1b[K");
  }

  /// Ends everything in order and tells what it was.
  progress close() {
    progress result;
    if (connection_) {
      const auto tell_shed = [](const link_figures& x) {
        if (x.shed != 0)
          FF_LOG("record", warning, "{} messages were turned away: more came than can be written",
                 x.shed);
      };
      self_->request(*connection_, answer_deadline, figures_atom_v)
          .receive(tell_shed, [](const caf::error&) {});
      self_->request(*connection_, answer_deadline, close_atom_v, timespan{farewell})
          .receive([](done_atom) {}, [](const caf::error&) {});
    }
    self_->request(recorder_, answer_deadline, close_atom_v)
        .receive([&result](const progress& x) { result = x; },
                 [&](const caf::error& why) { result.fault = self_->system().render(why); });
    return result;
  }

  /// Ends `work` from any thread.
  [[nodiscard]] std::function<void()> stopper() {
    return [me = caf::actor{self_}] { caf::anon_send(me, stop_atom_v); };
  }

private:
  void connect(const configuration::settings& settings) {
    connection_ = self_->spawn<caf::detached>(connection, as_listener(settings.connection),
                                              client_factory{make_paho_client});
    self_->send(*connection_, listen_atom_v, link_listener{recorder_});
    for (const auto& filter : filters_of(asked_, settings))
      self_->send(*connection_, listen_atom_v, filter, at_least_once,
                  std::vector<inbound_listener>{recorder_});
    self_->send(*connection_, open_atom_v);
  }

  progress state() {
    progress result;
    self_->request(recorder_, answer_deadline, figures_atom_v)
        .receive([&result](const progress& x) { result = x; },
                 [&](const caf::error& why) { result.fault = self_->system().render(why); });
    return result;
  }

  const options& asked_;
  caf::scoped_actor self_;
  recorder_actor recorder_;
  std::optional<connection_actor> connection_;
};

} // namespace

int run(const options& asked, const configuration::settings& settings) {
  progress result;
  std::optional<signal_waiter> signals;
  {
    small_system_config config;
    caf::actor_system system{config};
    session now{system, asked, settings};
    signals.emplace(now.stopper(), stop_grace);
    now.work();
    result = now.close();
    signals->ending(exit_code::success);
  }
  if (!result.fault.empty()) {
    fmt::print(stderr, "firefinder: {}\n", result.fault);
    return exit_code::io;
  }
  fmt::print(stderr, "firefinder: {} messages in {}{}\n", result.messages, asked.path,
             result.linked ? "" : "; there was never a link to the broker");
  return exit_code::success;
}

} // namespace firefinder::record
