// `firefinder discover`, from where the daemon is.

#include "tests/rig/network/scene.hpp"

namespace firefinder::test::discover_test {
namespace {

class discover : public network_test {
protected:
  [[nodiscard]] outcome ask(std::vector<std::string> options, const std::string& credentials) {
    options.insert(options.begin(), {FIREFINDER_BINARY, "discover", "--scan"});
    // Services are part of the store's name: it is that of the rig's daemon.
    auto result = run(std::move(options),
                      {{"SERVICES", "camera_detection"},
                       {"STATE_DIR", network->directory() / "state"},
                       {"CAMERA_CREDENTIALS", credentials}},
                      90s);
    EXPECT_EQ(result.state, (exit_state{0, 0})) << result.error;
    EXPECT_EQ((result.output + result.error).find(password_core), std::string::npos);
    return result;
  }

  // What is told of the camera of a host; an empty object when there is nothing.
  static json of(const json& told, const network_host& camera) {
    for (const auto& one : told.value("cameras", json::array()))
      if (one.value("id", "") == camera.id())
        return one;
    return json::object();
  }

  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

const auto right = std::string{user} + ':' + password;

TEST_F(discover, tells_of_cameras_and_tries_no_password_unasked) {
  auto& open = host(11);
  open.rtsp(open_rtsp("/stream1"));
  auto& guarded = host(13);
  auto& device = guarded.onvif(onvif_camera("C13"));
  auto& streams = guarded.rtsp(onvif_streams());
  network->await();

  const auto table = ask({}, right).output;
  for (const auto* camera : {&open, &guarded}) {
    EXPECT_TRUE(has(table, camera->mac())) << table;
    EXPECT_TRUE(has(table, camera->address())) << table;
  }
  EXPECT_TRUE(has(table, "2 cameras in ")) << table;
  EXPECT_TRUE(has(table, "--log-in")) << table;

  const auto told = json::parse(ask({"--json"}, right).output, nullptr, false);
  ASSERT_TRUE(told.is_object());
  EXPECT_EQ(told.at("cameras").size(), 2U) << told;
  EXPECT_TRUE(online(of(told, open)) && streaming(of(told, open))) << told;
  EXPECT_EQ(of(told, guarded).value("ip", ""), guarded.address()) << told;
  EXPECT_FALSE(streaming(of(told, guarded))) << told;
  EXPECT_TRUE(device.events("login").empty());
  EXPECT_TRUE(streams.events("login").empty());
}

TEST_F(discover, logs_in_when_asked_and_locks_no_camera) {
  auto& guarded = host(13);
  auto& device = guarded.onvif(onvif_camera("C13"));
  auto& streams = guarded.rtsp(onvif_streams());
  // None of the passwords is for this one.
  auto& other = host(12);
  auto settings = guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F01");
  settings["auth"]["users"] = {{user, "of somebody else"}};
  auto& locks = other.rtsp(settings);
  network->await();

  const auto all = "admin:one," + right + ",admin:three,root:four";
  const auto told = json::parse(ask({"--json", "--log-in"}, all).output, nullptr, false);
  ASSERT_TRUE(told.is_object());
  EXPECT_TRUE(online(of(told, guarded)) && streaming(of(told, guarded))) << told;
  EXPECT_EQ(of(told, guarded).value("model", ""), "C13") << told;
  EXPECT_EQ(device.refused_logins() + streams.refused_logins(), 1U);
  EXPECT_FALSE(streaming(of(told, other))) << told;
  EXPECT_EQ(locks.refused_logins(), 2U);

  // The next one knows of these.
  static_cast<void>(ask({"--log-in"}, all));
  EXPECT_EQ(device.refused_logins() + streams.refused_logins(), 1U);
  EXPECT_EQ(locks.refused_logins(), 2U);
}

TEST_F(discover, leaves_passwords_to_a_daemon_that_runs) {
  auto& guarded = host(13);
  auto& device = guarded.onvif(onvif_camera("C13"));
  auto& streams = guarded.rtsp(onvif_streams());
  start({{"CAMERA_CREDENTIALS", ""}});
  ASSERT_TRUE(announced(guarded.id(), [](const json&) { return true; }));
  const auto table = ask({"--log-in"}, right).output;
  EXPECT_TRUE(has(table, guarded.mac())) << table;
  EXPECT_TRUE(has(table, "the daemon has the passwords while it runs")) << table;
  EXPECT_TRUE(device.events("login").empty());
  EXPECT_TRUE(streams.events("login").empty());
}

} // namespace
} // namespace firefinder::test::discover_test
