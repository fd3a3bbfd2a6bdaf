#include "src/recording/parse.hpp"

#include <fmt/format.h>

namespace firefinder::recording {

namespace {

constexpr std::size_t max_topic_bytes = 65'535;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// These walk through JSON that is known to be valid; each returns what lies behind.

std::string_view skip_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  return text;
}

std::string_view skip_string(std::string_view text) {
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"')
    i += text[i] == '\\' ? 2 : 1;
  return text.substr(std::min(i + 1, text.size()));
}

std::string_view skip_value(std::string_view text) {
  if (text.starts_with('"'))
    return skip_string(text);
  int depth = 0;
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"')
      i = text.size() - skip_string(text.substr(i)).size() - 1;
    else if (c == '{' || c == '[')
      ++depth;
    else if (c == '}' || c == ']') {
      if (--depth <= 0)
        // Behind its own end, or before that of what it is part of.
        return text.substr(depth == 0 ? i + 1 : i);
    } else if (depth == 0 && (c == ',' || is_blank(c)))
      break;
  }
  return text.substr(i);
}

// The bytes of a member of an object, by its place. Names are not compared here: one can be
// written in many ways.
std::string_view raw_member(std::string_view object, std::size_t place) {
  auto rest = skip_blanks(object).substr(1);
  for (std::size_t i = 0;; ++i) {
    rest = skip_blanks(skip_string(skip_blanks(rest)));
    rest = skip_blanks(rest.substr(1));
    const auto after = skip_value(rest);
    if (i == place)
      return rest.substr(0, rest.size() - after.size());
    rest = skip_blanks(after).substr(1);
  }
}

fault wrong(std::string detail) { return {problem::wrong_member, std::move(detail)}; }

using simdjson::dom::element;

// Reads an optional member; false when it has another type.
template <class T>
bool take(const simdjson::dom::object& from, const char* key, std::optional<T>& to) {
  element value;
  if (from.at_key(key).get(value) != simdjson::SUCCESS || value.is_null())
    return true;
  T taken{};
  if (value.get(taken) != simdjson::SUCCESS)
    return false;
  to = taken;
  return true;
}

} // namespace

std::optional<fault> line_parser::parse(std::string_view line, message& result) {
  element all;
  if (const auto error = parser_.parse(line.data(), line.size(), false).get(all)) {
    if (error == simdjson::UTF8_ERROR)
      return fault{problem::line_not_utf8, "not UTF-8"};
    return fault{problem::broken_line, simdjson::error_message(error)};
  }
  simdjson::dom::object object;
  if (all.get(object) != simdjson::SUCCESS)
    return fault{problem::broken_line, "not a JSON object"};

  if (object.at_key("t").get_double().get(result.t) != simdjson::SUCCESS)
    return wrong("'t' must be a number: unix seconds");
  if (result.t < 0 || result.t > latest_moment)
    return wrong(fmt::format("'t' is {}, and must be within 0..{}", result.t, latest_moment));

  std::string_view topic;
  if (object.at_key("topic").get(topic) != simdjson::SUCCESS || topic.empty()
      || topic.size() > max_topic_bytes)
    return wrong("'topic' must be a text of 1 to 65535 bytes");
  result.topic = topic;

  std::size_t place = 0;
  auto payload = object.begin();
  for (; payload != object.end() && payload.key() != "payload"; ++payload)
    ++place;
  if (payload == object.end())
    return wrong("'payload' is missing");
  if (std::string_view text; payload.value().get(text) == simdjson::SUCCESS)
    result.payload = text;
  else
    result.payload = raw_member(line, place);

  std::optional<std::uint64_t> qos;
  if (!take(object, "qos", qos) || qos.value_or(0) > 2)
    return wrong("'qos' must be 0, 1 or 2");
  result.qos = static_cast<std::uint8_t>(qos.value_or(1));
  std::optional<bool> retain;
  if (!take(object, "retain", retain))
    return wrong("'retain' must be true or false");
  result.retain = retain.value_or(false);
  std::optional<std::uint64_t> size;
  if (!take(object, "size", size))
    return wrong("'size' must be a number of bytes");
  result.size = std::max<std::uint64_t>(result.payload.size(), size.value_or(0));
  return std::nullopt;
}

} // namespace firefinder::recording
