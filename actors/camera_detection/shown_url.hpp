#pragma once

#include "messages/credential.hpp"

#include <string>
#include <vector>

namespace firefinder {

/// An address that may be shown to everybody: without its path if that shows a password.
[[nodiscard]] std::string shown_url(const std::string& url,
                                    const std::vector<camera_credential>& secrets);

} // namespace firefinder
