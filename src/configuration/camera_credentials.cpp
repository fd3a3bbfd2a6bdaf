#include "src/configuration/camera_credentials.hpp"

#include "src/configuration/text.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace firefinder::configuration {

namespace {

// Parts of a list, blanks around them and empty ones left out.
std::vector<std::string_view> parts(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> result;
  while (!text.empty()) {
    const auto end = text.find_first_of(separators);
    if (const auto part = trimmed(text.substr(0, end)); !part.empty())
      result.push_back(part);
    if (end == std::string_view::npos)
      break;
    text.remove_prefix(end + 1);
  }
  return result;
}

std::string plain(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto escape = text.substr(i, 3);
    if (escape == "%2C" || escape == "%2c" || escape == "%25") {
      result += escape == "%25" ? '%' : ',';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

} // namespace

camera_credentials read_camera_credentials(std::string_view text) {
  camera_credentials result;
  std::size_t place = 0;
  for (const auto part : parts(text, ",\n")) {
    ++place;
    const auto colon = part.find(':');
    if (colon == std::string_view::npos || colon == 0) {
      result.skipped.push_back(place);
      continue;
    }
    result.listed.push_back(
        {std::to_string(place), plain(part.substr(0, colon)), plain(part.substr(colon + 1))});
  }
  return result;
}

std::string network_problem(const std::string& network) {
  constexpr unsigned address_bits = 32;
  const auto slash = network.find('/');
  in_addr address{};
  if (inet_pton(AF_INET, network.substr(0, slash).c_str(), &address) != 1)
    return "is no IPv4 network";
  if (slash == std::string::npos)
    return {};
  unsigned bits = 0;
  const auto* end = network.data() + network.size();
  const auto read = std::from_chars(network.data() + slash + 1, end, bits);
  if (read.ec != std::errc{} || read.ptr != end || bits > address_bits)
    return "has no length from 0 to 32 behind its slash";
  return {};
}

} // namespace firefinder::configuration
