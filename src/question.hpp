#pragma once

#include "actors/connection/settings.hpp"
#include "src/configuration/settings.hpp"
#include "src/exit_codes.hpp"

#include <optional>
#include <string>

namespace firefinder {

/// What is asked of the running daemon over its broker, and where the answer comes.
struct question {
  connection_settings link;
  std::string request_topic;
  std::string response_topic;
  std::string payload;
  /// Comes back in the answer.
  std::string transaction;
  /// What is told beside an answer that is too long to be read, for people; may be empty.
  std::string if_too_long{};
  /// What is told beside the silence of a daemon, for people; may be empty.
  std::string if_silent{};
  /// Code with which the program ends when the broker cannot be reached.
  int exit_unreached = exit_code::unreachable;
};

/// What came of a question: an answer, or why there is none, for people.
struct reply {
  std::optional<std::string> answer;
  std::string why_not;
};

/// The question that is the request `operation` of the bridge; `payload` is a JSON object.
/// `command` is the one that asks, and part of the name under which it connects.
[[nodiscard]] question make_question(const configuration::settings& settings,
                                     const std::string& command, const std::string& operation,
                                     std::string payload, double timeout_s);

/// Asks as a client of its own, which leaves nothing behind and publishes nothing but the
/// question. Where the broker itself cannot be reached, it says so on standard error and ends the
/// program.
[[nodiscard]] reply ask(const question& what, double timeout_s);

} // namespace firefinder
