# Run by cpack when everything lies in its place and is not yet packed.

# Folders are for all, whatever the umask of who makes the package.
file(CHMOD_RECURSE "${CPACK_TEMPORARY_DIRECTORY}" DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# The changelog that Debian's policy asks for. The time is that of SOURCE_DATE_EPOCH, where it is
# set; gzip adds none, so that equal contents are equal bytes.
set(changelog
  "${CPACK_TEMPORARY_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX}/share/doc/firefinder/changelog")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE "${changelog}" "firefinder (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * Built from the sources of this version; CHANGELOG.md beside this file
    tells what changed.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(CHMOD "${changelog}" PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
execute_process(COMMAND gzip -9n "${changelog}" COMMAND_ERROR_IS_FATAL ANY)
