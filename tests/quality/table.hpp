#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace firefinder::quality {

/// A table of the report.
struct table {
  std::string title;
  /// What was counted, and how, in a paragraph.
  std::string note;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

/// With columns in line, for a terminal.
[[nodiscard]] std::string as_text(const table& x);

/// For a page, under a heading of the third level.
[[nodiscard]] std::string as_markdown(const table& x);

/// An object a row, under the names of the columns.
[[nodiscard]] nlohmann::ordered_json as_json(const table& x);

/// The page with `content` in place of what stands between its two marker lines. Throws when it has
/// not these lines.
[[nodiscard]] std::string between_markers(const std::string& page, const std::string& content);

} // namespace firefinder::quality
