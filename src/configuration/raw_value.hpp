#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firefinder::configuration {

/// A value as its source wrote it, not yet read as the type of its key.
struct raw_value {
  enum class kind { nothing, text, list, map };

  kind what = kind::nothing;
  std::string text;
  /// Written without quotes, so that `3` is a number and `true` is a truth value.
  bool plain = false;
  /// Of a list, or of a map.
  std::vector<raw_value> items;
  /// Its key, when it is an item of a map.
  std::string name;
  /// Line in its file, from 1; 0: unknown.
  int line = 0;

  /// A text of the environment or the command line.
  [[nodiscard]] static raw_value of(std::string text);
};

/// What `raw` is, for people: `a text`, `a list`, `a map` or `nothing`.
[[nodiscard]] std::string_view kind_name(const raw_value& raw) noexcept;

/// Outcome of reading a text as JSON or YAML.
struct parsed {
  raw_value root;
  /// What is wrong with the text; empty: nothing. Never repeats the text.
  std::string problem;
  /// Line of the problem, from 1; 0: unknown.
  int line = 0;
};

/// Reads a JSON text. A key that occurs twice in an object is a problem.
[[nodiscard]] parsed parse_json(std::string_view text);

/// Reads a YAML text: one document. A key that occurs twice in a map, a tag other than
/// those of the core schema and a key that is no text are problems.
[[nodiscard]] parsed parse_yaml(const std::string& text);

} // namespace firefinder::configuration
