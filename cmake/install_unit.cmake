# Run at `cmake --install`: only then the prefix is known. The unit names the binary
# and the documents where they are installed.
set(prefix "${CMAKE_INSTALL_PREFIX}")
file(READ "${FIREFINDER_UNIT}" unit)
string(REPLACE "/usr/local/" "${prefix}/" unit "${unit}")
set(target "$ENV{DESTDIR}${prefix}/lib/systemd/system/firefinder.service")
message(STATUS "Installing: ${target}")
file(WRITE "${target}" "${unit}")
file(CHMOD "${target}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
