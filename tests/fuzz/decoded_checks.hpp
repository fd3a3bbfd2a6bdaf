#pragma once

#include "actors/consensus/decode.hpp"
#include "tests/fuzz/expect.hpp"

#include <string>
#include <string_view>

namespace firefinder::fuzz {

/// A message as the connection hands it on.
[[nodiscard]] inbound message(std::string topic, std::string_view payload, monotonic arrived,
                              unix_seconds received_at);

/// What holds of whatever a publisher sends.
void expect_sound(const decoded& x, const inbound& from, const acceptance_settings& settings);

} // namespace firefinder::fuzz
