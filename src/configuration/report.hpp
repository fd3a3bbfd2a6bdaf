#pragma once

#include "src/configuration/load.hpp"

#include <iosfwd>

namespace firefinder::configuration {

/// What `firefinder check` prints: every key with its value and source in aligned
/// columns, then errors, warnings and notices. Secrets are masked.
void print_effective(std::ostream& out, const result& loaded);

} // namespace firefinder::configuration
