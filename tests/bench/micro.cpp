// What each step of a message costs by itself, in steady state.
//
//   firefinder_micro_bench [--benchmark_filter=REGEX] [--benchmark_…]

#include "actors/consensus/tracker.hpp"
#include "messages/shard.hpp"
#include "messages/types.hpp"
#include "tests/bench/hot_path.hpp"

#include <benchmark/benchmark.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <spdlog/spdlog.h>

#include <cstddef>
#include <latch>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t cameras = 50;
constexpr std::size_t batch = 2'000;

std::vector<inbound> messages(sender from, const std::string& label) {
  message_source source{from, label, cameras};
  std::vector<inbound> result;
  for (std::size_t i = 0; i < batch; ++i)
    result.push_back(source.next());
  return result;
}

// A decoder hears each message once: it would know one again.
void decode(benchmark::State& state, sender from, const std::string& label) {
  const auto all = messages(from, label);
  for (auto _ : state) {
    decoder subject{acceptance_settings{}};
    for (const auto& one : all) {
      auto said = subject.decode(one);
      benchmark::DoNotOptimize(said);
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

void whole(benchmark::State& state, sender from, const std::string& label) {
  const auto all = messages(from, label);
  for (auto _ : state) {
    hot_path subject;
    for (const auto& one : all)
      subject.hear(one);
    if (label == "fire" && subject.accepted() != batch)
      state.SkipWithError("not every detection was evidence");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * batch));
}

detection object(std::uint64_t i) {
  const double edge = 0.5 + 0.0001 * static_cast<double>(i % 7);
  return {"1", fire_sign::fire, 0.9, {0.4, 0.3, edge, 0.6}, (edge - 0.4) * 0.3};
}

// Ten samples a second of each camera, so that its window holds 300.
void track_sample(benchmark::State& state) {
  tracking subject{tracking_settings{}};
  std::vector<sighting> all(cameras);
  for (std::size_t i = 0; i < cameras; ++i) {
    all[i].camera = load_camera(i);
    all[i].kind = sighting_kind::part_of_frame;
    all[i].detections = {object(i)};
  }
  monotonic now = 1000s;
  std::uint64_t count = 0;
  const auto add = [&] {
    auto& one = all[count % cameras];
    one.at = now;
    one.detections.front() = object(count / cameras);
    now += 2ms;
    ++count;
    return subject.add(one);
  };
  while (now < 1060s)
    static_cast<void>(add());
  for (auto _ : state) {
    auto outcome = add();
    benchmark::DoNotOptimize(outcome);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

void growth_test(benchmark::State& state) {
  track subject;
  monotonic now = 1000s;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(state.range(0)); ++i)
    subject.add(object(i), now += 50ms, i, 0);
  for (auto _ : state) {
    auto figures = subject.growth(now - 30s, 3);
    benchmark::DoNotOptimize(figures);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

// While a cooldown runs, which is when most verdicts come.
void agreement_verdict(benchmark::State& state) {
  const auto many = static_cast<std::size_t>(state.range(0));
  consensus_settings settings;
  settings.cooldown = std::chrono::hours{10'000};
  agreement subject{settings};
  std::vector<verdict> all(many);
  for (std::size_t i = 0; i < many; ++i) {
    all[i].camera = load_camera(i);
    all[i].first_seen = 100s + std::chrono::milliseconds{i};
    all[i].online = true;
    all[i].standing.agrees = true;
    all[i].evidence = {{"1", "growth", 6, .1, .2, .9, 5}};
    all[i].by_detection = true;
  }
  monotonic now = 1000s;
  std::size_t at = 0;
  const auto add = [&] {
    auto& one = all[at++ % many];
    one.at = now += 1ms;
    one.evidence_until = now + 30s;
    return subject.add(one, now, 1.7e9 + to_seconds(now));
  };
  for (std::size_t i = 0; i < many; ++i)
    static_cast<void>(add());
  for (auto _ : state) {
    auto outlook = add();
    benchmark::DoNotOptimize(outlook);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

struct system_config : caf::actor_system_config {
  explicit system_config(std::size_t threads) {
    register_types(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", threads);
    set("logger.file-name", std::string{});
  }
};

// Sends back what it gets, less one; the last goes to whoever waits.
caf::behavior bouncing(caf::event_based_actor* self, const caf::actor& waiting) {
  return {[self, waiting](std::int64_t left) {
    if (left == 0)
      self->send(waiting, std::int64_t{0});
    else
      self->send(caf::actor_cast<caf::actor>(self->current_sender()), left - 1);
  }};
}

void mailbox_hop(benchmark::State& state) {
  constexpr std::int64_t hops = 10'000;
  const system_config config{static_cast<std::size_t>(state.range(0))};
  caf::actor_system system{const_cast<system_config&>(config)};
  caf::scoped_actor waiting{system};
  auto one = system.spawn(bouncing, caf::actor_cast<caf::actor>(waiting));
  auto other = system.spawn(bouncing, caf::actor_cast<caf::actor>(waiting));
  for (auto _ : state) {
    caf::send_as(other, one, hops);
    waiting->receive([](std::int64_t) {});
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * hops);
  waiting->send_exit(one, caf::exit_reason::kill);
  waiting->send_exit(other, caf::exit_reason::kill);
}

/// Keeps the workers of a scheduler waiting until it is opened.
class gate {
public:
  gate(caf::actor_system& system, std::size_t workers)
    : both_(std::make_shared<latches>(static_cast<std::ptrdiff_t>(workers))) {
    for (std::size_t i = 0; i < workers; ++i)
      system.spawn(
          [](caf::event_based_actor*, const std::shared_ptr<latches>& both) {
            both->taken.count_down();
            both->opened.wait();
          },
          both_);
    both_->taken.wait();
  }

  void open() { both_->opened.count_down(); }

private:
  // A worker may wake only after the gate has gone.
  struct latches {
    explicit latches(std::ptrdiff_t workers) : taken(workers) {}
    std::latch taken;
    std::latch opened{1};
  };
  std::shared_ptr<latches> both_;
};

// Two trackers, as on two cores, each with what its cameras have sent in its mailbox: a detector on
// a topic for each camera, or Frigate, an instance to a tracker. (Who sends in the meantime would
// be a third thread on two cores.)
void two_trackers(benchmark::State& state, sender from) {
  constexpr std::size_t trackers = 2;
  // Each camera that comes online would be told.
  spdlog::set_level(spdlog::level::off);
  const auto workers = static_cast<std::size_t>(state.range(0));
  const system_config config{workers};
  caf::actor_system system{const_cast<system_config&>(config)};
  caf::scoped_actor self{system};
  const auto nobody = system.spawn(
      [](verdict_listener::pointer, int) -> verdict_listener::behavior_type {
        return {[](const verdict&) {}, [](const frigate_sign&) {}, [](const frigate_candidate&) {}};
      },
      0);
  message_source source{from, "fire", cameras};
  std::vector<std::vector<inbound>> all(trackers);
  for (std::size_t i = 0; i < 5 * batch; ++i)
    all[shard_of(load_camera(i % cameras), trackers)].push_back(source.next());
  for (auto _ : state) {
    std::vector<tracker_actor> subjects;
    std::vector<sighting_listener> peers;
    for (std::size_t i = 0; i < trackers; ++i) {
      subjects.push_back(
          system.spawn(tracker, acceptance_settings{}, tracking_settings{}, i, nobody));
      peers.emplace_back(subjects.back());
    }
    for (const auto& one : subjects)
      self->send(one, attach_atom_v, peers);
    gate closed{system, workers};
    for (std::size_t i = 0; i < trackers; ++i)
      for (const auto& one : all[i])
        self->send(subjects[i], one);
    const auto begin = std::chrono::steady_clock::now();
    closed.open();
    std::uint64_t accepted = 0;
    for (const auto& one : subjects)
      self->request(one, caf::infinite, drain_atom_v)
          .receive([](done_atom) {}, [](const caf::error&) {});
    state.SetIterationTime(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    for (const auto& one : subjects)
      self->request(one, caf::infinite, figures_atom_v)
          .receive([&](const tracker_figures& x) { accepted += x.accepted; },
                   [](const caf::error&) {});
    if (accepted != 5 * batch)
      state.SkipWithError("not every detection was evidence");
    for (const auto& one : subjects)
      self->send_exit(one, caf::exit_reason::kill);
  }
  self->send_exit(nobody, caf::exit_reason::kill);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 5 * batch));
}

BENCHMARK_CAPTURE(decode, direct, sender::direct, "fire");
BENCHMARK_CAPTURE(decode, frigate_fire, sender::frigate, "fire");
BENCHMARK_CAPTURE(decode, frigate_person, sender::frigate, "person");
BENCHMARK_CAPTURE(whole, direct, sender::direct, "fire");
BENCHMARK_CAPTURE(whole, frigate_fire, sender::frigate, "fire");
BENCHMARK_CAPTURE(whole, frigate_person, sender::frigate, "person");
BENCHMARK(track_sample);
BENCHMARK(growth_test)->Arg(6)->Arg(500);
BENCHMARK(agreement_verdict)->Arg(2)->Arg(50)->Arg(2'000);
BENCHMARK_CAPTURE(two_trackers, direct, sender::direct)->Arg(1)->Arg(2)->UseManualTime();
BENCHMARK_CAPTURE(two_trackers, frigate_fire, sender::frigate)->Arg(1)->Arg(2)->UseManualTime();
BENCHMARK(mailbox_hop)->Arg(1)->Arg(2)->UseRealTime();

} // namespace
} // namespace firefinder::test

BENCHMARK_MAIN();
