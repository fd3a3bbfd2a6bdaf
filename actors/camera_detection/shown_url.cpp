#include "actors/camera_detection/shown_url.hpp"

#include "messages/url_secrets.hpp"

#include <algorithm>
#include <string_view>

namespace firefinder {

std::string shown_url(const std::string& url, const std::vector<camera_credential>& secrets) {
  const auto scheme = url.find("://");
  const auto path = scheme == std::string::npos ? scheme : url.find_first_of("/?", scheme + 3);
  if (path == std::string::npos)
    return url;
  const auto rest = std::string_view{url}.substr(path);
  const bool shows = path_shows_password(rest, {})
                     || std::ranges::any_of(secrets, [rest](const camera_credential& x) {
                          return path_shows_password(rest, x.password);
                        });
  return shows ? url.substr(0, path) + "/***" : url;
}

} // namespace firefinder
