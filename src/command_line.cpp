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

Two cameras that see a growing fire make a trigger. To try it by hand, send each
of two cameras six growing boxes:
  mosquitto_pub -t fire/detection/north -m '{"confidence": 0.9, "bbox": [0.4, 0.4, 0.5, 0.5]}'
and watch:  mosquitto_sub -v -t 'fire/#' -t 'system/#'

'firefinder help run' tells more of a command, 'firefinder help configuration'
lists every key. Exit codes: 0 success, 64 usage, 70 internal, 75 another daemon has the store,
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
      // What follows the one setting is no setting: a command, or a file.
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--log-level", log_level, "Least level that is logged: debug, info, warning, …")
      ->type_name("LEVEL");
  auto* run = app.add_subcommand("run", "The daemon; also what happens without a command");
  run->footer(run_footer);
  auto* check = app.add_subcommand("check", "Validate the configuration and print it");
  check->footer(check_footer);
  check->add_flag("--strict", asked.strict, "Warnings count as errors");
  auto* help = app.add_subcommand("help", "Explain a command, or the configuration");
  help->add_option("topic", topic, "run, check, help or configuration")->type_name("COMMAND");

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
                << "'; there is help for run, check, help and configuration\n";
      return {std::nullopt, exit_code::usage};
    }
    return {std::nullopt, exit_code::success};
  }
  if (!log_level.empty())
    asked.sets.push_back("log.level=" + log_level);
  asked.what = check->parsed() ? command_line::command::check : command_line::command::run;
  return {asked, exit_code::success};
}

} // namespace firefinder
