#include "actors/camera_detection/device_client.hpp"

#include "actors/camera_detection/shown_url.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder {

namespace {

// While answers come, the next question is not far, and must not wait for a slow device: a
// talk with a camera is a dozen of them. Where all are slow, there is no hurry either.
constexpr std::chrono::milliseconds short_step{5};
constexpr std::chrono::milliseconds long_step{50};
constexpr int hurried_steps = 20;

} // namespace

caf::typed_response_promise<device_answer> device_client_state::ask(device_question question) {
  auto promise = self_->make_response_promise<device_answer>();
  quiet_steps_ = 0;
  auto what = to_string(question.protocol) + ' '
              + shown_url(question.url, {{{}, question.user, question.password}});
  http_->ask(std::move(question), [promise, what = std::move(what)](device_answer x) mutable {
    FF_LOG("device", debug, "{}: {}", what,
           x.failure == device_failure::none ? std::to_string(x.code) : x.why);
    promise.deliver(std::move(x));
  });
  tick();
  return promise;
}

void device_client_state::tick() {
  if (!std::exchange(ticking_, true))
    self_->send(self_, transfer_tick{});
}

void device_client_state::go_on() {
  // From its moment on, the tick that is to close connections is under way beside the others.
  // They are all alike, so any one counts for it.
  if (closing_ && self_->clock().now() >= *closing_) {
    closing_.reset();
    if (!ticking_)
      http_->close_connections();
    return;
  }
  ticking_ = false;
  const bool answered = http_->work(quiet_steps_ < hurried_steps ? short_step : long_step);
  quiet_steps_ = answered ? 0 : quiet_steps_ + 1;
  if (!http_->idle()) {
    tick();
  } else if (!closing_) {
    closing_ = self_->clock().now() + limits_.idle;
    self_->delayed_send(self_, caf::timespan{limits_.idle}, transfer_tick{});
  }
}

device_client_actor::behavior_type
device_client_state::make_behavior(const device_client_limits& limits) {
  report_exceptions(self_);
  limits_ = limits;
  http_.emplace(limits);
  return {
      [this](const device_question& question) { return ask(question); },
      [this](const transfer_tick&) { go_on(); },
  };
}

device_client_actor::behavior_type
device_client(device_client_actor::stateful_pointer<device_client_state> self,
              device_client_limits limits) {
  return self->state.make_behavior(limits);
}

} // namespace firefinder
