#include "src/command_line.hpp"

#include "src/configuration/reference.hpp"
#include "src/exit_codes.hpp"
#include "src/program_version.hpp"
#include "src/recording/topics.hpp"

#include <CLI/CLI.hpp>

#include <cmath>
#include <iostream>
#include <string>
#include <utility>

namespace firefinder {

namespace {

constexpr auto description
    = "Firefinder hears fire and smoke detections of many cameras over MQTT, decides by\n"
      "agreement between cameras whether there is a fire, and raises one alarm.";

constexpr auto examples = R"(
Begin here:
  firefinder check                        show the configuration and where it comes from
  MQTT_BROKER=broker.lan firefinder run   listen to the broker, publish fire/trigger
  firefinder discover                     which cameras are in the network
  firefinder status                       ask the running daemon how it is
  firefinder drill                        would an alarm get through? play one, marked
  firefinder record out.jsonl.gz          record what the cameras say
  firefinder replay out.jsonl.gz          what is decided of it, and why

Two cameras that see a growing fire make a trigger. To try it by hand, send each
of two cameras six growing boxes:
  mosquitto_pub -t fire/detection/north -m '{"confidence": 0.9, "bbox": [0.4, 0.4, 0.5, 0.5]}'
and watch:  mosquitto_sub -v -t 'fire/#' -t 'system/#')";

constexpr auto more = R"(

'firefinder help run' tells more of a command, 'firefinder help configuration'
lists every key. Exit codes: 0 success, 1 and 2 see status and drill, 64 usage, 65 bad input,
66 no input, 70 internal, 74 a file cannot be written, 75 another daemon has the store,
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

constexpr auto replay_footer = R"(
A recording is what 'firefinder record' writes: JSON Lines, plain or gzip, a message a line:
  {"t": 1732212000.125, "topic": "fire/detection/north", "payload": {...}}
Time is that of the recording, so a month takes seconds. Nothing is published and the
store is not touched. Lines that cannot be used are told with file and line, and counted.

  firefinder replay night.jsonl.gz                what would be decided, and why
  firefinder replay night.jsonl.gz --set consensus.threshold=3
                                                  ... with another setting
  firefinder replay night.jsonl.gz --plot night.svg
                                                  ... as a picture
  firefinder replay --compare a.yaml b.yaml --each --no-fire quiet/*.gz
                                                  which raises fewer false alarms
  firefinder replay --json night.jsonl.gz | jq 'select(.decision == "trigger")'

Exit codes: 0; 65 with --strict and a bad line; 66 a file cannot be read; 74 the output
cannot be written.)";

constexpr auto record_footer = R"(
Listens to every topic that the daemon listens to and writes what comes, with the time at
which it came, for 'firefinder replay'. It may run beside the daemon: it has a client id of
its own and publishes nothing. Compressed when OUT ends in .gz. SIGINT (Ctrl-C) ends it in
order; what is older than a second is safe from anything.

  firefinder record night.jsonl.gz
  firefinder record hour.jsonl.gz --duration 3600
  firefinder record door.jsonl --topic 'frigate/+/person' --topic 'fire/detection/door'

A filter that another one covers is left out; others may have no topic in common, since
its messages would come twice.

Exit codes: 0; 74 the file cannot be written.)";

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

constexpr auto drill_footer = R"(
The running daemon plays a fire to itself, over its broker, on topics of its own
(<base>/drill/...): marked detections of virtual cameras go out, come back, are
verified and decided by the same code and settings as real ones, and a marked
trigger is written to disk, acknowledged by the broker and heard back. Nothing is
published on fire/trigger, and cooldown, counters and cameras of the house stay as
they are. It does so by itself as well: drill.interval_h.

  firefinder drill                        every step with its time, and a verdict
  firefinder drill --json                 ... as JSON

--live is another thing. When all of that has passed, the trigger is really published on
fire/trigger, with "drill": true: PUMPS AND SIRENS START. The daemon must allow it
(drill.allow_live), and you are asked to type LIVE; in a script, --yes says that.

Exit codes: 0 it passed; 1 it failed, was refused, or nobody was reached.)";

constexpr auto discover_footer = R"(
Searches the network once, as the daemon does all the time, and asks every device that it
finds what it is. It needs no broker and no daemon, publishes nothing and remembers nothing;
it may run beside the daemon. What may be done is in the configuration: the ways of searching
are camera_detection.*, passwords CAMERA_CREDENTIALS; without these no log-in is ever tried.
Trying every address of a network is the owner's decision, so it is off unless --scan or
NETWORK_SCAN_ENABLED=true says otherwise.

  firefinder discover                     what is there, as a table
  firefinder discover --scan              ... also cameras that do not announce themselves
  NETWORK_SUBNET=10.1.0.0/24 firefinder discover --scan
                                          ... in this network
  CAMERA_CREDENTIALS=viewer:secret firefinder discover --log-in
                                          ... with what only a log-in shows
  firefinder discover --json | jq -r '.cameras[] | .ip + " " + .name'

How far it is goes to standard error. The summary says what was not looked at, and how to
switch that on. When the time is over, it tells what it knows by then. Hardware addresses of
the network need CAP_NET_RAW: run it as root, or as the daemon's service does.

Exit codes: 0 the search ran, also when it found nothing; 70 it could not; 130 SIGINT (Ctrl-C)
ended it.)";

// Ranges let what is not a number pass, for it is neither below nor above anything.
CLI::Validator finite() {
  return CLI::Validator{[](std::string& text) -> std::string {
                          double x = 0;
                          if (CLI::detail::lexical_cast(text, x) && std::isfinite(x))
                            return {};
                          return "'" + text + "' is no finite number";
                        },
                        ""};
}

// -- the commands ---------------------------------------------------------------

void add_run(CLI::App& app) {
  app.add_subcommand("run", "The daemon; also what happens without a command")->footer(run_footer);
}

void add_check(CLI::App& app, command_line& asked) {
  auto* check = app.add_subcommand("check", "Validate the configuration and print it");
  check->footer(check_footer);
  check->add_flag("--strict", asked.strict, "Warnings count as errors");
}

void add_replay(CLI::App& app, command_line& asked) {
  auto* replay = app.add_subcommand("replay", "Run recorded detections through the decision");
  replay->footer(replay_footer);
  replay->add_option("FILE", asked.replay.files, "Recordings: one stream, in this order")
      ->required();
  replay->add_flag("--json", asked.replay.json, "An object a line: every decision, then a summary");
  replay->add_flag("--strict", asked.replay.strict,
                   "Fail (65) when anything is wrong with a recording");
  replay->add_flag("--each", asked.replay.each, "Each FILE is a run of its own");
  auto* compare
      = replay->add_option("--compare", asked.replay.compare, "Set two configurations side by side")
            ->type_name("A.yaml B.yaml")
            ->expected(2)
            ->allow_extra_args(false);
  auto* ignition
      = replay
            ->add_option("--ignition", asked.replay.ignitions,
                         "When it began to burn: triggers before are false alarms; with --each "
                         "once for each FILE, in order")
            ->type_name("UNIX")
            ->check(finite())
            ->needs(compare)
            ->expected(1)
            ->allow_extra_args(false)
            ->take_all();
  replay
      ->add_flag("--no-fire", asked.replay.no_fire,
                 "Nothing burned: every trigger is a false alarm")
      ->needs(compare)
      ->excludes(ignition);
  replay->add_option("--plot", asked.replay.plot, "Draw it as a picture that needs nothing else")
      ->type_name("OUT.svg|OUT.html")
      ->excludes(compare)
      ->excludes("--each");
}

void add_record(CLI::App& app, command_line& asked) {
  auto* record = app.add_subcommand("record", "Record the daemon's input for 'replay'");
  record->footer(record_footer);
  record->add_option("OUT", asked.record.path, "File to write; gzip when it ends in .gz")
      ->required();
  record->add_option("--duration", asked.record.duration_s, "End after this many seconds")
      ->type_name("SECONDS")
      ->check(finite())
      ->check(CLI::Range(0.001, 1e9));
  record
      ->add_option("--topic", asked.record.topics,
                   "Listen to this filter instead, without the prefix; repeatable")
      ->type_name("FILTER")
      ->expected(1)
      ->allow_extra_args(false)
      ->take_all();
  record->add_flag("--force", asked.record.force, "Replace OUT if it is there");
}

void add_discover(CLI::App& app, command_line& asked) {
  auto* discover = app.add_subcommand("discover", "Search the network for cameras, once");
  discover->footer(discover_footer);
  discover->add_flag("--json", asked.discover.json, "One JSON object instead of the table");
  discover->add_flag("--scan", asked.discover.scan, "Try every address of the networks, too");
  discover->add_flag("--log-in", asked.discover.log_in,
                     "Try the configured credentials; not while the daemon runs");
  discover->add_option("--timeout", asked.discover.timeout_s, "Tell what is known after this time")
      ->type_name("S")
      ->check(finite())
      ->check(CLI::Range(0.1, 3600.0));
}

void add_status(CLI::App& app, command_line& asked) {
  auto* status = app.add_subcommand("status", "Ask the running daemon how it is, and why");
  status->footer(status_footer);
  status->add_flag("--json", asked.status.json, "Print the answer's data as JSON");
  status->add_option("--explain", asked.status.camera, "Why this camera agrees, or does not")
      ->type_name("CAMERA");
  status
      ->add_option("--at", asked.status.at,
                   "Explain a moment in the past: seconds since 1970, or -SECONDS ago")
      ->type_name("UNIX|-SECONDS")
      ->check(finite());
  status->add_option("--timeout", asked.status.timeout_s, "Seconds to wait for the answer")
      ->type_name("S")
      ->check(finite())
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
}

void add_drill(CLI::App& app, command_line& asked) {
  auto* drill = app.add_subcommand("drill", "Play a marked exercise from detection to trigger");
  drill->footer(drill_footer);
  drill->add_flag("--json", asked.drill.json, "Print what came of it as JSON");
  auto* live = drill->add_flag("--live", asked.drill.live,
                               "Publish its trigger on fire/trigger too: PUMPS START");
  drill->add_flag("--yes", asked.drill.yes, "Do not ask whether --live is meant")->needs(live);
  drill
      ->add_option("--timeout", asked.drill.timeout_s,
                   "Seconds it may last; otherwise drill.timeout_s")
      ->type_name("S")
      ->check(finite())
      ->check(CLI::Range(1.0, 120.0));
}

// The whole tree, which writes into `asked`, `log_level` and `topic`.
struct command_tree {
  command_line asked;
  std::string log_level;
  std::string topic;
  CLI::App app{description, "firefinder"};

  command_tree() {
    app.footer(std::string{examples} + more);
    app.fallthrough();
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", std::string{"firefinder "} + program_version(),
                         "Print the version and end");
    app.add_option("--config", asked.config, "YAML file with settings")->type_name("FILE");
    app.add_option("--set", asked.sets, "One setting, such as consensus.threshold=3; repeatable")
        ->type_name("KEY=VALUE")
        // What follows the one setting is no setting: a command, or a file.
        ->allow_extra_args(false)
        ->take_all();
    app.add_option("--log-level", log_level, "Least level that is logged: debug, info, warning, …")
        ->type_name("LEVEL");
    add_run(app);
    add_check(app, asked);
    add_replay(app, asked);
    add_record(app, asked);
    add_discover(app, asked);
    add_status(app, asked);
    add_drill(app, asked);
    app.add_subcommand("help", "Explain a command, or the configuration")
        ->add_option("topic", topic,
                     "run, check, replay, record, discover, status, drill, help or configuration")
        ->type_name("COMMAND");
  }
};

option_description describe(const CLI::Option& x) {
  option_description out;
  for (const auto& name : x.get_snames())
    out.names.push_back("-" + name);
  for (const auto& name : x.get_lnames())
    out.names.push_back("--" + name);
  const bool flag = x.get_expected_max() == 0;
  // What is checked stands behind a colon.
  const auto type = x.get_type_name();
  if (!flag)
    out.value = type == "TEXT" ? x.get_single_name() : type.substr(0, type.find(':'));
  out.help = x.get_description();
  out.standard = x.get_default_str();
  out.repeatable = x.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll
                   || (out.names.empty() && x.get_expected_max() > 1);
  return out;
}

command_description describe(const CLI::App& x) {
  command_description out;
  out.help = x.get_description();
  out.details = x.get_footer();
  for (const auto* option : x.get_options())
    out.options.push_back(describe(*option));
  return out;
}

} // namespace

std::vector<command_description> describe_command_line() {
  const command_tree tree;
  std::vector<command_description> out{describe(tree.app)};
  // What is told of other commands and of the exit codes has places of its own there.
  out.front().details = examples;
  for (const auto* command : tree.app.get_subcommands([](const CLI::App*) { return true; })) {
    auto x = describe(*command);
    x.name = command->get_name();
    // What every command takes over from the program stands there.
    if (command->get_footer() == tree.app.get_footer())
      x.details.clear();
    std::erase_if(x.options, [](const auto& option) {
      return !option.names.empty() && option.names.back() == "--help";
    });
    out.push_back(std::move(x));
  }
  return out;
}

parsed_command_line parse_command_line(int argc, const char* const* argv) {
  command_tree tree;
  auto& asked = tree.asked;
  auto& app = tree.app;
  const auto& log_level = tree.log_level;
  const auto& topic = tree.topic;
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
  if (app.got_subcommand("help")) {
    if (topic.empty())
      std::cout << app.help();
    else if (topic == "configuration")
      std::cout << configuration::help_text();
    else if (const auto commands
             = app.get_subcommands([&topic](const CLI::App* x) { return x->get_name() == topic; });
             !commands.empty())
      std::cout << commands.front()->help("firefinder");
    else {
      std::cerr
          << "firefinder: no help for '" << topic
          << "'; there is help for run, check, replay, record, discover, status, drill, help and "
             "configuration\n";
      return {std::nullopt, exit_code::usage};
    }
    return {std::nullopt, exit_code::success};
  }
  asked.log_level = !log_level.empty();
  if (asked.log_level)
    asked.sets.push_back("log.level=" + log_level);
  if (!asked.replay.ignitions.empty()
      && asked.replay.ignitions.size() != (asked.replay.each ? asked.replay.files.size() : 1)) {
    std::cerr << "firefinder: --ignition belongs once to each run: with --each once "
                 "to each FILE\n";
    return {std::nullopt, exit_code::usage};
  }
  auto topics = recording::choose_topics(asked.record.topics);
  if (!topics.fault.empty()) {
    std::cerr << "firefinder: --topic: " << topics.fault << '\n';
    return {std::nullopt, exit_code::usage};
  }
  asked.record.topics = std::move(topics.filters);
  for (const auto& [name, what] : {std::pair{"check", command_line::command::check},
                                   {"replay", command_line::command::replay},
                                   {"record", command_line::command::record},
                                   {"discover", command_line::command::discover},
                                   {"status", command_line::command::status},
                                   {"drill", command_line::command::drill}})
    if (app.got_subcommand(name))
      asked.what = what;
  return {asked, exit_code::success};
}

} // namespace firefinder
