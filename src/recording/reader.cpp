#include "src/recording/reader.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace firefinder::recording {

status reader::open(std::vector<std::string> files) {
  files_ = std::move(files);
  for (const auto& path : files_) {
    if (auto possible = readable(path); !possible)
      return possible;
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(path, unknown);
    size_ += unknown ? 0 : bytes;
  }
  next_file_ = 0;
  open_next();
  return {};
}

bool reader::open_next() {
  done_ += file_.position();
  while (next_file_ < files_.size()) {
    const auto& path = files_[next_file_++];
    const auto opened = file_.open(path);
    if (opened)
      return true;
    problems_.note(problem::damaged_file, path, 0, opened.why());
  }
  return false;
}

std::uint64_t reader::position() const { return done_ + file_.position(); }

void reader::note(problem kind, std::string_view detail) {
  problems_.note(kind, files_[next_file_ - 1], file_.number(), detail);
}

bool reader::next(message& result) {
  while (next_file_ != 0) {
    const auto line = file_.next();
    if (!line) {
      if (!file_.damage().empty())
        note(problem::damaged_file, file_.damage());
      if (!open_next())
        return false;
      continue;
    }
    if (line->too_long) {
      note(problem::line_too_long, fmt::format("longer than {} bytes", max_line_bytes));
      continue;
    }
    if (line->text.find_first_not_of(" \t\r") == std::string_view::npos)
      continue;
    if (const auto bad = parser_.parse(line->text, result)) {
      note(bad->kind, bad->detail);
      continue;
    }
    if (result.t < latest_) {
      note(problem::time_backwards, fmt::format("{:.3f} s back", latest_ - result.t));
      result.t = latest_;
    }
    latest_ = result.t;
    return true;
  }
  return false;
}

} // namespace firefinder::recording
