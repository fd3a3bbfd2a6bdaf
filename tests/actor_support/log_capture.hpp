#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace firefinder::test {

/// Collects what is logged while it lives, one "level: text" a line.
class log_capture {
public:
  log_capture() : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
    logger->set_pattern("%l: %v");
    spdlog::set_default_logger(logger);
  }
  ~log_capture() { spdlog::set_default_logger(before_); }
  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;

  /// How often this text was logged.
  [[nodiscard]] long count(const std::string& text) const {
    const auto all = out_.str();
    long result = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size()))
      ++result;
    return result;
  }

private:
  std::ostringstream out_;
  std::shared_ptr<spdlog::logger> before_;
};

} // namespace firefinder::test
