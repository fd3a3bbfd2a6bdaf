#pragma once

#include "messages/status.hpp"

#include <zlib.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::recording {

/// Longest line that is looked at, in bytes.
inline constexpr std::size_t max_line_bytes = std::size_t{1} << 20U;

/// The lines of a file, plain or gzip, which its first bytes tell.
class line_file {
public:
  /// Bytes behind a line that may be read, whatever they are: simdjson looks ahead.
  static constexpr std::size_t padding = 64;

  struct line {
    /// Without its end; valid until the next call. Empty when it is too long.
    std::string_view text;
    bool too_long = false;
  };

  /// Opens it. A failure says why it cannot be read.
  [[nodiscard]] status open(const std::string& path);

  /// The next line; none at the end, or when the file cannot be read further (`damage`).
  [[nodiscard]] std::optional<line> next();

  /// Number of the last line, from 1.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

  /// Why the file could not be read to its end; empty: it could.
  [[nodiscard]] const std::string& damage() const noexcept { return damage_; }

  /// Bytes of the file, as it is on the disk, that are read.
  [[nodiscard]] std::uint64_t position() const;

private:
  struct closer {
    void operator()(gzFile_s* file) const noexcept { gzclose_r(file); }
  };

  bool fill();

  std::unique_ptr<gzFile_s, closer> file_;
  std::vector<char> buffer_;
  /// What is in the buffer and not yet told.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::uint64_t number_ = 0;
  std::string damage_;
};

} // namespace firefinder::recording
