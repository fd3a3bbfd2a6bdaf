#pragma once

// What is announced to Home Assistant.

#include "messages/problem.hpp"

#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace firefinder {

/// What an operator wants of the announcements.
enum class announce_order : std::uint8_t {
  /// Announce everything again, also after `clear`.
  publish,
  /// Take all announcements back, and announce nothing until `publish`.
  clear,
  /// Take over at Home Assistant what the form `argusai` has announced, entities and their
  /// history, in the form `device`.
  migrate,
};

[[nodiscard]] inline std::string to_string(announce_order x) {
  switch (x) {
  case announce_order::publish:
    return "publish";
  case announce_order::clear:
    return "clear";
  case announce_order::migrate:
    return "migrate";
  }
  return "invalid";
}

/// Clear what an earlier or another instance has announced, which nobody announces any more.
struct forget_order {
  std::string instance;

  friend bool operator==(const forget_order&, const forget_order&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, forget_order& x) {
  return f(caf::meta::type_name("forget_order"), x.instance);
}

/// Figures of the announcements.
struct discovery_figures {
  /// Whether anything is announced, and in which form: `device`, `argusai` or `off`.
  bool enabled = false;
  std::string mode;
  /// Cameras that are announced, and documents for that.
  std::uint64_t cameras = 0;
  std::uint64_t documents = 0;
  /// Retained messages that the broker has not acknowledged yet, and those of them that remove
  /// one.
  std::uint64_t pending = 0;
  std::uint64_t removals_pending = 0;
  /// Announcements of everything, of which those because Home Assistant has started.
  std::uint64_t announcements = 0;
  std::uint64_t births = 0;
  /// How often Home Assistant has said that it is gone.
  std::uint64_t departures = 0;
  /// The last one is complete: `online` was said after it.
  bool complete = false;
  std::vector<problem> problems;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, discovery_figures& x) {
  return f(caf::meta::type_name("discovery_figures"), x.enabled, x.mode, x.cameras, x.documents,
           x.pending, x.removals_pending, x.announcements, x.births, x.departures, x.complete,
           x.problems);
}

} // namespace firefinder
