#pragma once

namespace firefinder::probe {

/// Takes from this process what it does not need to look at a stream, before the stream's
/// sender can lead it astray: rights, other processes, files, memory, processor time. As far
/// as the system lets us; nothing depends on it.
void confine() noexcept;

} // namespace firefinder::probe
