#pragma once

#include "messages/time.hpp"

#include <caf/meta/type_name.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace firefinder {

/// Upper bounds in seconds by which lengths of time are counted; each bound belongs to what lies
/// below it.
inline constexpr std::array<double, 14> duration_bounds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30, 120};

/// How long something took, each time since the process started.
struct duration_histogram {
  /// How many lengths lie within each of `duration_bounds` and above the one before it; the last
  /// one: above all of them. Empty: there was none yet.
  std::vector<std::uint64_t> counts;
  /// Their sum, and the longest one, in seconds.
  double sum_s = 0;
  double longest_s = 0;

  void add(timespan length) {
    if (counts.empty())
      counts.resize(duration_bounds.size() + 1);
    const auto s = std::max(0.0, to_seconds(length));
    const auto bound = std::lower_bound(duration_bounds.begin(), duration_bounds.end(), s);
    ++counts[static_cast<std::size_t>(bound - duration_bounds.begin())];
    sum_s += s;
    longest_s = std::max(longest_s, s);
  }

  friend bool operator==(const duration_histogram&, const duration_histogram&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, duration_histogram& x) {
  return f(caf::meta::type_name("duration_histogram"), x.counts, x.sum_s, x.longest_s);
}

} // namespace firefinder
