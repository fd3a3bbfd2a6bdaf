#include "messages/camera_key.hpp"

#include <algorithm>

namespace firefinder {

std::string camera_key(std::string_view id) {
  std::string result;
  bool gap = false;
  for (const char c : id) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
      gap = true;
      continue;
    }
    if (gap && !result.empty())
      result += '_';
    gap = false;
    result += upper ? static_cast<char>(c - 'A' + 'a') : c;
    if (result.size() >= max_camera_key)
      break;
  }
  result.resize(std::min(result.size(), max_camera_key));
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  return result;
}

} // namespace firefinder
