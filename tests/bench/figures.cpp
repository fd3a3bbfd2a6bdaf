#include "tests/bench/figures.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace firefinder::test {

namespace {

constexpr std::size_t name_width = 58;
constexpr std::size_t number_width = 11;

std::string left(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

// Three digits that count.
std::string digits(double x) {
  char text[32];
  const auto size = std::abs(x);
  const int after = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  std::snprintf(text, sizeof text, "%.*f", after, x);
  return text;
}

std::string cell(const std::optional<double>& x) {
  return right(x ? digits(*x) : "", number_width);
}

template <class T>
void put(nlohmann::ordered_json& to, const char* key, const std::optional<T>& x) {
  if (x)
    to[key] = *x;
}

std::optional<double> optional_number(const nlohmann::ordered_json& x, const char* key) {
  return x.contains(key) ? std::optional{x.at(key).get<double>()} : std::nullopt;
}

} // namespace

std::optional<bool> figure::reached() const {
  if (failed)
    return false;
  if (!limit)
    return std::nullopt;
  const auto counted = ratio.value_or(value);
  return at_least ? counted >= *limit : counted <= *limit;
}

figure beside(figure x) {
  if (x.peer && *x.peer > 0)
    x.ratio = x.value / *x.peer;
  return x;
}

nlohmann::ordered_json to_json(const figure& x) {
  nlohmann::ordered_json result{
      {"part", x.part}, {"name", x.name}, {"unit", x.unit}, {"value", x.value}};
  put(result, "peer", x.peer);
  put(result, "second_peer", x.second_peer);
  put(result, "ratio", x.ratio);
  put(result, "limit", x.limit);
  if (x.limit)
    result["limit_is"] = x.at_least ? "least" : "most";
  put(result, "reached", x.reached());
  if (!x.note.empty())
    result["note"] = x.note;
  return result;
}

figure figure_from(const nlohmann::ordered_json& x) {
  figure result{x.at("part"), x.at("name"), x.at("unit"), x.at("value")};
  result.peer = optional_number(x, "peer");
  result.second_peer = optional_number(x, "second_peer");
  result.ratio = optional_number(x, "ratio");
  result.limit = optional_number(x, "limit");
  result.at_least = x.value("limit_is", "most") == "least";
  result.note = x.value("note", "");
  const auto counted = result.reached();
  result.failed = counted.value_or(true) && x.contains("reached") && !x.at("reached").get<bool>();
  return result;
}

void print_table(std::ostream& out, const std::vector<figure>& figures) {
  out << left("", name_width) << right("daemon", number_width) << right("paho/echo", number_width)
      << right("mosq/sync", number_width) << right("ratio", number_width)
      << right("to reach", number_width) << '\n';
  std::string part;
  for (const auto& x : figures) {
    if (x.part != part)
      out << '\n' << x.part << '\n';
    part = x.part;
    const auto reached = x.reached();
    out << left("  " + x.name + (x.unit.empty() ? "" : ", " + x.unit), name_width) << cell(x.value)
        << cell(x.peer) << cell(x.second_peer) << cell(x.ratio)
        << right(x.limit ? (x.at_least ? ">= " : "<= ") + digits(*x.limit) : "", number_width)
        << (reached ? *reached ? "  yes" : "  NO " : "") << (x.note.empty() ? "" : "  " + x.note)
        << '\n';
  }
}

void write_figures(const std::string& file, const std::vector<figure>& figures) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& x : figures)
    list.push_back(to_json(x));
  std::ofstream out{file};
  out << list.dump(2) << '\n';
  if (!out.flush())
    throw std::runtime_error("cannot write " + file);
}

std::vector<figure> read_figures(const std::string& file) {
  std::ifstream in{file};
  std::vector<figure> result;
  for (const auto& x : nlohmann::ordered_json::parse(in))
    result.push_back(figure_from(x));
  return result;
}

double quantile(std::vector<double> all, double share) {
  if (all.empty())
    return 0;
  std::sort(all.begin(), all.end());
  return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
}

void say(const std::string& what) { std::cout << what << std::endl; }

} // namespace firefinder::test
