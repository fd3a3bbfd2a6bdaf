#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// Keeps texts of which most resemble the first one in a fraction of their size: what is told of
/// the cameras of a house differs by their names and by a few values. A text is kept as what it
/// copies of the first one and what it has of its own; the name that it is about counts as the
/// same in all of them. The same text of the same name is always packed the same way, so that
/// packed texts can be compared.
class text_packer {
public:
  /// Never empty, and one byte longer than the text at most. For texts below 4 GiB.
  [[nodiscard]] std::string pack(std::string_view text, std::string_view name);
  /// The text of which `pack` of this object has made this, with the same name.
  [[nodiscard]] std::string unpack(std::string_view packed, std::string_view name) const;
  /// What needs no first text to be unpacked.
  [[nodiscard]] static std::string plain(std::string_view text);

private:
  void learn(std::string_view text);
  [[nodiscard]] std::size_t place_of(std::string_view text, std::size_t at) const noexcept;

  /// The beginning of the first text.
  std::string first_;
  /// Where what begins so stands in the first text, plus 1; 0: nowhere.
  std::vector<std::uint16_t> places_;
};

} // namespace firefinder
