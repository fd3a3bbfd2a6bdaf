# One target carries the flags of every library and program of ours.
add_library(firefinder_options INTERFACE)
target_compile_features(firefinder_options INTERFACE cxx_std_20)
target_include_directories(firefinder_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(firefinder_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${FIREFINDER_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # False alarms on std::string at -O2 and above: GCC bug 105651, mended in 13.
  target_compile_options(firefinder_options INTERFACE -Wno-restrict)
endif()
target_compile_definitions(firefinder_options INTERFACE
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
# A file's name in a message is that in the source tree, wherever that lies: two builds of one
# state give the same bytes.
target_compile_options(firefinder_options INTERFACE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
# The daemon reads what strangers send: what Debian's hardening=+all adds, and what it leaves to
# the processor. Debian's compilers make position independent programs by themselves.
include(CheckCXXCompilerFlag)
include(CheckCXXSourceCompiles)
check_cxx_compiler_flag(-fcf-protection FIREFINDER_HAS_CF_PROTECTION)
target_compile_options(firefinder_options INTERFACE
  -fstack-protector-strong -fstack-clash-protection
  $<$<BOOL:${FIREFINDER_HAS_CF_PROTECTION}>:-fcf-protection>)
target_link_options(firefinder_options INTERFACE -Wl,-z,relro,-z,now)
# Some distributions' compilers have it by themselves, at a level of their own.
set(CMAKE_REQUIRED_FLAGS -O2)
check_cxx_source_compiles("
  #ifdef _FORTIFY_SOURCE
  #error defined already
  #endif
  int main() {}" FIREFINDER_FORTIFY)
unset(CMAKE_REQUIRED_FLAGS)
if(FIREFINDER_FORTIFY AND NOT FIREFINDER_SANITIZE)
  # It needs the optimiser, and gets in the way of AddressSanitizer.
  target_compile_definitions(firefinder_options INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
if(FIREFINDER_SANITIZE)
  # CAF's own headers take a member of a null pointer when they build factories
  # of argument-free actors; hence no null check (docs/decisions/0001).
  target_compile_options(firefinder_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize=null -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(firefinder_options INTERFACE -fsanitize=address,undefined)
endif()
if(FIREFINDER_TIDY)
  find_program(CLANG_TIDY NAMES clang-tidy REQUIRED)
  # Some of our flags are GCC's alone.
  set(CMAKE_CXX_CLANG_TIDY ${CLANG_TIDY} --quiet --extra-arg=-Wno-unknown-warning-option)
endif()

# The way of a message is built for speed, the rest for size: what runs at the start or once in a
# while is to take little of a small computer's memory.
set(FIREFINDER_FOR_SIZE OFF)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  set(FIREFINDER_FOR_SIZE ON)
endif()

# firefinder_library(name SOURCES … LINK …): a static library with the shared
# flags. Those that see CAF reuse one of two precompiled headers, built with messages/.
# HOT: messages go through it.
function(firefinder_library name)
  cmake_parse_arguments(arg "HOT;NO_PCH" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC firefinder_options ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  set(headers firefinder_messages)
  if(FIREFINDER_FOR_SIZE AND NOT arg_HOT)
    set(headers firefinder_small_headers)
    target_compile_options(${name} PRIVATE -Os)
  endif()
  if(NOT arg_NO_PCH AND NOT FIREFINDER_TIDY AND NOT name STREQUAL firefinder_messages)
    target_precompile_headers(${name} REUSE_FROM ${headers})
  endif()
endfunction()

# firefinder_shrink(program): leaves out of it what nothing uses, packs the list of what is to be
# relocated at its start, and puts side by side what is alike (the names of types alone are 1.5 MB) and
# what runs every day, so that what is never touched lies in pages that are never read.
function(firefinder_shrink name)
  if(NOT FIREFINDER_FOR_SIZE)
    return()
  endif()
  target_link_options(${name} PRIVATE -Wl,--gc-sections -Wl,--sort-section=name)
  if(FIREFINDER_HAS_PACKED_RELOCATIONS)
    target_link_options(${name} PRIVATE -Wl,-z,pack-relative-relocs)
  endif()
  if(FIREFINDER_LINK_SCRIPT)
    target_link_options(${name} PRIVATE -Wl,--script=${FIREFINDER_LINK_SCRIPT})
    set_property(TARGET ${name} APPEND PROPERTY LINK_DEPENDS ${FIREFINDER_LINK_SCRIPT})
  endif()
endfunction()
if(FIREFINDER_FOR_SIZE)
  target_compile_options(firefinder_options INTERFACE -ffunction-sections -fdata-sections)
  # glibc reads it from 2.36 on.
  set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-z,pack-relative-relocs -Wl,--fatal-warnings)
  check_cxx_source_compiles("
    #include <features.h>
    #if !__GLIBC_PREREQ(2, 36)
    #error too old
    #endif
    int main() {}" FIREFINDER_HAS_PACKED_RELOCATIONS)
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  include(link_order)
endif()
