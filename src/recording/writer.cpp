#include "src/recording/writer.hpp"

#include "actors/file_descriptor.hpp"
#include "messages/dumped.hpp"
#include "src/recording/lines.hpp"
#include "src/recording/parse.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

namespace firefinder::recording {

namespace {

using nlohmann::json;

// Lines that are handed to zlib at once.
constexpr std::size_t batch_bytes = std::size_t{64} * 1024;

std::string as_text(const std::string& bytes) { return dumped(json(bytes)); }

// JSON without line ends and blanks around it, if it begins as an object or a list. Most of what
// is published is written without them, so that its bytes can be kept.
std::string as_json(std::string_view bytes) {
  constexpr auto blanks = " \t\r\n";
  const auto first = bytes.find_first_not_of(blanks);
  if (first == std::string_view::npos || (bytes[first] != '{' && bytes[first] != '['))
    return {};
  std::string result{bytes.substr(first, bytes.find_last_not_of(blanks) + 1 - first)};
  // Between the parts of JSON a blank is as good as a line end; in texts there is none.
  for (auto& c : result)
    if (c == '\n' || c == '\r')
      c = ' ';
  return result;
}

std::string line_with(const message& what, const std::string& payload) {
  auto result
      = fmt::format(R"({{"t": {:.6f}, "topic": {}, "payload": {}, "qos": {}, "retain": {})", what.t,
                    as_text(what.topic), payload, static_cast<unsigned>(what.qos), what.retain);
  if (what.size > what.payload.size())
    result += fmt::format(R"(, "size": {})", what.size);
  return result + "}\n";
}

// Whether who reads this line gets that payload: what begins as JSON need not be it, and the
// reader has limits of its own, of depth and of whole numbers.
bool gives(std::string line, const std::string& payload) {
  const auto size = line.size();
  line.append(line_file::padding, ' ');
  message read;
  return !line_parser{}.parse(std::string_view{line}.substr(0, size), read)
         && read.payload == payload;
}

} // namespace

std::string line_of(const message& what) {
  if (const auto json = as_json(what.payload); !json.empty())
    if (auto line = line_with(what, json); gives(line, json))
      return line;
  return line_with(what, as_text(what.payload));
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
  file_descriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL), 0640)};
  if (!file)
    return failure();
  // Without `T` zlib would compress everything.
  file_.reset(gzdopen(file.get(), path.ends_with(".gz") ? "wb" : "wbT"));
  if (!file_)
    return status::failure(path + ": out of memory");
  static_cast<void>(file.release()); // zlib closes it
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
