#include "actors/frigate/frigate_writer.hpp"

#include "actors/frigate/files.hpp"
#include "messages/exceptions.hpp"

#include <utility>

namespace firefinder {

frigate_writer_actor::behavior_type frigate_writer(frigate_writer_actor::pointer self,
                                                   new_configuration with) {
  report_exceptions(self);
  return {[with = std::move(with)](const frigate_files& what) { return write_files(what, with); }};
}

} // namespace firefinder
