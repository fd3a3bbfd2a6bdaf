#include "actors/camera_detection/finder.hpp"

#include "messages/exceptions.hpp"

#include <utility>

namespace firefinder {

finder_actor::behavior_type finder_state::make_behavior(const finder_limits& limits) {
  report_exceptions(self_);
  limits_ = limits;
  const auto tell = [this](auto&& what) {
    if (listener_)
      self_->send(listener_, std::forward<decltype(what)>(what));
  };
  network_.emplace(
      limits, [tell](finding&& x) { tell(std::move(x)); },
      [tell](search_progress&& x) { tell(std::move(x)); });
  self_->send(self_, finder_tick{});
  return {
      [this](listen_atom, const finding_listener& listener) {
        listener_ = listener;
        network_->forget_neighbours();
      },
      [this](const search_order& order) { network_->begin(order); },
      [this](const finder_tick&) {
        network_->work(limits_.step);
        self_->send(self_, finder_tick{});
      },
  };
}

finder_actor::behavior_type finder(finder_actor::stateful_pointer<finder_state> self,
                                   finder_limits limits) {
  return self->state.make_behavior(limits);
}

} // namespace firefinder
