#pragma once

#include <cstddef>

namespace firefinder {

/// Gives the pages back in which only tables of relocations lie, of the program and of the
/// libraries that it was started with: the dynamic loader has read them through, and nobody reads
/// them again. (Who did would get them from the file again.) Returns how many bytes of memory
/// mappings those are; 0 where the loader does not say where its tables are.
std::size_t release_relocations();

} // namespace firefinder
