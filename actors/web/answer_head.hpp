#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// What is said on the way to an answer's body (RFC 9112), with the headers that keep a page safe.
struct answer_head {
  std::uint16_t status = 200;
  /// Media type; empty: there is no body.
  std::string_view type;
  /// Bytes of the body; nothing: that is not known before.
  std::optional<std::size_t> length;
  /// Instead of the length: the body comes in chunks.
  bool has_chunks = false;
  /// Whether another request may follow.
  bool persists = true;
  /// Further ones, each with its line end.
  std::string_view headers;
};

[[nodiscard]] std::string text_of(const answer_head& x, std::time_t now);

/// A part of a body in chunks (RFC 9112, section 7.1).
[[nodiscard]] std::string chunk_of(std::string_view text);

} // namespace firefinder
