#include "src/recording/lines.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace firefinder::recording {

namespace {

// A line and what is read behind it at once.
constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;
constexpr unsigned gzip_buffer_bytes = 1U << 17U;

} // namespace

status line_file::open(const std::string& path) {
  *this = line_file{};
  // A directory can be opened, and fails only when it is read.
  struct stat about {};
  if (stat(path.c_str(), &about) != 0)
    return status::failure(path + ": " + std::strerror(errno));
  if (S_ISDIR(about.st_mode))
    return status::failure(path + ": " + std::strerror(EISDIR));
  file_.reset(gzopen(path.c_str(), "rbe"));
  if (!file_)
    return status::failure(path + ": " + std::strerror(errno));
  gzbuffer(file_.get(), gzip_buffer_bytes);
  buffer_.resize(max_line_bytes + chunk_bytes + padding);
  return {};
}

std::uint64_t line_file::position() const {
  if (!file_)
    return 0;
  const auto offset = gzoffset(file_.get());
  return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}

// Moves what is left to the front and reads on. False: there is nothing more.
bool line_file::fill() {
  if (ended_)
    return false;
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto room = buffer_.size() - padding - end_;
  const auto got = gzread(file_.get(), buffer_.data() + end_, static_cast<unsigned>(room));
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    return true;
  }
  ended_ = true;
  int code = Z_OK;
  const char* why = gzerror(file_.get(), &code);
  if (code == Z_ERRNO)
    damage_ = std::strerror(errno);
  else if (code == Z_BUF_ERROR)
    damage_ = "the gzip stream ends too early";
  else if (code != Z_OK && code != Z_STREAM_END)
    damage_ = why;
  return false;
}

std::optional<line_file::line> line_file::next() {
  std::size_t searched = 0;
  bool too_long = false;
  while (true) {
    const auto* from = buffer_.data() + begin_ + searched;
    const auto* stop = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_ - searched));
    if (stop != nullptr) {
      const std::string_view text{buffer_.data() + begin_,
                                  static_cast<std::size_t>(stop - buffer_.data()) - begin_};
      begin_ += text.size() + 1;
      ++number_;
      too_long = too_long || text.size() > max_line_bytes;
      return line{too_long ? std::string_view{} : text, too_long};
    }
    searched = end_ - begin_;
    // Only its end is waited for.
    if (searched > max_line_bytes) {
      too_long = true;
      begin_ = end_;
      searched = 0;
    }
    if (!fill())
      break;
  }
  if (begin_ == end_ && !too_long)
    return std::nullopt;
  const std::string_view text{buffer_.data() + begin_, end_ - begin_};
  begin_ = end_;
  ++number_;
  return line{too_long ? std::string_view{} : text, too_long};
}

} // namespace firefinder::recording
