#pragma once

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/sec.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace firefinder {

/// The words with which somebody refused a request; nothing: it has none, as when nobody answers.
[[nodiscard]] inline std::optional<std::string> refusal_in(const caf::error& why) {
  if (why.context().match_elements<std::string>())
    return why.context().get_as<std::string>(0);
  return std::nullopt;
}

/// Why `whose`, such as `the store`, did not answer a request, for whoever waits for the answer.
[[nodiscard]] inline std::string words_of(const caf::error& why, std::string_view whose,
                                          caf::actor_system& system) {
  if (auto told = refusal_in(why))
    return *std::move(told);
  std::string result{whose};
  if (why == caf::sec::request_timeout)
    return result += " does not answer in time; try again";
  return result += " cannot answer: " + system.render(why);
}

} // namespace firefinder
