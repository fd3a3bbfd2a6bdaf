#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace firefinder::test {

/// A directory of our own that is gone with everything in it at the end of its scope. It is in
/// TMPDIR when that is set, else in memory when there is enough.
class temporary_directory {
public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file in it and returns the file's path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

private:
  std::filesystem::path path_;
};

/// The content of a file; empty when there is none.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

} // namespace firefinder::test
