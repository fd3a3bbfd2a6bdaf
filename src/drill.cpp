#include "src/drill.hpp"

#include "messages/drill.hpp"
#include "src/drill_printout.hpp"
#include "src/exit_codes.hpp"
#include "src/question.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <iostream>
#include <string>

namespace firefinder {

namespace {

// What an answer takes beside the exercise itself.
constexpr double beyond_limit_s = 5;

// Whether whoever sits there means it.
bool is_confirmed() {
  std::cerr
      << "This publishes the trigger of a drill on fire/trigger: pumps and sirens that listen "
         "to it START,\nand whoever it calls comes. Type "
      << live_confirmation << " to go on: " << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  return typed == live_confirmation;
}

} // namespace

int order_drill(const configuration::settings& settings, const drill_options& asked) {
  if (asked.live && !asked.yes) {
    if (::isatty(STDIN_FILENO) == 0) {
      std::cerr
          << "firefinder: --live asks on a terminal whether it is meant; without one it needs "
             "--yes\n";
      return exit_code::usage;
    }
    if (!is_confirmed()) {
      std::cerr << "firefinder: nothing was done\n";
      return exit_code::failed;
    }
  }
  const auto limit = asked.timeout_s.value_or(to_seconds(settings.drill.limit));
  nlohmann::json order{{"timeout_s", limit}};
  if (asked.live) {
    order["live"] = true;
    order["confirm"] = live_confirmation;
  }
  auto what = make_question(settings, "drill", "drill", order.dump(), limit + beyond_limit_s);
  what.exit_unreached = exit_code::failed;
  what.if_silent = "A drill may have been played all the same, and its answer lost: `firefinder "
                   "status` tells of the last one";
  std::cerr << fmt::format("firefinder: asks for a drill{}; its result comes within {:.0f} s\n",
                           asked.live ? " on fire/trigger" : "", limit);
  const auto got = ask(what, limit + beyond_limit_s);
  if (!got.answer) {
    std::cerr << "firefinder: " << got.why_not << '\n';
    return exit_code::failed;
  }
  const auto printout = print_drill(*got.answer, asked.json);
  std::cout << printout.text;
  if (!printout.refusal.empty())
    std::cerr << "firefinder: " << printout.refusal << '\n';
  return printout.passed ? exit_code::success : exit_code::failed;
}

} // namespace firefinder
