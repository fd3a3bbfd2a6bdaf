#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

// YAML for Frigate. It reads version 1.2 by ruamel.yaml, where a plain `001122334455` is a
// number and a plain `02e770000011` infinity; so every key and every text is quoted.

/// The one document in `text`; null when there is none, nothing when it is no YAML, or is too
/// large or nested too deeply to be a configuration.
[[nodiscard]] std::optional<YAML::Node> parse_yaml(const std::string& text);

/// A text, which is quoted.
[[nodiscard]] YAML::Node yaml_string(const std::string& text);

/// A number or a truth value, which is not.
[[nodiscard]] YAML::Node yaml_plain(const std::string& text);

/// `node` as block style, each line indented by as many blanks, with a line end. Scalars that
/// were plain stay so; keys are quoted, all of them.
[[nodiscard]] std::string yaml_text(const YAML::Node& node, std::size_t indentation = 0);

/// Whether both say the same in the same order. What is too large to tell is not the same.
[[nodiscard]] bool same_yaml(const YAML::Node& a, const YAML::Node& b);

/// The value of `key` in `map`; an undefined node when there is none, or `map` is no map.
[[nodiscard]] YAML::Node yaml_member(const YAML::Node& map, std::string_view key);

/// `node` as JSON. Plain scalars become what they are in YAML 1.2. Members that are empty
/// texts, by which Frigate's API would delete a key, are left out.
[[nodiscard]] std::string yaml_as_json(const YAML::Node& node);

} // namespace firefinder
