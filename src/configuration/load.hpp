#pragma once

#include "src/configuration/settings.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace firefinder::configuration {

/// Everything that the configuration is made from. A later one wins: default,
/// file, environment, `--set`.
struct sources {
  /// YAML file; one that is named and cannot be read is an error.
  std::optional<std::string> file;
  std::map<std::string, std::string> environment;
  /// The arguments of `--set`, each `key=value`; of two for one key the last wins.
  std::vector<std::string> sets;
  /// Becomes part of names that must differ between machines.
  std::string hostname;
};

/// The environment and the host name of this process.
[[nodiscard]] sources sources_of_process();

/// A key, the value it has in the end, and where that comes from.
struct effective_value {
  std::string key;
  /// For people: secrets are masked.
  std::string value;
  /// `default`, `<file>:<line>`, `environment <name>`, `--set`, …
  std::string source;
  bool is_default = true;
  /// Differs from the default, but this version does nothing with it.
  bool without_effect = false;
};

/// Outcome of `load`. No text in it shows a secret.
struct result {
  /// Only to be used when there are no errors.
  settings values;
  /// What makes the configuration unusable.
  std::vector<std::string> errors;
  /// What was put right or left out; also in `values.health.config_warnings`.
  std::vector<std::string> warnings;
  /// What is worth knowing: older names, keys without effect.
  std::vector<std::string> notices;
  /// Every key of the table, in its order, then cameras and CAF options.
  std::vector<effective_value> effective;

  [[nodiscard]] bool ok() const noexcept { return errors.empty(); }
};

/// Reads and checks the whole configuration. Touches no file but the one named,
/// those that hold secrets and, with TLS, those with certificates. Never throws
/// for what a user wrote.
[[nodiscard]] result load(const sources& from);

} // namespace firefinder::configuration
