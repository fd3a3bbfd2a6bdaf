#include "messages/log.hpp"

#include <spdlog/spdlog.h>

namespace firefinder::log {

namespace {

spdlog::level::level_enum to_spdlog(level lvl) noexcept {
  switch (lvl) {
  case level::debug:
    return spdlog::level::debug;
  case level::info:
    return spdlog::level::info;
  case level::warning:
    return spdlog::level::warn;
  case level::error:
    return spdlog::level::err;
  case level::critical:
    return spdlog::level::critical;
  }
  return spdlog::level::critical;
}

} // namespace

bool enabled(level lvl) noexcept { return spdlog::should_log(to_spdlog(lvl)); }

std::string clean(std::string_view text) {
  if (text.empty())
    return "(no text)";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      result += "\\n";
    else if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result;
}

void write(std::string_view component, level lvl, std::string_view text) {
  // The logger's name is the only field that a formatter can tell the component from.
  spdlog::default_logger_raw()
      ->clone(std::string{component})
      ->log(to_spdlog(lvl), spdlog::string_view_t{text.data(), text.size()});
}

} // namespace firefinder::log
