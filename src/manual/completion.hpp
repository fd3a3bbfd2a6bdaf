#pragma once

#include "src/command_line.hpp"

#include <span>
#include <string>

namespace firefinder {

/// What these shells need to complete the command line: commands, options, files, and the keys and
/// words of the configuration behind `--set`. For `describe_command_line`.
[[nodiscard]] std::string bash_completion(std::span<const command_description> commands);
[[nodiscard]] std::string zsh_completion(std::span<const command_description> commands);
[[nodiscard]] std::string fish_completion(std::span<const command_description> commands);

} // namespace firefinder
