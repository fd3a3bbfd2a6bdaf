#pragma once

#include "messages/status.hpp"

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::recording {

/// Longest line that is looked at, in bytes. It holds the longest payload (256 KiB) and topic
/// (64 KiB), also when each of their bytes is written with six, and what stands around them.
inline constexpr std::size_t max_line_bytes = std::size_t{2} << 20U;

/// Whether a file is there and may be read, without opening it: what comes through a pipe
/// comes once.
[[nodiscard]] status readable(const std::string& path);

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
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    void operator()(z_stream* stream) const noexcept {
      inflateEnd(stream);
      delete stream;
    }
  };

  bool fill();
  void read_raw();
  void decode();

  std::unique_ptr<std::FILE, closer> file_;
  /// None: the file is plain. zlib remembers where it is.
  std::unique_ptr<z_stream, closer> gzip_;
  bool within_gzip_ = false;
  /// What is read of the file, and which part is not yet decoded.
  std::vector<unsigned char> raw_;
  std::size_t raw_begin_ = 0;
  std::size_t raw_end_ = 0;
  std::uint64_t read_ = 0;
  std::vector<char> buffer_;
  /// What is in the buffer and not yet told.
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::uint64_t number_ = 0;
  std::string damage_;
};

} // namespace firefinder::recording
