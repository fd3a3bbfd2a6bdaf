#include "tests/integration/home_assistant.hpp"

#include <optional>
#include <set>

namespace firefinder::test {

void home_assistant::TearDown() {
  EXPECT_EQ(watcher().count(prefix + "fire/trigger"), expected_triggers);
  scene::TearDown();
}

environment home_assistant::env(environment more) const {
  more.try_emplace("STATE_DIR", state.path().string());
  more.try_emplace("HA_BIRTH_DELAY_MIN", "0");
  more.try_emplace("HA_BIRTH_DELAY_MAX", "1");
  return more;
}

void home_assistant::alive(const std::vector<std::string>& who) {
  for (const auto& name : who)
    cameras().post(prefix + "system/camera_telemetry", nlohmann::json{{"camera_id", name}}.dump());
  cameras().flush();
}

std::map<std::string, std::string> home_assistant::at_broker(const std::string& filter) const {
  std::map<std::string, std::string> result;
  for (const auto& m : retained(port(), filter))
    result[m.topic] = m.payload;
  return result;
}

bool home_assistant::announced(const std::vector<std::string>& keys) const {
  std::set<std::string> expected{"homeassistant/device/ff_" + instance + "/config"};
  for (const auto& key : keys)
    expected.insert("homeassistant/device/ff_" + instance + "_" + key + "/config");
  std::set<std::string> there;
  const bool same = poll_until(patience, [&] {
    there.clear();
    for (const auto& [topic, payload] : at_broker("homeassistant/device/+/config"))
      there.insert(topic);
    return there == expected;
  });
  if (!same)
    for (const auto& topic : there)
      ADD_FAILURE() << "there is " << topic;
  return same;
}

nlohmann::json home_assistant::ask(const std::string& operation, nlohmann::json request) {
  const auto transaction = "t" + std::to_string(++asked_);
  request["transaction"] = transaction;
  auto answer = nlohmann::json::object();
  std::optional<message> found;
  // Who asks too much at once is not answered.
  for (int i = 0; i < 10 && !found; ++i) {
    cameras().publish(prefix + "firefinder/bridge/request/" + operation, request.dump());
    found = watcher().wait_for(
        [&](const message& m) {
          if (m.topic != prefix + "firefinder/bridge/response/" + operation)
            return false;
          const auto said = nlohmann::json::parse(m.payload, nullptr, false);
          if (!said.is_object() || said.value("transaction", "") != transaction)
            return false;
          answer = said;
          return true;
        },
        patience / 10);
  }
  EXPECT_TRUE(found) << operation << " is not answered";
  if (found) {
    EXPECT_FALSE(found->retained);
    EXPECT_EQ(found->qos, 1);
  }
  return answer;
}

nlohmann::json home_assistant::done(const std::string& operation, nlohmann::json request) {
  auto answer = ask(operation, std::move(request));
  EXPECT_EQ(answer.value("status", ""), "ok") << operation << ": " << answer;
  return answer;
}

void home_assistant::birth(bool retain) {
  cameras().publish("homeassistant/status", "online", {.qos = 0, .retain = retain});
}

} // namespace firefinder::test
