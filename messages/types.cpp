#include "messages/types.hpp"

#include "messages/actors.hpp"

namespace firefinder {

void register_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::firefinder>();
}

} // namespace firefinder
