// `replay` and `record`, as a user meets them.

#include "tests/integration/fixture.hpp"
#include "tests/support/net.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sstream>

namespace firefinder::test::replay_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int ok = 0;
constexpr int usage = 64;
constexpr int bad_data = 65;
constexpr int no_input = 66;
constexpr int io = 74;
constexpr int configuration = 78;

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(json::parse(line));
  return result;
}

std::vector<json> triggers_in(const std::vector<json>& lines) {
  std::vector<json> result;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(result),
               [](const json& x) { return x.value("decision", "") == "trigger"; });
  return result;
}

names agreeing_in(const json& decision) {
  names result;
  for (const auto& [id, standing] : decision.at("cameras").items())
    if (standing.at("agrees") == true)
      result.push_back(id);
  return result;
}

class replay : public ::testing::Test {
protected:
  outcome call(std::vector<std::string> arguments, environment env = {}) {
    arguments.insert(arguments.begin(), firefinder_binary);
    env.try_emplace("HOME", directory.path().string());
    env.try_emplace("XDG_STATE_HOME", directory.path().string());
    return run(std::move(arguments), env, patience);
  }

  outcome replayed(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"replay", "--json"});
    auto done = call(std::move(arguments));
    EXPECT_EQ(done.state.code, ok) << done.error;
    return done;
  }

  [[nodiscard]] std::string at(const std::string& name) const {
    return (directory.path() / name).string();
  }

  const temporary_directory directory;
  const std::string fire = FIREFINDER_RECORDING;
};

TEST_F(replay, TellsEveryDecisionAndASummary) {
  const auto done = replayed({fire});
  const auto lines = lines_of(done.output);
  ASSERT_GE(lines.size(), 2U);
  const auto triggers = triggers_in(lines);
  ASSERT_EQ(triggers.size(), 1U) << done.output;
  EXPECT_EQ(agreeing_in(triggers[0]), (names{"barn-east", "ridge-north"}));
  EXPECT_NEAR(triggers[0].at("t").get<double>(), 1732212008.46, 0.001);
  EXPECT_FALSE(triggers[0].at("trigger_id").get<std::string>().empty());
  const auto& summary = lines.back().at("summary");
  EXPECT_EQ(summary.at("messages"), 69);
  EXPECT_EQ(summary.at("triggers"), 1);
  EXPECT_EQ(summary.at("cameras"), 3);
  EXPECT_NEAR(summary.at("span_s").get<double>(), 13.53, 0.001);
  EXPECT_NE(done.error.find("messages/s"), std::string::npos) << done.error;
  EXPECT_EQ(replayed({fire}).output, done.output);
  // Nothing was left behind, no store above all.
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(replay, TellsPeopleInWords) {
  const auto done = call({"replay", fire});
  EXPECT_EQ(done.state.code, ok);
  for (const auto* words : {"TRIGGER  fire: 2 of 2", "barn-east", "messages ", "triggers "})
    EXPECT_NE(done.output.find(words), std::string::npos) << words << " in " << done.output;
}

TEST_F(replay, DecidesByOtherSettings) {
  EXPECT_TRUE(
      triggers_in(lines_of(replayed({fire, "--set", "consensus.threshold=3"}).output)).empty());
}

TEST_F(replay, TakesFilesAsOneStreamOrEachByItself) {
  // The second time is in the past of the first.
  const auto stream = call({"replay", "--json", fire, fire});
  EXPECT_EQ(triggers_in(lines_of(stream.output)).size(), 1U);
  EXPECT_NE(stream.error.find("time_backwards"), std::string::npos);
  const auto each = lines_of(replayed({"--each", fire, fire}).output);
  EXPECT_EQ(triggers_in(each).size(), 2U);
  EXPECT_TRUE(
      std::all_of(each.begin(), each.end(), [&](const json& x) { return x.at("file") == fire; }));
  EXPECT_EQ(
      std::count_if(each.begin(), each.end(), [](const json& x) { return x.contains("summary"); }),
      2);
}

TEST_F(replay, PassesOverBadLinesUnlessItIsStrict) {
  const auto text = read_file(fire);
  const auto path
      = directory
            .write("bad.jsonl", "{broken\n" + text
                                    + R"({"t": 1732212099, "topic": "some/thing", "payload": 1})"
                                      "\n")
            .string();
  const auto done = replayed({path});
  EXPECT_EQ(triggers_in(lines_of(done.output)).size(), 1U);
  const auto summary = lines_of(done.output).back().at("summary");
  EXPECT_EQ(summary.at("messages"), 70);
  EXPECT_EQ(summary.at("dropped").at("broken_line"), 1);
  EXPECT_EQ(summary.at("dropped").at("unknown_topic"), 1);
  EXPECT_NE(done.error.find("bad.jsonl:1: broken_line"), std::string::npos) << done.error;
  EXPECT_NE(done.error.find("bad.jsonl:71: unknown_topic: some/thing"), std::string::npos)
      << done.error;
  const auto strict = call({"replay", "--json", "--strict", path});
  EXPECT_EQ(strict.state.code, bad_data);
  EXPECT_EQ(strict.output, done.output);
  EXPECT_EQ(call({"replay", "--strict", fire}).state.code, ok);
}

TEST_F(replay, SaysWhatItCannotRead) {
  const auto done = call({"replay", fire, at("missing")});
  EXPECT_EQ(done.state.code, no_input);
  EXPECT_EQ(done.output, "");
  EXPECT_NE(done.error.find("missing: No such file"), std::string::npos) << done.error;
  EXPECT_EQ(call({"replay"}).state.code, usage);
  EXPECT_EQ(call({"replay", fire, "--set", "consensus.threshold=many"}).state.code, configuration);
}

TEST_F(replay, SetsTwoConfigurationsSideBySide) {
  const auto two = directory.write("two.yaml", "consensus: {threshold: 2}\n").string();
  const auto three = directory.write("three.yaml", "consensus: {threshold: 3}\n").string();
  const auto lines
      = lines_of(replayed({"--compare", two, three, fire, "--ignition", "1732212000"}).output);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].at("a").at("triggers"), 1);
  EXPECT_EQ(lines[0].at("a").at("false_alarms"), 0);
  // ridge-north was the second to see it, 3.2 s after the start.
  EXPECT_NEAR(lines[0].at("a").at("delay_s").at("median").get<double>(), 5.25, 0.001);
  EXPECT_EQ(lines[0].at("b").at("triggers"), 0);
  EXPECT_EQ(lines[0].at("only_a").size(), 1U);
  // The message that made the one trigger was heard by the other, whichever is first.
  const auto swapped = lines_of(replayed({"--compare", three, two, fire}).output);
  for (const auto& only : {lines[0].at("only_a"), swapped[0].at("only_b")}) {
    ASSERT_EQ(only.size(), 1U);
    const auto other = only[0].at("other").get<std::string>();
    EXPECT_TRUE(other.starts_with("2 of 3 needed cameras agree: barn-east ")) << other;
  }
  EXPECT_EQ(lines[1].at("total").at("configurations"), json({two, three}));
  const auto quiet
      = lines_of(replayed({"--compare", two, three, "--no-fire", "--each", fire, fire}).output);
  ASSERT_EQ(quiet.size(), 3U);
  EXPECT_EQ(quiet[2].at("total").at("a").at("false_alarms"), 2);
  EXPECT_GT(quiet[2].at("total").at("a").at("false_alarms_per_camera_day").get<double>(), 0);
  const auto words = call({"replay", "--compare", two, three, fire});
  EXPECT_EQ(words.state.code, ok);
  EXPECT_NE(words.output.find("only A"), std::string::npos) << words.output;

  EXPECT_EQ(call({"replay", "--compare", two, at("missing.yaml"), fire}).state.code, configuration);
  for (const auto* no_moment : {"nan", "inf", "soon"})
    EXPECT_EQ(call({"replay", "--compare", two, three, "--ignition", no_moment, fire}).state.code,
              usage)
        << no_moment;
  EXPECT_EQ(call({"replay", "--ignition", "5", fire}).state.code, usage);
  EXPECT_EQ(
      call({"replay", "--compare", two, three, "--ignition", "5", "--each", fire, fire}).state.code,
      usage);
}

TEST_F(replay, TellsWhatWasPutRightInTheConfiguration) {
  const std::string told = "warning: consensus.threshold: ";
  const auto done = replayed({fire, "--set", "consensus.threshold=99"});
  EXPECT_NE(done.error.find(told), std::string::npos) << done.error;
  const auto good = directory.write("good.yaml", "consensus: {threshold: 2}\n").string();
  const auto clamped = directory.write("clamped.yaml", "consensus: {threshold: 99}\n").string();
  const auto compared = replayed({"--compare", good, clamped, fire});
  EXPECT_NE(compared.error.find(told), std::string::npos) << compared.error;
  EXPECT_NE(compared.error.find("clamped.yaml:1"), std::string::npos) << compared.error;
  EXPECT_EQ(replayed({fire}).error.find("warning"), std::string::npos);
}

TEST_F(replay, ReadsAPipe) {
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  const auto done = run({"/bin/sh", "-c", R"(cat "$1" > "$2" & exec "$0" replay --json "$2")",
                         firefinder_binary, fire, at("pipe")},
                        {{"HOME", directory.path().string()}}, patience);
  EXPECT_EQ(done.state.code, ok) << done.error;
  EXPECT_EQ(done.output, replayed({fire}).output);
}

TEST_F(replay, DrawsAPicture) {
  EXPECT_EQ(call({"replay", fire, "--plot", at("fire.svg")}).state.code, ok);
  const auto svg = read_file(at("fire.svg"));
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg.substr(0, 50);
  for (const auto* part :
       {"barn-east", "ridge-north", "pond-south", "class=\"trigger\"", "low_confidence"})
    EXPECT_NE(svg.find(part), std::string::npos) << part;
  EXPECT_EQ(call({"replay", fire, "--plot", at("fire.html")}).state.code, ok);
  EXPECT_TRUE(read_file(at("fire.html")).starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(call({"replay", fire, "--plot", at("no/such/folder.svg")}).state.code, io);
  EXPECT_EQ(call({"replay", fire, "--each", "--plot", at("fire.svg")}).state.code, usage);
}

// -- record ------------------------------------------------------------------------

class record : public scene {
protected:
  /// Starts to record, and waits until the broker has taken its subscriptions.
  child_process& start_recording(std::vector<std::string> options, const environment& more = {}) {
    options.insert(options.begin(), {firefinder_binary, "record"});
    environment env{{"HOME", directory.path().string()},
                    {"MQTT_BROKER", "127.0.0.1"},
                    {"MQTT_PORT", std::to_string(port())},
                    {"MQTT_CLIENT_ID", "ear"}};
    env.insert(more.begin(), more.end());
    recorder
        = std::make_unique<child_process>(std::move(options), env, directory.path() / "recorder");
    EXPECT_TRUE(poll_until(patience, [this] {
      return mosquitto().logged("Sending SUBACK to ear-record") || !recorder->running();
    }));
    return *recorder;
  }

  /// Ends it by a signal, in order.
  void end_recording(int signal) {
    recorder->signal(signal);
    const auto end = recorder->wait(patience);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, (exit_state{ok, 0})) << recorder->standard_error();
  }

  [[nodiscard]] std::string at(const std::string& name) const {
    return (directory.path() / name).string();
  }

  outcome replayed(const std::string& path, const environment& more = {}) {
    environment env{{"HOME", directory.path().string()}};
    env.insert(more.begin(), more.end());
    return run({firefinder_binary, "replay", "--json", "--strict", path}, env, patience);
  }

  const temporary_directory directory;
  std::unique_ptr<child_process> recorder;
};

TEST_F(record, WhatIsReplayedDecidesAsTheDaemonDid) {
  const environment prefixed{{"TOPIC_PREFIX", "site"}};
  play(prefixed);
  const auto path = at("fire.jsonl.gz");
  start_recording({path}, prefixed);
  see(growing_fire("north"));
  cameras().publish(prefix + "frigate/available", "online");
  cameras().publish(prefix + "other/topic", "not ours");
  see(growing_fire("south"));
  const auto live = trigger();
  ASSERT_TRUE(live.is_object());
  end_recording(SIGTERM);
  // It says nothing of its own.
  EXPECT_EQ(triggers().size(), 1U);
  for (const auto& one : watcher().messages())
    EXPECT_EQ(one.topic.find("record"), std::string::npos) << one.topic;

  EXPECT_EQ(read_file(path).substr(0, 2), "\x1f\x8b");
  const auto done = replayed(path, prefixed);
  EXPECT_EQ(done.state.code, ok) << done.error;
  const auto lines = lines_of(done.output);
  const auto decided = triggers_in(lines);
  ASSERT_EQ(decided.size(), 1U) << done.output;
  EXPECT_EQ(agreeing_in(decided[0]), cameras_of(live));
  EXPECT_NEAR(decided[0].at("t").get<double>(), live.at("timestamp").get<double>(), 0.5);
  EXPECT_EQ(lines.back().at("summary").at("messages"), 13);
}

TEST_F(record, EndsByItselfAndKeepsWhatIsThere) {
  play();
  const auto path = at("short.jsonl");
  auto& first = start_recording({path, "--duration", "0.5", "--topic", "a/+", "--topic", "b"});
  const auto end = first.wait(patience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, ok) << first.standard_error();
  ASSERT_TRUE(std::filesystem::exists(path));
  // Without --force nothing is replaced.
  const auto again = start_recording({path, "--duration", "0.1"}).wait(patience);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->code, io);
  EXPECT_NE(recorder->standard_error().find("File exists"), std::string::npos)
      << recorder->standard_error();
  const auto forced = start_recording({path, "--duration", "0.1", "--force"}).wait(patience);
  ASSERT_TRUE(forced);
  EXPECT_EQ(forced->code, ok);
}

TEST_F(record, HearsTheFiltersThatItIsGiven) {
  play();
  const auto path = at("some.jsonl");
  start_recording({path, "--topic", "a/+", "--topic", "b"});
  for (const auto* topic : {"a/1", "b", "c", "a/1/2", "fire/detection/north"})
    cameras().publish(topic, "x");
  // What it has is in the file within a second, also if it is killed then.
  EXPECT_TRUE(
      poll_until(patience, [&] { return read_file(path).find("\"b\"") != std::string::npos; }));
  recorder->kill();
  std::vector<std::string> topics;
  for (const auto& line : lines_of(read_file(path)))
    topics.push_back(line.at("topic"));
  EXPECT_EQ(topics, (std::vector<std::string>{"a/1", "b"}));
}

TEST_F(record, RefusesTopicsThatCannotBeUsed) {
  for (const auto& topics : std::vector<std::vector<std::string>>{
           {"fire/#/x"}, {""}, {"a+"}, {"good", "a/#b"}, {"a/+", "+/b"}}) {
    std::vector<std::string> asked{firefinder_binary, "record", at("none.jsonl")};
    for (const auto& topic : topics)
      asked.insert(asked.end(), {"--topic", topic});
    const auto done = run(asked, {{"HOME", directory.path().string()}}, patience);
    EXPECT_EQ(done.state.code, usage) << topics.front();
    EXPECT_NE(done.error.find("--topic: "), std::string::npos) << done.error;
  }
  const auto done = run({firefinder_binary, "record", at("none.jsonl"), "--duration", "nan"},
                        {{"HOME", directory.path().string()}}, patience);
  EXPECT_EQ(done.state.code, usage) << done.error;
  EXPECT_FALSE(std::filesystem::exists(at("none.jsonl")));
}

TEST_F(record, HearsAMessageOnceByTwoFilters) {
  play();
  const auto path = at("once.jsonl");
  start_recording({path, "--topic", "a/+", "--topic", "a/1", "--topic", "a/#"});
  for (const auto* topic : {"a/1", "a/b/c", "a"})
    cameras().publish(topic, "x");
  EXPECT_TRUE(
      poll_until(patience, [&] { return read_file(path).find("\"a\"") != std::string::npos; }));
  EXPECT_EQ(lines_of(read_file(path)).size(), 3U) << read_file(path);
  end_recording(SIGINT);
}

TEST_F(record, StandsBesideAnotherOne) {
  play();
  start_recording({at("first.jsonl"), "--topic", "a"});
  const auto first = std::move(recorder);
  start_recording({at("second.jsonl"), "--topic", "a"});
  const auto heard = [this](const char* name, const char* text) {
    return poll_until(patience, [&] {
      // Until both listen for certain.
      cameras().publish("a", text);
      return read_file(at(name)).find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(heard("second.jsonl", "one"));
  EXPECT_TRUE(heard("first.jsonl", "two"));
  EXPECT_TRUE(heard("second.jsonl", "three"));
  EXPECT_FALSE(mosquitto().logged("already connected")) << "one turned the other out";
  end_recording(SIGINT);
  EXPECT_EQ(recorder->standard_error().find("never"), std::string::npos);
}

TEST_F(record, TellsThatItNeverHadALink) {
  const auto done = run({firefinder_binary, "record", at("deaf.jsonl"), "--duration", "0.3",
                         "--set", "consensus.threshold=99"},
                        {{"HOME", directory.path().string()},
                         {"MQTT_BROKER", "127.0.0.1"},
                         {"MQTT_PORT", std::to_string(free_port())}},
                        patience);
  EXPECT_EQ(done.state.code, ok) << done.error;
  EXPECT_NE(done.error.find("0 messages in " + at("deaf.jsonl") + "; there was never a link"),
            std::string::npos)
      << done.error;
  EXPECT_NE(done.error.find("warning: consensus.threshold: "), std::string::npos) << done.error;
}

TEST_F(record, TellsThatTheDiskIsFull) {
  if (!std::filesystem::exists("/dev/full"))
    GTEST_SKIP() << "there is no /dev/full";
  play();
  auto& full = start_recording({"/dev/full", "--force"});
  cameras().publish("fire/detection/north", "{}");
  const auto end = full.wait(patience);
  ASSERT_TRUE(end);
  EXPECT_EQ(end->code, io);
  EXPECT_NE(full.standard_error().find("No space left"), std::string::npos)
      << full.standard_error();
}

} // namespace
} // namespace firefinder::test::replay_test
