# libsystemd, for sd_notify. Defines the imported target Libsystemd::libsystemd.
include(FindPackageHandleStandardArgs)
find_path(LIBSYSTEMD_INCLUDE_DIR systemd/sd-daemon.h)
find_library(LIBSYSTEMD_LIBRARY systemd)
find_package_handle_standard_args(Libsystemd
  REQUIRED_VARS LIBSYSTEMD_LIBRARY LIBSYSTEMD_INCLUDE_DIR)
if(LIBSYSTEMD_FOUND AND NOT TARGET Libsystemd::libsystemd)
  add_library(Libsystemd::libsystemd UNKNOWN IMPORTED)
  set_target_properties(Libsystemd::libsystemd PROPERTIES
    IMPORTED_LOCATION ${LIBSYSTEMD_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${LIBSYSTEMD_INCLUDE_DIR})
endif()
mark_as_advanced(LIBSYSTEMD_INCLUDE_DIR LIBSYSTEMD_LIBRARY)
