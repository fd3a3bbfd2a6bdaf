#include "src/recording/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include <simdjson.h>

namespace firefinder::recording {

namespace {

constexpr std::size_t max_filter_bytes = 65'535;

using levels = std::vector<std::string_view>;

levels levels_of(std::string_view filter) {
  levels result;
  for (auto slash = filter.find('/'); slash != std::string_view::npos; slash = filter.find('/')) {
    result.push_back(filter.substr(0, slash));
    filter.remove_prefix(slash + 1);
  }
  result.push_back(filter);
  return result;
}

// Why it is no filter; empty: it is one.
std::string fault_of(const std::string& filter) {
  if (filter.empty())
    return "a filter has at least one character";
  if (filter.size() > max_filter_bytes)
    return fmt::format("a filter has at most {} bytes", max_filter_bytes);
  if (!simdjson::validate_utf8(filter))
    return "it is not UTF-8";
  const auto parts = levels_of(filter);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto has = [&](char c) { return parts[i].find(c) != std::string_view::npos; };
    if (has('#') && (parts[i] != "#" || i + 1 != parts.size()))
      return "'#' may only be the whole last level";
    if (has('+') && parts[i] != "+")
      return "'+' may only be a whole level";
  }
  return {};
}

bool is_wild(std::string_view level) { return level == "#" || level == "+"; }

// A wildcard at the beginning does not stand for what begins with `$`.
bool apart(const levels& a, const levels& b) {
  return (is_wild(a[0]) && b[0].starts_with('$')) || (is_wild(b[0]) && a[0].starts_with('$'));
}

// Whether `a` matches every topic that `b` matches.
bool covers(const levels& a, const levels& b) {
  if (apart(a, b))
    return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Its parent is matched too.
    if (a[i] == "#")
      return true;
    if (i == b.size() || b[i] == "#" || (a[i] != "+" && a[i] != b[i]))
      return false;
  }
  return a.size() == b.size();
}

// Whether there is a topic that both match.
bool overlap(const levels& a, const levels& b) {
  if (apart(a, b))
    return false;
  const auto both = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (a[i] == "#" || b[i] == "#")
      return true;
    if (a[i] != "+" && b[i] != "+" && a[i] != b[i])
      return false;
  }
  const auto& longer = a.size() > both ? a : b;
  return longer.size() == both || longer[both] == "#";
}

} // namespace

chosen_topics choose_topics(const std::vector<std::string>& asked) {
  chosen_topics result;
  for (const auto& filter : asked) {
    if (const auto why = fault_of(filter); !why.empty())
      return {{}, fmt::format("'{}' is no topic filter: {}", filter, why)};
    const auto parts = levels_of(filter);
    auto& kept = result.filters;
    if (std::any_of(kept.begin(), kept.end(),
                    [&](const auto& x) { return covers(levels_of(x), parts); }))
      continue;
    std::erase_if(kept, [&](const auto& x) { return covers(parts, levels_of(x)); });
    kept.push_back(filter);
  }
  for (std::size_t i = 0; i < result.filters.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (overlap(levels_of(result.filters[j]), levels_of(result.filters[i])))
        return {{},
                fmt::format("'{}' and '{}' have topics in common, of which every message would "
                            "come twice",
                            result.filters[j], result.filters[i])};
  return result;
}

} // namespace firefinder::recording
