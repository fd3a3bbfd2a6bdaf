#include "src/recording/writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace firefinder::recording {

namespace {

using nlohmann::json;

// Lines that are handed to zlib at once.
constexpr std::size_t batch_bytes = std::size_t{64} * 1024;

std::string as_text(const std::string& bytes) {
  return json(bytes).dump(-1, ' ', false, json::error_handler_t::replace);
}

// JSON without line ends, if it is an object or a list. Most of what is published is written
// without them, so that its bytes can be kept.
std::string as_payload(const std::string& bytes) {
  const auto first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (bytes[first] != '{' && bytes[first] != '['))
    return as_text(bytes);
  // The parser takes a zero byte for the end and would not see what follows.
  if (bytes.find('\0') != std::string::npos || !json::accept(bytes))
    return as_text(bytes);
  // Between the parts of JSON a blank is as good as a line end; in texts there is none.
  auto result = bytes;
  for (auto& c : result)
    if (c == '\n' || c == '\r')
      c = ' ';
  return result;
}

} // namespace

std::string line_of(const message& what) {
  auto result = fmt::format(R"({{"t": {:.6f}, "topic": {}, "payload": {}, "qos": {}, "retain": {})",
                            what.t, as_text(what.topic), as_payload(what.payload),
                            static_cast<unsigned>(what.qos), what.retain);
  if (what.size > what.payload.size())
    result += fmt::format(R"(, "size": {})", what.size);
  return result + "}\n";
}

status writer::failure() const {
  int code = Z_OK;
  const auto saved = errno;
  const std::string why = file_ ? gzerror(file_.get(), &code) : "";
  return status::failure(path_ + ": "
                         + (code == Z_ERRNO || why.empty() ? std::strerror(saved) : why));
}

status writer::open(const std::string& path, bool replace) {
  path_ = path;
  waiting_.clear();
  const auto file
      = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), 0640);
  if (file < 0)
    return failure();
  // Without `T` zlib would compress everything.
  file_.reset(gzdopen(file, path.ends_with(".gz") ? "wb" : "wbT"));
  if (!file_) {
    ::close(file);
    return status::failure(path + ": out of memory");
  }
  return {};
}

status writer::write(const message& what) {
  waiting_ += line_of(what);
  if (waiting_.size() < batch_bytes)
    return {};
  const auto lines = std::exchange(waiting_, {});
  return gzwrite(file_.get(), lines.data(), static_cast<unsigned>(lines.size())) == 0 ? failure()
                                                                                      : status{};
}

status writer::flush() {
  const auto lines = std::exchange(waiting_, {});
  if (!lines.empty()
      && gzwrite(file_.get(), lines.data(), static_cast<unsigned>(lines.size())) == 0)
    return failure();
  return gzflush(file_.get(), Z_SYNC_FLUSH) != Z_OK ? failure() : status{};
}

status writer::close() {
  if (!file_)
    return {};
  if (auto flushed = flush(); !flushed)
    return flushed;
  return gzclose_w(file_.release()) != Z_OK ? failure() : status{};
}

} // namespace firefinder::recording
