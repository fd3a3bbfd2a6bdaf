#include "src/configuration/value.hpp"

#include "tests/configuration/support.hpp"

#include <gtest/gtest.h>

#include <string>

namespace firefinder::configuration::value_test {

using test::says;

namespace {

// How a text is read from each kind of source: the value as text, or what is said of it.
struct reading_case {
  std::string_view path;
  std::string_view text;
  layer from;
  // Empty: an error.
  std::string_view expected;
  // A part of the error or of the warning; empty: none is given.
  std::string_view said;
};

origin origin_of(layer l) {
  switch (l) {
  case layer::file:
    return from_file("f.yaml", 3);
  case layer::environment:
    return from_environment("NAME");
  case layer::set:
    return from_set();
  default:
    return {};
  }
}

void check(const reading_case& c) {
  SCOPED_TRACE(testing::Message() << c.path << ": " << c.text);
  const auto* k = find_key(c.path);
  ASSERT_NE(k, nullptr);
  findings found;
  auto raw = raw_value::of(std::string{c.text});
  raw.plain = c.from == layer::file;
  const auto v = read(*k, raw, {std::string{c.path}, origin_of(c.from), k->max}, found);
  EXPECT_EQ(to_text(*k, v), c.expected);
  if (c.expected.empty() && !c.said.empty()) {
    ASSERT_EQ(found.errors.size(), 1U);
    EXPECT_TRUE(found.warnings.empty());
    EXPECT_TRUE(says(found.errors, {c.path, c.said, origin_of(c.from).text, "allowed: "}))
        << found.errors.front();
  } else if (!c.said.empty()) {
    EXPECT_TRUE(found.errors.empty());
    ASSERT_EQ(found.warnings.size(), 1U);
    EXPECT_TRUE(says(found.warnings, {c.path, c.said, origin_of(c.from).text}))
        << found.warnings.front();
  } else {
    EXPECT_TRUE(found.errors.empty() && found.warnings.empty())
        << test::lines(found.errors) << test::lines(found.warnings);
  }
}

constexpr auto env = layer::environment;
constexpr auto yaml = layer::file;
constexpr auto set = layer::set;

} // namespace

TEST(reading, of_integers) {
  for (const auto& c : {

           reading_case{"consensus.threshold", "3", env, "3", ""},
           reading_case{"consensus.threshold", " +3\r\n", env, "3", ""},
           reading_case{"consensus.threshold", "03", env, "3", ""},
           reading_case{"consensus.threshold", "1", env, "1", ""},
           reading_case{"consensus.threshold", "10", yaml, "10", ""},
           reading_case{"consensus.threshold", "0", env, "1",
                        "\"0\" (environment NAME) is outside "
                        "1 to 10; 1 is used"},
           reading_case{"consensus.threshold", "11", yaml, "10", "10 is used"},
           reading_case{"consensus.threshold", "-1", set, "1", "1 is used"},
           reading_case{"mqtt.port", "70000", env, "65535", "1 to 65535; 65535 is used"},
           reading_case{"consensus.threshold", "99999999999999999999", env, "10", "10 is used"},
           reading_case{"consensus.threshold", "-99999999999999999999", env, "1", "1 is used"},
           reading_case{"consensus.threshold", "3.0", env, "", "\"3.0\""},
           reading_case{"consensus.threshold", "3.5", yaml, "", "is not a whole number"},
           reading_case{"consensus.threshold", "3e0", set, "", "is not a whole number"},
           reading_case{"consensus.threshold", "0x3", env, "", "is not a whole number"},
           reading_case{"consensus.threshold", "two", env, "", "a whole number, 1 to 10"},
           reading_case{"consensus.threshold", "+-3", env, "", "is not a whole number"},
           reading_case{"consensus.threshold", "+", env, "", "is not a whole number"},
           reading_case{"consensus.threshold", "1 2", env, "", "is not a whole number"},
           reading_case{"consensus.threshold", "1;reboot", env, "", "1;reboot"},
           reading_case{"consensus.threshold", "nan", env, "", "is not a whole number"},
           reading_case{"consensus.threshold", "", env, "", "is empty"},
           reading_case{"consensus.threshold", "  ", yaml, "", "is empty"}})
    check(c);
}

TEST(reading, of_numbers) {
  for (const auto& c : {

           reading_case{"consensus.min_confidence", "0.85", env, "0.85", ""},
           reading_case{"consensus.min_confidence", ".5", env, "0.5", ""},
           reading_case{"consensus.min_confidence", "1", yaml, "1", ""},
           reading_case{"consensus.min_confidence", "5e-1", yaml, "0.5", ""},
           reading_case{"consensus.min_confidence", "+0.5", set, "0.5", ""},
           reading_case{"consensus.min_confidence", "1.5", env, "1", "outside 0 to 1; 1 is used"},
           reading_case{"consensus.min_confidence", "-0.5", env, "0", "0 is used"},
           reading_case{"consensus.min_confidence", "1e999", env, "1", "1 is used"},
           reading_case{"consensus.min_confidence", "-1e999", env, "0", "0 is used"},
           reading_case{"consensus.min_confidence", "1e-999", env, "0", ""},
           reading_case{"consensus.min_confidence", "1e99999999999999999999", env, "1",
                        "1 is used"},
           reading_case{"consensus.min_confidence", "0e999", env, "0", ""},
           reading_case{"consensus.detection_window_s", "301", env, "300",
                        "10 to 300; 300 is used"},
           reading_case{"consensus.min_confidence", "nan", env, "", "is not a finite number"},
           reading_case{"consensus.min_confidence", "NaN", yaml, "", "is not a finite number"},
           reading_case{"consensus.min_confidence", "inf", env, "", "is not a finite number"},
           reading_case{"consensus.min_confidence", "-Infinity", set, "", "is not a finite number"},
           reading_case{"consensus.min_confidence", ".nan", yaml, "", "is not a number"},
           reading_case{"consensus.min_confidence", "0,7", env, "", "is not a number"},
           reading_case{"consensus.min_confidence", "70%", env, "", "a number, 0 to 1"},
           reading_case{"consensus.min_confidence", "", env, "", "is empty"},
           reading_case{"mqtt.reconnect_min_s", "0.5", env, "0.5", ""}})
    check(c);
}

TEST(reading, of_booleans) {
  for (const auto& c : {reading_case{"mqtt.tls", "true", env, "true", ""},
                        reading_case{"mqtt.tls", "TRUE", yaml, "true", ""},
                        reading_case{"mqtt.tls", "1", env, "true", ""},
                        reading_case{"mqtt.tls", "Yes", set, "true", ""},
                        reading_case{"mqtt.tls", "oN", env, "true", ""},
                        reading_case{"mqtt.tls", "false", env, "false", ""},
                        reading_case{"mqtt.tls", "0", yaml, "false", ""},
                        reading_case{"mqtt.tls", "No", env, "false", ""},
                        reading_case{"mqtt.tls", "OFF", set, "false", ""},
                        reading_case{"mqtt.tls", "maybe", env, "false", "taken for false"},
                        reading_case{"mqtt.tls", "", env, "false", "taken for false"},
                        reading_case{"mqtt.tls", "2", env, "false", "taken for false"},
                        reading_case{"mqtt.tls", "maybe", yaml, "", "is not a truth value"},
                        reading_case{"mqtt.tls", "", yaml, "", "is not a truth value"},
                        reading_case{"mqtt.tls", "maybe", set, "", "true, 1, yes, on"}})
    check(c);
}

TEST(reading, of_words) {
  for (const auto& c :
       {reading_case{"log.level", "DEBUG", env, "debug", ""},
        reading_case{"mqtt.protocol", "5", yaml, "5", ""},
        reading_case{"mqtt.protocol", "3.1.1", env, "3.1.1", ""},
        reading_case{"home_assistant.mode", "off", yaml, "off", ""},
        reading_case{"log.level", "warn", env, "", "did you mean warning?"},
        reading_case{"log.level", "loud", env, "", "debug, info, warning"},
        reading_case{"log.level", "", env, "", "is empty"},
        reading_case{"services", "consensus", env, "[consensus]", ""},
        reading_case{"services", " Discovery , consensus,", env, "[discovery, consensus]", ""},
        reading_case{"services", "consensus,consensus", env, "[consensus]", ""},
        reading_case{"services", "consensus,discvery", env, "", "did you mean discovery?"},
        reading_case{"services", "", env, "", "is empty"},
        reading_case{"services", " , ", env, "", "is empty"}})
    check(c);
}

TEST(reading, of_texts) {
  for (const auto& c : {

           reading_case{"mqtt.username", "a;b|c&d$(e)`f` os.system('x') open(", env,
                        "a;b|c&d$(e)`f` os.system('x') open(", ""},
           reading_case{"mqtt.username", " kept ", env, " kept ", ""},
           reading_case{"mqtt.username", "", env, "", ""},
           reading_case{"mqtt.username", "\xFF", env, "", "is not UTF-8"},
           reading_case{"mqtt.password", "\xFF", env, "\xFF", ""},
           reading_case{"mqtt.broker", "broker.example", env, "broker.example", ""},
           reading_case{"mqtt.broker", "fe80::1%eth0", env, "fe80::1%eth0", ""},
           reading_case{"mqtt.broker", "", env, "", "is empty"},
           reading_case{"mqtt.broker", "mqtt://broker", env, "", "no scheme"},
           reading_case{"mqtt.broker", "a b", env, "", "is not a host name"},
           reading_case{"mqtt.broker", "broker.lan:1883", env, "", "the port is a setting"},
           reading_case{"mqtt.broker", "[::1]", env, "", "needs no brackets"},
           reading_case{"web.listen", "OFF", env, "off", ""},
           reading_case{"web.listen", "[::1]:80", env, "[::1]:80", ""},
           reading_case{"web.listen", "::1:80", env, "", "needs brackets"},
           reading_case{"web.listen", "8088", env, "", "is not an address with a port"},
           reading_case{"web.listen", "localhost:0", env, "localhost:0", ""},
           reading_case{"web.listen", "localhost:-1", env, "", "no port"},
           reading_case{"web.listen", "localhost:http", env, "", "no port"}})
    check(c);
}

TEST(reading, of_topics) {
  for (const auto& c : {

           reading_case{"mqtt.topic_prefix", "site/a", env, "site/a", ""},
           reading_case{"mqtt.topic_prefix", "site/a/", env, "site/a", ""},
           reading_case{"mqtt.topic_prefix", "/", env, "", ""},
           reading_case{"mqtt.topic_prefix", "", env, "", ""},
           reading_case{"mqtt.topic_prefix", "a;b|c&d$(e)", env, "a;b|c&d$(e)", ""},
           reading_case{"mqtt.topic_prefix", "site/#", env, "", "wildcard"},
           reading_case{"mqtt.topic_prefix", "+/a", yaml, "", "wildcard"},
           reading_case{"mqtt.topic_prefix", "a\nb", env, "", "control character"},
           reading_case{"mqtt.topic_prefix", "\xFF", env, "", "UTF-8"},
           reading_case{"mqtt.topic_prefix", "$share/x", env, "$share/x", "begins with $"},
           reading_case{"home_assistant.base_topic", "a/b/", env, "a/b", ""},
           reading_case{"home_assistant.base_topic", "", env, "", "is empty"},
           reading_case{"home_assistant.base_topic", "//", env, "", "is empty"},
           reading_case{"home_assistant.base_topic", "a+b", env, "", "wildcard"},
           reading_case{"home_assistant.instance", "north", env, "north", ""},
           reading_case{"home_assistant.instance", "a/b", env, "", "slash"},
           reading_case{"home_assistant.instance", "", env, "", "is empty"},
           reading_case{"frigate.prefixes", "frigate, barn/frigate/", env,
                        "[frigate, barn/frigate]", ""},
           reading_case{"frigate.prefixes", "", env, "[]", ""},
           reading_case{"frigate.prefixes", "a,b/#", env, "", "\"b/#\""},
           reading_case{"frigate.prefixes", "a,/", env, "", "is empty"}})
    check(c);
}

TEST(reading, of_frame_sizes) {
  for (const auto& c : {reading_case{"consensus.frame_size", "1280x720", env, "1280x720", ""},
                        reading_case{"consensus.frame_size", " 1280 X 720 ", env, "1280x720", ""},
                        reading_case{"consensus.frame_size", "0x720", env, "", "each 1 to 65535"},
                        reading_case{"consensus.frame_size", "1280x65536", env, "", "frame size"},
                        reading_case{"consensus.frame_size", "1280x-720", env, "", "frame size"},
                        reading_case{"consensus.frame_size", "1280", env, "", "frame size"},
                        reading_case{"consensus.frame_size", "x", env, "", "frame size"},
                        reading_case{"consensus.frame_size", "1x2x3", env, "", "frame size"},
                        reading_case{"consensus.frame_size", "", env, "", "frame size"}})
    check(c);
}

TEST(reading, of_label_maps) {
  for (const auto& c : {

           reading_case{"consensus.labels", R"({"Fire":"FIRE","rauch":"smoke","sun":"ignore"})",
                        env, R"({"fire":"fire","rauch":"smoke","sun":"ignore"})", ""},
           reading_case{"consensus.labels", R"({"a":"fire","A":"fire"})", set, R"({"a":"fire"})",
                        ""},
           reading_case{"consensus.labels", R"({"a":"fire","A":"smoke"})", env, "", "two meanings"},
           reading_case{"consensus.labels", R"({"a":"flood"})", env, "", "fire, smoke or ignore"},
           reading_case{"consensus.labels", R"({"a":1})", env, "", "no allowed meaning"},
           reading_case{"consensus.labels", R"({"a":null})", env, "", "no allowed meaning"},
           reading_case{"consensus.labels", R"({"a":"fire","a":"smoke"})", env, "", "twice"},
           reading_case{"consensus.labels", "fire", env, "", "is not JSON"},
           reading_case{"consensus.labels", R"(["fire"])", env, "", "is not a JSON object"},
           reading_case{"consensus.labels", "", env, "", "is not JSON"},
           reading_case{"consensus.labels", "{}", env, "{}", "no detection can ever count"},
           reading_case{"consensus.labels", R"({"sun":"ignore"})", env, R"({"sun":"ignore"})",
                        "no detection can ever count"}})
    check(c);
}

TEST(reading, of_zone_maps) {
  for (const auto& c : {

           reading_case{"consensus.zone_mapping", "{}", env, "{}", ""},
           reading_case{"consensus.zone_mapping", R"({"n":["a",3,2.5,"3"]})", env,
                        R"({"n":["a",3,2.5,"3"]})", ""},
           reading_case{"consensus.zone_mapping", R"({"n":"north"})", env, R"({"n":["north"]})",
                        ""},
           reading_case{"consensus.zone_mapping", R"({"n":7})", env, R"({"n":[7]})", ""},
           reading_case{"consensus.zone_mapping", R"({"n":[]})", env, R"({"n":[]})", ""},
           reading_case{"consensus.zone_mapping", R"({"n":["a","a"]})", env, R"({"n":["a"]})", ""},
           reading_case{"consensus.zone_mapping", R"({"n":null,"m":[1]})", env, R"({"m":[1]})",
                        "\"n\""},
           reading_case{"consensus.zone_mapping", R"({"n":true,"m":[1]})", env, R"({"m":[1]})",
                        "left out"},
           reading_case{"consensus.zone_mapping", R"({"n":{"a":1},"m":[1]})", env, R"({"m":[1]})",
                        "a map"},
           reading_case{"consensus.zone_mapping", R"({"n":[1,[2]],"m":[1]})", env,
                        R"({"m":[1],"n":[1]})", "a list"},
           reading_case{"consensus.zone_mapping", R"({"n":[1,null]})", env, R"({"n":[1]})",
                        "nothing"},
           reading_case{"consensus.zone_mapping", "north=1", env, "", "is not JSON"},
           reading_case{"consensus.zone_mapping", "", env, "", "is not JSON"},
           reading_case{"consensus.zone_mapping", R"({"n":)", env, "", "is not JSON"},
           reading_case{"consensus.zone_mapping", R"({"n":1e999})", env, "", "is not JSON"},
           reading_case{"consensus.zone_mapping", "{\"n\":\"\xFF\"}", env, "", "is not JSON"},
           reading_case{"consensus.zone_mapping", "[1]", env, "", "is not a JSON object"},
           reading_case{"consensus.zone_mapping", "7", env, "", "is not a JSON object"},
           reading_case{"cameras.<id>.zones", "3", set, "[3]", ""},
           reading_case{"cameras.<id>.zones", "roof", set, "[\"roof\"]", ""},
           reading_case{"cameras.<id>.zones", R"(["a",3])", set, R"(["a",3])", ""}})
    check(c);
}

TEST(json, survives_deep_nesting) {
  const std::string deep(20000, '[');
  EXPECT_FALSE(parse_json(deep).problem.empty());
  EXPECT_TRUE(parse_json(deep + std::string(20000, ']')).problem.empty());
}

TEST(value, formats_numbers_shortly) {
  EXPECT_EQ(number_text(0.7), "0.7");
  EXPECT_EQ(number_text(30), "30");
  EXPECT_EQ(number_text(-0.125), "-0.125");
}

} // namespace firefinder::configuration::value_test
