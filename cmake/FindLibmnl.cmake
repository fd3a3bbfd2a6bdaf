# libmnl, for netlink. Defines the imported target Libmnl::libmnl.
include(FindPackageHandleStandardArgs)
find_path(LIBMNL_INCLUDE_DIR libmnl/libmnl.h)
find_library(LIBMNL_LIBRARY mnl)
find_package_handle_standard_args(Libmnl
  REQUIRED_VARS LIBMNL_LIBRARY LIBMNL_INCLUDE_DIR)
if(LIBMNL_FOUND AND NOT TARGET Libmnl::libmnl)
  add_library(Libmnl::libmnl UNKNOWN IMPORTED)
  set_target_properties(Libmnl::libmnl PROPERTIES
    IMPORTED_LOCATION ${LIBMNL_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${LIBMNL_INCLUDE_DIR})
endif()
mark_as_advanced(LIBMNL_INCLUDE_DIR LIBMNL_LIBRARY)
