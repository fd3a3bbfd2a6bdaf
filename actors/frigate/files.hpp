#pragma once

#include "actors/frigate/merge.hpp"
#include "messages/frigate.hpp"

namespace firefinder {

/// Has the files say what they are to say: the secrets first, each in a file of its own that
/// only this user reads, then the configuration, then secrets of cameras that are gone are
/// removed, unless the configuration still names them. A file is replaced as a whole or not at
/// all, keeps its owner and mode, and is kept as `<name>.firefinder.bak`, and before the first
/// time as `<name>.before-firefinder`, which is never overwritten; one that says it already is
/// not touched. Where something fails the rest is left as it was. Waits for the disk.
[[nodiscard]] frigate_outcome write_files(const frigate_files& what, const new_configuration& with);

} // namespace firefinder
