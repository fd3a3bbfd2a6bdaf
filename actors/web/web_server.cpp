#include "actors/web/web_server.hpp"

#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder {

void web_server_state::serve() {
  if (!whom_ || server_)
    return;
  auto next = std::make_unique<http_server>(settings_, self_->system(), *whom_);
  const auto started = next->start();
  if (started) {
    server_ = std::move(next);
    problem_.clear();
    FF_LOG("web", info, "{}", server_->url());
    self_->send(*whom_, web_serving{server_->url(), {}});
    return;
  }
  if (std::exchange(problem_, started.why()) != started.why())
    FF_LOG("web", warning, "the page is not served: {}. It is tried again every {:.0f} s", problem_,
           to_seconds(listen_pause));
  self_->send(*whom_, web_serving{{}, problem_});
  self_->delayed_send(self_, listen_pause, web_server_tick{});
}

web_server_actor::behavior_type web_server_state::make_behavior(web_settings settings) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  return {
      [this](open_atom, const web_actor& whom) {
        whom_ = whom;
        serve();
      },
      [this](const web_server_tick&) { serve(); },
  };
}

web_server_actor::behavior_type
web_server(web_server_actor::stateful_pointer<web_server_state> self, web_settings settings) {
  return self->state.make_behavior(std::move(settings));
}

} // namespace firefinder
