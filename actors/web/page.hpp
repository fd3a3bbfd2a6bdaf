#pragma once

#include <string_view>

namespace firefinder {

/// A file of the page, as it was compiled in.
struct page_file {
  /// Where it is served, such as `/app.js`.
  std::string_view path;
  /// Media type.
  std::string_view type;
  std::string_view content;
  /// Changes with its content; in quotes, as HTTP wants it.
  std::string_view etag;
};

/// The file that is served at this path, or null.
[[nodiscard]] const page_file* find_page_file(std::string_view path) noexcept;

} // namespace firefinder
