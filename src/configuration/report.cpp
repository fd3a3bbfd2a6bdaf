#include "src/configuration/report.hpp"

#include <algorithm>
#include <ostream>
#include <string_view>

namespace firefinder::configuration {

namespace {

// A value longer than this does not push the sources of all others to the right.
constexpr std::size_t widest_value = 40;

// Columns that UTF-8 text takes, one for each character.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

void print_padded(std::ostream& out, std::string_view text, std::size_t columns) {
  out << text << std::string(columns - std::min(width(text), columns) + 2, ' ');
}

void print_list(std::ostream& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty())
    return;
  out << '\n' << title << ":\n";
  for (const auto& line : lines)
    out << "  " << line << '\n';
}

} // namespace

void print_effective(std::ostream& out, const result& loaded) {
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& entry : loaded.effective) {
    key_width = std::max(key_width, width(entry.key));
    value_width = std::max(value_width, std::min(width(entry.value), widest_value));
  }
  for (const auto& entry : loaded.effective) {
    print_padded(out, entry.key, key_width);
    print_padded(out, entry.value, value_width);
    out << entry.source << (entry.without_effect ? "  (see notices)" : "") << '\n';
  }
  print_list(out, "errors", loaded.errors);
  print_list(out, "warnings", loaded.warnings);
  print_list(out, "notices", loaded.notices);
}

} // namespace firefinder::configuration
