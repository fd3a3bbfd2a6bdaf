#include "actors/frigate/frigate_api.hpp"

#include "actors/frigate/documents.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"

#include <utility>

namespace firefinder {

namespace {

// So long a request to end may wait.
constexpr std::chrono::milliseconds step{100};

constexpr long ok = 200;

constexpr auto configuration = "/api/config";
constexpr auto version = "/api/version";
constexpr auto restart_resource = "/api/restart";
// Labels are not named: Frigate would compare them letter by letter, and models write `Fire`.
constexpr auto events = "/api/events?in_progress=1&limit=200&include_thumbnails=0";

// What is wrong with an answer, and the cure; empty: nothing.
std::string fault_of(const http_answer& answer) {
  if (!answer.failure.empty())
    return answer.failure;
  if (answer.code == ok)
    return {};
  if (answer.code == 401 || answer.code == 403)
    return fmt::format("it asks for a login ({}); the port without one is 5000", answer.code);
  if (answer.code >= 300 && answer.code < 400)
    return fmt::format("it redirects ({}), which is not followed; name the final address",
                       answer.code);
  return fmt::format("it answers with status {}", answer.code);
}

} // namespace

caf::typed_response_promise<frigate_report> frigate_api_state::begin(const frigate_query& query) {
  auto promise = self_->make_response_promise<frigate_report>();
  const auto number = ++last_draft_;
  auto& x = drafts_[number];
  x.answer = promise;
  x.query = query;
  x.report.cameras.prefix = query.prefix;
  x.report.objects.prefix = query.prefix;
  get(number, configuration, &frigate_api_state::on_configuration);
  return promise;
}

void frigate_api_state::get(std::uint64_t number, const char* resource,
                            void (frigate_api_state::*next)(std::uint64_t, const http_answer&)) {
  http_->get(address_of(drafts_.at(number).query.url, resource),
             [this, number, next](const http_answer& answer) { (this->*next)(number, answer); });
  keep_ticking();
}

void frigate_api_state::keep_ticking() {
  if (!std::exchange(ticking_, true))
    self_->send(self_, transfer_tick{});
}

void frigate_api_state::on_configuration(std::uint64_t number, const http_answer& answer) {
  auto& told = drafts_.at(number).report.cameras;
  told.failure = fault_of(answer);
  if (told.failure.empty()) {
    if (auto cameras = cameras_of(answer.body, labels_))
      told.cameras = std::move(*cameras);
    else
      told.failure = "what it answers is no configuration of Frigate's";
  }
  if (told.failure.empty())
    get(number, version, &frigate_api_state::on_version);
  else
    finish(number);
}

// The rest is worth having, but its lack is no failure.

void frigate_api_state::on_version(std::uint64_t number, const http_answer& answer) {
  auto& x = drafts_.at(number);
  if (fault_of(answer).empty())
    x.report.cameras.version = version_of(answer.body);
  if (x.query.objects)
    get(number, events, &frigate_api_state::on_objects);
  else
    finish(number);
}

void frigate_api_state::on_objects(std::uint64_t number, const http_answer& answer) {
  if (fault_of(answer).empty()) {
    auto& report = drafts_.at(number).report;
    report.objects.objects = objects_of(answer.body, labels_);
    report.told_objects = true;
  }
  finish(number);
}

void frigate_api_state::finish(std::uint64_t number) {
  auto done = drafts_.extract(number);
  auto& [answer, query, report] = done.mapped();
  FF_LOG("frigate", debug, "{}: {}", without_credentials(query.url),
         report.cameras.failure.empty() ? fmt::format(
             "Frigate {}, {} cameras", report.cameras.version, report.cameras.cameras.size())
                                        : report.cameras.failure);
  answer.deliver(std::move(report));
}

caf::typed_response_promise<frigate_outcome>
frigate_api_state::begin(const frigate_change& change) {
  auto promise = self_->make_response_promise<frigate_outcome>();
  const auto number = ++last_draft_;
  courses_.emplace(
      number, course{promise, change.url, application{change}, std::chrono::steady_clock::now()});
  go_on(number);
  return promise;
}

void frigate_api_state::go_on(std::uint64_t number) {
  auto& x = courses_.at(number);
  // Who asked would not wait for the end, and ask again in the middle of it.
  if (std::chrono::steady_clock::now() - x.begun > longest_course_)
    x.what.give_up(
        fmt::format("it took longer than {} s; the rest follows",
                    std::chrono::duration_cast<std::chrono::seconds>(longest_course_).count()));
  if (x.what.done()) {
    auto done = courses_.extract(number);
    done.mapped().answer.deliver(done.mapped().what.outcome());
    return;
  }
  const auto& next = x.what.next();
  const auto address = address_of(x.url, next.resource);
  auto take = [this, number](const http_answer& answer) {
    courses_.at(number).what.answer(answer.failure, answer.code, answer.body);
    go_on(number);
  };
  if (next.body.empty())
    http_->get(address, std::move(take));
  else
    http_->send(next.method, address, next.content_type, next.body, std::move(take));
  keep_ticking();
}

caf::typed_response_promise<frigate_outcome>
frigate_api_state::begin(const frigate_restart& restart) {
  auto promise = self_->make_response_promise<frigate_outcome>();
  http_->send("POST", address_of(restart.url, restart_resource), "application/json", {},
              [promise](const http_answer& answer) mutable {
                frigate_outcome result;
                result.failure = fault_of(answer);
                promise.deliver(std::move(result));
              });
  keep_ticking();
  return promise;
}

void frigate_api_state::go_on() {
  http_->work(step);
  ticking_ = !http_->idle();
  if (ticking_)
    self_->send(self_, transfer_tick{});
}

frigate_api_actor::behavior_type frigate_api_state::make_behavior(frigate_labels labels,
                                                                  const http_limits& limits) {
  report_exceptions(self_);
  labels_ = std::move(labels);
  http_.emplace(limits);
  longest_course_ = limits.course;
  return {
      [this](const frigate_query& query) { return begin(query); },
      [this](const frigate_change& change) { return begin(change); },
      [this](const frigate_restart& restart) { return begin(restart); },
      [this](const transfer_tick&) { go_on(); },
  };
}

frigate_api_actor::behavior_type
frigate_api(frigate_api_actor::stateful_pointer<frigate_api_state> self, frigate_labels labels,
            http_limits limits) {
  return self->state.make_behavior(std::move(labels), limits);
}

} // namespace firefinder
