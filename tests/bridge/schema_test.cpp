#include "actors/bridge/schema.hpp"

#include "actors/bridge/request.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <regex>
#include <string>

namespace firefinder::schema_test {
namespace {

using nlohmann::json;

// -- as much of JSON Schema as the schema uses -------------------------------------------

bool is_of_type(const json& value, const std::string& type) {
  if (type == "null")
    return value.is_null();
  if (type == "object")
    return value.is_object();
  if (type == "string")
    return value.is_string();
  if (type == "number")
    return value.is_number();
  if (type == "integer")
    return value.is_number() && value.get<double>() == std::floor(value.get<double>());
  ADD_FAILURE() << "no such type: " << type;
  return false;
}

std::size_t characters(const std::string& text) {
  std::size_t result = 0;
  for (const char c : text)
    result += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
  return result;
}

bool validates(const json& value, const json& schema);

bool members_validate(const json& value, const json& schema) {
  for (const auto& [name, member] : value.items()) {
    bool described = false;
    if (const auto found = schema["properties"].find(name); found != schema["properties"].end()) {
      described = true;
      if (!validates(member, *found))
        return false;
    }
    if (schema.contains("patternProperties"))
      for (const auto& [pattern, one] : schema["patternProperties"].items())
        if (std::regex_search(name, std::regex{pattern})) {
          described = true;
          if (!validates(member, one))
            return false;
        }
    if (!described && schema["additionalProperties"] == false)
      return false;
  }
  return true;
}

bool validates(const json& value, const json& schema) {
  for (const auto& [keyword, x] : schema.items()) {
    bool good = true;
    if (keyword == "type")
      good = x.is_string() ? is_of_type(value, x)
                           : std::any_of(x.begin(), x.end(), [&value](const json& type) {
                               return is_of_type(value, type);
                             });
    else if (keyword == "enum")
      good = std::find(x.begin(), x.end(), value) != x.end();
    else if (keyword == "minimum")
      good = !value.is_number() || value >= x;
    else if (keyword == "exclusiveMinimum")
      good = !value.is_number() || value > x;
    else if (keyword == "maximum")
      good = !value.is_number() || value <= x;
    else if (keyword == "maxLength")
      good = !value.is_string() || characters(value) <= x;
    else if (keyword == "pattern")
      good = !value.is_string()
             || std::regex_search(value.get<std::string>(), std::regex{x.get<std::string>()});
    else if (keyword == "required")
      good = !value.is_object() || std::all_of(x.begin(), x.end(), [&value](const json& name) {
        return value.contains(name.get<std::string>());
      });
    else if (keyword == "anyOf")
      good = std::any_of(x.begin(), x.end(),
                         [&value](const json& one) { return validates(value, one); });
    else if (keyword == "properties")
      good = !value.is_object() || members_validate(value, schema);
    else
      EXPECT_TRUE(keyword == "$schema" || keyword == "title" || keyword == "description"
                  || keyword == "examples" || keyword == "requiresRestart"
                  || keyword == "patternProperties" || keyword == "additionalProperties")
          << "no such keyword: " << keyword;
    if (!good)
      return false;
  }
  return true;
}

// What the schema and the parser say of the same message; they must be of one mind.
bool accepted(const std::string& topic, const std::string& payload) {
  static const auto schema = json::parse(request_schema());
  constexpr std::string_view requests = "bridge/request/";
  constexpr std::string_view set = "/set";
  bool read = false;
  json value;
  if (topic.starts_with(requests)) {
    read
        = parse_request(topic.substr(requests.size()), payload, payload.size()).request.has_value();
    value = payload.empty() ? json::object() : json::parse(payload, nullptr, false);
  } else {
    read = parse_command(topic.substr(0, topic.size() - set.size()), payload, payload.size())
               .order.has_value();
    value = json::parse(payload, nullptr, false);
    if (!value.is_number())
      value = payload;
  }
  const auto valid = !value.is_discarded() && validates(json{{topic, value}}, schema);
  EXPECT_EQ(read, valid) << topic << ' ' << payload;
  return read;
}

TEST(request_schema, knows_every_request_and_command_and_its_example) {
  const auto schema = json::parse(request_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(request_forms().size(), 22U);
  for (const auto& x : request_forms()) {
    const auto topic = "bridge/request/" + std::string{x.name};
    EXPECT_TRUE(schema["properties"].contains(topic)) << topic;
    EXPECT_TRUE(accepted(topic, std::string{x.example})) << topic;
    EXPECT_TRUE(is_answerable(x.name));
  }
  EXPECT_EQ(command_forms().size(), 7U);
  for (const auto& x : command_forms()) {
    auto name = std::string{x.name};
    if (const auto gap = name.find('+'); gap != std::string::npos)
      name.replace(gap, 1, "barn");
    EXPECT_TRUE(accepted(name + "/set", std::string{x.example})) << name;
  }
  EXPECT_FALSE(accepted("bridge/request/reboot", "{}"));
  EXPECT_FALSE(accepted("camera/BARN/enabled/set", "ON"));
}

// At and beyond every bound of every field.
TEST(request_schema, and_parser_agree_on_every_field) {
  for (const auto& form : request_forms()) {
    const auto topic = "bridge/request/" + std::string{form.name};
    const auto example = json::parse(form.example);
    for (const auto& field : form.fields) {
      const auto with = [&](const json& value) {
        auto payload = example;
        payload[std::string{field.name}] = value;
        return accepted(topic, payload.dump());
      };
      auto without = example;
      without.erase(std::string{field.name});
      if (field.required) {
        EXPECT_FALSE(accepted(topic, without.dump())) << topic;
      }
      EXPECT_EQ(with(nullptr), field.may_be_null) << topic << field.name;
      EXPECT_FALSE(with(json::array())) << topic << field.name;
      EXPECT_FALSE(with(json::object())) << topic << field.name;
      const auto is_number = field.kind == value_kind::number || field.kind == value_kind::whole;
      const auto is_text = field.kind == value_kind::text;
      EXPECT_EQ(with(true), field.kind == value_kind::flag) << topic << field.name;
      EXPECT_EQ(with("ON"), field.kind == value_kind::flag || (is_text && !field.plain))
          << topic << field.name;
      EXPECT_EQ(with("7"), is_text) << topic << field.name;
      if (is_number) {
        const auto most = greatest(field, {});
        EXPECT_EQ(with(field.min), !field.above_min) << topic << field.name;
        EXPECT_TRUE(with(most)) << topic << field.name;
        EXPECT_FALSE(with(field.min - 1)) << topic << field.name;
        EXPECT_FALSE(with(most * 1.001)) << topic << field.name;
      } else {
        EXPECT_FALSE(with(1)) << topic << field.name;
      }
      if (is_text) {
        const auto most = static_cast<std::size_t>(field.max);
        EXPECT_TRUE(with(std::string(most, 'x'))) << topic << field.name;
        EXPECT_FALSE(with(std::string(most + 1, 'x'))) << topic << field.name;
        EXPECT_EQ(with(" "), field.min == 0) << topic << field.name;
        for (const auto* text : {"a b", " a", "a\n", "a/b", "\xC3\xA4"})
          EXPECT_EQ(with(text), !field.plain) << topic << field.name << text;
      }
    }
    auto more = example;
    more["transaction"] = {{"any", {1, nullptr}}};
    EXPECT_TRUE(accepted(topic, more.dump())) << topic;
    more["surplus"] = 1;
    EXPECT_FALSE(accepted(topic, more.dump())) << topic;
  }
}

TEST(request_schema, and_parser_agree_on_commands) {
  for (const auto* topic :
       {"consensus/armed/set", "consensus/consensus_threshold/set", "consensus/min_confidence/set",
        "consensus/detection_window/set", "consensus/cooldown_period/set",
        "camera/barn/enabled/set", "camera/barn/snooze/set"})
    for (const auto* payload : {"",     "ON",   "off",  "True", "maybe", "0",   "0.5",  "1",
                                "9.5",  "10",   "10.5", "11",   "300",   "301", "1440", "1441",
                                "3600", "3601", "-1",   "1e3",  "1e400", "nan", "{}",   "\"ON\""})
      (void)accepted(topic, payload);
  EXPECT_TRUE(accepted("camera/barn/snooze/set", "0"));
  EXPECT_FALSE(accepted("consensus/consensus_threshold/set", "0"));
}

TEST(request_schema, options_need_no_restart_and_follow_the_profile) {
  const auto schema = json::parse(request_schema({7200}));
  const auto& options = schema["properties"]["bridge/request/options"]["properties"];
  EXPECT_EQ(options["detection_window"]["maximum"], 7200);
  EXPECT_EQ(schema["properties"]["consensus/detection_window/set"]["maximum"], 7200);
  EXPECT_EQ(options["armed"]["requiresRestart"], false);
  EXPECT_FALSE(options["by"].contains("requiresRestart"));
  // It is retained together with the configuration.
  EXPECT_LT(schema.dump().size(), 12'000U);
}

} // namespace
} // namespace firefinder::schema_test
