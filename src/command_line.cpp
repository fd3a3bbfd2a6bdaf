#include "src/command_line.hpp"

#include "src/configuration/reference.hpp"
#include "src/exit_codes.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace firefinder {

namespace {

constexpr auto description
    = "Firefinder hears fire and smoke detections of many cameras over MQTT, decides by\n"
      "agreement between cameras whether there is a fire, and raises one alarm.";

constexpr auto footer = R"(
Begin here:
  firefinder check                        show the configuration and where it comes from
  MQTT_BROKER=broker.lan firefinder run   listen to the broker, publish fire/trigger
  firefinder status                       ask the running daemon how it is

Two cameras that see a growing fire make a trigger. To try it by hand, send each
of two cameras six growing boxes:
  mosquitto_pub -t fire/detection/north -m '{"confidence": 0.9, "bbox": [0.4, 0.4, 0.5, 0.5]}'
and watch:  mosquitto_sub -v -t 'fire/#' -t 'system/#'

'firefinder help run' tells more of a command, 'firefinder help configuration'
lists every key. Exit codes: 0 success, 1 and 2 see status, 64 usage, 70 internal, 75 another daemon has the store,
78 configuration.)";

constexpr auto run_footer = R"(
Settings come from --set, the environment, the YAML file and the defaults, in
this order. Without --config, /etc/firefinder/firefinder.yaml is read if it is
there. SIGTERM and SIGINT stop the daemon in order within two seconds: what it
has heard is decided, a waiting alarm is delivered if the broker answers, and
every service says 'offline'.)";

constexpr auto check_footer = R"(
Prints every key with its value and where that comes from, secrets masked, then
what is wrong or was put right. Exit code 78 when the daemon would not start;
with --strict also when there are warnings.)";

constexpr auto status_footer = R"(
Asks the running daemon over its broker, so it works from any machine that may
use the broker, with the same settings as the daemon: MQTT_BROKER, credentials,
TOPIC_PREFIX, BASE_TOPIC. It publishes nothing but the question.

  firefinder status                       how it is; problems first
  firefinder status --explain north       why this camera agrees or does not
  firefinder status --at -600             the decision that stood ten minutes ago
  firefinder status --explain north --at 1732212000 --json

The past is told from the daemon's journal, which keeps the latest 1,000
decisions: a decision is kept whenever its reason changes.

Exit codes: 0 healthy, or explained; 1 degraded, or the daemon says that it
cannot explain that; 2 nobody was reached: no broker, or no daemon at it.)";

} // namespace

const char* program_version() noexcept { return FIREFINDER_VERSION; }

parsed_command_line parse_command_line(int argc, const char* const* argv) {
  command_line asked;
  std::string log_level;
  std::string topic;
  CLI::App app{description, "firefinder"};
  app.footer(footer);
  app.fallthrough();
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", std::string{"firefinder "} + FIREFINDER_VERSION);
  app.add_option("--config", asked.config, "YAML file with settings")->type_name("FILE");
  app.add_option("--set", asked.sets, "One setting, such as consensus.threshold=3; repeatable")
      ->type_name("KEY=VALUE")
      ->take_all();
  app.add_option("--log-level", log_level, "Least level that is logged: debug, info, warning, …")
      ->type_name("LEVEL");
  auto* run = app.add_subcommand("run", "The daemon; also what happens without a command");
  run->footer(run_footer);
  auto* check = app.add_subcommand("check", "Validate the configuration and print it");
  check->footer(check_footer);
  check->add_flag("--strict", asked.strict, "Warnings count as errors");
  auto* status = app.add_subcommand("status", "Ask the running daemon how it is, and why");
  status->footer(status_footer);
  status->add_flag("--json", asked.status.json, "Print the answer's data as JSON");
  status->add_option("--explain", asked.status.camera, "Why this camera agrees, or does not")
      ->type_name("CAMERA");
  status
      ->add_option("--at", asked.status.at,
                   "Explain a moment in the past: seconds since 1970, or -SECONDS ago")
      ->type_name("UNIX|-SECONDS");
  status->add_option("--timeout", asked.status.timeout_s, "Seconds to wait for the answer")
      ->type_name("S")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  auto* help = app.add_subcommand("help", "Explain a command, or the configuration");
  help->add_option("topic", topic, "run, check, status, help or configuration")
      ->type_name("COMMAND");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    return {std::nullopt, app.exit(e)};
  } catch (const CLI::ParseError& e) {
    std::cerr << "firefinder: " << e.what() << "\nTry 'firefinder --help'.\n";
    return {std::nullopt, exit_code::usage};
  }
  for (const auto& setting : asked.sets)
    if (const auto equals = setting.find('='); equals == 0 || equals == std::string::npos) {
      std::cerr << "firefinder: --set takes key=value, such as consensus.threshold=3, not '"
                << setting << "'\n";
      return {std::nullopt, exit_code::usage};
    }
  if (help->parsed()) {
    if (topic.empty())
      std::cout << app.help();
    else if (topic == "configuration")
      std::cout << configuration::help_text();
    else if (const auto commands
             = app.get_subcommands([&topic](const CLI::App* x) { return x->get_name() == topic; });
             !commands.empty())
      std::cout << commands.front()->help("firefinder");
    else {
      std::cerr << "firefinder: no help for '" << topic
                << "'; there is help for run, check, status, help and configuration\n";
      return {std::nullopt, exit_code::usage};
    }
    return {std::nullopt, exit_code::success};
  }
  if (!log_level.empty())
    asked.sets.push_back("log.level=" + log_level);
  asked.what = check->parsed()    ? command_line::command::check
               : status->parsed() ? command_line::command::status
                                  : command_line::command::run;
  return {asked, exit_code::success};
}

} // namespace firefinder
