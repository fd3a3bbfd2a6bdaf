#pragma once

#include "messages/search.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace firefinder::discover {

// What cameras say of themselves comes from the network: it is shown without anything that
// could steer a terminal.

/// A table of the cameras, by address, that fits into `width` columns as far as that is
/// possible: long texts are shortened. 0: as wide as it needs to be.
[[nodiscard]] std::string table(std::vector<camera_facts> cameras, std::size_t width);

/// What a summary goes by beside the result.
struct circumstances {
  /// Why no password is shown to anybody, for people; empty: those of the owner are tried.
  std::string no_login = "no credentials are configured (CAMERA_CREDENTIALS)";
  /// Every device was asked; otherwise the time was over before.
  bool complete = true;
};

/// How many cameras were found and how they are, the problems, and what was not looked at, with
/// how to switch it on.
[[nodiscard]] std::string summary(const search_result& found, const circumstances& how);

/// The result as one JSON object. `payload` makes the object of a camera.
[[nodiscard]] std::string as_json(const search_result& found, const circumstances& how,
                                  const std::function<std::string(const camera_facts&)>& payload);

/// How far a search is, in one line.
[[nodiscard]] std::string progress_line(const search_progress& x, double elapsed_s);

/// At most so many columns of a text, which ends in `…` when it was longer; 0: all of it.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t width);

} // namespace firefinder::discover
