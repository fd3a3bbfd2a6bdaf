#pragma once

#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/web.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// What a question is about.
enum class web_topic : std::uint8_t {
  state,
  cameras,
  camera,
  decisions,
  explain,
  events,
  command,
  alive,
  ready,
  metrics,
};

/// A question as it is understood.
struct web_request {
  web_topic what = web_topic::state;
  /// Whether cameras are told with their points.
  bool history = false;
  /// Key of a camera.
  std::string camera;
  /// Most decisions.
  std::uint32_t limit = 100;
  explain_query query;
  operator_order order;
};

/// A question, or why it cannot be answered.
struct understood {
  std::optional<web_request> request;
  /// HTTP's status, and what is wrong and what is allowed.
  std::uint16_t status = 200;
  std::string error;
};

/// Longest body of a question, in bytes.
inline constexpr std::size_t max_web_body = 4096;

/// What a question means. `now` is the wall clock, for moments that are told from now.
[[nodiscard]] understood understand(const web_question& question, unix_seconds now);

/// Whether this path is for those alone who show the token, when there is one.
[[nodiscard]] bool is_guarded(std::string_view path);

/// The methods that this path knows, such as `GET, HEAD`; empty: there is no such path.
[[nodiscard]] std::string_view methods_of(std::string_view path);

/// The body of an answer that says what is wrong.
[[nodiscard]] std::string error_body(std::string_view error);

} // namespace firefinder
