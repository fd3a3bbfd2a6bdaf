// The command line and the configuration, as a user meets them.

#include "tests/integration/fixture.hpp"
#include "tests/support/net.hpp"

#include <algorithm>
#include <cctype>

namespace firefinder::test::command_line_test {
namespace {

using namespace std::chrono_literals;

constexpr int ok = 0;
constexpr int usage = 64;
constexpr int configuration = 78;

class command_line : public ::testing::Test {
protected:
  outcome call(std::vector<std::string> arguments, environment env = {}) {
    arguments.insert(arguments.begin(), firefinder_binary);
    env.try_emplace("HOME", directory.path().string());
    env.try_emplace("XDG_STATE_HOME", directory.path().string());
    return run(std::move(arguments), env, patience);
  }

  static std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }

  /// Expects that a message names all of this.
  static void expect_named(const outcome& done, const std::vector<std::string>& words) {
    const auto text = lower(done.output + done.error);
    for (const auto& word : words)
      EXPECT_NE(text.find(lower(word)), std::string::npos)
          << '\'' << word << "' is not named in: " << done.output << done.error;
  }

  /// Expects that `check` and `run` both end with 78 and name all of this.
  void expect_bad(const std::vector<std::string>& options, const environment& env,
                  const std::vector<std::string>& words) {
    for (const std::string command : {"check", "run"}) {
      auto arguments = options;
      arguments.insert(arguments.begin(), command);
      const auto done = call(arguments, env);
      EXPECT_EQ(done.state.code, configuration) << command << ": " << done.output << done.error;
      expect_named(done, words);
    }
  }

  const temporary_directory directory;
};

TEST_F(command_line, TellsItsVersion) {
  const auto done = call({"--version"});
  EXPECT_EQ(done.state.code, ok);
  EXPECT_NE(done.output.find_first_of("0123456789"), std::string::npos) << done.output;
  EXPECT_EQ(done.error, "");
}

TEST_F(command_line, HelpsOnDemand) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"help"}, {"help", "run"}, {"run", "--help"}, {"help", "check"}}) {
    const auto done = call(arguments);
    EXPECT_EQ(done.state.code, ok) << arguments.front();
    EXPECT_FALSE(done.output.empty()) << arguments.front();
  }
  expect_named(call({"--help"}), {"run", "check", "--config", "--set"});
}

TEST_F(command_line, RefusesWhatItDoesNotKnow) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--no-such-option"},
                                             {"no-such-command"},
                                             {"run", "--no-such-option"},
                                             {"run", "left-over"},
                                             {"check", "--set"},
                                             {"check", "--set", "no-equals-sign"},
                                             {"status", "--timeout", "nan"},
                                             {"status", "--at", "nan"},
                                             {"status", "--at", "inf"},
                                             {"check", "--set", "mqtt.port=1", "mqtt.port=2"},
                                             {"check", "--config"},
                                             {"status", "--timeout", "nan"},
                                             {"status", "--at", "nan"},
                                             {"status", "--at", "inf"}}) {
    const auto done = call(arguments);
    EXPECT_EQ(done.state.code, usage) << arguments.back() << ": " << done.output << done.error;
    EXPECT_FALSE(done.error.empty()) << arguments.back();
  }
}

TEST_F(command_line, ChecksAGoodConfiguration) {
  const auto file = directory.write("good.yaml", "mqtt:\n  broker: broker.example\n  port: 1884\n"
                                                 "consensus:\n  threshold: 3\n");
  const auto done = call({"check", "--config", file, "--set", "consensus.cooldown_s=7"},
                         {{"MQTT_PORT", "1885"}, {"MQTT_PASSWORD", "s3cret"}});
  EXPECT_EQ(done.state.code, ok) << done.output << done.error;
  expect_named(done, {"broker.example", "1885", "MQTT_PORT", "good.yaml"});
  EXPECT_EQ((done.output + done.error).find("1884"), std::string::npos)
      << "the environment stands above the file";
  EXPECT_EQ((done.output + done.error).find("s3cret"), std::string::npos) << "a secret is shown";
  EXPECT_EQ(call({"check", "--strict", "--config", file}).state.code, ok);
}

TEST_F(command_line, ChecksNothingButDefaults) {
  const auto done = call({"check"});
  EXPECT_EQ(done.state.code, ok) << done.output << done.error;
  expect_named(done, {"localhost", "1883", "mqtt.broker"});
}

TEST_F(command_line, ClampsWhatIsOutOfRange) {
  const environment env{{"CONSENSUS_THRESHOLD", "99"}};
  auto done = call({"check"}, env);
  EXPECT_EQ(done.state.code, ok);
  expect_named(done, {"CONSENSUS_THRESHOLD", "99", "10"});
  done = call({"check", "--strict"}, env);
  EXPECT_EQ(done.state.code, configuration);
}

TEST_F(command_line, AcceptsOlderNamesWithANotice) {
  const auto done = call({"check"}, {{"DETECTION_COOLDOWN", "17"}, {"CAMERA_WINDOW", "23"}});
  EXPECT_EQ(done.state.code, ok);
  expect_named(done, {"DETECTION_COOLDOWN", "COOLDOWN_PERIOD", "17", "CAMERA_WINDOW",
                      "DETECTION_WINDOW", "23"});
}

TEST_F(command_line, TeachesToSearchForCameras) {
  const auto help = call({"help", "discover"});
  EXPECT_EQ(help.state.code, ok);
  expect_named(help,
               {"--scan", "--json", "--timeout", "NETWORK_SCAN_ENABLED", "CAMERA_CREDENTIALS"});
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"discover", "--timeout", "0"}, {"discover", "--timeout", "nan"}, {"discover", "north"}})
    EXPECT_EQ(call(wrong).state.code, usage) << wrong.back();
}

TEST_F(command_line, NamesKeyValueSourceAndRemedy) {
  expect_bad({}, {{"MQTT_PORT", "many"}}, {"mqtt.port", "many", "MQTT_PORT", "65535"});
  expect_bad({}, {{"CONSENSUS_THRESHOLD", ""}}, {"consensus.threshold", "CONSENSUS_THRESHOLD"});
  expect_bad({}, {{"CONSENSUS_THRESHOLD", "2.5"}}, {"consensus.threshold", "2.5"});
  expect_bad({}, {{"MIN_CONFIDENCE", "NaN"}}, {"consensus.min_confidence", "NaN"});
  expect_bad({}, {{"DETECTION_WINDOW", "nan"}}, {"consensus.detection_window_s", "nan"});
  expect_bad({}, {{"AREA_INCREASE_RATIO", "inf"}}, {"consensus.area_increase_ratio", "inf"});
  expect_bad({}, {{"ZONE_MAPPING", "{not json"}}, {"consensus.zone_mapping", "ZONE_MAPPING"});
  expect_bad({}, {{"MQTT_PROTOCOL", "6"}}, {"mqtt.protocol", "6", "3.1.1"});
  expect_bad({}, {{"LOG_LEVEL", "loud"}}, {"log.level", "loud", "debug"});
  expect_bad({"--set", "mqtt.port=x"}, {}, {"mqtt.port", "--set"});
}

TEST_F(command_line, RefusesWildcardsInThePrefix) {
  for (const char* prefix : {"a/#", "a/+/b", "#", "a\nb"})
    expect_bad({}, {{"TOPIC_PREFIX", prefix}}, {"mqtt.topic_prefix"});
}

TEST_F(command_line, RefusesBoundsThatCross) {
  expect_bad({}, {{"MIN_AREA_RATIO", "0.5"}, {"MAX_AREA_RATIO", "0.4"}},
             {"min_area_ratio", "max_area_ratio"});
}

TEST_F(command_line, NamesTheNearestKey) {
  auto file = directory.write("typo.yaml", "mqtt:\n  brocker: x\n");
  expect_bad({"--config", file}, {}, {"mqtt.brocker", "mqtt.broker", "typo.yaml"});
  file = directory.write("section.yaml", "consenus:\n  threshold: 2\n");
  expect_bad({"--config", file}, {}, {"consenus", "consensus", "section.yaml"});
  expect_bad({"--set", "consensus.treshold=2"}, {}, {"consensus.treshold", "consensus.threshold"});
}

TEST_F(command_line, RefusesFilesItCannotRead) {
  expect_bad({"--config", directory.path() / "missing.yaml"}, {}, {"missing.yaml"});
  expect_bad({"--config", directory.path()}, {}, {directory.path().filename()});
  auto file = directory.write("broken.yaml", "mqtt: [unclosed\n");
  expect_bad({"--config", file}, {}, {"broken.yaml"});
  file = directory.write("list.yaml", "- mqtt\n- broker\n");
  expect_bad({"--config", file}, {}, {"list.yaml"});
  file = directory.write("type.yaml", "consensus:\n  threshold: many\n");
  expect_bad({"--config", file}, {}, {"consensus.threshold", "many", "type.yaml"});
}

TEST_F(command_line, RefusesCertificatesItCannotRead) {
  const auto missing = (directory.path() / "missing.pem").string();
  expect_bad({}, {{"MQTT_TLS", "true"}, {"TLS_CA_PATH", missing}},
             {"mqtt.ca", "missing.pem", "TLS_CA_PATH"});
  expect_bad({}, {{"MQTT_TLS", "true"}, {"TLS_CERT_PATH", missing}, {"TLS_KEY_PATH", missing}},
             {"mqtt.cert", "missing.pem"});
}

TEST_F(command_line, ReadsThePasswordFromAFile) {
  const broker b{{.users = {{"fire", "fr0m a file"}}}};
  const auto file = directory.write("password", "fr0m a file\n");
  const auto yaml = directory.write(
      "config.yaml", "mqtt:\n  username: fire\n  password_file: " + file.string() + "\n");
  child_process child{{firefinder_binary, "run", "--config", yaml},
                      {{"MQTT_BROKER", "127.0.0.1"},
                       {"MQTT_PORT", std::to_string(b.port())},
                       {"HOME", directory.path().string()}},
                      directory.path() / "child"};
  EXPECT_TRUE(poll_until(patience, [&] {
    return retained_payload(b.port(), "system/fire_consensus/lwt",
                            {.username = "fire", .password = "fr0m a file"})
           == "online";
  })) << child.standard_error();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(patience), (exit_state{0, 0}));
}

TEST_F(command_line, RunIsTheDefault) {
  const broker b;
  mqtt_peer watcher{b.port()};
  watcher.subscribe("#");
  child_process child{{firefinder_binary},
                      {{"MQTT_BROKER", "127.0.0.1"},
                       {"MQTT_PORT", std::to_string(b.port())},
                       {"HOME", directory.path().string()}},
                      directory.path() / "child"};
  EXPECT_EQ(missing_presence(watcher, "", "online", patience), "") << child.standard_error();
  child.signal(SIGTERM);
  EXPECT_EQ(child.wait(patience), (exit_state{0, 0}));
}

TEST_F(command_line, LogsInJsonOnDemand) {
  const broker b;
  daemon d{firefinder_binary, b.port(), {{"LOG_FORMAT", "json"}}};
  mqtt_peer watcher{b.port()};
  EXPECT_TRUE(poll_until(patience, [&] {
    return retained_payload(b.port(), "system/fire_consensus/lwt") == "online";
  }));
  EXPECT_EQ(d.terminate(SIGTERM).state.code, ok);
  std::istringstream lines{d.log()};
  int n = 0;
  for (std::string line; std::getline(lines, line); ++n)
    EXPECT_TRUE(nlohmann::json::parse(line, nullptr, false).is_object()) << line;
  EXPECT_GT(n, 0);
}

TEST_F(command_line, LeavesNothingInTheWorkingDirectory) {
  const temporary_directory empty;
  const auto done
      = run({"/bin/sh", "-c", "cd \"$1\" && timeout --signal=TERM 1 \"$2\" run 2> /dev/null; ls -A",
             "sh", empty.path().string(), firefinder_binary},
            {{"HOME", directory.path().string()},
             {"MQTT_BROKER", "127.0.0.1"},
             {"MQTT_PORT", std::to_string(free_port())}},
            patience);
  EXPECT_EQ(done.output, "");
}

} // namespace
} // namespace firefinder::test::command_line_test
