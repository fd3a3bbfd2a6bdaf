// Topic filters: the input is a filter, a line end, and a topic. Compared with
// another matcher, written as MQTT 5 section 4.7 reads.

#include "actors/connection/topic_filter.hpp"
#include "tests/fuzz/expect.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace firefinder::fuzz {
namespace {

using levels = std::vector<std::string_view>;

levels split(std::string_view text) {
  levels result;
  for (std::size_t from = 0;;) {
    const auto slash = text.find('/', from);
    result.push_back(text.substr(from, slash - from));
    if (slash == std::string_view::npos)
      return result;
    from = slash + 1;
  }
}

bool has_wildcard(std::string_view level) {
  return level.find_first_of("+#") != std::string_view::npos;
}

bool is_filter(const levels& filter) {
  for (std::size_t i = 0; i < filter.size(); ++i)
    if (has_wildcard(filter[i]) && filter[i] != "+"
        && !(filter[i] == "#" && i + 1 == filter.size()))
      return false;
  return true;
}

bool covers(const levels& filter, const levels& topic) {
  const bool open = filter.back() == "#";
  const auto fixed = filter.size() - (open ? 1 : 0);
  if (topic.size() < fixed || (!open && topic.size() != fixed))
    return false;
  return std::equal(filter.begin(), filter.begin() + static_cast<std::ptrdiff_t>(fixed),
                    topic.begin(),
                    [](auto pattern, auto name) { return pattern == "+" || pattern == name; });
}

void run(std::string_view input) {
  const auto filter = take_line(input);
  const auto topic = input;
  const bool answer = matches(filter, topic);
  expect(topic.ends_with(last_level(topic))
             && last_level(topic).find('/') == std::string_view::npos,
         "the last level is one");
  // Others are refused when they are subscribed to or published on.
  if (filter.empty() || topic.empty() || has_wildcard(topic) || !is_filter(split(filter)))
    return;
  const bool hidden = topic.front() == '$' && has_wildcard(filter.substr(0, 1));
  expect(answer == (!hidden && covers(split(filter), split(topic))),
         "the filter matches as MQTT says");
}

} // namespace
} // namespace firefinder::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  firefinder::fuzz::run(firefinder::fuzz::text_of(data, size));
  return 0;
}
