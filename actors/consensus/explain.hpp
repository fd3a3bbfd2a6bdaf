#pragma once

#include "messages/decision.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// A length of time for people, such as `2.5 s`, `40 s`, `10 min`, `2.0 h`.
[[nodiscard]] std::string seconds_in_words(double s);

/// Why a camera agrees or does not, in one sentence without its name: "does not agree: grew
/// 1.08x of 1.20x needed in 7 samples over 30 s". Numbers are rounded for people, but never so
/// that what fell short seems to have sufficed.
[[nodiscard]] std::string in_words(const camera_standing& x);

/// Why there was or was not a trigger, in one sentence: how many cameras agree, what else was
/// in the way, and how each camera stands; those that agree come first, and of a large house
/// the others are counted only.
[[nodiscard]] std::string in_words(const decision_record& x);

/// The decision as one line of JSON without its newline, as `replay --json` prints it and the
/// journal keeps it. The same decision gives the same bytes: numbers are rounded to eight
/// decimals, what is unknown or no number is null, and bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string decision_line(const decision_record& x);

/// The same with the member `text`: the decision in words.
[[nodiscard]] std::string explained_line(const decision_record& x);

/// The decision that `decision_line` or `explained_line` wrote; none when it is no such line.
[[nodiscard]] std::optional<decision_record> decision_from(std::string_view line);

} // namespace firefinder
