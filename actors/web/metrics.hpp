#pragma once

#include "actors/web/picture.hpp"
#include "messages/detection.hpp"
#include "messages/link.hpp"
#include "messages/store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace firefinder {

/// Most cameras that are told of one by one.
inline constexpr std::size_t max_cameras_one_by_one = 1'000;

/// What the kernel says of this process.
struct process_figures {
  double cpu_s = 0;
  std::uint64_t resident_bytes = 0;
};

/// Reads them, from memory of the kernel.
[[nodiscard]] process_figures read_process_figures();

/// What a scrape has gathered. What nobody answered in time is absent.
struct scraped_figures {
  unix_seconds now = 0;
  process_figures process;
  std::optional<link_figures> link;
  std::optional<consensus_figures> consensus;
  std::optional<store_figures> store;
  /// Who was asked and did not answer in time.
  std::uint32_t unanswered = 0;
  std::uint64_t streams = 0;
  /// Messages that wait for the web actor.
  std::uint64_t mailbox = 0;
};

/// The figures in Prometheus' text format 0.0.4.
[[nodiscard]] std::string metrics_text(const web_settings& settings, const picture& house,
                                       const scraped_figures& figures);

} // namespace firefinder
