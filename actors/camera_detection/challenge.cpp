#include "actors/camera_detection/challenge.hpp"

#include "actors/camera_detection/device_text.hpp"

namespace firefinder {

namespace {

constexpr std::size_t max_realm_bytes = 128;
constexpr std::size_t max_word_bytes = 64;
constexpr std::string_view between = " \t\r\n,";

// Takes a value off `rest`: a quoted text, or all up to a comma or space.
std::string take_value(std::string_view& rest) {
  std::string result;
  if (!rest.starts_with('"')) {
    const auto end = rest.find_first_of(between);
    result = rest.substr(0, end);
    rest.remove_prefix(result.size());
    return result;
  }
  rest.remove_prefix(1);
  while (!rest.empty() && rest[0] != '"') {
    if (rest[0] == '\\' && rest.size() > 1)
      rest.remove_prefix(1);
    result += rest[0];
    rest.remove_prefix(1);
  }
  if (!rest.empty())
    rest.remove_prefix(1);
  return result;
}

void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t'))
    rest.remove_prefix(1);
}

} // namespace

std::vector<login_challenge> challenges_in(std::string_view line) {
  std::vector<login_challenge> result;
  for (;;) {
    const auto begin = line.find_first_not_of(between);
    if (begin == std::string_view::npos)
      return result;
    line.remove_prefix(begin);
    const auto word = line.substr(0, line.find_first_of(" \t\r\n,=\""));
    if (word.empty()) {
      line.remove_prefix(1);
      continue;
    }
    line.remove_prefix(word.size());
    skip_blanks(line);
    if (!line.starts_with('=')) {
      if (result.size() == max_challenges)
        return result;
      result.push_back({foreign_text(lower_case(word), max_word_bytes), {}, {}, {}});
      continue;
    }
    line.remove_prefix(1);
    skip_blanks(line);
    const auto value = take_value(line);
    if (result.empty())
      continue;
    const auto name = lower_case(word);
    if (name == "realm")
      result.back().realm = foreign_text(value, max_realm_bytes);
    else if (name == "algorithm")
      result.back().algorithm = foreign_text(lower_case(value), max_word_bytes);
    else if (name == "qop")
      result.back().qop = foreign_text(lower_case(value), max_word_bytes);
  }
}

std::vector<login_challenge> challenges_in(const std::vector<std::string>& lines) {
  std::vector<login_challenge> result;
  for (const auto& line : lines)
    for (auto& one : challenges_in(line))
      if (result.size() < max_challenges)
        result.push_back(std::move(one));
  return result;
}

} // namespace firefinder
