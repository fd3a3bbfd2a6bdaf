#pragma once

#include <string>
#include <string_view>

namespace firefinder {

/// Keeps texts of which most resemble the first one in a fraction of their size: the documents of
/// the cameras of a house differ by little more than a name. Deflate (RFC 1951) with the first
/// text as preset dictionary (RFC 1950, section 2.2). The same text is always packed the same
/// way, so that packed texts can be compared.
class text_packer {
public:
  /// Never empty. For texts below 4 GiB. Both throw `std::bad_alloc` when zlib gets no memory.
  [[nodiscard]] std::string pack(std::string_view text);
  /// The text of which `pack` of this object has made this.
  [[nodiscard]] std::string unpack(std::string_view packed) const;

private:
  /// The last 32 KiB of the first text: what deflate can look back to.
  std::string dictionary_;
};

} // namespace firefinder
