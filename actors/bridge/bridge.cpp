#include "actors/bridge/bridge.hpp"

#include "messages/error_words.hpp"
#include "messages/exceptions.hpp"
#include "messages/log.hpp"
#include "messages/quality_of_service.hpp"

#include <fmt/format.h>

#include <utility>

namespace firefinder {

namespace {

// Longer than consensus waits for its trackers and the store.
constexpr timespan answer_deadline = std::chrono::seconds{3};

// The control writes down what it is told before it answers.
constexpr timespan order_deadline = std::chrono::seconds{5};

// Announcements wait for the broker, and a migration for Home Assistant.
constexpr timespan announce_deadline = std::chrono::seconds{30};

// Longer than a network is searched for at the most.
constexpr timespan search_deadline = std::chrono::seconds{120};

// An exercise has a limit of its own, which no request sets higher.
constexpr timespan drill_deadline = std::chrono::seconds{140};

constexpr timespan restart_deadline = std::chrono::seconds{10};

// Nobody waits longer for an answer, so a broker need not keep it longer either.
constexpr std::chrono::seconds answer_life{60};

// Those who may wait for one search.
constexpr std::size_t max_searching = 20;

// Between two answers that there is too much of one operation.
constexpr timespan too_many_pause = std::chrono::seconds{1};

// Between two lines of the log about refusals of one kind.
constexpr timespan refusal_log_pause = std::chrono::minutes{1};

constexpr std::string_view request_level = "bridge/request/";
constexpr std::string_view set_level = "/set";

announce_order order_of(request_kind what) {
  return what == request_kind::discovery_migrate ? announce_order::migrate
         : what == request_kind::discovery_clear ? announce_order::clear
                                                 : announce_order::publish;
}

// For people: what was done before something went wrong.
std::string done_before(const std::vector<named_order>& orders, std::size_t next) {
  std::string result;
  for (std::size_t i = 0; i < next; ++i)
    result += fmt::format("{}{}", i == 0 ? "" : ", ", orders[i].name);
  return result.empty() ? result : fmt::format("; this was done before: {}", result);
}

} // namespace

void bridge_state::attach(const connection_actor& connection, const consensus_actor& consensus) {
  consensus_ = consensus;
  if (connection_ && *connection_ == connection)
    return;
  connection_ = connection;
  self_->send(connection, listen_atom_v, link_listener{bridge_actor{self_}});
  // What was wanted while nobody was there must not be done when somebody is: at this quality of
  // service the broker keeps nothing for a session that is away.
  for (const auto* filter :
       {"/bridge/request/+", "/bridge/request/+/+", "/consensus/+/set", "/camera/+/+/set"})
    self_->send(connection, listen_atom_v, settings_.base_topic + filter, at_most_once,
                std::vector<inbound_listener>{inbound_listener{bridge_actor{self_}}});
}

void bridge_state::on_inbound(const inbound& message) {
  if (!connection_ || !consensus_)
    return;
  const auto now = self_->clock().now().time_since_epoch();
  // Of unknown age, and asked by nobody who still waits.
  if (message.retained) {
    count(rejection::retained, now);
    return;
  }
  const std::string_view topic = message.topic;
  if (topic.size() <= settings_.base_topic.size() + 1 || !topic.starts_with(settings_.base_topic))
    return;
  const auto below = topic.substr(settings_.base_topic.size() + 1);
  if (below.starts_with(request_level))
    on_request(std::string{below.substr(request_level.size())}, message, now);
  else if (below.ends_with(set_level))
    on_command(std::string{below.substr(0, below.size() - set_level.size())}, message, now);
}

// -- requests ----------------------------------------------------------------------------

void bridge_state::on_request(const std::string& operation, const inbound& message, monotonic now) {
  if (!(is_change(operation) ? changes_ : questions_).spend(now)) {
    ++dropped_;
    count(rejection::too_many, now);
    tell_too_many(operation, message, now);
    return;
  }
  auto asked = parse_request(operation, message.payload, message.size, settings_.limits);
  const asker who{operation, asked.transaction, false};
  if (!asked.request) {
    refuse(who, asked.why, asked.error);
    return;
  }
  switch (asked.request->what) {
  case request_kind::explain:
    explain(asked.request->query, who);
    return;
  case request_kind::status:
    tell_status(who);
    return;
  case request_kind::rescan:
    search(who);
    return;
  case request_kind::restart:
    restart(who);
    return;
  case request_kind::health_check:
    check_health(who);
    return;
  case request_kind::drill:
    drill(asked.request->drill, who);
    return;
  case request_kind::discovery_publish:
  case request_kind::discovery_clear:
  case request_kind::discovery_migrate:
    announce(order_of(asked.request->what), who);
    return;
  case request_kind::discovery_forget:
    announce(asked.request->forget, who);
    return;
  default:
    break;
  }
  errand what;
  what.who = who;
  what.tells_tuning = asked.request->what == request_kind::options;
  what.orders = std::move(asked.request->orders);
  begin(std::move(what));
}

// Rarely, so that a flood of requests makes no flood of answers.
void bridge_state::tell_too_many(const std::string& operation, const inbound& message,
                                 monotonic now) {
  if (!is_answerable(operation))
    return;
  const auto [last, first]
      = too_many_told_.try_emplace(find_request(operation) == nullptr ? "" : operation, now);
  if (!first && now - last->second < too_many_pause)
    return;
  last->second = now;
  const auto asked = parse_request(operation, message.payload, message.size, settings_.limits);
  answer({operation, {}, false},
         error_response("too many requests in a second; this one was not done, try again",
                        asked.transaction));
}

void bridge_state::explain(const explain_query& query, const asker& who) {
  if (!settings_.decides) {
    refuse(who, rejection::declined,
           "this daemon does not decide: consensus is not among its services");
    return;
  }
  self_->request(*consensus_, answer_deadline, explain_atom_v, query)
      .then(
          [this, who](const decision_record& decision) {
            answer(who, ok_response(shortened(settings_.explained(decision)), who.transaction));
          },
          [this, who](const caf::error& why) {
            refuse(who, rejection::declined, reason(why, "the decision"));
          });
}

void bridge_state::tell_status(const asker& who) {
  self_->request(*consensus_, answer_deadline, figures_atom_v)
      .then(
          [this, who](const consensus_figures& figures) {
            self_->request(*consensus_, answer_deadline, explain_atom_v, explain_query{})
                .then(
                    [this, who, figures](const decision_record& decision) {
                      tell_status(who, figures, settings_.explained(decision));
                    },
                    [this, who, figures](const caf::error&) { tell_status(who, figures, {}); });
          },
          [this, who](const caf::error& why) {
            refuse(who, rejection::declined, reason(why, "the decision"));
          });
}

void bridge_state::tell_status(const asker& who, const consensus_figures& figures,
                               const std::string& decision) {
  if (!drill_) {
    tell_status(who, figures, decision, {});
    return;
  }
  self_->request(*drill_, answer_deadline, figures_atom_v)
      .then(
          [this, who, figures, decision](const drill_figures& x) {
            tell_status(who, figures, decision, x.known ? settings_.told_drill(x.last) : "");
          },
          [this, who, figures, decision](const caf::error&) {
            tell_status(who, figures, decision, {});
          });
}

void bridge_state::tell_status(const asker& who, const consensus_figures& figures,
                               const std::string& decision, const std::string& last_drill) {
  const auto now = self_->clock().now().time_since_epoch();
  const bridge_facts facts{settings_.version, wall_(),  to_seconds(now - started_), protocol_,
                           dropped_,          refused_, settings_.decides,          last_drill};
  answer(who, ok_response(status_data(figures, facts, decision), who.transaction));
}

void bridge_state::check_health(const asker& who) {
  if (!health_) {
    refuse(who, rejection::declined, "this daemon does not report its health");
    return;
  }
  self_->send(*health_, report_atom_v);
  tell_status(who);
}

void bridge_state::search(const asker& who) {
  if (!cameras_) {
    refuse(who, rejection::declined,
           "this daemon does not search: camera_detection is not among its services");
    return;
  }
  if (searching_.size() >= max_searching) {
    refuse(who, rejection::too_many, "a search is under way already; wait for its end");
    return;
  }
  searching_.push_back(who);
  if (searching_.size() > 1)
    return;
  self_->request(*cameras_, search_deadline, search_atom_v)
      .then(
          [this](const search_result& found) {
            const auto data = search_data(found);
            for (const auto& x : std::exchange(searching_, {}))
              answer(x, ok_response(data, x.transaction));
          },
          [this](const caf::error& why) {
            for (const auto& x : std::exchange(searching_, {}))
              refuse(x, rejection::declined, reason(why, "camera detection"));
          });
}

void bridge_state::restart(const asker& who) {
  if (!restarter_) {
    refuse(who, rejection::declined, "nobody here can start this daemon anew");
    return;
  }
  self_->request(*restarter_, restart_deadline, restart_atom_v)
      .then([this, who](
                done_atom) { answer(who, ok_response(R"({"restarting":true})", who.transaction)); },
            [this, who](const caf::error& why) {
              refuse(who, rejection::declined, reason(why, "the supervisor"));
            });
}

void bridge_state::drill(const drill_order& order, const asker& who) {
  if (!drill_) {
    refuse(who, rejection::declined, "this daemon plays no drills");
    return;
  }
  self_->request(*drill_, drill_deadline, order)
      .then(
          [this, who](const drill_report& report) {
            answer(who, ok_response(settings_.told_drill(report), who.transaction));
          },
          [this, who](const caf::error& why) {
            refuse(who, rejection::declined, reason(why, "the drill"));
          });
}

template <class Order>
void bridge_state::announce(const Order& what, const asker& who) {
  if (!discovery_) {
    refuse(who, rejection::declined,
           "this daemon announces nothing: discovery is not among its services");
    return;
  }
  self_->request(*discovery_, announce_deadline, what)
      .then(
          [this, who](const std::string& data) { answer(who, ok_response(data, who.transaction)); },
          [this, who](const caf::error& why) {
            refuse(who, rejection::declined, reason(why, "discovery"));
          });
}

// -- orders ------------------------------------------------------------------------------

void bridge_state::on_command(const std::string& command, const inbound& message, monotonic now) {
  auto asked = parse_command(command, message.payload, message.size, settings_.limits);
  if (!asked.known) {
    count(asked.why, now);
    return;
  }
  errand what;
  what.who = {command, {}, true};
  if (!asked.order) {
    refuse(what.who, asked.why, asked.error);
    return;
  }
  switch (commands_.add(command, *asked.order)) {
  case command_queue::turn::now:
    what.orders.push_back(*std::move(asked.order));
    give_orders(std::move(what));
    return;
  case command_queue::turn::later:
    return;
  case command_queue::turn::never:
    refuse(what.who, rejection::too_many,
           "too many commands wait for the control, so this one is not followed; try again");
    return;
  }
}

// Each order that ends, however it does, makes room for another one.
void bridge_state::follow_next(const asker& who) {
  if (!who.command)
    return;
  auto next = commands_.ended(who.operation);
  if (!next)
    return;
  errand what;
  what.who = {std::move(next->command), {}, true};
  what.orders.push_back(std::move(next->order));
  give_orders(std::move(what));
}

// Options are all set or none: what held before is asked first.
void bridge_state::begin(errand what) {
  if (!control_ || !what.tells_tuning || what.orders.size() < 2) {
    give_orders(std::move(what));
    return;
  }
  self_->request(*control_, answer_deadline, figures_atom_v)
      .then(
          [this, what](const control_state& state) mutable {
            what.before = state.tuning;
            give_orders(std::move(what));
          },
          [this, what](const caf::error& why) {
            fail(what, reason(why, "the control") + "; nothing was changed");
          });
}

// One after another, so that a refusal leaves what follows undone.
void bridge_state::give_orders(errand what) {
  if (!control_) {
    fail(what, "this daemon takes no orders: consensus is not among its services");
    return;
  }
  if (what.next == what.orders.size()) {
    if (what.tells_tuning)
      tell_tuning(std::move(what));
    else
      end(what);
    return;
  }
  const auto order = what.orders[what.next].order;
  self_->request(*control_, order_deadline, order)
      .then(
          [this, what](const operator_outcome& outcome) mutable {
            ++what.next;
            what.data = merged(what.data, outcome.data);
            if (!outcome.warning.empty() && what.warning.find(outcome.warning) == std::string::npos)
              what.warning += (what.warning.empty() ? "" : "; ") + outcome.warning;
            give_orders(std::move(what));
          },
          [this, what](const caf::error& why) mutable {
            if (!what.before) {
              fail(what, reason(why, "the control") + done_before(what.orders, what.next));
              return;
            }
            what.error = reason(why, "the control");
            // One that was not answered may be done all the same.
            if (why == caf::sec::request_timeout)
              ++what.next;
            undo(std::move(what));
          });
}

// Sets back what was done, the last first; one that cannot be does not keep the others.
void bridge_state::undo(errand what) {
  if (what.next == 0) {
    fail(what, what.error
                   + (what.stuck.empty() ? "; nothing was changed"
                                         : "; this could not be set back: " + what.stuck));
    return;
  }
  --what.next;
  const auto order = set_back(what.orders[what.next].order, *what.before);
  self_->request(*control_, order_deadline, order)
      .then([this, what](const operator_outcome&) mutable { undo(std::move(what)); },
            [this, what](const caf::error&) mutable {
              what.stuck += (what.stuck.empty() ? "" : ", ") + what.orders[what.next].name;
              undo(std::move(what));
            });
}

void bridge_state::tell_tuning(errand what) {
  self_->request(*control_, answer_deadline, figures_atom_v)
      .then(
          [this, what](const control_state& state) mutable {
            what.data = options_data(state.tuning);
            end(what);
          },
          [this, what](const caf::error& why) {
            fail(what, reason(why, "the control") + done_before(what.orders, what.next));
          });
}

void bridge_state::end(const errand& what) {
  if (!what.who.command || !what.warning.empty())
    answer(what.who, ok_response(what.data, what.who.transaction, what.warning));
  follow_next(what.who);
}

void bridge_state::fail(const errand& what, const std::string& error) {
  refuse(what.who, rejection::declined, error);
  follow_next(what.who);
}

// -- answers -----------------------------------------------------------------------------

void bridge_state::answer(const asker& who, std::string payload) {
  // A flood of commands must not make a flood of answers.
  if (who.command && !command_answers_.spend(self_->clock().now().time_since_epoch()))
    return;
  publication what;
  what.topic = settings_.base_topic + "/bridge/response/" + who.operation;
  what.payload = std::move(payload);
  what.qos = at_least_once;
  what.outdated_after = answer_life;
  self_->send(*connection_, std::move(what));
}

void bridge_state::refuse(const asker& who, rejection why, const std::string& error) {
  count(why, self_->clock().now().time_since_epoch());
  if (is_answerable(who.operation) || who.command)
    answer(who, error_response(error, who.transaction));
}

// Without what was sent: it is foreign, and a storm of it must not fill the log.
void bridge_state::count(rejection why, monotonic now) {
  const auto sum = ++refused_[why];
  const auto last = refusal_logged_.find(why);
  if (last != refusal_logged_.end() && now - last->second < refusal_log_pause)
    return;
  refusal_logged_[why] = now;
  if (why == rejection::too_many)
    FF_LOG("bridge", warning,
           "more requests or commands at once than are followed: what is more is refused, {} so "
           "far",
           sum);
  else
    FF_LOG("bridge", warning, "a request or a command was refused ({}), {} so far", to_string(why),
           sum);
}

// Whoever refuses says why in words; who is silent says nothing.
std::string bridge_state::reason(const caf::error& why, std::string_view whose) const {
  return words_of(why, whose, self_->system());
}

bridge_actor::behavior_type bridge_state::make_behavior(bridge_settings settings, wall_clock wall) {
  report_exceptions(self_);
  settings_ = std::move(settings);
  wall_ = std::move(wall);
  started_ = self_->clock().now().time_since_epoch();
  return {
      [this](attach_atom, const connection_actor& connection, const consensus_actor& consensus) {
        attach(connection, consensus);
      },
      [this](attach_atom, const control_actor& control) { control_ = control; },
      [this](attach_atom, const discovery_actor& discovery) { discovery_ = discovery; },
      [this](attach_atom, const camera_detection_actor& cameras) { cameras_ = cameras; },
      [this](attach_atom, const health_actor& health) { health_ = health; },
      [this](attach_atom, const drill_actor& drill) { drill_ = drill; },
      [this](attach_atom, const restarter& restarts) { restarter_ = restarts; },
      [this](const inbound& message) { on_inbound(message); },
      [this](const link_up& link) { protocol_ = link.protocol; },
      [this](const link_down&) { protocol_.clear(); },
      [](ping_atom) { return done_atom_v; },
  };
}

bridge_actor::behavior_type bridge(bridge_actor::stateful_pointer<bridge_state> self,
                                   bridge_settings settings, wall_clock wall) {
  return self->state.make_behavior(std::move(settings), std::move(wall));
}

} // namespace firefinder
