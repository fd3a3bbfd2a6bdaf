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

// zlib fails here for want of memory alone.
void require(bool done) {
  if (!done)
    throw std::bad_alloc{};
}

class stream {
public:
  using ending = int (*)(z_stream*);

  explicit stream(ending end) : end_(end) {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;
  ~stream() { end_(&z); }

  z_stream z{};

private:
  ending end_;
};

} // namespace

std::string text_packer::pack(std::string_view text) {
  if (dictionary_.empty())
    dictionary_ = text.substr(text.size() - std::min(text.size(), farthest_back));
  const auto size = static_cast<std::uint32_t>(text.size());
  stream out{deflateEnd};
  // No header and no checksum: it never leaves this process.
  require(deflateInit2(&out.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                       Z_DEFAULT_STRATEGY)
          == Z_OK);
  require(deflateSetDictionary(&out.z, bytes(dictionary_), static_cast<uInt>(dictionary_.size()))
          == Z_OK);
  std::string result(sizeof(size) + deflateBound(&out.z, size), '\0');
  std::memcpy(result.data(), &size, sizeof(size));
  out.z.next_in = bytes(text);
  out.z.avail_in = size;
  out.z.next_out = reinterpret_cast<Bytef*>(result.data() + sizeof(size));
  out.z.avail_out = static_cast<uInt>(result.size() - sizeof(size));
  // There is room for the worst case, so it ends at once.
  require(deflate(&out.z, Z_FINISH) == Z_STREAM_END);
  return {result.data(), result.size() - out.z.avail_out};
}

std::string text_packer::unpack(std::string_view packed) const {
  std::uint32_t size = 0;
  std::memcpy(&size, packed.data(), sizeof(size));
  packed.remove_prefix(sizeof(size));
  std::string result(size, '\0');
  stream in{inflateEnd};
  require(inflateInit2(&in.z, -MAX_WBITS) == Z_OK);
  require(inflateSetDictionary(&in.z, bytes(dictionary_), static_cast<uInt>(dictionary_.size()))
          == Z_OK);
  in.z.next_in = bytes(packed);
  in.z.avail_in = static_cast<uInt>(packed.size());
  in.z.next_out = reinterpret_cast<Bytef*>(result.data());
  in.z.avail_out = size;
  require(inflate(&in.z, Z_FINISH) == Z_STREAM_END && in.z.avail_out == 0);
  return result;
}

} // namespace firefinder
