# Puts the functions that the daemon runs side by side in its program: those that the patterns in
# link_order.txt name, written by scripts/link-order. GNU's linker takes an order inside of .text
# from a whole script alone (--section-ordering-file came with binutils 2.43), so the one that it
# would use is read, and the patterns are added. Sets FIREFINDER_LINK_SCRIPT, where that works.
set(patterns_file ${CMAKE_CURRENT_LIST_DIR}/link_order.txt)
set(made ${PROJECT_BINARY_DIR}/link_order.ld)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patterns_file})

set(program ${PROJECT_BINARY_DIR}/CMakeFiles/link_order.cpp)
file(WRITE ${program} "int main() {}\n")
# With the options that choose between the linker's scripts.
set(linked_so -Wl,-z,relro,-z,now)
try_compile(FIREFINDER_LINKER_TELLS ${PROJECT_BINARY_DIR}/CMakeFiles/link_order ${program}
  LINK_OPTIONS ${linked_so} -Wl,--verbose
  OUTPUT_VARIABLE said)
string(REGEX REPLACE "^.*\n=====+\n(.*)\n=====+\n.*$" "\\1" script "${said}")
set(text_begins "*(.text.unlikely ")
string(FIND "${script}" "${text_begins}" at)
if(at EQUAL -1)
  message(STATUS "The linker is not GNU's: functions stay in the order in which they come")
  return()
endif()
file(STRINGS ${patterns_file} patterns)
list(TRANSFORM patterns REPLACE "(.+)" "    *(.text.\\1)")
list(JOIN patterns "\n" patterns)
string(REPLACE "${text_begins}" "*(.text.startup .text.startup.*)\n${patterns}\n    ${text_begins}"
  script "${script}")
file(CONFIGURE OUTPUT ${made} CONTENT "${script}\n" @ONLY)
try_compile(FIREFINDER_LINKS_IN_ORDER ${PROJECT_BINARY_DIR}/CMakeFiles/link_order ${program}
  LINK_OPTIONS ${linked_so} -Wl,--script=${made} -Wl,--fatal-warnings)
if(FIREFINDER_LINKS_IN_ORDER)
  set(FIREFINDER_LINK_SCRIPT ${made})
else()
  message(STATUS "The linker takes no script from ${made}: functions stay in the order in which they come")
endif()
