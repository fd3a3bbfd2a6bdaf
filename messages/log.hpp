#pragma once

// The logging front. One call site writes one event: to spdlog (standard error,
// so the journal) and, when `caf.logger.*` switches it on, to CAF's logger, where
// a running daemon is inspected by actor and component.
//
//   FF_LOG("connection", warning, "{} refused the password", host);
//
// The component is a literal of at most 10 characters (CAF packs it into a
// number). Arguments are formatted once, and only if someone listens.

#include <caf/atom.hpp>
#include <caf/logger.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace firefinder::log {

enum class level { debug, info, warning, error, critical };

/// Whether spdlog takes events of this level.
[[nodiscard]] bool enabled(level lvl) noexcept;

/// `text` with control characters escaped, so that foreign text can neither
/// forge a line nor, being empty, stop CAF's logger thread (CAF 0.17.6 ends its
/// queue at an empty message).
[[nodiscard]] std::string clean(std::string_view text);

/// Writes by spdlog's default logger, under `component` as its name. Does not block
/// when that logger is asynchronous, as the daemon's is.
void write(std::string_view component, level lvl, std::string_view text);

/// CAF's number for a level; CAF knows nothing above error.
[[nodiscard]] constexpr unsigned caf_level(level lvl) noexcept {
  switch (lvl) {
  case level::debug:
    return CAF_LOG_LEVEL_DEBUG;
  case level::info:
    return CAF_LOG_LEVEL_INFO;
  case level::warning:
    return CAF_LOG_LEVEL_WARNING;
  case level::error:
  case level::critical:
    return CAF_LOG_LEVEL_ERROR;
  }
  return CAF_LOG_LEVEL_ERROR;
}

} // namespace firefinder::log

#define FF_LOG(component, lvl, ...)                                                                \
  do {                                                                                             \
    constexpr auto ff_level = ::firefinder::log::level::lvl;                                       \
    constexpr auto ff_caf_level = ::firefinder::log::caf_level(ff_level);                          \
    auto* ff_caf = ::caf::logger::current_logger();                                                \
    const bool ff_to_caf                                                                           \
        = ff_caf != nullptr && ff_caf->accepts(ff_caf_level, ::caf::atom(component));              \
    if (ff_to_caf || ::firefinder::log::enabled(ff_level)) {                                       \
      const auto ff_text = ::firefinder::log::clean(::fmt::format(__VA_ARGS__));                   \
      if (::firefinder::log::enabled(ff_level))                                                    \
        ::firefinder::log::write(component, ff_level, ff_text);                                    \
      if (ff_to_caf)                                                                               \
        ff_caf->log(                                                                               \
            CAF_LOG_MAKE_EVENT(ff_caf->thread_local_aid(), component, ff_caf_level, ff_text));     \
    }                                                                                              \
  } while (false)
