#include "tests/actor_support/log_capture.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

namespace firefinder::test {

struct log_capture::implementation {
  std::ostringstream out;
  std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
};

log_capture::log_capture() : implementation_(std::make_unique<implementation>()) {
  auto logger = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(implementation_->out));
  logger->set_pattern("%n %l: %v");
  spdlog::set_default_logger(logger);
}

log_capture::~log_capture() { spdlog::set_default_logger(implementation_->before); }

std::string log_capture::text() const { return implementation_->out.str(); }

long log_capture::count(const std::string& text) const {
  const auto all = implementation_->out.str();
  long result = 0;
  for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + text.size()))
    ++result;
  return result;
}

} // namespace firefinder::test
