#include "tests/support/temporary_directory.hpp"

#include "tests/support/net.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace firefinder::test {

temporary_directory::temporary_directory() {
  auto name = (std::filesystem::temp_directory_path() / "firefinder-test-XXXXXX").string();
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
