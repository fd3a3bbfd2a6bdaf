#include "src/probe/login_header.hpp"

#include <algorithm>

namespace firefinder::probe {

namespace {

constexpr std::string_view header = "authorization:";
constexpr std::string_view harmless = "digest ";

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(char a, char b) noexcept { return lower(a) == b; }

bool begins_with(std::string_view text, std::string_view what) noexcept {
  return text.size() >= what.size()
         && std::equal(what.begin(), what.end(), text.begin(),
                       [](char a, char b) { return same(b, a); });
}

} // namespace

bool has_readable_login(std::string_view bytes) noexcept {
  for (;;) {
    const auto* const found
        = std::search(bytes.begin(), bytes.end(), header.begin(), header.end(), same);
    if (found == bytes.end())
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(found - bytes.begin()) + header.size());
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t"), bytes.size()));
    if (!begins_with(bytes, harmless))
      return true;
  }
}

} // namespace firefinder::probe
