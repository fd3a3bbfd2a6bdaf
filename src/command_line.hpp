#pragma once

#include "src/discover/options.hpp"
#include "src/record/options.hpp"
#include "src/replay/options.hpp"

#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// What `status` asks for.
struct status_options {
  /// `--json`.
  bool json = false;
  /// `--explain`: this camera.
  std::optional<std::string> camera;
  /// `--at`: a moment in seconds since 1970, or when negative so many seconds ago.
  std::optional<double> at;
  /// `--timeout`, in seconds.
  double timeout_s = 5;

  /// Whether it asks for an explanation and not for everything.
  [[nodiscard]] bool explains() const noexcept { return camera || at; }
};

/// What `drill` asks for.
struct drill_options {
  /// `--json`.
  bool json = false;
  /// `--live`, and `--yes`: it is meant.
  bool live = false;
  bool yes = false;
  /// `--timeout`, in seconds.
  std::optional<double> timeout_s;
};

/// What the user asks for.
struct command_line {
  enum class command { run, check, replay, record, discover, status, drill };

  command what = command::run;
  /// `--config`.
  std::optional<std::string> config;
  /// `--set`, and `--log-level` as one of them.
  std::vector<std::string> sets;
  /// `--log-level` is given.
  bool log_level = false;
  /// `check --strict`.
  bool strict = false;
  status_options status;
  drill_options drill;
  replay::options replay;
  record::options record;
  discover::options discover;
};

/// A parsed command line, or the exit code with which the program ends because
/// everything has been said already (help, version, a usage error).
struct parsed_command_line {
  std::optional<command_line> asked;
  int exit_code = 0;
};

/// An option, or what a command takes without a name.
struct option_description {
  /// How it is typed: `-h`, `--help`. Empty: it has no name.
  std::vector<std::string> names;
  /// What stands for its value, such as `FILE`. Empty: it takes none.
  std::string value;
  /// One line, without a point at its end.
  std::string help;
  /// The value when it is not given, or empty.
  std::string standard;
  /// It may be given more than once.
  bool repeatable = false;
};

/// A command, or the program as a whole.
struct command_description {
  /// Empty for the program as a whole.
  std::string name;
  /// One line, without a point at its end; a sentence for the program as a whole.
  std::string help;
  /// Paragraphs and indented examples.
  std::string details;
  std::vector<option_description> options;
};

/// What the program understands: itself, then each command.
[[nodiscard]] std::vector<command_description> describe_command_line();

/// Reads the arguments. Help and version go to standard output, complaints to
/// standard error.
[[nodiscard]] parsed_command_line parse_command_line(int argc, const char* const* argv);

} // namespace firefinder
