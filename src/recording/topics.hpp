#pragma once

#include <string>
#include <vector>

namespace firefinder::recording {

/// Topic filters to listen to.
struct chosen_topics {
  std::vector<std::string> filters;
  /// Why they cannot be used, for people; empty: they can.
  std::string fault;
};

/// Which of these filters are to be subscribed, so that each message comes once: those that
/// another one covers are left out. Filters that are not well-formed (MQTT 5 section 4.7), and
/// two of which neither covers the other but that have topics in common, are a fault.
[[nodiscard]] chosen_topics choose_topics(const std::vector<std::string>& asked);

} // namespace firefinder::recording
