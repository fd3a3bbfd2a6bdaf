// Stands in for libFuzzer where there is no clang: replays the kept inputs and then
// runs a number of seeded mutations of them.
//
//   fuzz_TARGET [--runs N] [--seed N] [--max-bytes N] [--limit SECONDS] [--save FOLDER] PATH…
//
// A PATH is an input or a folder of inputs. Exit code 1 when an input crashes, breaks
// a property, or takes more processor time than the limit; it is saved, and
// `fuzz_TARGET --runs 0 FILE` shows it again.

#include "tests/fuzz/expect.hpp"
#include "tests/fuzz/mutator.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder::fuzz {
namespace {

namespace fs = std::filesystem;
using seconds = std::chrono::duration<double>;

struct options {
  std::size_t runs = 10'000;
  std::uint64_t seed = 1;
  // The largest payload that the daemon looks at.
  std::size_t max_bytes = std::size_t{256} * 1024;
  int limit_s = 10;
  fs::path save = ".";
  std::vector<fs::path> paths;
};

// What the child is at. Shared with it, so that it is known however the child ends,
// and no input has to be written to a disk beforehand.
struct progress {
  std::size_t runs;
  double slowest_s;
  std::size_t slowest_bytes;
  std::size_t bytes;
  unsigned char input[1];
};

class shared_progress {
public:
  explicit shared_progress(std::size_t max_bytes) : size_(sizeof(progress) + max_bytes) {
    memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED)
      throw std::runtime_error("no shared memory");
  }
  shared_progress(const shared_progress&) = delete;
  shared_progress& operator=(const shared_progress&) = delete;
  ~shared_progress() { ::munmap(memory_, size_); }

  progress* operator->() const noexcept { return static_cast<progress*>(memory_); }

private:
  std::size_t size_;
  void* memory_ = nullptr;
};

std::string contents_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in)
    throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>{in}, {}};
}

// In the order of their names: what a folder gives differs between machines.
std::vector<std::string> corpus_of(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const auto& path : paths)
    if (fs::is_directory(path))
      for (const auto& entry : fs::directory_iterator{path})
        files.push_back(entry.path());
    else
      files.push_back(path);
  std::sort(files.begin(), files.end());
  std::vector<std::string> result;
  result.reserve(files.size());
  for (const auto& file : files)
    result.push_back(contents_of(file));
  return result;
}

// Processor time, so that a busy machine is not taken for a hang.
void limit_time(int limit_s) {
  ::itimerval timer{};
  timer.it_value.tv_sec = limit_s;
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

class runner {
public:
  runner(const options& opts, const shared_progress& at) : opts_(opts), at_(at) {}

  void operator()(std::string_view input) const {
    at_->bytes = input.size();
    std::memcpy(at_->input, input.data(), input.size());
    limit_time(opts_.limit_s);
    // Memory of exactly this size, so that a look past its end is seen.
    const std::vector<unsigned char> exact(input.begin(), input.end());
    const auto start = std::chrono::steady_clock::now();
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
    const double took = seconds{std::chrono::steady_clock::now() - start}.count();
    if (took > at_->slowest_s) {
      at_->slowest_s = took;
      at_->slowest_bytes = input.size();
    }
    ++at_->runs;
  }

private:
  const options& opts_;
  const shared_progress& at_;
};

void run_all(const options& opts, const std::vector<std::string>& corpus,
             const shared_progress& at) {
  const runner run{opts, at};
  for (const auto& input : corpus)
    run(input);
  mutator mutations{opts.seed, corpus, opts.max_bytes};
  for (std::size_t i = 0; i < opts.runs; ++i)
    run(mutations.next());
}

std::string ending(int status) {
  if (!WIFSIGNALED(status))
    return "exit code " + std::to_string(WEXITSTATUS(status));
  if (WTERMSIG(status) == SIGPROF)
    return "it takes too long";
  return std::string{::strsignal(WTERMSIG(status))};
}

fs::path save(const options& opts, const std::string& name, const shared_progress& at) {
  fs::create_directories(opts.save);
  const auto file
      = opts.save
        / (name + "-seed-" + std::to_string(opts.seed) + "-run-" + std::to_string(at->runs));
  std::ofstream{file, std::ios::binary}.write(reinterpret_cast<const char*>(at->input),
                                              static_cast<std::streamsize>(at->bytes));
  return file;
}

int run(const options& opts, const std::string& name) {
  const auto corpus = corpus_of(opts.paths);
  if (corpus.empty())
    throw std::runtime_error("no inputs");
  auto largest = opts.max_bytes;
  for (const auto& input : corpus)
    largest = std::max(largest, input.size());
  const shared_progress at{largest};
  std::cout << name << ": " << corpus.size() << " kept inputs, " << opts.runs << " mutations, seed "
            << opts.seed << std::endl;
  const auto start = std::chrono::steady_clock::now();
  // A child, because not every fault can be caught.
  const auto child = ::fork();
  if (child < 0)
    throw std::runtime_error("cannot fork");
  if (child == 0) {
    run_all(opts, corpus, at);
    // Leaks are judged here, as in any program that ends.
    std::exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw std::runtime_error("lost the child");
  const double took = seconds{std::chrono::steady_clock::now() - start}.count();
  std::cout << name << ": " << at->runs << " runs in " << took << " s ("
            << static_cast<double>(at->runs) / took << " a second), the slowest took "
            << at->slowest_s * 1000 << " ms for " << at->slowest_bytes << " bytes" << std::endl;
  if (status == 0)
    return 0;
  std::cout << name << ": FAILED at run " << at->runs << ", seed " << opts.seed << ": "
            << ending(status) << "; the input is " << save(opts, name, at) << std::endl;
  return 1;
}

options options_of(const std::vector<std::string>& arguments) {
  options result;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (!at->starts_with("--")) {
      result.paths.emplace_back(*at);
      continue;
    }
    const auto name = *at;
    if (++at == arguments.end())
      throw std::runtime_error(name + " needs a value");
    if (name == "--runs")
      result.runs = std::stoul(*at);
    else if (name == "--seed")
      result.seed = std::stoull(*at);
    else if (name == "--max-bytes")
      result.max_bytes = std::stoul(*at);
    else if (name == "--limit")
      result.limit_s = std::stoi(*at);
    else if (name == "--save")
      result.save = *at;
    else
      throw std::runtime_error("unknown option " + name);
  }
  return result;
}

} // namespace
} // namespace firefinder::fuzz

int main(int argc, char** argv) {
  try {
    return firefinder::fuzz::run(firefinder::fuzz::options_of({argv + 1, argv + argc}),
                                 std::filesystem::path{argv[0]}.filename().string());
  } catch (const std::exception& x) {
    std::cerr << x.what() << '\n';
    return 2;
  }
}
