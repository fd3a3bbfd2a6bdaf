#include "actors/store/store.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder {

clock_reading store_state::now() const {
  return {self_->clock().now().time_since_epoch(), wall_(), settings_.boot};
}

// Measured here, because this is how long others wait for it.
template <class F>
caf::result<done_atom> store_state::write(F&& work) {
  const auto begun = self_->clock().now();
  const status outcome = work();
  writes_.add(self_->clock().now() - begun);
  if (outcome)
    return done_atom_v;
  return caf::make_error(caf::sec::runtime_error, outcome.why());
}

store_figures store_state::figures() {
  auto result = journal_->figures();
  result.writes = writes_;
  result.mailbox = self_->mailbox().size();
  return result;
}

caf::result<std::vector<store_record>> store_state::tell(record_kind kind) {
  if (auto known = journal_->knows_records(); !known)
    return caf::make_error(caf::sec::runtime_error, known.why());
  return journal_->records(kind);
}

void store_state::on_tick() {
  // What failed is told by the figures and tried again by the next tick.
  journal_->reopen(now());
  static_cast<void>(journal_->prune(now()));
  self_->delayed_send(self_, settings_.prune_interval, store_tick{});
}

store_actor::behavior_type store_state::make_behavior(store_settings settings, wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  wall_ = std::move(wall);
  journal_.emplace(settings_);
  journal_->open(now());
  self_->delayed_send(self_, settings_.prune_interval, store_tick{});
  return {
      [this](load_atom) { return journal_->load(now()); },
      [this](const alarm_record& alarm) {
        return write([&] { return journal_->add_alarm(alarm, now()); });
      },
      [this](const alarm_outcome& outcome) {
        return write([&] { return journal_->finish_alarm(outcome, now()); });
      },
      [this](const decision_memory& memory) {
        return write([&] { return journal_->remember(memory, now()); });
      },
      [this](const kept_sightings& seen) {
        return write([&] { return journal_->keep(seen.all, now()); });
      },
      [this](const kept_decision& decision) {
        return write([&] { return journal_->keep(decision); });
      },
      [this](load_atom, unix_seconds at) { return journal_->decision_at(at); },
      [this](load_atom, std::uint32_t most) { return journal_->decisions(most); },
      [this](const store_record& record) { return write([&] { return journal_->put(record); }); },
      [this](load_atom, record_kind kind) { return tell(kind); },
      [this](figures_atom) { return figures(); },
      [this](close_atom) {
        static_cast<void>(journal_->prune(now()));
        journal_->close();
        self_->quit();
        return done_atom_v;
      },
      [this](const store_tick&) { on_tick(); },
      [](ping_atom) { return done_atom_v; },
  };
}

store_actor::behavior_type store(store_actor::stateful_pointer<store_state> self,
                                 store_settings settings, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(wall));
}

} // namespace firefinder
