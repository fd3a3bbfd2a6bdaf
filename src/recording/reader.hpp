#pragma once

#include "src/recording/lines.hpp"
#include "src/recording/message.hpp"
#include "src/recording/parse.hpp"
#include "src/recording/problems.hpp"

#include <string>
#include <vector>

namespace firefinder::recording {

/// Reads recordings, several as one stream in the given order. What is wrong is
/// noted and passed over.
class reader {
public:
  /// `problems` outlives this object.
  explicit reader(problem_log& problems) : problems_(problems) {}

  /// Looks whether all of them can be read, and begins with the first.
  [[nodiscard]] status open(std::vector<std::string> files);

  /// Reads the next message; its `t` is never less than that of the one before. False:
  /// there is none.
  [[nodiscard]] bool next(message& result);

  /// Notes a problem with the message that was read last.
  void note(problem kind, std::string_view detail);

  /// Bytes on the disk that are read, and that there are.
  [[nodiscard]] std::uint64_t position() const;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
  bool open_next();

  problem_log& problems_;
  std::vector<std::string> files_;
  /// The file that is read is the one before this.
  std::size_t next_file_ = 0;
  line_file file_;
  line_parser parser_;
  double latest_ = 0;
  std::uint64_t size_ = 0;
  /// Bytes of the files that are done.
  std::uint64_t done_ = 0;
};

} // namespace firefinder::recording
