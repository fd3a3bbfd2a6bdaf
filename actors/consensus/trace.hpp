#pragma once

#include "actors/consensus/decode.hpp"
#include "messages/trace.hpp"

#include <vector>

namespace firefinder {

/// What a message was, one entry for each detection in it, also for those that were
/// dropped for their confidence or area; the standing is left empty. `result` is what
/// `decode` made of the message with these settings.
[[nodiscard]] std::vector<sample_trace> traces_of(const inbound& message, const decoded& result,
                                                  const acceptance_settings& settings);

} // namespace firefinder
