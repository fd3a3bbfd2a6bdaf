#include "actors/web/courier.hpp"

#include "actors/web/http_status.hpp"
#include "actors/web/request.hpp"
#include "messages/exceptions.hpp"

#include <utility>

namespace firefinder {

template <class T>
void courier_state::tell(T what) {
  self_->send(errand_.server, errand_.number, std::move(what));
  errand_.news->raise();
}

void courier_state::on_answer(web_answer& answer) {
  if (answer.stream && errand_.follows) {
    follow(std::move(answer));
    return;
  }
  tell(std::move(answer));
  self_->quit();
}

void courier_state::follow(web_answer answer) {
  self_->monitor(errand_.whom);
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); });
  self_->request(errand_.whom, follow_deadline, listen_atom_v, event_listener{self_})
      .then(
          [this, answer](done_atom) {
            tell(answer);
            follows_ = true;
            if (first_)
              tell(*std::exchange(first_, std::nullopt));
          },
          [this](const caf::error& why) {
            if (why != caf::sec::invalid_argument) {
              self_->quit();
              return;
            }
            web_answer refused;
            refused.status = http_status::unavailable;
            refused.body = error_body("too many streams of events are open already");
            tell(std::move(refused));
            self_->quit();
          });
}

courier_actor::behavior_type courier_state::make_behavior(courier_errand errand,
                                                          const web_question& question) {
  report_exceptions(self_);
  errand_ = std::move(errand);
  // Whatever ends it, also an exception: a stream of which nobody hears the end looks alive for
  // ever.
  self_->attach_functor(
      [server = errand_.server, news = errand_.news, number = errand_.number](const caf::error&) {
        caf::anon_send(server, number, done_atom_v);
        news->raise();
      });
  self_->request(errand_.whom, errand_.within, question)
      .then([this](web_answer& answer) { on_answer(answer); },
            [this](const caf::error&) { self_->quit(); });
  return {
      [this](const web_events& news) {
        if (follows_)
          tell(news);
        else
          first_ = news;
      },
      [this](web_credit credit) { self_->send(errand_.whom, credit); },
  };
}

courier_actor::behavior_type courier(courier_actor::stateful_pointer<courier_state> self,
                                     courier_errand errand, const web_question& question) {
  return self->state.make_behavior(std::move(errand), question);
}

} // namespace firefinder
