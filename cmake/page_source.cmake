# Writes the files of the page into a source file: cmake -DOUT=… -DFILES=a;b -P page_source.cmake.
# Each is served under its name, index.html under / as well.
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_svg "image/svg+xml")
set(type_webmanifest "application/manifest+json")

set(contents "")
set(entries "")
set(index 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  string(REGEX REPLACE ".*\\." "" suffix ${name})
  if(NOT DEFINED type_${suffix})
    message(FATAL_ERROR "${name}: no media type is known for .${suffix}")
  endif()
  file(READ ${file} bytes HEX)
  string(LENGTH "${bytes}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  # Lines that an editor can open.
  string(REGEX REPLACE "(('.....,)('.....,)('.....,)('.....,)('.....,)('.....,)('.....,)('.....,))"
    "\\1\n" bytes "${bytes}")
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  string(APPEND contents "constexpr char content_${index}[] = {\n${bytes}'\\0'};\n")
  set(entry "\"${type_${suffix}}\", {content_${index}, ${length}}, \"\\\"${hash}\\\"\"},\n")
  string(APPEND entries "    page_file{\"/${name}\", ${entry}")
  if(name STREQUAL "index.html")
    string(APPEND entries "    page_file{\"/\", ${entry}")
  endif()
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUT} "#include \"actors/web/page.hpp\"

#include <algorithm>
#include <array>

namespace firefinder {

namespace {

${contents}
constexpr std::array files{
${entries}};

} // namespace

const page_file* find_page_file(std::string_view path) noexcept {
  const auto* found = std::find_if(files.begin(), files.end(),
                                   [path](const page_file& x) { return x.path == path; });
  return found == files.end() ? nullptr : found;
}

} // namespace firefinder
")
