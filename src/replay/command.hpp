#pragma once

#include "src/configuration/load.hpp"
#include "src/replay/options.hpp"

namespace firefinder::replay {

/// Runs recordings through the decision. `from`: where settings come from, of which a
/// comparison replaces the file; `settings`: what they give. Returns the exit code.
[[nodiscard]] int run(const options& asked, const configuration::sources& from,
                      const configuration::settings& settings);

} // namespace firefinder::replay
