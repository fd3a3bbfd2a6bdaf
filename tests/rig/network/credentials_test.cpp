// Passwords lock no camera, and nobody comes to know them.

#include "tests/rig/network/scene.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <sys/stat.h>

namespace firefinder::test::credentials_test {
namespace {

class credentials : public network_test {
protected:
  // A camera that speaks both protocols and locks after three refused log-ins.
  network_host& both(int number) {
    auto& camera = host(number);
    device = &camera.onvif(onvif_camera("C" + std::to_string(number)));
    streams = &camera.rtsp(onvif_streams());
    return camera;
  }
  [[nodiscard]] std::size_t refused() const {
    return device->refused_logins() + streams->refused_logins();
  }
  [[nodiscard]] std::size_t tried() const {
    return device->events("login").size() + streams->events("login").size();
  }
  // Whether a camera is said to have refused us, in either way.
  bool refused_us(const std::string& id) {
    return peer
        ->wait_for(
            [&](const message& m) {
              return m.topic == "camera/status/" + id
                     && (m.payload.find("auth_failed") != std::string::npos
                         || m.payload.find("auth_locked") != std::string::npos);
            },
            30s)
        .has_value();
  }

  server* device = nullptr;
  server* streams = nullptr;
};

constexpr auto wrong = "admin:one,admin:two,admin:three,root:four,viewer:five";

TEST_F(credentials, wrong_ones_never_lock_a_camera) {
  auto& camera = both(13);
  start({{"CAMERA_CREDENTIALS", wrong}});
  ASSERT_TRUE(refused_us(camera.id()));
  ASSERT_TRUE(poll_until(30s, [&] { return refused() >= 2; }));
  // Attempts are five seconds apart.
  EXPECT_FALSE(poll_until(6s, [&] { return refused() > 2; }));

  // Nor does a restart forget how many there were: it asks the camera what it is, and one
  // that forgot would try a password with that.
  const auto asked = [&] { return device->events("request").size(); };
  const auto before = asked();
  start({{"CAMERA_CREDENTIALS", wrong}});
  ASSERT_TRUE(poll_until(patience, [&] { return asked() > before; }));
  EXPECT_FALSE(poll_until(3s, [&] { return refused() > 2; }));
  EXPECT_EQ(refused(), 2U);

  // New passwords are tried at once.
  peer->clear();
  start();
  EXPECT_TRUE(announced(camera.id(), streaming, 30s));
  EXPECT_EQ(refused(), 2U);
}

TEST_F(credentials, the_second_of_the_list_is_the_right_one) {
  auto& camera = both(13);
  start({{"CAMERA_CREDENTIALS", "admin:one," + std::string{user} + ':' + password + ",admin:two"}});
  const auto said = announced(camera.id(), streaming, 30s);
  ASSERT_TRUE(said);
  EXPECT_EQ(refused(), 1U);
  const auto reference = json::parse(said->payload).value("credential_ref", "");
  EXPECT_EQ(reference, "2");
}

TEST_F(credentials, the_one_that_passed_finds_the_path) {
  // It says 401 to every path, and which of them exist only to those who may know.
  auto& camera = host(17);
  auto& server = camera.rtsp(guarded_rtsp("/axis-media/media.amp", "AXIS_027700000017"));
  start();
  const auto said = announced(camera.id(), streaming, 30s);
  ASSERT_TRUE(said) << newest(camera.id());
  EXPECT_EQ(main_url(json::parse(said->payload)),
            "rtsp://" + camera.address() + "/axis-media/media.amp");
  EXPECT_EQ(server.refused_logins(), 0U);
}

TEST_F(credentials, a_lock_is_told_from_a_wrong_password) {
  auto& camera = host(12);
  auto& server = camera.rtsp(guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F01"));
  start();
  ASSERT_TRUE(announced(camera.id(), streaming, 30s));
  ASSERT_EQ(server.refused_logins(), 0U);
  server.process().signal(SIGUSR2);
  EXPECT_TRUE(said(camera.id(), "auth_locked", 30s));
  EXPECT_FALSE(said(camera.id(), "auth_failed", 0s));
  EXPECT_LE(server.refused_logins(), 2U);
}

TEST_F(credentials, no_password_is_shown_in_clear) {
  auto& camera = host(12);
  auto settings = guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F01");
  settings["auth"]["scheme"] = "basic";
  auto& server = camera.rtsp(settings);
  start();
  // That is what it says when it has tried what it may.
  EXPECT_TRUE(said(camera.id(), "auth_required")) << newest(camera.id());
  EXPECT_TRUE(server.events("login").empty());
}

TEST_F(credentials, without_any_none_is_tried) {
  auto& camera = both(13);
  start({{"CAMERA_CREDENTIALS", ""}});
  EXPECT_TRUE(said(camera.id(), "auth_required")) << newest(camera.id());
  EXPECT_EQ(tried(), 0U);
}

TEST_F(credentials, they_are_nowhere_to_be_read) {
  auto& camera = both(13);
  auto& second = host(12);
  second.rtsp(guarded_rtsp("/cam/realmonitor?channel=1&subtype=0", "Login to 5F01"));
  std::set<std::string> command_lines;
  start({{"LOG_LEVEL", "debug"}});
  ASSERT_TRUE(poll_until(30s,
                         [&] {
                           for (const auto& one : std::filesystem::directory_iterator{"/proc"})
                             if (const auto name = one.path().filename().string();
                                 std::isdigit(name[0]) != 0)
                               command_lines.insert(read_file(one.path() / "cmdline"));
                           return streaming(newest(camera.id())) && streaming(newest(second.id()));
                         }))
      << newest(camera.id()) << newest(second.id());
  const auto state = network->directory() / "state";
  std::size_t files = 0;
  for (const auto& one : std::filesystem::recursive_directory_iterator{state}) {
    struct stat found {};
    ASSERT_EQ(::lstat(one.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0077U & (one.is_directory() ? 0022U : 0077U), 0U) << one.path();
    if (!one.is_regular_file())
      continue;
    EXPECT_EQ(read_file(one.path()).find(password_core), std::string::npos) << one.path();
    ++files;
  }
  EXPECT_GT(files, 0U);
  const auto end = subject->terminate(SIGTERM);
  EXPECT_EQ(end.state, (exit_state{0, 0}));
  for (const auto& line : command_lines)
    EXPECT_EQ(line.find(password_core), std::string::npos) << line.substr(0, 40);
  EXPECT_EQ(subject->log().find(password_core), std::string::npos);
  EXPECT_EQ(subject->process().standard_output().find(password_core), std::string::npos);
  for (const auto& m : peer->messages())
    EXPECT_EQ(m.payload.find(password_core), std::string::npos) << m.topic;
  EXPECT_GT(peer->count("camera/discovery/+"), 1U);
}

} // namespace
} // namespace firefinder::test::credentials_test
