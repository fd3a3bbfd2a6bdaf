#pragma once

#include "src/configuration/load.hpp"
#include "tests/fuzz/expect.hpp"

#include <string>
#include <vector>

namespace firefinder::fuzz {

/// What holds of lines for people.
void expect_printable(const std::vector<std::string>& lines);

/// What holds of every configuration, whatever it was made from. Returns it as
/// `firefinder check` prints it.
std::string expect_sound(const configuration::result& x);

} // namespace firefinder::fuzz
