#include "src/replay/command.hpp"

#include "actors/consensus/explain.hpp"
#include "src/exit_codes.hpp"
#include "src/recording/reader.hpp"
#include "src/replay/comparison.hpp"
#include "src/replay/engine.hpp"
#include "src/replay/evaluation.hpp"
#include "src/replay/plot.hpp"
#include "src/replay/progress.hpp"
#include "src/replay/summary.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace firefinder::replay {

namespace {

using recording::problem;
using recording::problem_log;
using recording::reader;

// Hands every message of a stream to `take`, which says whether anybody listens to it.
template <class Take>
void read_all(reader& in, progress& shown, summary& figures, Take&& take) {
  recording::message message;
  double first = 0;
  while (in.next(message)) {
    if (figures.messages++ == 0)
      first = message.t;
    figures.span_s = message.t - first;
    if (!take(message))
      in.note(problem::unknown_topic, message.topic);
    shown.step(in);
  }
}

// One configuration of a comparison.
struct contestant {
  explicit contestant(const configuration::settings& settings, const truth& known, summary& figures)
    : measured(known), decision(settings.consensus, settings.connection.topic_prefix,
                                {[this, &figures](const decision_record& what) {
                                   measured.add(what);
                                   figures.triggers += what.triggers() ? 1 : 0;
                                 },
                                 [this](const sample_trace& what) { measured.add(what); }}) {}

  // At each trigger, what the other one had decided by then, which is known when both have
  // had the message.
  void note_others() {
    while (others.size() < measured.triggers().size())
      others.push_back(opponent->measured.last());
  }

  evaluation measured;
  std::vector<std::optional<decision_record>> others;
  const contestant* opponent = nullptr;
  engine decision;
};

std::vector<difference> differences(const contestant& who, const std::vector<std::size_t>& places) {
  std::vector<difference> result;
  for (const auto i : places)
    result.push_back({who.measured.triggers()[i], who.others[i]});
  return result;
}

compared_run compare_one(const options& asked, const std::vector<std::string>& files,
                         const truth& known, const std::vector<configuration::settings>& settings,
                         problem_log& problems, progress& shown) {
  summary figures;
  contestant a{settings.front(), known, figures};
  contestant b{settings.back(), known, figures};
  a.opponent = &b;
  b.opponent = &a;
  reader in{problems};
  if (const auto opened = in.open(files); !opened)
    problems.note(problem::damaged_file, files.front(), 0, opened.why());
  // The engine takes a message for itself.
  recording::message copy;
  read_all(in, shown, figures, [&](recording::message& what) {
    copy = what;
    const bool heard = b.decision.feed(copy);
    const bool heard_too = a.decision.feed(what);
    a.note_others();
    b.note_others();
    return heard || heard_too;
  });
  compared_run result;
  result.file = asked.each ? files.front() : std::string{};
  result.a.add(a.measured, known);
  result.b.add(b.measured, known);
  const auto pairs = pair(a.measured.triggers(), b.measured.triggers());
  result.only_a = differences(a, pairs.only_a);
  result.only_b = differences(b, pairs.only_b);
  return result;
}

// The runs that the files make: each one, or all together.
std::vector<std::vector<std::string>> runs_of(const options& asked) {
  if (!asked.each)
    return {asked.files};
  std::vector<std::vector<std::string>> result;
  for (const auto& file : asked.files)
    result.push_back({file});
  return result;
}

void print(const options& asked, const decision_record& what, const std::string& file) {
  if (asked.json)
    std::cout << with_file(decision_line(what), file) << '\n';
  else
    std::cout << moment_text(what.t) << (what.triggers() ? "  TRIGGER  " : "  hold     ")
              << in_words(what) << '\n';
}

std::string title_of(const std::vector<std::string>& files) {
  std::string result;
  for (const auto& file : files)
    result += (result.empty() ? "" : ", ") + std::filesystem::path{file}.filename().string();
  return result;
}

bool write_file(const std::string& path, const std::string& content) {
  std::ofstream out{path, std::ios::binary};
  if ((out << content) && out.flush())
    return true;
  std::cerr << "firefinder: " << path << ": " << std::strerror(errno) << '\n';
  return false;
}

// False: the picture cannot be written.
bool replay_one(const options& asked, const std::vector<std::string>& files,
                const configuration::settings& settings, problem_log& problems, progress& shown) {
  const auto before = problems;
  const auto file = asked.each ? files.front() : std::string{};
  if (asked.each && !asked.json)
    std::cout << file << ":\n";
  summary figures;
  std::optional<plot> picture;
  observer who;
  who.decision = [&](const decision_record& what) {
    figures.triggers += what.triggers() ? 1 : 0;
    print(asked, what, file);
    if (picture)
      picture->add(what);
  };
  if (asked.plot) {
    picture.emplace(to_seconds(settings.consensus.cooldown), title_of(files));
    who.sample = [&](const sample_trace& what) { picture->add(what); };
  }
  engine decision{settings.consensus, settings.connection.topic_prefix, std::move(who)};
  reader in{problems};
  if (const auto opened = in.open(files); !opened)
    problems.note(problem::damaged_file, files.front(), 0, opened.why());
  read_all(in, shown, figures, [&](recording::message& what) { return decision.feed(what); });
  figures.add(decision.figures());
  figures.add(before, problems);
  if (picture
      && !write_file(*asked.plot,
                     asked.plot->ends_with(".html") ? picture->html() : picture->svg()))
    return false;
  if (asked.json)
    std::cout << summary_line(figures, file) << '\n';
  else
    std::cout << (figures.triggers == 0 ? "no trigger\n\n" : "\n") << summary_text(figures) << '\n';
  return true;
}

// The settings of both configurations; empty when one cannot be used, which is told.
std::vector<configuration::settings> settings_of(const std::vector<std::string>& files,
                                                 configuration::sources from) {
  std::vector<configuration::settings> result;
  bool good = true;
  for (const auto& file : files) {
    from.file = file;
    auto loaded = configuration::load(from);
    for (const auto& text : loaded.errors)
      std::cerr << "firefinder: " << text << '\n';
    for (const auto& text : loaded.warnings)
      std::cerr << "firefinder: warning: " << text << '\n';
    good = good && loaded.ok();
    result.push_back(std::move(loaded.values));
  }
  return good ? std::move(result) : std::vector<configuration::settings>{};
}

void compare(const options& asked, const std::vector<configuration::settings>& settings,
             problem_log& problems, progress& shown) {
  if (!asked.json)
    std::cout << "A is " << asked.compare.front() << ", B is " << asked.compare.back() << "\n\n";
  score a;
  score b;
  std::size_t number = 0;
  for (const auto& files : runs_of(asked)) {
    truth known;
    known.no_fire = asked.no_fire;
    if (number < asked.ignitions.size())
      known.ignition = asked.ignitions[number];
    ++number;
    const auto done = compare_one(asked, files, known, settings, problems, shown);
    std::cout << (asked.json ? run_line(done) + '\n' : run_text(done));
    a.add(done.a);
    b.add(done.b);
  }
  if (asked.json)
    std::cout << total_line(asked.compare, a, b) << '\n';
  else if (asked.each)
    std::cout << total_text(a, b);
}

} // namespace

int run(const options& asked, const configuration::sources& from,
        const configuration::settings& settings) {
  std::vector<configuration::settings> compared;
  if (!asked.compare.empty()) {
    compared = settings_of(asked.compare, from);
    if (compared.empty())
      return exit_code::configuration;
  }
  problem_log problems{std::cerr};
  for (const auto& file : asked.files)
    if (const auto readable = recording::readable(file); !readable) {
      std::cerr << "firefinder: " << readable.why() << '\n';
      return exit_code::no_input;
    }
  bool written = true;
  {
    progress shown;
    if (!compared.empty())
      compare(asked, compared, problems, shown);
    else
      for (const auto& files : runs_of(asked))
        written = replay_one(asked, files, settings, problems, shown) && written;
    shown.finish();
  }
  problems.finish();
  if (!written)
    return exit_code::io;
  if (!std::cout.flush()) {
    std::cerr << "firefinder: standard output cannot be written\n";
    return exit_code::io;
  }
  if (asked.strict && problems.total() != 0) {
    std::cerr << "firefinder: " << problems.total() << " problems in the recordings\n";
    return exit_code::bad_data;
  }
  return exit_code::success;
}

} // namespace firefinder::replay
