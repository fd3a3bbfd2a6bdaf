#include "src/relocations.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <dlfcn.h>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace firefinder::relocations_test {
namespace {

// Of all mappings, in bytes, as the page tables say. (The process's own count may lag.)
std::size_t resident() {
  std::ifstream mappings{"/proc/self/smaps_rollup"};
  std::string word;
  std::size_t kib = 0;
  while (mappings >> word)
    if (word == "Rss:" && mappings >> kib)
      return kib * 1024;
  throw std::runtime_error{"no Rss in /proc/self/smaps_rollup"};
}

struct closer {
  void operator()(void* library) const { dlclose(library); }
};
using library = std::unique_ptr<void, closer>;

TEST(relocations, are_out_of_memory_when_released) {
  // Its tables, and those of what it brings, have just been read.
  const library curl{dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL)};
  ASSERT_TRUE(curl) << dlerror();
  // What counting itself takes is there afterwards.
  resident();
  const auto before = resident();
  EXPECT_GT(release_relocations(), 512U * 1024);
  // What lies beside is mapped again when something in between is touched.
  EXPECT_LT(resident() + 128U * 1024, before);
}

TEST(relocations, are_not_needed_any_more) {
  release_relocations();
  EXPECT_THROW(std::stoi("word"), std::invalid_argument);
  const library late{dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL)};
  ASSERT_TRUE(late) << dlerror();
  EXPECT_NE(dlsym(late.get(), "ns_initparse"), nullptr);
}

} // namespace
} // namespace firefinder::relocations_test
