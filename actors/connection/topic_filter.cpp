#include "actors/connection/topic_filter.hpp"

namespace firefinder {

namespace {

// Splits the first level off `rest`; `more` tells whether a slash followed it.
std::string_view take_level(std::string_view& rest, bool& more) noexcept {
  const auto slash = rest.find('/');
  const auto level = rest.substr(0, slash);
  more = slash != std::string_view::npos;
  rest = more ? rest.substr(slash + 1) : std::string_view{};
  return level;
}

} // namespace

bool matches(std::string_view filter, std::string_view topic) noexcept {
  if (filter.empty() || topic.empty())
    return false;
  if (topic.front() == '$' && (filter.front() == '#' || filter.front() == '+'))
    return false;
  bool more_filter = true;
  bool more_topic = true;
  while (more_filter && more_topic) {
    const auto level = take_level(filter, more_filter);
    if (level == "#")
      return true;
    const auto name = take_level(topic, more_topic);
    if (level != "+" && level != name)
      return false;
  }
  if (more_topic)
    return false;
  return !more_filter || filter == "#";
}

bool is_at_or_below(std::string_view level, std::string_view topic) noexcept {
  return !level.empty() && topic.substr(0, level.size()) == level
         && (topic.size() == level.size() || topic[level.size()] == '/');
}

std::string_view last_level(std::string_view topic) noexcept {
  return topic.substr(topic.rfind('/') + 1);
}

} // namespace firefinder
