#include "src/record/recorder.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder::record {

namespace {

// What a kill may cost.
constexpr std::chrono::seconds flush_interval{1};

} // namespace

void recorder_state::take(inbound& message) {
  if (!so_far_.fault.empty())
    return;
  const bool was_behind = arrivals_.behind();
  recording::message line;
  line.t = arrivals_.take(message.received_at, message.arrived);
  if (arrivals_.behind() && !was_behind)
    FF_LOG("record", warning,
           "the clock was set back by {:.3f} s; the recording goes on by the monotonic clock",
           line.t - message.received_at);
  line.topic = prefix_ + message.topic;
  line.payload = std::move(message.payload);
  line.size = message.size;
  line.qos = message.qos;
  line.retain = message.retained;
  ++so_far_.messages;
  note(out_.write(line));
}

void recorder_state::flush() {
  if (!so_far_.fault.empty())
    return;
  note(out_.flush());
  self_->delayed_send(self_, flush_interval, report_atom_v);
}

void recorder_state::note(const status& done) {
  if (so_far_.fault.empty())
    so_far_.fault = done.why();
}

recorder_actor::behavior_type recorder_state::make_behavior(const std::string& path, bool replace,
                                                            std::string topic_prefix) {
  report_exceptions(self_);
  prefix_ = std::move(topic_prefix);
  note(out_.open(path, replace));
  self_->send(self_, report_atom_v);
  return {
      [this](report_atom) { flush(); },
      [this](figures_atom) { return so_far_; },
      [this](close_atom) {
        if (so_far_.fault.empty())
          note(out_.close());
        self_->quit();
        return so_far_;
      },
      [this](inbound& message) { take(message); },
      [this](const link_up&) { so_far_.link = so_far_.linked = true; },
      [this](const link_down&) { so_far_.link = false; },
  };
}

recorder_actor::behavior_type recorder(recorder_actor::stateful_pointer<recorder_state> self,
                                       const std::string& path, bool replace,
                                       std::string topic_prefix) {
  return self->state.make_behavior(path, replace, std::move(topic_prefix));
}

} // namespace firefinder::record
