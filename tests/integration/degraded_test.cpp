// What is missing, and that the daemon says so.

#include "tests/integration/fixture.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>

namespace firefinder::test::degraded_test {
namespace {

using namespace std::chrono_literals;

class degraded : public scene {
protected:
  static constexpr const char* state_topic = "fire/consensus_state";
  static constexpr const char* health_topic = "system/fire_consensus/health";

  // The newest message of a topic for which `predicate` holds; null when none came.
  template <class Predicate>
  nlohmann::json wait_for(const std::string& topic, Predicate&& predicate,
                          std::chrono::steady_clock::duration limit = patience) {
    nlohmann::json found;
    const bool came = poll_until(limit, [&] {
      const auto all = watcher().messages(topic);
      if (all.empty())
        return false;
      found = nlohmann::json::parse(all.back().payload, nullptr, false);
      return found.is_object() && predicate(found);
    });
    EXPECT_TRUE(came) << topic << ": " << found;
    return came ? found : nlohmann::json{};
  }

  nlohmann::json wait_for_state(const std::string& name,
                                std::chrono::steady_clock::duration limit = patience) {
    return wait_for(
        state_topic, [&](const auto& x) { return x.value("state", "") == name; }, limit);
  }

  static names codes(const nlohmann::json& problems) {
    names result;
    for (const auto& x : problems)
      result.push_back(x.value("code", ""));
    return result;
  }

  void greet(const std::string& camera) {
    cameras().post("system/camera_telemetry", nlohmann::json{{"camera_id", camera}}.dump());
    cameras().flush();
  }
};

TEST_F(degraded, ACameraThatGoesAndComesBack) {
  play({{"CAMERA_TIMEOUT", "10"},
        {"HEALTH_INTERVAL", "10"},
        {"ZONE_MAPPING", R"({"north": ["ridge"], "south": ["barn"]})"}});
  greet("south");
  wait_for_state("idle");
  const auto begin = unix_now();
  // North lives on, south does not.
  const auto since = std::chrono::steady_clock::now();
  ASSERT_TRUE(poll_until(30s, [&] {
    if (std::chrono::steady_clock::now() - since < 30s)
      greet("north");
    const auto all = watcher().messages(state_topic);
    return !all.empty() && all.back().payload.find("\"degraded\":true") != std::string::npos;
  }));
  greet("north");
  const auto state = wait_for_state("degraded");
  ASSERT_TRUE(state.is_object());
  EXPECT_EQ(codes(state["problems"]), (names{"cameras_below_threshold", "zone_blind"}));
  EXPECT_EQ(state["problems"][1].value("subject", ""), "barn");
  EXPECT_NEAR(state["problems"][0].value("since", 0.0), begin + 10, 8);
  const auto report = wait_for(health_topic, [&](const auto& x) {
    greet("north");
    return !x.value("healthy", true);
  });
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(codes(report["problem_codes"]),
            (names{"cameras_below_threshold", "zone_blind", "camera_offline"}));
  EXPECT_EQ(report["problems"].size(), 2U) << report["problems"];
  EXPECT_NEAR(report["cameras"]["south"]["blind_since"].get<double>(), begin + 10, 8);
  EXPECT_TRUE(report["cameras"]["north"]["blind_since"].is_null()) << report["cameras"];
  EXPECT_TRUE(report["zones"]["barn"]["blind_since"].is_number()) << report["zones"];
  EXPECT_TRUE(report["zones"]["ridge"]["blind_since"].is_null()) << report["zones"];
  greet("north");
  greet("south");
  EXPECT_EQ(wait_for_state("idle").value("degraded", true), false);
}

TEST_F(degraded, AStoreThatCannotWriteIsToldAndStopsNoAlarm) {
  temporary_directory place;
  // Not even root can make a directory below a file.
  const auto file = (place.path() / "file").string();
  std::ofstream{file} << "x";
  play({{"STATE_DIR", file + "/state"}});
  const auto report
      = wait_for(health_topic, [](const auto& x) { return !x.value("healthy", true); });
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(codes(report["problem_codes"]), names{"store_cannot_write"});
  EXPECT_EQ(report["store"].value("ok", true), false);
  EXPECT_EQ(codes(wait_for_state("degraded")["problems"]), names{"store_cannot_write"});
  see(growing_fire("north"));
  see(growing_fire("south"));
  EXPECT_EQ(cameras_of(trigger()), (names{"north", "south"}));
}

TEST_F(degraded, FrigateThatIsOffline) {
  play({}, {.proxied = true});
  cameras().publish("frigate/available", "offline");
  const auto state = wait_for_state("degraded");
  EXPECT_EQ(codes(state["problems"]), names{"frigate_offline"});
  EXPECT_EQ(state["problems"][0].value("subject", ""), "frigate");
  EXPECT_EQ(codes(health_after_cut()["problem_codes"]), names{"frigate_offline"});
  cameras().publish("frigate/available", "online");
  wait_for_state("idle");
  EXPECT_EQ(health_after_cut().value("healthy", false), true);
}

} // namespace
} // namespace firefinder::test::degraded_test
