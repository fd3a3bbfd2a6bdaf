#pragma once

// Actors in place of those that operators have to do with, for tests of whom they are asked by.

#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <optional>
#include <string>
#include <vector>

namespace firefinder::test {

/// A discovery that tells `figures`, which outlives it; without figures it is silent.
inline discovery_actor::behavior_type
fake_discovery(discovery_actor::pointer self, const std::optional<discovery_figures>* figures) {
  return {
      [](attach_atom, const connection_actor&) {},
      [](attach_atom, const store_actor&) {},
      // A clearing is refused in words; a migration hangs.
      [self](announce_order what) {
        auto promise = self->make_response_promise<std::string>();
        if (what == announce_order::publish)
          promise.deliver(std::string{R"({"documents":21})"});
        else if (what == announce_order::clear)
          promise.deliver(caf::make_error(caf::sec::runtime_error, "nothing is announced"));
        return promise;
      },
      [](const forget_order& what) { return R"({"instance":")" + what.instance + R"("})"; },
      [](const discovery_tick&) {},
      [self, figures](figures_atom) {
        auto promise = self->make_response_promise<discovery_figures>();
        if (*figures)
          promise.deliver(**figures);
        return promise;
      },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const inbound&) {},
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [](const camera_sights&) {},
      [](const control_state&) {},
      [](const alarm_event&) {},
      [](const camera_changed&) {},
      [](const camera_removed&) {},
      [](const decision_record&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

/// What a fake control was told, and how it answers.
struct control_script {
  std::vector<operator_order> orders;
  /// It refuses orders of this key or, when there is none, of this kind; empty: none.
  std::string refuses;
  std::string warning;
  bool answers = true;
  /// It is silent about orders of this key; empty: about none.
  std::string silent_about;
  /// It refuses all orders after so many.
  std::size_t refuses_after = 1'000'000;
  control_state state{};
};

/// A control that notes its orders in `script`, which outlives it.
inline control_actor::behavior_type fake_control(control_actor::pointer self,
                                                 control_script* script) {
  return {
      [](attach_atom, const store_actor&) {},
      [](attach_atom, const consensus_actor&) {},
      [](attach_atom, const camera_detection_actor&) {},
      [](listen_atom, const control_listener&) {},
      [self, script](const operator_order& order) {
        script->orders.push_back(order);
        auto promise = self->make_response_promise<operator_outcome>();
        const auto name = order.key.empty() ? to_string(order.what) : order.key;
        if (name == script->refuses || script->orders.size() > script->refuses_after)
          promise.deliver(caf::make_error(caf::sec::runtime_error, name + " is not possible"));
        else if (script->answers && (name != script->silent_about || name.empty()))
          promise.deliver(operator_outcome{R"({")" + name + R"(":true})", script->warning});
        return promise;
      },
      [](const control_tick&) {},
      [self, script](figures_atom) {
        auto promise = self->make_response_promise<control_state>();
        if (script->answers)
          promise.deliver(script->state);
        return promise;
      },
      [](const house_state&) {},
      [](const house_cameras&) {},
      [](const house_camera_gone&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

/// A health that counts in `reports` how often it was to report; it outlives it.
inline health_actor::behavior_type fake_health(health_actor::pointer, int* reports) {
  return {
      [](attach_atom, const connection_actor&, const consensus_actor&) {},
      [](attach_atom, const store_actor&) {},
      [](attach_atom, const camera_detection_actor&) {},
      [](attach_atom, const frigate_actor&) {},
      [](attach_atom, const discovery_actor&) {},
      [](attach_atom, const web_actor&) {},
      [](attach_atom, const drill_actor&) {},
      [reports](report_atom) { ++*reports; },
      [](const health_tick&) {},
      [](const link_up&) {},
      [](const link_down&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

/// What a fake drill actor was ordered, and what it tells.
struct drill_script {
  std::vector<drill_order> orders;
  drill_report report{};
  /// Why it begins none; empty: it does.
  std::string refusal;
  drill_figures figures{};
};

/// A drill actor that plays nothing.
inline drill_actor::behavior_type fake_drill(drill_actor::pointer self, drill_script* script) {
  return {
      [](attach_atom, const connection_actor&, const consensus_actor&) {},
      [](attach_atom, const store_actor&) {},
      [](attach_atom, const control_actor&) {},
      [](listen_atom, const drill_listener&) {},
      [self, script](const drill_order& order) {
        script->orders.push_back(order);
        auto promise = self->make_response_promise<drill_report>();
        if (script->refusal.empty())
          promise.deliver(script->report);
        else
          promise.deliver(caf::make_error(caf::sec::invalid_argument, script->refusal));
        return promise;
      },
      [](const drill_tick&) {},
      [script](figures_atom) { return script->figures; },
      [](const link_up&) {},
      [](const link_down&) {},
      [](const inbound&) {},
      [](const decision_record&) {},
      [](const drill_event&) {},
      [](ping_atom) { return done_atom_v; },
  };
}

/// One that starts the process anew as long as `refusal`, which outlives it, says nothing.
inline restarter::behavior_type fake_restarter(restarter::pointer self,
                                               const std::string* refusal) {
  return {[self, refusal](restart_atom) {
    auto promise = self->make_response_promise<done_atom>();
    if (refusal->empty())
      promise.deliver(done_atom_v);
    else
      promise.deliver(caf::make_error(caf::sec::runtime_error, *refusal));
    return promise;
  }};
}

} // namespace firefinder::test
