#include "tests/home_assistant/template.hpp"

#include <charconv>

namespace firefinder::test {

namespace {

using nlohmann::json;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \n");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \n") - first + 1);
}

/// Reads an expression from left to right.
class reader {
public:
  explicit reader(std::string_view text) : rest_(trimmed(text)) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }

  /// Takes `word`, with what follows it of spaces, if it stands next.
  bool take(std::string_view word) {
    if (!rest_.starts_with(word))
      return false;
    rest_ = trimmed(rest_.substr(word.size()));
    return true;
  }

  std::optional<std::string> quoted() {
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"'))
      return std::nullopt;
    const auto end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string result{rest_.substr(1, end - 1)};
    rest_ = trimmed(rest_.substr(end + 1));
    return result;
  }

  std::optional<std::size_t> number() {
    std::size_t result = 0;
    const auto* end = rest_.data() + rest_.size();
    const auto [stop, fault] = std::from_chars(rest_.data(), end, result);
    if (fault != std::errc{})
      return std::nullopt;
    rest_ = trimmed({stop, static_cast<std::size_t>(end - stop)});
    return result;
  }

  /// `value_json.a.b`: the names after the first; none when something else stands there.
  std::optional<std::vector<std::string>> path() {
    constexpr std::string_view root = "value_json";
    if (!rest_.starts_with(root))
      return std::nullopt;
    auto rest = rest_.substr(root.size());
    std::vector<std::string> result;
    while (rest.starts_with('.')) {
      std::size_t length = 1;
      while (
          length < rest.size()
          && (std::isalnum(static_cast<unsigned char>(rest[length])) != 0 || rest[length] == '_'))
        ++length;
      if (length == 1)
        return std::nullopt;
      result.emplace_back(rest.substr(1, length - 1));
      rest = rest.substr(length);
    }
    rest_ = trimmed(rest);
    return result;
  }

private:
  std::string_view rest_;
};

const json* at(const json& value, const std::vector<std::string>& path) {
  const auto* result = &value;
  for (const auto& name : path) {
    const auto found = result->is_object() ? result->find(name) : result->end();
    if (!result->is_object() || found == result->end())
      return nullptr;
    result = &*found;
  }
  return result;
}

// As Jinja writes it.
std::string as_text(const json& value) {
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_null())
    return "None";
  if (value.is_boolean())
    return value.get<bool>() ? "True" : "False";
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool is_true(const json* value) {
  return value != nullptr && !value->is_null() && *value != false && *value != ""
         && !(value->is_number() && *value == 0) && !(value->is_structured() && value->empty());
}

rendering unknown_form() { return {std::nullopt, "is of none of the forms that we use"}; }

std::string dotted(const std::vector<std::string>& path) {
  std::string result = "value_json";
  for (const auto& name : path)
    result += "." + name;
  return result;
}

// {'a': value_json.x, …} | tojson
rendering render_object(reader& text, const json& value) {
  auto result = json::object();
  do {
    const auto key = text.quoted();
    if (!key || !text.take(":"))
      return unknown_form();
    const auto path = text.path();
    if (!path)
      return unknown_form();
    const auto* found = at(value, *path);
    if (found == nullptr)
      return {std::nullopt, "asks for " + dotted(*path) + ", which is not there"};
    result[*key] = *found;
  } while (text.take(","));
  if (!text.take("}") || !text.take("|") || !text.take("tojson") || !text.done())
    return unknown_form();
  return {as_text(result), {}};
}

} // namespace

std::size_t characters(std::string_view text) {
  std::size_t result = 0;
  for (const char c : text)
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U)
      ++result;
  return result;
}

rendering render(std::string_view template_text, const json& value, bool compat) {
  auto inside = trimmed(template_text);
  if (!inside.starts_with("{{") || !inside.ends_with("}}") || inside.size() < 4)
    return unknown_form();
  inside = inside.substr(2, inside.size() - 4);
  reader text{inside};
  if (compat && text.take("{"))
    return render_object(text, value);
  const auto path = text.path();
  if (!path)
    return unknown_form();
  const auto* found = at(value, *path);
  const auto missing
      = rendering{std::nullopt, "asks for " + dotted(*path) + ", which is not there"};
  if (text.done() && !path->empty())
    return found != nullptr ? rendering{as_text(*found), {}} : missing;
  if (!compat)
    return unknown_form();
  if (text.take("|")) {
    if (path->empty())
      return text.take("tojson") && text.done() ? rendering{as_text(value), {}} : unknown_form();
    if (!text.take("default") || !text.take("("))
      return unknown_form();
    const auto instead = text.quoted();
    if (!instead || !text.take(")") || !text.done())
      return unknown_form();
    return {found != nullptr ? as_text(*found) : *instead, {}};
  }
  auto most = std::string::npos;
  if (text.take("[:")) {
    const auto number = text.number();
    if (!number || !text.take("]"))
      return unknown_form();
    most = *number;
  }
  if (text.take("if ")) {
    const auto condition = text.path();
    if (!condition || !text.take("else "))
      return unknown_form();
    const auto instead = text.quoted();
    if (!instead || !text.done())
      return unknown_form();
    if (!is_true(at(value, *condition)))
      return {*instead, {}};
  } else if (!text.done()) {
    return unknown_form();
  }
  if (found == nullptr)
    return missing;
  auto result = as_text(*found);
  std::size_t end = 0;
  for (std::size_t count = 0; end < result.size(); ++end)
    if ((static_cast<unsigned char>(result[end]) & 0xC0U) != 0x80U && ++count > most)
      break;
  return {result.substr(0, end), {}};
}

} // namespace firefinder::test
