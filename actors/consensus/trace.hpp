#pragma once

#include "actors/consensus/decode.hpp"
#include "messages/trace.hpp"

#include <vector>

namespace firefinder {

/// The settings with which nothing is dropped for its confidence or area.
[[nodiscard]] acceptance_settings without_limits(acceptance_settings settings);

/// What a message was, one entry for each detection in it, also for those that were
/// dropped for their confidence or area; the standing is left empty. `result` is what it was
/// decoded to with `settings`, `all` the same without limits.
[[nodiscard]] std::vector<sample_trace> traces_of(const inbound& message, const decoded& result,
                                                  const decoded& all,
                                                  const acceptance_settings& settings);

} // namespace firefinder
