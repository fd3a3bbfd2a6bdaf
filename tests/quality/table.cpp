#include "tests/quality/table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string_view>

namespace firefinder::quality {

namespace {

constexpr std::string_view begin_marker = "<!-- measured: begin -->\n";
constexpr std::string_view end_marker = "<!-- measured: end -->\n";

std::vector<std::size_t> widths(const table& x) {
  std::vector<std::size_t> result;
  for (std::size_t c = 0; c < x.columns.size(); ++c) {
    result.push_back(x.columns[c].size());
    for (const auto& row : x.rows)
      result.back() = std::max(result.back(), row.at(c).size());
  }
  return result;
}

} // namespace

std::string as_text(const table& x) {
  auto result = x.title + "\n  " + x.note + "\n";
  const auto width = widths(x);
  const auto line = [&](const std::vector<std::string>& cells) {
    result += ' ';
    for (std::size_t c = 0; c < cells.size(); ++c)
      result += fmt::format(" {:<{}} ", cells[c], width[c]);
    result.erase(result.find_last_not_of(' ') + 1);
    result += '\n';
  };
  line(x.columns);
  for (const auto& row : x.rows)
    line(row);
  return result;
}

std::string as_markdown(const table& x) {
  auto result = fmt::format("### {}\n\n{}\n\n", x.title, x.note);
  const auto line = [&](const std::vector<std::string>& cells) {
    result += '|';
    for (const auto& cell : cells)
      result += fmt::format(" {} |", cell);
    result += '\n';
  };
  line(x.columns);
  line(std::vector<std::string>(x.columns.size(), "---"));
  for (const auto& row : x.rows)
    line(row);
  return result;
}

nlohmann::ordered_json as_json(const table& x) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : x.rows) {
    nlohmann::ordered_json object;
    for (std::size_t c = 0; c < row.size(); ++c)
      object[x.columns[c]] = row[c];
    rows.push_back(std::move(object));
  }
  return {{"title", x.title}, {"note", x.note}, {"rows", std::move(rows)}};
}

std::string between_markers(const std::string& page, const std::string& content) {
  const auto begin = page.find(begin_marker);
  const auto end = page.find(end_marker);
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    throw std::runtime_error("the page has no marker lines");
  return page.substr(0, begin + begin_marker.size()) + '\n' + content + '\n' + page.substr(end);
}

} // namespace firefinder::quality
