#include "actors/discovery/text_packer.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace firefinder {

namespace {

constexpr std::size_t farthest_back = 32768;

// zlib takes no const, and changes nothing.
Bytef* bytes(std::string_view text) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

void require(int answer) {
  if (answer != Z_OK)
    throw std::bad_alloc{};
}

} // namespace

std::string text_packer::pack(std::string_view text) {
  if (dictionary_.empty())
    dictionary_ = text.substr(text.size() - std::min(text.size(), farthest_back));
  const auto size = static_cast<std::uint32_t>(text.size());
  z_stream stream{};
  // No header and no checksum: it never leaves this process.
  require(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                       Z_DEFAULT_STRATEGY));
  deflateSetDictionary(&stream, bytes(dictionary_), static_cast<uInt>(dictionary_.size()));
  std::string result(sizeof(size) + deflateBound(&stream, size), '\0');
  std::memcpy(result.data(), &size, sizeof(size));
  stream.next_in = bytes(text);
  stream.avail_in = size;
  stream.next_out = reinterpret_cast<Bytef*>(result.data() + sizeof(size));
  stream.avail_out = static_cast<uInt>(result.size() - sizeof(size));
  // There is room for the worst case, so it ends at once.
  deflate(&stream, Z_FINISH);
  const auto left = stream.avail_out;
  deflateEnd(&stream);
  return {result.data(), result.size() - left};
}

std::string text_packer::unpack(std::string_view packed) const {
  std::uint32_t size = 0;
  std::memcpy(&size, packed.data(), sizeof(size));
  packed.remove_prefix(sizeof(size));
  std::string result(size, '\0');
  z_stream stream{};
  require(inflateInit2(&stream, -MAX_WBITS));
  inflateSetDictionary(&stream, bytes(dictionary_), static_cast<uInt>(dictionary_.size()));
  stream.next_in = bytes(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = size;
  inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result;
}

} // namespace firefinder
