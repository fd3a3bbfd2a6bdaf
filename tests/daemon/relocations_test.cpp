#include "src/relocations.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <cstddef>
#include <dlfcn.h>
#include <fstream>
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

TEST(relocations, are_out_of_memory_when_released) {
  // What counting itself takes is there afterwards.
  resident();
  const auto before = resident();
  const auto released = release_relocations();
  EXPECT_GT(released, 256U * 1024) << "without the table of " << OpenSSL_version(OPENSSL_VERSION);
  // What lies beside is mapped again when something in between is touched.
  EXPECT_LT(resident(), before - released / 2);
}

TEST(relocations, are_not_needed_any_more) {
  release_relocations();
  EXPECT_THROW(std::stoi("word"), std::invalid_argument);
  auto* const late = dlopen("libresolv.so.2", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(late, nullptr) << dlerror();
  EXPECT_NE(dlsym(late, "ns_initparse"), nullptr);
  dlclose(late);
}

TEST(relocations, may_be_released_again) {
  const auto once = release_relocations();
  EXPECT_EQ(release_relocations(), once);
}

} // namespace
} // namespace firefinder::relocations_test
