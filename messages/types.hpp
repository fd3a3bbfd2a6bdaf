#pragma once

#include <caf/actor_system_config.hpp>

namespace firefinder {

/// Makes our message types known to an actor system, under their names.
void register_types(caf::actor_system_config& config);

} // namespace firefinder
