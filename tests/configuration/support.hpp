#pragma once

#include "src/configuration/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace firefinder::configuration::test {

/// A folder that is gone with the test.
class scratch_folder {
public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "firefinder-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error("no scratch folder");
    path_ = name;
  }
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  scratch_folder(scratch_folder&&) = delete;
  scratch_folder& operator=(scratch_folder&&) = delete;

  /// Writes a file and returns its path.
  [[nodiscard]] std::string file(const std::string& name, std::string_view contents) const {
    const auto path = path_ / name;
    std::ofstream{path, std::ios::binary} << contents;
    return path.string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

inline std::string contents_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

using variables = std::map<std::string, std::string>;

inline sources on_host() {
  sources out;
  out.hostname = "tower";
  return out;
}

inline result load_environment(variables environment) {
  auto from = on_host();
  from.environment = std::move(environment);
  return load(from);
}

inline result load_sets(std::vector<std::string> sets) {
  auto from = on_host();
  from.sets = std::move(sets);
  return load(from);
}

inline result load_yaml(std::string_view text) {
  const scratch_folder folder;
  auto from = on_host();
  from.file = folder.file("firefinder.yaml", text);
  return load(from);
}

/// Whether one of the lines contains all the parts.
inline bool says(const std::vector<std::string>& lines,
                 const std::vector<std::string_view>& parts) {
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return std::ranges::all_of(
        parts, [&](std::string_view part) { return line.find(part) != std::string::npos; });
  });
}

/// All lines, for the message of a failed test.
inline std::string lines(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& line : all)
    out += "\n  " + line;
  return out;
}

inline std::string everything(const result& r) {
  return "errors:" + lines(r.errors) + "\nwarnings:" + lines(r.warnings)
         + "\nnotices:" + lines(r.notices);
}

/// The entry of a key; fails when there is none.
inline effective_value entry(const result& r, std::string_view key) {
  const auto found = std::ranges::find(r.effective, key, &effective_value::key);
  if (found == r.effective.end())
    throw std::runtime_error("no effective value for " + std::string{key});
  return *found;
}

} // namespace firefinder::configuration::test
