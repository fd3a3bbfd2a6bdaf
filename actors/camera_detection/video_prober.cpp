#include "actors/camera_detection/video_prober.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder {

namespace {

// So long a request to end may wait.
constexpr std::chrono::milliseconds step{100};

// Host and port, for the log. There are cameras that want the password in the path.
std::string place_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  const auto place = url.substr(begin, url.find_first_of("/?#", begin) - begin);
  return place.substr(place.rfind('@') + 1);
}

} // namespace

caf::typed_response_promise<video_report> video_prober_state::look(const video_query& query) {
  auto promise = self_->make_response_promise<video_report>();
  looks_->look(query, [place = place_of(query.url), promise](video_report report) mutable {
    FF_LOG("video", debug, "{}: {}{}{}", place, to_string(report.outcome),
           report.why.empty() ? "" : ", ", report.why);
    promise.deliver(std::move(report));
  });
  if (!std::exchange(ticking_, true))
    self_->send(self_, video_tick{});
  return promise;
}

void video_prober_state::go_on() {
  looks_->work(step);
  ticking_ = !looks_->idle();
  if (ticking_)
    self_->send(self_, video_tick{});
}

video_prober_actor::behavior_type video_prober_state::make_behavior(video_settings settings) {
  report_exceptions(self_);
  looks_.emplace(std::move(settings));
  return {
      [this](const video_query& query) { return look(query); },
      [this](const video_tick&) { go_on(); },
  };
}

video_prober_actor::behavior_type
video_prober(video_prober_actor::stateful_pointer<video_prober_state> self,
             video_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace firefinder
