#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::test {

/// What a template gives.
struct rendering {
  std::optional<std::string> text;
  /// Why it gives nothing, as the end of a sentence.
  std::string fault;
};

/// What Home Assistant makes of a template and a payload, if the template is of a form that we
/// use: `{{ value_json.a.b }}`; with `compat` also `{{ value_json.a[:255] }}`,
/// `{{ value_json.a | default('x') }}`, `{{ value_json.a if value_json.b else 'x' }}` with or
/// without a cut, `{{ {'k': value_json.a, …} | tojson }}` and `{{ value_json | tojson }}`. A member
/// that is not there is a fault, where Jinja would write nothing.
[[nodiscard]] rendering render(std::string_view template_text, const nlohmann::json& value,
                               bool compat);

/// Number of characters in a text of UTF-8.
[[nodiscard]] std::size_t characters(std::string_view text);

} // namespace firefinder::test
