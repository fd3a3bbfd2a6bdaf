#pragma once

#include <simdjson.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace firefinder {

/// Why a text is no JSON that is looked at.
enum class json_fault : std::uint8_t { too_deep, not_utf8, malformed };

/// Reads JSON of unknown origin without copying what nobody asks for: simdjson's elements, in
/// buffers that are used again. What is JSON and what its numbers are is as nlohmann's parser has
/// it.
class json_reader {
public:
  /// Objects and lists that nest deeper than this are not looked at.
  explicit json_reader(std::size_t max_depth);

  /// The value that `text` is, until the next one is read.
  [[nodiscard]] std::variant<simdjson::dom::element, json_fault> read(const std::string& text);

private:
  std::variant<simdjson::dom::element, json_fault> read_patiently(const std::string& text);

  std::size_t max_depth_;
  simdjson::dom::parser quick_;
  /// For what the other one refuses and is JSON all the same; gone with it, for it may be large.
  std::optional<simdjson::dom::parser> patient_;
};

/// Whether a text is UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// What an object has under a name; none as well for an explicit null, which says as little.
using json_member = std::optional<simdjson::dom::element>;

/// Of two members with one name the last one counts.
[[nodiscard]] json_member member(const simdjson::dom::object& object,
                                 std::string_view name) noexcept;

/// What an object has under each of these names, found in one pass.
template <std::size_t N>
[[nodiscard]] std::array<json_member, N> members(const simdjson::dom::object& object,
                                                 const std::string_view (&names)[N]) noexcept {
  std::array<json_member, N> result;
  for (auto at = object.begin(), end = object.end(); at != end; ++at) {
    const auto key = at.key();
    for (std::size_t i = 0; i < N; ++i)
      if (key == names[i]) {
        result[i] = at.value();
        break;
      }
  }
  for (auto& one : result)
    if (one && one->is_null())
      one.reset();
  return result;
}

/// The text that a value is; none when it is something else.
[[nodiscard]] inline std::optional<std::string_view>
text_of(const simdjson::dom::element& value) noexcept {
  std::string_view result;
  return value.get(result) == simdjson::SUCCESS ? std::optional{result} : std::nullopt;
}

[[nodiscard]] inline std::optional<std::string_view> text_of(const json_member& value) noexcept {
  return value ? text_of(*value) : std::nullopt;
}

/// The number that a value is, which is finite; none when it is something else.
[[nodiscard]] inline std::optional<double> number_of(const simdjson::dom::element& value) noexcept {
  double result = 0;
  return value.get(result) == simdjson::SUCCESS ? std::optional{result} : std::nullopt;
}

[[nodiscard]] inline std::optional<double> number_of(const json_member& value) noexcept {
  return value ? number_of(*value) : std::nullopt;
}

/// Whether a value is `true`.
[[nodiscard]] inline bool is_true(const simdjson::dom::element& value) noexcept {
  bool result = false;
  return value.get(result) == simdjson::SUCCESS && result;
}

/// The object that a value is; none when it is something else.
[[nodiscard]] inline std::optional<simdjson::dom::object>
object_of(const json_member& value) noexcept {
  simdjson::dom::object result;
  return value && value->get(result) == simdjson::SUCCESS ? std::optional{result} : std::nullopt;
}

/// The last entry of the list that a value is; none when it is empty or something else.
[[nodiscard]] json_member last_of(const json_member& value) noexcept;

/// Both entries of a list of two; none when the value is something else.
[[nodiscard]] std::pair<json_member, json_member>
pair_in(const simdjson::dom::element& value) noexcept;

/// A number, a truth value or a null as it is written in JSON.
[[nodiscard]] std::string written(const simdjson::dom::element& value);

} // namespace firefinder
