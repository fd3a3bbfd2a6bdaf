#pragma once

#include "messages/types.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

#include <string>

namespace firefinder {

/// CAF for a command that has a few actors for a while: one thread that sleeps when there is
/// nothing to do, and no log of CAF's.
struct small_system_config : caf::actor_system_config {
  small_system_config() {
    register_types(*this);
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    set("logger.file-name", std::string{});
  }
};

} // namespace firefinder
