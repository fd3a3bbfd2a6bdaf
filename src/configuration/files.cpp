#include "src/configuration/files.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace firefinder::configuration {

namespace {

constexpr std::size_t largest_file = 1024UL * 1024UL;

std::string last_error() { return std::generic_category().message(errno); }

// Closes a file.
struct closer {
  void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
};

using file_handle = std::unique_ptr<std::FILE, closer>;

// "e": not inherited by programs we start.
file_handle open_file(const std::string& path) {
  return file_handle{std::fopen(path.c_str(), "rbe")};
}

} // namespace

file_text read_file(const std::string& path) {
  const auto file = open_file(path);
  if (!file)
    return {{}, last_error()};
  file_text out;
  std::array<char, 4096> buffer{};
  while (true) {
    const auto count = std::fread(buffer.data(), 1, buffer.size(), file.get());
    out.text.append(buffer.data(), count);
    if (out.text.size() > largest_file)
      return {{}, "larger than 1 MiB"};
    if (count < buffer.size())
      break;
  }
  // A folder can be opened, but not read.
  if (std::ferror(file.get()) != 0)
    return {{}, last_error()};
  return out;
}

std::string read_problem(const std::string& path) {
  const auto file = open_file(path);
  if (!file)
    return last_error();
  static_cast<void>(std::fgetc(file.get()));
  return std::ferror(file.get()) != 0 ? last_error() : std::string{};
}

} // namespace firefinder::configuration
