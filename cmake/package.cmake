# The Debian package: `cpack -G DEB` in the build folder, or the target `deb`, which builds first
# what the package needs and nothing else. docs/install.md tells how it is used.

# -- what stands in the package alone; `cmake --install` leaves it out -----------------------
install(FILES config/firefinder.yaml DESTINATION /etc/firefinder
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES cmake/debian/copyright DESTINATION share/doc/firefinder
  COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME firefinder)
set(CPACK_PACKAGE_VENDOR Firefinder)
set(FIREFINDER_MAINTAINER "Firefinder maintainers <maintainers@firefinder.example>"
  CACHE STRING "Maintainer of the Debian package: name <address>")
set(CPACK_PACKAGE_CONTACT "${FIREFINDER_MAINTAINER}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS
  ${PROJECT_BINARY_DIR} ${PROJECT_NAME} Unspecified /
  ${PROJECT_BINARY_DIR} ${PROJECT_NAME} debian /)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian/before_packing.cmake)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What dpkg-shlibdeps does not see: libcurl is loaded late (actors/curl.hpp), and an older C library
# does not read packed relocations.
# Its name has changed with the size of its moments on 32 bits.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 | libcurl4t64")
if(FIREFINDER_HAS_PACKED_RELOCATIONS)
  string(APPEND CPACK_DEBIAN_PACKAGE_DEPENDS ", libc6 (>= 2.36)")
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS mosquitto)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, mosquitto-clients")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "fire alarm by agreement between cameras, over MQTT")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Firefinder hears fire and smoke detections of many cameras over MQTT, decides
by agreement between cameras whether there is a fire, and raises one alarm
that is neither lost nor repeated.

It listens to detectors that publish by themselves and to Frigate, finds and
follows the cameras of the network, announces everything to Home Assistant
and reports its own health.

This package has the daemon, its systemd unit, and the program that looks
whether a camera delivers video.")
foreach(file postinst prerm postrm conffiles)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/cmake/debian/${file})
endforeach()
# The modes that policy asks for, whatever those of the files are.
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

include(CPack)

add_custom_target(deb
  COMMAND ${CMAKE_CPACK_COMMAND} -G DEB
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  DEPENDS firefinder $<TARGET_NAME_IF_EXISTS:firefinder-probe> manual
  USES_TERMINAL VERBATIM)
