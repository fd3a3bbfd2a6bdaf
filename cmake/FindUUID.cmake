# libuuid of util-linux. Defines the imported target UUID::uuid.
include(FindPackageHandleStandardArgs)
find_path(UUID_INCLUDE_DIR uuid/uuid.h)
find_library(UUID_LIBRARY uuid)
find_package_handle_standard_args(UUID REQUIRED_VARS UUID_LIBRARY UUID_INCLUDE_DIR)
if(UUID_FOUND AND NOT TARGET UUID::uuid)
  add_library(UUID::uuid UNKNOWN IMPORTED)
  set_target_properties(UUID::uuid PROPERTIES
    IMPORTED_LOCATION ${UUID_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${UUID_INCLUDE_DIR})
endif()
mark_as_advanced(UUID_INCLUDE_DIR UUID_LIBRARY)
