#pragma once

#include <string>
#include <string_view>

namespace firefinder::configuration {

/// The reference page, docs/configuration.md.
[[nodiscard]] std::string reference_markdown();

/// The manual page firefinder.yaml(5) of this version of the program.
[[nodiscard]] std::string reference_manual(std::string_view version);

/// The documented default file, config/firefinder.yaml: every key, commented out,
/// at its default.
[[nodiscard]] std::string default_file();

/// A JSON schema (draft 7) of the YAML file, for editors.
[[nodiscard]] std::string json_schema();

/// The list of keys for `--help`.
[[nodiscard]] std::string help_text();

} // namespace firefinder::configuration
