#include "actors/web/web.hpp"

#include "actors/web/http_status.hpp"
#include "messages/dumped.hpp"
#include "messages/error_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/text.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

using json = nlohmann::ordered_json;

// Shorter than the server waits for an answer, so that it says who is late.
constexpr timespan others_deadline = std::chrono::milliseconds{1'800};

constexpr timespan scrape_deadline = std::chrono::seconds{2};
constexpr timespan alive_deadline = std::chrono::seconds{5};

// Between two looks at what is to be told to those who follow.
constexpr timespan look_pause = std::chrono::milliseconds{100};

// Where an answer with decisions ends, in bytes: those that are left out are the oldest.
constexpr std::size_t max_decision_bytes = std::size_t{4} * 1024 * 1024;

web_answer refused(std::uint16_t status, std::string_view why) {
  web_answer result;
  result.status = status;
  result.body = error_body(why);
  return result;
}

web_answer good(std::string body) {
  web_answer result;
  result.body = std::move(body);
  return result;
}

} // namespace

web_state::~web_state() {
  if (server_)
    caf::anon_send_exit(*server_, caf::exit_reason::user_shutdown);
}

monotonic web_state::now() const { return self_->clock().now().time_since_epoch(); }

// -- questions ---------------------------------------------------------------------------

web_state::answer_promise web_state::on_question(const web_question& question) {
  auto answer = self_->make_response_promise<web_answer>();
  if (const auto why_not = gatekeeper_->look_at(question, now())) {
    answer.deliver(refused(why_not->status, why_not->error));
    return answer;
  }
  const auto asked = understand(question, wall_());
  if (!asked.request) {
    answer.deliver(refused(asked.status, asked.error));
    return answer;
  }
  const auto& request = *asked.request;
  switch (request.what) {
  case web_topic::decisions:
    tell_decisions(request.limit, keep(answer));
    break;
  case web_topic::explain:
    explain(request.query, keep(answer));
    break;
  case web_topic::command:
    order(request.order, keep(answer));
    break;
  case web_topic::alive:
    roll_call(keep(answer));
    break;
  case web_topic::metrics:
    scrape(keep(answer));
    break;
  default:
    if (auto known = answer_at_once(request))
      answer.deliver(std::move(*known));
    else
      answer.deliver(refused(http_status::not_found,
                             "there is no camera with this key; /api/cameras lists "
                             "them"));
    break;
  }
  return answer;
}

std::uint64_t web_state::keep(answer_promise answer) {
  waiting_.emplace(++last_question_, std::move(answer));
  return last_question_;
}

void web_state::give(std::uint64_t number, web_answer answer) {
  if (auto whom = waiting_.extract(number))
    whom.mapped().deliver(std::move(answer));
}

// Whoever waits is a thread of the server, and the server ends when all of them have.
void web_state::refuse_the_rest() {
  for (auto& [number, whom] : std::exchange(waiting_, {}))
    whom.deliver(refused(http_status::unavailable, "the daemon is stopping"));
}

// What the picture tells; nothing: there is no such camera.
std::optional<web_answer> web_state::answer_at_once(const web_request& request) const {
  switch (request.what) {
  case web_topic::state:
    return good(picture_->state(wall_()));
  case web_topic::cameras:
    return good(picture_->cameras(request.history, wall_()));
  case web_topic::camera:
    if (auto found = picture_->camera(request.camera, wall_()))
      return good(std::move(*found));
    return std::nullopt;
  case web_topic::ready: {
    const auto reasons = picture_->why_not_ready();
    auto result = good(dumped<json>({{"ready", reasons.empty()}, {"reasons", reasons}}));
    if (!reasons.empty())
      result.status = http_status::unavailable;
    return result;
  }
  case web_topic::events: {
    if (streams_.size() >= max_streams)
      return refused(
          http_status::unavailable,
          fmt::format("{} streams of events are open, and no more are served", max_streams));
    web_answer result;
    result.type = "text/event-stream";
    result.stream = true;
    return result;
  }
  default:
    return std::nullopt;
  }
}

void web_state::tell_decisions(std::uint32_t limit, std::uint64_t answer) {
  if (!store_) {
    give(answer, refused(http_status::unavailable, "the store has not begun to work; try again"));
    return;
  }
  self_->request(*store_, others_deadline, load_atom_v, limit)
      .then(
          [this, answer](const std::vector<kept_decision>& kept) {
            std::string body = R"({"decisions":[)";
            const auto empty = body.size();
            for (auto x = kept.rbegin(); x != kept.rend() && body.size() < max_decision_bytes; ++x)
              if (const auto read = language_->read(x->text)) {
                if (body.size() > empty)
                  body += ',';
                body += picture_->decision(*read);
              }
            body += "]}";
            give(answer, good(std::move(body)));
          },
          [this, answer](const caf::error& why) {
            give(answer, refused(http_status::unavailable, words_of(why, "the store")));
          });
}

void web_state::explain(const explain_query& query, std::uint64_t answer) {
  if (!consensus_) {
    give(answer, refused(http_status::unavailable, "consensus has not begun to decide; try again"));
    return;
  }
  self_->request(*consensus_, others_deadline, explain_atom_v, query)
      .then(
          [this, answer](const decision_record& decision) {
            give(answer, good(picture_->decision(decision)));
          },
          [this, answer](const caf::error& why) {
            const bool late = why == caf::sec::request_timeout;
            give(answer, refused(late ? http_status::unavailable : http_status::not_found,
                                 words_of(why, "consensus")));
          });
}

void web_state::order(const operator_order& order, std::uint64_t answer) {
  if (!control_) {
    give(answer, refused(http_status::unavailable, "this daemon takes no orders"));
    return;
  }
  FF_LOG("web", info, "ordered from the page: {} {}", to_string(order.what), order.camera);
  self_->request(*control_, others_deadline, order)
      .then(
          [this, answer](const operator_outcome& outcome) {
            json body{{"data", json::parse(outcome.data, nullptr, false)}};
            if (!outcome.warning.empty())
              body["warning"] = outcome.warning;
            give(answer, good(dumped(body)));
          },
          [this, answer](const caf::error& why) {
            const bool late = why == caf::sec::request_timeout;
            give(answer, refused(late ? http_status::unavailable : http_status::bad_request,
                                 words_of(why, "the control")));
          });
}

// Whoever refuses says why in words.
std::string web_state::words_of(const caf::error& why, std::string_view whose) const {
  return firefinder::words_of(why, whose, self_->system());
}

// -- questions to everybody --------------------------------------------------------------

void web_state::roll_call(std::uint64_t answer) {
  const auto number = ++last_gathering_;
  auto& all = gatherings_[number];
  all.answer = answer;
  // One for this actor itself, so that an empty household is answered too.
  all.missing = household_.size() + 1;
  for (const auto& [called, whom] : household_)
    // Who has much to do is alive. With std::chrono's type CAF 0.17 forgets the priority.
    self_->request<caf::message_priority::high>(whom, caf::duration{alive_deadline}, ping_atom_v)
        .then([this, number](done_atom) { end_roll_call(number); },
              [this, number, called = called](const caf::error&) {
                if (const auto found = gatherings_.find(number); found != gatherings_.end())
                  found->second.silent.push_back(called);
                end_roll_call(number);
              });
  end_roll_call(number);
}

void web_state::end_roll_call(std::uint64_t number) {
  const auto found = gatherings_.find(number);
  if (found == gatherings_.end() || --found->second.missing != 0)
    return;
  auto all = std::move(found->second);
  gatherings_.erase(found);
  if (all.silent.empty()) {
    give(all.answer, good(R"({"status":"ok"})"));
    return;
  }
  auto result = good(dumped<json>({{"status", "silent"}, {"silent", all.silent}}));
  result.status = http_status::unavailable;
  give(all.answer, std::move(result));
}

void web_state::scrape(std::uint64_t answer) {
  const auto number = ++last_gathering_;
  auto& all = gatherings_[number];
  all.answer = answer;
  all.missing = 1;
  gather(connection_, number, &scraped_figures::link);
  gather(consensus_, number, &scraped_figures::consensus);
  gather(store_, number, &scraped_figures::store);
  end_scrape(number);
}

template <class Actor, class Member>
void web_state::gather(const std::optional<Actor>& whom, std::uint64_t number, Member member) {
  if (!whom)
    return;
  using figures =
      typename std::decay_t<decltype(std::declval<scraped_figures>().*member)>::value_type;
  ++gatherings_[number].missing;
  self_->request(*whom, scrape_deadline, figures_atom_v)
      .then(
          [this, number, member](figures& told) {
            if (const auto found = gatherings_.find(number); found != gatherings_.end())
              found->second.figures.*member = std::move(told);
            end_scrape(number);
          },
          [this, number](const caf::error&) {
            if (const auto found = gatherings_.find(number); found != gatherings_.end())
              ++found->second.figures.unanswered;
            end_scrape(number);
          });
}

void web_state::end_scrape(std::uint64_t number) {
  const auto found = gatherings_.find(number);
  if (found == gatherings_.end() || --found->second.missing != 0)
    return;
  auto all = std::move(found->second);
  gatherings_.erase(found);
  all.figures.now = wall_();
  all.figures.process = read_process_figures();
  all.figures.streams = streams_.size();
  all.figures.mailbox = self_->mailbox().size();
  auto result = good(metrics_text(settings_, *picture_, all.figures));
  result.type = "text/plain; version=0.0.4; charset=utf-8";
  give(all.answer, std::move(result));
}

// -- those who follow --------------------------------------------------------------------

template <class Message>
void web_state::hear(const Message& x) {
  picture_->hear(x);
  stir();
}

caf::result<done_atom> web_state::follow(const event_listener& listener) {
  if (streams_.size() >= max_streams)
    return caf::make_error(caf::sec::invalid_argument, "too many streams are open");
  self_->monitor(listener);
  const auto [added, is_new] = streams_.try_emplace(listener.id(), stream{listener});
  if (!is_new)
    return done_atom_v;
  // What it is told first is how everything stands now.
  picture_->follow(now(), wall_());
  picture_->publish(now(), wall_());
  tell(added->second);
  stir();
  return done_atom_v;
}

void web_state::on_credit() {
  const auto found = streams_.find(self_->current_sender()->id());
  if (found == streams_.end())
    return;
  found->second.ready = true;
  tell(found->second);
}

void web_state::on_down(const caf::down_msg& down) {
  if (streams_.erase(down.source.id()) != 0) {
    if (streams_.empty())
      picture_->rest();
    return;
  }
  if (server_ && server_->address() == down.source)
    self_->quit(caf::make_error(caf::sec::runtime_error, "the server ended"));
}

// Something has changed: those who follow are told soon.
void web_state::stir() {
  if (streams_.empty())
    return;
  if (const auto next = told_at_ + look_pause; told_at_ != never && next > now())
    arm(next);
  else
    tell_all();
}

void web_state::tell_all() {
  told_at_ = now();
  picture_->publish(now(), wall_());
  for (auto& [id, x] : streams_)
    tell(x);
  if (const auto due = picture_->due())
    arm(std::max(*due, told_at_ + look_pause));
}

void web_state::tell(stream& to) {
  if (!to.ready)
    return;
  auto news = picture_->news(to.told);
  if (news.empty())
    return;
  to.ready = false;
  self_->send(to.listener, web_events{std::move(news)});
}

void web_state::arm(monotonic due) {
  if (tick_ != 0 && tick_due_ <= due)
    return;
  tick_ = ++last_tick_;
  tick_due_ = due;
  self_->delayed_send(self_, std::max<timespan>(due - now(), timespan{0}), web_tick{tick_});
}

// -- the actor ---------------------------------------------------------------------------

web_actor::behavior_type web_state::make_behavior(const web_settings& settings,
                                                  const web_server_actor& server,
                                                  const decision_language& language,
                                                  wall_clock wall) {
  report_exceptions(self_);
  settings_ = settings;
  server_ = server;
  language_ = language;
  wall_ = std::move(wall);
  picture_.emplace(settings, language);
  gatekeeper_.emplace(!settings.token.empty());
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  self_->set_exit_handler([this](const caf::exit_msg& x) {
    refuse_the_rest();
    self_->quit(x.reason);
  });
  self_->monitor(server);
  self_->send(server, open_atom_v, web_actor{self_});
  return {
      [this](attach_atom, const connection_actor& connection) {
        connection_ = connection;
        self_->send(connection, listen_atom_v, link_listener{web_actor{self_}});
      },
      [this](attach_atom, const consensus_actor& consensus) {
        if (consensus_ && *consensus_ != consensus) {
          picture_->forget_house();
          stir();
        }
        consensus_ = consensus;
        self_->send(consensus, listen_atom_v, house_listener{web_actor{self_}});
        self_->send(consensus, listen_atom_v, sight_listener{web_actor{self_}});
        self_->send(consensus, listen_atom_v, decision_listener{web_actor{self_}});
      },
      [this](attach_atom, const control_actor& control) {
        control_ = control;
        self_->send(control, listen_atom_v, control_listener{web_actor{self_}});
      },
      [this](attach_atom, const store_actor& store) { store_ = store; },
      [this](attach_atom, const std::string& called, const supervised_actor& whom) {
        household_.insert_or_assign(called, whom);
      },
      [this](const web_question& question) { return on_question(question); },
      [this](listen_atom, const event_listener& listener) { return follow(listener); },
      [this](web_credit) { on_credit(); },
      [this](const web_serving& x) {
        if (problem_ != x.problem)
          problem_since_ = x.problem.empty() ? 0 : wall_();
        problem_ = x.problem;
      },
      [this](const web_tick& tick) {
        if (tick.number != tick_)
          return;
        tick_ = 0;
        if (!streams_.empty())
          tell_all();
      },
      [this](figures_atom) {
        return web_figures{problem_, problem_since_, streams_.size()};
      },
      [this](const link_up& x) {
        picture_->hear(x, wall_());
        stir();
      },
      [this](const link_down& x) {
        picture_->hear(x, wall_());
        stir();
      },
      [this](const house_state& x) { hear(x); },
      [this](const house_cameras& x) { hear(x); },
      [this](const house_camera_gone& x) { hear(x); },
      [this](const camera_sights& x) { hear(x); },
      [this](const control_state& x) { hear(x); },
      [this](const alarm_event& x) { hear(x.alarm); },
      [this](const decision_record& x) { hear(x); },
      [this](const drill_report& x) { hear(x); },
      [](ping_atom) { return done_atom_v; },
  };
}

web_actor::behavior_type web(web_actor::stateful_pointer<web_state> self, web_settings settings,
                             web_server_actor server, decision_language language, wall_clock wall) {
  return self->state.make_behavior(settings, server, language, std::move(wall));
}

} // namespace firefinder
