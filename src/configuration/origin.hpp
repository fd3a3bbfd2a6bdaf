#pragma once

#include <cstdint>
#include <string>

namespace firefinder::configuration {

/// The layers of the configuration; a later one wins. A systemd credential stands
/// above the file because the unit that runs the daemon hands it in.
enum class layer : std::uint8_t { built_in, file, credential, environment, set };

/// Where a value comes from.
struct origin {
  configuration::layer layer = configuration::layer::built_in;
  /// For people.
  std::string text = "default";
};

/// Line `line` (from 1; 0: unknown) of a YAML file.
[[nodiscard]] inline origin from_file(const std::string& name, int line) {
  return {layer::file, line > 0 ? name + ":" + std::to_string(line) : name};
}

/// The environment variable `name`.
[[nodiscard]] inline origin from_environment(const std::string& name) {
  return {layer::environment, "environment " + name};
}

/// An argument of `--set`.
[[nodiscard]] inline origin from_set() { return {layer::set, "--set"}; }

/// The systemd credential `name`.
[[nodiscard]] inline origin from_credential(const std::string& name) {
  return {layer::credential, "credential " + name};
}

} // namespace firefinder::configuration
