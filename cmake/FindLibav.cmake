# FFmpeg's libavformat, libavcodec and libavutil. Defines the imported target Libav::libav.
include(FindPackageHandleStandardArgs)
find_path(LIBAV_INCLUDE_DIR libavformat/avformat.h)
find_path(LIBAVCODEC_INCLUDE_DIR libavcodec/avcodec.h)
find_library(LIBAVFORMAT_LIBRARY avformat)
find_library(LIBAVCODEC_LIBRARY avcodec)
find_library(LIBAVUTIL_LIBRARY avutil)
find_package_handle_standard_args(Libav
  REQUIRED_VARS LIBAVFORMAT_LIBRARY LIBAVCODEC_LIBRARY LIBAVUTIL_LIBRARY LIBAV_INCLUDE_DIR
                LIBAVCODEC_INCLUDE_DIR)
if(Libav_FOUND AND NOT TARGET Libav::libav)
  add_library(Libav::libav INTERFACE IMPORTED)
  target_include_directories(Libav::libav INTERFACE ${LIBAV_INCLUDE_DIR} ${LIBAVCODEC_INCLUDE_DIR})
  target_link_libraries(Libav::libav INTERFACE
    ${LIBAVFORMAT_LIBRARY} ${LIBAVCODEC_LIBRARY} ${LIBAVUTIL_LIBRARY})
endif()
mark_as_advanced(LIBAV_INCLUDE_DIR LIBAVCODEC_INCLUDE_DIR LIBAVFORMAT_LIBRARY LIBAVCODEC_LIBRARY
  LIBAVUTIL_LIBRARY)
