#pragma once

#include "messages/status.hpp"
#include "src/recording/message.hpp"

#include <zlib.h>

#include <memory>
#include <string>

namespace firefinder::recording {

/// The line of a message, with its end. A payload that is a JSON object or list, which
/// `line_parser` can read, is written as such, anything else as a text, in which bytes that are not
/// UTF-8 become U+FFFD.
[[nodiscard]] std::string line_of(const message& what);

/// Writes a recording; gzip when the name ends in `.gz`.
class writer {
public:
  /// Creates the file. One that is there is a failure, unless it is to be replaced.
  [[nodiscard]] status open(const std::string& path, bool replace);

  /// Adds a message. It is in the file after the next `flush`.
  [[nodiscard]] status write(const message& what);

  /// Everything so far can be read from the file, also when this process is killed.
  [[nodiscard]] status flush();

  /// Ends the file in order.
  [[nodiscard]] status close();

private:
  struct closer {
    void operator()(gzFile_s* file) const noexcept { gzclose_w(file); }
  };

  [[nodiscard]] status failure() const;

  std::unique_ptr<gzFile_s, closer> file_;
  std::string path_;
  /// Lines since the last flush.
  std::string waiting_;
};

} // namespace firefinder::recording
