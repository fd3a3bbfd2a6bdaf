#pragma once

#include <string>

namespace firefinder::configuration {

/// Contents of a file, or why it cannot be read.
struct file_text {
  std::string text;
  /// In words, such as `No such file or directory`; empty: all is well.
  std::string problem;
};

/// Reads a small file; one of more than a mebibyte is refused.
[[nodiscard]] file_text read_file(const std::string& path);

/// Why a file of any size cannot be read, in words; empty: it can.
[[nodiscard]] std::string read_problem(const std::string& path);

} // namespace firefinder::configuration
