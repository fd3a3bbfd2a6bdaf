// The sample broker of config/mosquitto as it is: mosquitto with TLS, users and access
// rules, certificates by its own script, and the daemon at it.

#include "tests/support/child_process.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/net.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

namespace firefinder::test::broker_test {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path samples = FIREFINDER_CONFIG "/mosquitto";

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// With the paths and names as here, nothing else is changed.
class sample_broker : public testing::Test {
protected:
  void SetUp() override {
    const auto folder = directory_.path().string();
    const auto made
        = run({samples / "make-certificates", folder, "127.0.0.1", "firefinder"}, {}, patience);
    ASSERT_EQ(made.state.code, 0) << made.error;
    std::filesystem::copy_file(samples / "acl", directory_.path() / "acl");
    for (const std::string user : {"firefinder", "pump", "camera-north", "camera-south", "frigate",
                                   "homeassistant", "panel"})
      passwords_ += user + ":" + password_of(user) + '\n';
    directory_.write("users", passwords_);
    const auto hashed = run({program("mosquitto_passwd"), "-U", folder + "/users"}, {}, patience);
    ASSERT_EQ(hashed.state.code, 0) << hashed.error;
    auto text = read_file(samples / "firefinder.conf");
    replace_all(text, "/etc/mosquitto/firefinder/", folder + '/');
    replace_all(text, "listener 8883", "listener " + std::to_string(port_) + " 127.0.0.1");
    adapt(text);
    std::filesystem::create_directory(directory_.path() / "conf.d");
    directory_.write("conf.d/firefinder.conf", text);
    // What Debian's own mosquitto.conf says.
    std::string main
        = "persistence true\npersistence_location " + folder + "/\nlog_dest stderr\nlog_type all\n";
    if (::geteuid() == 0)
      main += "user root\n";
    directory_.write("mosquitto.conf", main + "include_dir " + folder + "/conf.d\n");
    mosquitto_ = std::make_unique<child_process>(
        std::vector<std::string>{program("mosquitto"), "-c", folder + "/mosquitto.conf"},
        environment{}, directory_.path() / "mosquitto");
    ASSERT_TRUE(poll_until(patience, [&] {
      return mosquitto_->standard_error().find(" running\n") != std::string::npos
             || !mosquitto_->running();
    }));
    ASSERT_TRUE(mosquitto_->running()) << mosquitto_->standard_error();
  }

  // For variants that the sample has as comments.
  virtual void adapt(std::string& /*configuration*/) {}

  [[nodiscard]] static std::string program(const std::string& name) {
    for (const char* folder : {"/usr/sbin/", "/usr/bin/"})
      if (::access((folder + name).c_str(), X_OK) == 0)
        return folder + name;
    return name;
  }

  [[nodiscard]] static std::string password_of(const std::string& user) { return user + "'s"; }

  [[nodiscard]] peer_options as(const std::string& user) const {
    return {
        .username = user, .password = password_of(user), .authority = directory_.path() / "ca.crt"};
  }

  [[nodiscard]] environment settings() const {
    return {{"MQTT_TLS", "true"},
            {"TLS_CA_PATH", directory_.path() / "ca.crt"},
            {"MQTT_USERNAME", "firefinder"},
            {"MQTT_PASSWORD", password_of("firefinder")},
            {"LOG_LEVEL", "debug"}};
  }

  void start_daemon(const environment& env) {
    daemon_ = std::make_unique<daemon>(FIREFINDER_BINARY, port_, env);
    ASSERT_TRUE(poll_until(patience, [&] { return daemon_->logged("info connection: connected"); }))
        << daemon_->log();
  }

  // Whether the broker takes it; it notes what it refuses.
  [[nodiscard]] bool may_publish(const std::string& user, const std::string& topic) const {
    const auto before = refusals();
    mqtt_peer peer{port_, as(user)};
    try {
      peer.publish(topic, "x");
    } catch (const std::exception&) {
      // In MQTT 5 the refusal is the acknowledgement.
    }
    return refusals() == before;
  }

  [[nodiscard]] std::size_t refusals() const {
    const auto log = mosquitto_->standard_error();
    std::size_t result = 0;
    for (auto at = log.find("Denied PUBLISH"); at != std::string::npos;
         at = log.find("Denied PUBLISH", at + 1))
      ++result;
    return result;
  }

  const temporary_directory directory_;
  const std::uint16_t port_ = free_port();
  std::string passwords_;
  std::unique_ptr<child_process> mosquitto_;
  std::unique_ptr<daemon> daemon_;
};

TEST_F(sample_broker, the_alarm_passes_and_nothing_of_the_daemon_is_refused) {
  start_daemon(settings());
  mqtt_peer pump{port_, as("pump")};
  pump.subscribe("fire/trigger");
  mqtt_peer panel{port_, as("panel")};
  for (const char* filter : {"fire/#", "system/#", "firefinder/#"})
    panel.subscribe(filter);
  ASSERT_TRUE(panel.wait_for("system/fire_consensus/health", patience)) << daemon_->log();
  for (const std::string camera : {"camera-north", "camera-south"}) {
    mqtt_peer peer{port_, as(camera)};
    for (const auto& one : growing_fire(camera))
      peer.publish("fire/detection/" + camera, one.dump());
  }
  EXPECT_TRUE(pump.wait_for("fire/trigger", patience)) << daemon_->log();
  EXPECT_TRUE(panel.wait_for("fire/consensus_state", patience));
  panel.clear();
  EXPECT_EQ(daemon_->terminate(SIGTERM).state, (exit_state{0, 0}));
  EXPECT_EQ(missing_presence(panel, "", "offline", patience), "");
  EXPECT_FALSE(daemon_->logged("refuse|not accepted|not authorized| (error|critical) conn"))
      << daemon_->log();
  EXPECT_EQ(refusals(), 0u);
}

TEST_F(sample_broker, nobody_may_write_more_than_its_part) {
  EXPECT_TRUE(may_publish("camera-north", "fire/detection/camera-north"));
  for (const char* topic : {"fire/trigger", "fire/detection/camera-south", "fire/detection",
                            "fire/consensus_state", "system/fire_consensus/lwt"})
    EXPECT_FALSE(may_publish("camera-north", topic)) << topic;
  EXPECT_TRUE(may_publish("firefinder", "fire/trigger_missed"));
  for (const char* topic : {"fire/detection", "fire/detection/firefinder",
                            "fire/detection/camera-south", "frigate/events"})
    EXPECT_FALSE(may_publish("firefinder", topic)) << topic;
  for (const char* topic : {"fire/trigger", "fire/detection/pump", "firefinder/bridge/request/x"})
    EXPECT_FALSE(may_publish("pump", topic)) << topic;
  EXPECT_FALSE(may_publish("panel", "fire/trigger"));
  EXPECT_TRUE(may_publish("homeassistant", "firefinder/bridge/request/explain"));
  EXPECT_FALSE(may_publish("homeassistant", "fire/trigger"));
}

TEST_F(sample_broker, the_pump_hears_the_trigger_alone) {
  mqtt_peer pump{port_, as("pump")};
  // Mosquitto grants every subscription, and delivers what may be read.
  pump.subscribe("#");
  mqtt_peer panel{port_, as("panel")};
  panel.subscribe("fire/#");
  mqtt_peer camera{port_, as("camera-north")};
  mqtt_peer source{port_, as("firefinder")};
  camera.publish("fire/detection/camera-north", "seen");
  source.publish("fire/trigger", "now");
  EXPECT_TRUE(pump.wait_for("fire/trigger", "now", patience));
  ASSERT_TRUE(panel.wait_for("fire/trigger", "now", patience));
  EXPECT_EQ(panel.count("fire/detection/camera-north"), 1u);
  EXPECT_EQ(pump.count(), 1u);
}

TEST_F(sample_broker, the_daemon_hears_frigate) {
  mqtt_peer daemon_user{port_, as("firefinder")};
  daemon_user.subscribe("#");
  mqtt_peer frigate{port_, as("frigate")};
  for (const char* topic :
       {"frigate/events", "frigate/available", "frigate/stats", "frigate/camera_activity"}) {
    frigate.publish(topic, "x");
    EXPECT_TRUE(daemon_user.wait_for(topic, patience)) << topic;
  }
}

TEST_F(sample_broker, lets_nobody_in_without_a_password) {
  EXPECT_ANY_THROW((mqtt_peer{port_, {.authority = directory_.path() / "ca.crt"}}));
}

// The lines that the sample has as comments: the certificate is the user.
class sample_broker_with_client_certificates : public sample_broker {
protected:
  void adapt(std::string& configuration) override {
    replace_all(configuration, "#require_certificate", "require_certificate");
    replace_all(configuration, "#use_identity", "use_identity");
  }
};

TEST_F(sample_broker_with_client_certificates, knows_the_daemon_by_its_certificate) {
  auto env = settings();
  env.erase("MQTT_USERNAME");
  env.erase("MQTT_PASSWORD");
  env["TLS_CERT_PATH"] = directory_.path() / "firefinder.crt";
  env["TLS_KEY_PATH"] = directory_.path() / "firefinder.key";
  start_daemon(env);
  EXPECT_FALSE(daemon_->logged("refuse")) << daemon_->log();
  EXPECT_NE(mosquitto_->standard_error().find("u'firefinder'"), std::string::npos)
      << mosquitto_->standard_error();
}

} // namespace
} // namespace firefinder::test::broker_test
