#include "src/recording/lines.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace firefinder::recording {

namespace {

// A line and what is decoded behind it at once.
constexpr std::size_t chunk_bytes = std::size_t{1} << 20U;
// What is read of the file at once.
constexpr std::size_t raw_bytes = std::size_t{1} << 17U;

// The greatest window, and a gzip header.
constexpr int gzip_window_bits = 15 + 16;

status failure(const std::string& path, int error) {
  return status::failure(path + ": " + std::strerror(error));
}

} // namespace

status readable(const std::string& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0 || access(path.c_str(), R_OK) != 0)
    return failure(path, errno);
  // A directory can be opened, and fails only when it is read.
  return S_ISDIR(about.st_mode) ? failure(path, EISDIR) : status{};
}

status line_file::open(const std::string& path) {
  *this = line_file{};
  if (auto possible = readable(path); !possible)
    return possible;
  file_.reset(std::fopen(path.c_str(), "rbe"));
  if (!file_)
    return failure(path, errno);
  buffer_.resize(max_line_bytes + chunk_bytes + padding);
  raw_.resize(raw_bytes);
  read_raw();
  if (raw_end_ < 2 || raw_[0] != 0x1f || raw_[1] != 0x8b)
    return {};
  gzip_.reset(new z_stream{});
  if (inflateInit2(gzip_.get(), gzip_window_bits) != Z_OK)
    return failure(path, ENOMEM);
  return {};
}

std::uint64_t line_file::position() const { return read_ - (raw_end_ - raw_begin_); }

void line_file::read_raw() {
  raw_begin_ = 0;
  raw_end_ = std::fread(raw_.data(), 1, raw_.size(), file_.get());
  read_ += raw_end_;
  if (raw_end_ != 0)
    return;
  ended_ = true;
  if (std::ferror(file_.get()) != 0)
    damage_ = std::strerror(errno);
  else if (within_gzip_)
    damage_ = "the gzip stream ends too early";
}

void line_file::decode() {
  const auto room = buffer_.size() - padding - end_;
  auto* to = buffer_.data() + end_;
  auto* from = raw_.data() + raw_begin_;
  const auto there = raw_end_ - raw_begin_;
  if (!gzip_) {
    const auto taken = std::min(room, there);
    std::memcpy(to, from, taken);
    raw_begin_ += taken;
    end_ += taken;
    return;
  }
  // Between two streams nothing is missing.
  if (there == 0 && !within_gzip_)
    return;
  gzip_->next_in = from;
  gzip_->avail_in = static_cast<unsigned>(there);
  gzip_->next_out = reinterpret_cast<unsigned char*>(to);
  gzip_->avail_out = static_cast<unsigned>(room);
  const auto code = inflate(gzip_.get(), Z_NO_FLUSH);
  // On an error too: what stands before the damage is good.
  raw_begin_ = raw_end_ - gzip_->avail_in;
  end_ += room - gzip_->avail_out;
  within_gzip_ = code != Z_STREAM_END;
  // Another stream may follow; anything else there has no header.
  if (code == Z_STREAM_END)
    inflateReset(gzip_.get());
  else if (code != Z_OK && code != Z_BUF_ERROR) {
    ended_ = true;
    damage_ = gzip_->msg != nullptr ? gzip_->msg : zError(code);
  }
}

// Moves what is left to the front and reads on. False: there is nothing more.
bool line_file::fill() {
  if (begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const auto before = end_;
  while (end_ == before && !ended_) {
    // The decoder may hold more than there was room for.
    decode();
    if (end_ == before && !ended_ && raw_begin_ == raw_end_)
      read_raw();
  }
  return end_ != before;
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
