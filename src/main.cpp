#include "src/command_line.hpp"
#include "src/configuration/load.hpp"
#include "src/configuration/report.hpp"
#include "src/daemon.hpp"
#include "src/discover_cameras.hpp"
#include "src/drill.hpp"
#include "src/exit_codes.hpp"
#include "src/local_time.hpp"
#include "src/logging.hpp"
#include "src/own_program.hpp"
#include "src/record/command.hpp"
#include "src/replay/command.hpp"
#include "src/signals.hpp"
#include "src/status.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>

namespace {

constexpr auto default_config = "/etc/firefinder/firefinder.yaml";

int check(const firefinder::configuration::result& loaded, bool strict) {
  firefinder::configuration::print_effective(std::cout, loaded);
  const bool good = loaded.ok() && !(strict && !loaded.warnings.empty());
  return good ? firefinder::exit_code::success : firefinder::exit_code::configuration;
}

int run_until_told(const firefinder::own_program& program, char** argv,
                   const firefinder::configuration::result& loaded,
                   const firefinder::configuration::sources& from) {
  using namespace firefinder;
  const auto end = run_daemon(loaded, from);
  if (!end.restart)
    return end.exit_code;
  const auto started = program.run(argv);
  std::cerr << "firefinder: cannot start again: " << started.why() << '\n';
  return exit_code::internal;
}

int run(int argc, char** argv) {
  using namespace firefinder;
  const own_program program;
  // 1. What is asked?
  const auto parsed = parse_command_line(argc, argv);
  if (!parsed.asked)
    return parsed.exit_code;
  const auto& asked = *parsed.asked;
  // 2. With which settings?
  auto from = configuration::sources_of_process();
  from.sets = asked.sets;
  if (asked.config)
    from.file = asked.config;
  else if (access(default_config, F_OK) == 0)
    from.file = default_config;
  auto loaded = configuration::load(from);
  const auto caf_options = check_caf_options(loaded.values);
  if (!caf_options)
    loaded.errors.push_back(caf_options.why());
  if (asked.what == command_line::command::check)
    return check(loaded, asked.strict);
  // 3. Can it work with them?
  for (const auto& text : loaded.errors)
    std::cerr << "firefinder: " << text << '\n';
  if (!loaded.ok()) {
    std::cerr << "firefinder: not started; 'firefinder check' shows the whole configuration\n";
    return exit_code::configuration;
  }
  // 4. Work; a daemon and a recorder until a signal ends them.
  // The daemon logs them; a comparison tells those of its two files.
  if (asked.what == command_line::command::record || asked.what == command_line::command::discover
      || (asked.what == command_line::command::replay && asked.replay.compare.empty()))
    for (const auto& text : loaded.warnings)
      std::cerr << "firefinder: warning: " << text << '\n';
  if (asked.what == command_line::command::replay) {
    // Everything that is decided is printed anyway.
    if (!asked.log_level)
      loaded.values.log.level = "off";
    set_up_logging(loaded.values.log);
    const auto code = replay::run(asked.replay, from, loaded.values);
    end_logging();
    return code;
  }
  if (asked.what == command_line::command::status) {
    set_up_logging(loaded.values.log);
    const auto code = ask_status(loaded.values, asked.status);
    end_logging();
    return code;
  }
  if (asked.what == command_line::command::drill) {
    set_up_logging(loaded.values.log);
    const auto code = order_drill(loaded.values, asked.drill);
    end_logging();
    return code;
  }
  block_signals();
  // What went wrong is in the summary.
  if (asked.what == command_line::command::discover && !asked.log_level)
    loaded.values.log.level = "off";
  set_up_logging(loaded.values.log);
  if (asked.what == command_line::command::discover)
    return discover_cameras(asked.discover, loaded.values);
  if (asked.what == command_line::command::record)
    return record::run(asked.record, loaded.values);
  use_time_zone(loaded.values.time_zone);
  return run_until_told(program, argv, loaded, from);
}

} // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "firefinder: " << e.what() << '\n';
    return firefinder::exit_code::internal;
  }
}
