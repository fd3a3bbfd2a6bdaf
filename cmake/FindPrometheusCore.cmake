# The core of prometheus-cpp: figures and how they are written. Its own CMake package wants what
# only its other parts need. Defines the imported target PrometheusCore::core.
include(FindPackageHandleStandardArgs)
find_path(PROMETHEUSCORE_INCLUDE_DIR prometheus/text_serializer.h)
find_library(PROMETHEUSCORE_LIBRARY prometheus-cpp-core)
find_package_handle_standard_args(PrometheusCore
  REQUIRED_VARS PROMETHEUSCORE_LIBRARY PROMETHEUSCORE_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "On Debian it is in the package prometheus-cpp-dev")
if(PrometheusCore_FOUND AND NOT TARGET PrometheusCore::core)
  add_library(PrometheusCore::core UNKNOWN IMPORTED)
  set_target_properties(PrometheusCore::core PROPERTIES
    IMPORTED_LOCATION ${PROMETHEUSCORE_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${PROMETHEUSCORE_INCLUDE_DIR})
endif()
mark_as_advanced(PROMETHEUSCORE_INCLUDE_DIR PROMETHEUSCORE_LIBRARY)
