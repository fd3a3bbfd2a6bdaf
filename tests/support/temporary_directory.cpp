#include "tests/support/temporary_directory.hpp"

#include "tests/support/net.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace firefinder::test {

namespace {

constexpr const char* memory = "/dev/shm";
constexpr unsigned long enough_bytes = 512UL * 1024 * 1024;

// A disk that others keep busy stalls whoever synchronises for seconds, and an end that must wait
// for it. No test is about the speed of a disk.
std::filesystem::path where() {
  struct statvfs found {};
  if (std::getenv("TMPDIR") == nullptr && ::access(memory, W_OK) == 0
      && ::statvfs(memory, &found) == 0 && (found.f_flag & (ST_NOEXEC | ST_RDONLY)) == 0
      && found.f_bavail * found.f_frsize >= enough_bytes)
    return memory;
  return std::filesystem::temp_directory_path();
}

} // namespace

temporary_directory::temporary_directory() {
  auto name = (where() / "firefinder-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw_errno("cannot make a temporary directory");
  path_ = name;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path temporary_directory::write(const std::string& name,
                                                 std::string_view content) const {
  auto file = path_ / name;
  std::ofstream out{file, std::ios::binary};
  out << content;
  out.close();
  if (!out)
    throw std::runtime_error("cannot write " + file.string());
  return file;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace firefinder::test
