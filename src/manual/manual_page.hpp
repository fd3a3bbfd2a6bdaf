#pragma once

#include "src/command_line.hpp"

#include <span>
#include <string>

namespace firefinder {

/// The manual page firefinder(1): the program and its commands, as `describe_command_line` tells
/// them.
[[nodiscard]] std::string manual_page(std::span<const command_description> commands);

} // namespace firefinder
