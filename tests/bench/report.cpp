// Runs all measurements and puts one table together: the target bench-report.
//
//   firefinder_bench_report [--out FOLDER] [--smoke]
//
// FOLDER, else the one named at build time, gets report.txt and report.json. `--smoke` runs each
// part only so long that it shows that it works.

#include "tests/bench/figures.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/temporary_directory.hpp"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firefinder::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// No part may take longer.
constexpr auto longest_part = 300s;

struct options {
  std::filesystem::path out{BENCH_FOLDER};
  bool smoke = false;
};

/// Runs a part, and shows what it says meanwhile.
void run_part(const std::string& name, std::vector<std::string> command,
              const temporary_directory& directory) {
  say(name);
  const auto begin = steady_clock::now();
  environment inherited;
  if (const char* folder = std::getenv("TMPDIR"))
    inherited["TMPDIR"] = folder;
  child_process part{std::move(command), inherited, directory.path() / name};
  std::size_t shown = 0;
  const auto show = [&] {
    const auto text = part.standard_output();
    std::cout << text.substr(shown) << std::flush;
    shown = text.size();
  };
  while (part.running()) {
    if (steady_clock::now() > begin + longest_part)
      throw std::runtime_error(name + " does not come to an end");
    show();
    std::this_thread::sleep_for(100ms);
  }
  show();
  if (const auto ended = part.wait(1s); !ended || ended->code != 0)
    throw std::runtime_error(name + " failed: " + part.standard_error());
}

std::string first_line(std::vector<std::string> command) {
  const auto done = run(std::move(command), {}, 10s);
  return done.state.code == 0 ? done.output.substr(0, done.output.find('\n')) : "";
}

std::string processor() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name") || line.starts_with("Model"))
      return line.substr(line.find(':') + 2);
  return "unknown";
}

/// What was measured, and where.
nlohmann::ordered_json circumstances() {
  auto commit = first_line({"git", "-C", SOURCE_FOLDER, "rev-parse", "--short", "HEAD"});
  if (!commit.empty() && !first_line({"git", "-C", SOURCE_FOLDER, "status", "--porcelain"}).empty())
    commit += " with changes";
  std::array<double, 3> load{};
  if (::getloadavg(load.data(), load.size()) < 0)
    load = {};
  std::array<char, 32> when{};
  const auto now = std::time(nullptr);
  std::strftime(when.data(), when.size(), "%FT%TZ", std::gmtime(&now));
  return {{"commit", commit.empty() ? "unknown" : commit},
          {"processor", processor()},
          {"cores", std::thread::hardware_concurrency()},
          {"load_average", load},
          {"begun", when.data()}};
}

#ifdef MICRO_BENCH
std::vector<figure> steps(const std::string& file) {
  std::ifstream in{file};
  const auto all = nlohmann::json::parse(in);
  std::vector<figure> result;
  for (const auto& x : all.at("benchmarks"))
    if (x.contains("items_per_second"))
      result.push_back({"Single steps, without the daemon", x.at("name"), "ns",
                        1e9 / x.at("items_per_second").get<double>()});
  return result;
}
#endif

void write(const options& asked, const nlohmann::ordered_json& about,
           const std::vector<figure>& figures) {
  std::ostringstream text;
  for (const auto& [key, value] : about.items())
    text << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
  text << '\n';
  print_table(text, figures);
  std::size_t reached = 0;
  std::size_t asked_for = 0;
  for (const auto& x : figures)
    if (const auto is = x.reached()) {
      ++asked_for;
      reached += *is ? 1 : 0;
    }
  text << '\n' << reached << " of " << asked_for << " figures are reached\n";
  auto all = about;
  all["figures"] = nlohmann::ordered_json::array();
  for (const auto& x : figures)
    all["figures"].push_back(to_json(x));
  std::filesystem::create_directories(asked.out);
  std::ofstream table{asked.out / "report.txt"};
  table << text.str();
  std::ofstream list{asked.out / "report.json"};
  list << all.dump(2) << '\n';
  if (!table.flush() || !list.flush())
    throw std::runtime_error("cannot write to " + asked.out.string());
  std::cout << '\n' << text.str() << "\nwritten to " << asked.out.string() << std::endl;
}

void measure(const options& asked) {
  const auto begin = steady_clock::now();
  auto about = circumstances();
  const temporary_directory directory;
  std::vector<figure> all;
  const auto part = [&](const std::string& name, const std::string& program) {
    const auto file = directory.path() / (name + ".json");
    run_part(name, {program, "--json", file, asked.smoke ? "--smoke" : "--brief"}, directory);
    const auto figures = read_figures(file);
    all.insert(all.end(), figures.begin(), figures.end());
  };
  part("throughput", THROUGHPUT_BENCH);
  part("latency", LATENCY_BENCH);
#ifdef MICRO_BENCH
  const std::string file = directory.path() / "micro.json";
  std::vector<std::string> command{MICRO_BENCH, "--benchmark_out=" + file,
                                   "--benchmark_out_format=json"};
  if (asked.smoke)
    command.insert(command.end(), {"--benchmark_min_time=0.001", "--benchmark_filter=direct|test"});
  else
    command.push_back("--benchmark_min_time=0.2");
  run_part("micro", command, directory);
  const auto figures = steps(file);
  all.insert(all.end(), figures.begin(), figures.end());
#else
  say("the single steps are left out: libbenchmark-dev was not there when this was built");
#endif
  about["took_s"]
      = std::chrono::duration_cast<std::chrono::seconds>(steady_clock::now() - begin).count();
  write(asked, about, all);
}

} // namespace
} // namespace firefinder::test

int main(int argc, char** argv) {
  firefinder::test::options asked;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option{argv[i]};
    if (option == "--smoke") {
      asked.smoke = true;
    } else if (option == "--out" && i + 1 < argc) {
      asked.out = argv[++i];
    } else {
      std::cerr << "usage: " << argv[0] << " [--out FOLDER] [--smoke]\n";
      return 64;
    }
  }
  try {
    firefinder::test::measure(asked);
  } catch (const std::exception& e) {
    std::cerr << argv[0] << ": " << e.what() << '\n';
    return 1;
  }
}
