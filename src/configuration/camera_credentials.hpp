#pragma once

#include "messages/credential.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace firefinder::configuration {

/// What a list of credentials says.
struct camera_credentials {
  /// In the order of the list; their references are numbers from 1.
  std::vector<camera_credential> listed;
  /// Places in the list, from 1, of parts that are not `user:password`.
  std::vector<std::size_t> skipped;
};

/// Reads `user:password`, several with commas or line ends between. The first colon ends the
/// user; in both parts `%2C` stands for a comma and `%25` for a percent sign. Empty parts are
/// passed over.
[[nodiscard]] camera_credentials read_camera_credentials(std::string_view text);

/// What is wrong with a network such as `192.168.1.0/24`, for people; empty: nothing.
[[nodiscard]] std::string network_problem(const std::string& network);

} // namespace firefinder::configuration
