#pragma once

#include "actors/frigate/merge.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace firefinder {

/// Behaviour of the worker that writes Frigate's configuration and its secrets. Spawn it
/// detached: it waits for the disk. `with` is for a file that there was not.
frigate_writer_actor::behavior_type frigate_writer(frigate_writer_actor::pointer self,
                                                   new_configuration with);

} // namespace firefinder
