#include "src/replay/command.hpp"

#include "actors/consensus/explain.hpp"
#include "src/exit_codes.hpp"
#include "src/recording/reader.hpp"
#include "src/replay/engine.hpp"
#include "src/replay/progress.hpp"
#include "src/replay/summary.hpp"

#include <iostream>
#include <string>
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

void replay_one(const options& asked, const std::vector<std::string>& files,
                const configuration::settings& settings, problem_log& problems, progress& shown) {
  const auto before = problems;
  const auto file = asked.each ? files.front() : std::string{};
  if (asked.each && !asked.json)
    std::cout << file << ":\n";
  summary figures;
  observer who;
  who.decision = [&](const decision_record& what) {
    figures.triggers += what.triggers() ? 1 : 0;
    print(asked, what, file);
  };
  engine decision{settings.consensus, settings.connection.topic_prefix, std::move(who)};
  reader in{problems};
  if (const auto opened = in.open(files); !opened)
    problems.note(problem::damaged_file, files.front(), 0, opened.why());
  read_all(in, shown, figures, [&](recording::message& what) { return decision.feed(what); });
  figures.add(decision.figures());
  figures.add(before, problems);
  if (asked.json)
    std::cout << summary_line(figures, file) << '\n';
  else
    std::cout << (figures.triggers == 0 ? "no trigger\n\n" : "\n") << summary_text(figures) << '\n';
}

} // namespace

int run(const options& asked, const configuration::sources& /*from*/,
        const configuration::settings& settings) {
  problem_log problems{std::cerr};
  if (const auto readable = reader{problems}.open(asked.files); !readable) {
    std::cerr << "firefinder: " << readable.why() << '\n';
    return exit_code::no_input;
  }
  {
    progress shown;
    for (const auto& files : runs_of(asked))
      replay_one(asked, files, settings, problems, shown);
    shown.finish();
  }
  problems.finish();
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
