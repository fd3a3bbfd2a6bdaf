// What each rule does on real sequences: tables for docs/decision.md, and the figures that are
// promised, as tests.

#include "tests/quality/studies.hpp"
#include "tests/quality/table.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::quality {

namespace {

constexpr int exit_short_of_promise = 1;
/// What ctest takes for "not tried".
constexpr int exit_skipped = 77;

struct entry {
  const char* name;
  study (*measure)(const bench&);
  bool needs_data;
};

constexpr entry entries[] = {
    {"two-cameras", two_cameras, true}, {"one-camera", one_camera, true},
    {"signs", signs_of_fire, true},     {"constants", constants, true},
    {"frigate", frigate, true},         {"close-range", close_range, false},
};

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& e : entries)
    result.emplace_back(e.name);
  return result;
}

struct options {
  std::string data = FIREFINDER_DATA;
  std::string binary = FIREFINDER_BINARY;
  std::string only;
  std::string page;
  bool json = false;
  bool markdown = false;
};

std::string read(const std::string& path) {
  std::ifstream in{path};
  if (!in)
    throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

int report(const options& o) {
  const bench b{o.data, replayer{o.binary}};
  study all;
  for (const auto& e : entries) {
    if (!o.only.empty() && o.only != e.name)
      continue;
    if (e.needs_data && !std::filesystem::is_directory(b.data)) {
      fmt::print(stderr, "{}: skipped, the recorded sequences are not in {}\n", e.name, o.data);
      return exit_skipped;
    }
    const auto x = e.measure(b);
    all.tables.insert(all.tables.end(), x.tables.begin(), x.tables.end());
    for (const auto& f : x.failures)
      all.failures.push_back(fmt::format("{}: {}", e.name, f));
  }

  std::string text;
  if (o.json) {
    auto tables = nlohmann::ordered_json::array();
    for (const auto& t : all.tables)
      tables.push_back(as_json(t));
    const nlohmann::ordered_json content
        = {{"tables", std::move(tables)}, {"failures", all.failures}};
    text = content.dump(2) + '\n';
  } else {
    for (const auto& t : all.tables) {
      if (!text.empty())
        text += '\n';
      text += o.markdown || !o.page.empty() ? as_markdown(t) : as_text(t);
    }
  }
  if (o.page.empty()) {
    fmt::print("{}", text);
  } else {
    const auto page = between_markers(read(o.page), text);
    std::ofstream out{o.page};
    out << page << std::flush;
    if (!out)
      throw std::runtime_error("cannot write " + o.page);
  }
  for (const auto& f : all.failures)
    fmt::print(stderr, "short of what is promised: {}\n", f);
  return all.failures.empty() ? 0 : exit_short_of_promise;
}

} // namespace

} // namespace firefinder::quality

int main(int argc, char** argv) {
  using namespace firefinder::quality;
  options o;
  CLI::App app{"Measures decisions on real sequences, beside the rules of others."};
  app.add_option("--data", o.data, "Folder with figlib/, pyronear/ and frigate/")
      ->capture_default_str();
  app.add_option("--binary", o.binary, "The firefinder to measure")->capture_default_str();
  app.add_option("--only", o.only, "One study")->check(CLI::IsMember(names()));
  auto* json = app.add_flag("--json", o.json, "Print JSON");
  auto* markdown = app.add_flag("--markdown", o.markdown, "Print Markdown")->excludes(json);
  app.add_option("--page", o.page, "Write Markdown between the marker lines of this page")
      ->excludes(json)
      ->excludes(markdown);
  app.footer("Exit code: 0 every promised figure is reached, 1 one is not, 77 no data.");
  CLI11_PARSE(app, argc, argv)
  try {
    return report(o);
  } catch (const std::exception& e) {
    fmt::print(stderr, "firefinder_quality: {}\n", e.what());
    return exit_short_of_promise;
  }
}
