// The configuration file: the input is one.

#include "src/configuration/raw_value.hpp"
#include "tests/fuzz/settings_checks.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

namespace firefinder::fuzz {
namespace {

// A file in memory, with a path as `load` wants one.
class memory_file {
public:
  memory_file() : descriptor_(::memfd_create("configuration", MFD_CLOEXEC)) {
    expect(descriptor_ >= 0, "there is a file for the input");
  }
  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;
  ~memory_file() { ::close(descriptor_); }

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  void write(std::string_view text) const {
    expect(::ftruncate(descriptor_, 0) == 0
               && ::pwrite(descriptor_, text.data(), text.size(), 0)
                      == static_cast<::ssize_t>(text.size()),
           "the input is in the file");
  }

private:
  int descriptor_;
};

void run(std::string_view input) {
  const auto yaml = configuration::parse_yaml(std::string{input});
  expect_printable({yaml.problem});
  static const memory_file file;
  file.write(input);
  configuration::sources from;
  from.file = file.path();
  from.hostname = "tower";
  const auto loaded = configuration::load(from);
  expect(yaml.problem.empty() || !loaded.ok(), "what is no YAML is no configuration");
  expect_sound(loaded);
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
