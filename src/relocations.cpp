#include "src/relocations.hpp"

#include <cstdint>

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

namespace firefinder {

namespace {

struct span_of_memory {
  std::uintptr_t from = 0;
  std::uintptr_t to = 0;
};

// Of what is in no other place than the memory nothing may be given back.
bool is_as_in_file(const dl_phdr_info& object, span_of_memory s) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const auto& part = object.dlpi_phdr[i];
    const auto from = object.dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && s.from >= from && s.to <= from + part.p_filesz)
      return (part.p_flags & PF_W) == 0;
  }
  return false;
}

// The table as the dynamic section names it: DT_RELA or DT_REL, not those of functions that are
// looked up at their first call (DT_JMPREL).
span_of_memory relocations_of(const dl_phdr_info& object) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    if (object.dlpi_phdr[i].p_type != PT_DYNAMIC)
      continue;
    std::uintptr_t at = 0;
    std::size_t bytes = 0;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader gives addresses as numbers
    const auto* entry
        = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + object.dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_RELA || entry->d_tag == DT_REL)
        at = entry->d_un.d_ptr;
      else if (entry->d_tag == DT_RELASZ || entry->d_tag == DT_RELSZ)
        bytes = entry->d_un.d_val;
    }
    // Most loaders have put the address in place of the offset.
    if (at < object.dlpi_addr)
      at += object.dlpi_addr;
    return {at, at + bytes};
  }
  return {};
}

int release(dl_phdr_info* object, std::size_t, void* sum) {
  const auto table = relocations_of(*object);
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const span_of_memory whole{(table.from + page - 1) / page * page, table.to / page * page};
  if (whole.from >= whole.to || !is_as_in_file(*object, whole))
    return 0;
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  if (madvise(reinterpret_cast<void*>(whole.from), whole.to - whole.from, MADV_DONTNEED) == 0)
    *static_cast<std::size_t*>(sum) += whole.to - whole.from;
  return 0;
}

} // namespace

std::size_t release_relocations() {
  std::size_t sum = 0;
  dl_iterate_phdr(release, &sum);
  return sum;
}

} // namespace firefinder
