// The samples uplink.conf and region-acl of config/mosquitto as they are: two sites, each with a
// broker and a daemon of its own, and the broker of a region above them.

#include "tests/support/broker.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/mqtt_peer.hpp"
#include "tests/support/tcp_proxy.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/wait.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test::uplink_test {
namespace {

using namespace std::chrono_literals;

const std::filesystem::path samples = FIREFINDER_CONFIG "/mosquitto";

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  ASSERT_NE(text.find(from), std::string::npos) << from;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

std::string password_of(const std::string& user) { return user + "'s"; }

std::map<std::string, std::string> passwords(const std::vector<std::string>& users) {
  std::map<std::string, std::string> result;
  for (const auto& user : users)
    result[user] = password_of(user);
  return result;
}

class site {
public:
  site(const std::string& name, std::uint16_t region, const certificate_authority& authority)
    : way_(region),
      broker_({.users = passwords({"firefinder", "pump", "camera-north", "camera-south", "panel"}),
               .persistence = true,
               .further = configuration(name, authority)}),
      daemon_(FIREFINDER_BINARY, broker_.port(),
              {{"MQTT_USERNAME", "firefinder"}, {"MQTT_PASSWORD", password_of("firefinder")}}),
      pump_(broker_.port(), as("pump")) {
    pump_.subscribe("fire/trigger");
  }

  // Two cameras see it.
  void burn() const {
    for (const std::string camera : {"camera-north", "camera-south"}) {
      mqtt_peer peer{broker_.port(), as(camera)};
      for (const auto& one : growing_fire(camera))
        peer.publish("fire/detection/" + camera, one.dump());
    }
  }

  void cut_uplink() {
    way_.refuse(true);
    way_.cut();
  }
  void mend_uplink() { way_.refuse(false); }

  [[nodiscard]] const broker& at() const { return broker_; }
  void restart_broker() { broker_.restart(); }
  [[nodiscard]] const mqtt_peer& pump() const { return pump_; }
  [[nodiscard]] std::string log() const { return daemon_.log() + broker_.log(); }

  [[nodiscard]] static peer_options as(const std::string& user) {
    return {.username = user, .password = password_of(user)};
  }

private:
  // With names, paths and passwords of this test, and without a pause that a test would have to
  // wait for; nothing else is changed.
  [[nodiscard]] std::string configuration(const std::string& name,
                                          const certificate_authority& authority) const {
    auto text = read_file(samples / "uplink.conf");
    replace_all(text, "region.example:8883", "127.0.0.1:" + std::to_string(way_.port()));
    replace_all(text, "/etc/mosquitto/firefinder/region-ca.crt", authority.file());
    replace_all(text, "change-me", password_of(name));
    replace_all(text, "restart_timeout 2 30", "restart_timeout 1");
    replace_all(text, "north", name);
    return "acl_file " + (samples / "acl").string() + '\n' + text;
  }

  tcp_proxy way_;
  broker broker_;
  daemon daemon_;
  mqtt_peer pump_;
};

class uplink : public testing::Test {
protected:
  [[nodiscard]] mqtt_peer at_region(const std::string& user) const {
    return mqtt_peer{
        region_.port(),
        {.username = user, .password = password_of(user), .authority = authority_.file()}};
  }

  const certificate_authority authority_{"region"};
  const broker region_{{.tls = broker_tls{authority_.issue("region", {"IP:127.0.0.1"}), {}},
                        .users = passwords({"north", "south", "console"}),
                        .persistence = true,
                        .further = "acl_file " + (samples / "region-acl").string()}};
};

TEST_F(uplink, alarms_and_health_of_two_sites_arrive_under_their_names) {
  site north{"north", region_.port(), authority_};
  site south{"south", region_.port(), authority_};
  auto console = at_region("console");
  console.subscribe("sites/#");
  for (const std::string name : {"north", "south"}) {
    const auto& log = name == "north" ? north : south;
    EXPECT_TRUE(console.wait_for("sites/" + name + "/uplink", "1", patience)) << log.log();
    EXPECT_TRUE(
        console.wait_for("sites/" + name + "/system/fire_consensus/lwt", "online", patience))
        << log.log();
    EXPECT_TRUE(console.wait_for("sites/" + name + "/system/fire_consensus/health", patience))
        << log.log();
    for (const std::string topic :
         {"fire/consensus_state", "firefinder/alarm/state", "firefinder/trouble/state"})
      EXPECT_TRUE(console.wait_for("sites/" + name + "/" + topic, patience)) << name << topic;
  }
  north.burn();
  const auto there = north.pump().wait_for("fire/trigger", patience);
  ASSERT_TRUE(there) << north.log();
  const auto here = console.wait_for("sites/north/fire/trigger", patience);
  ASSERT_TRUE(here) << north.log();
  EXPECT_EQ(here->payload, there->payload);
  EXPECT_EQ(here->qos, 2);
  EXPECT_FALSE(here->retained);
  south.burn();
  EXPECT_TRUE(console.wait_for("sites/south/fire/trigger", patience)) << south.log();
  EXPECT_EQ(console.count("sites/+/fire/trigger"), 2U);
}

TEST_F(uplink, what_a_site_decides_alone_arrives_once_when_the_uplink_is_back) {
  site north{"north", region_.port(), authority_};
  auto console = at_region("console");
  console.subscribe("sites/#");
  ASSERT_TRUE(console.wait_for("sites/north/fire/consensus_state", patience)) << north.log();
  north.cut_uplink();
  // The region says it in the site's place.
  ASSERT_TRUE(console.wait_for("sites/north/uplink", "0", patience));
  console.clear();
  north.burn();
  const auto there = north.pump().wait_for("fire/trigger", patience);
  ASSERT_TRUE(there) << north.log();
  EXPECT_EQ(console.count("sites/north/fire/#"), 0U);
  // Also when the site's broker goes down before it could pass it on.
  north.restart_broker();
  north.mend_uplink();
  const auto here = console.wait_for("sites/north/fire/trigger", patience);
  ASSERT_TRUE(here) << north.log();
  EXPECT_EQ(here->payload, there->payload);
  // And what stands at the site stands here again.
  EXPECT_TRUE(console.wait_for(
      [](const message& m) {
        return m.topic == "sites/north/fire/consensus_state"
               && m.payload.find(R"("state":"cooldown")") != std::string::npos;
      },
      patience))
      << north.log();
  EXPECT_TRUE(console.wait_for("sites/north/uplink", "1", patience));
  EXPECT_EQ(console.count("sites/north/fire/trigger"), 1U);
}

TEST_F(uplink, nothing_comes_down_and_no_site_speaks_for_another) {
  site north{"north", region_.port(), authority_};
  auto console = at_region("console");
  console.subscribe("sites/#");
  ASSERT_TRUE(console.wait_for("sites/north/fire/consensus_state", patience)) << north.log();
  mqtt_peer panel{north.at().port(), site::as("panel")};
  panel.subscribe("fire/#");
  const auto may_publish = [&](const std::string& user, const std::string& topic) {
    auto peer = at_region(user);
    try {
      peer.publish(topic, "x");
    } catch (const std::exception&) {
      return false;
    }
    return true;
  };
  EXPECT_FALSE(may_publish("south", "sites/north/fire/trigger"));
  EXPECT_FALSE(may_publish("console", "sites/north/fire/trigger"));
  EXPECT_FALSE(may_publish("north", "fire/trigger"));
  // Whoever has the region's broker in hand has the right to say anything there.
  EXPECT_TRUE(may_publish("north", "sites/north/fire/trigger"));
  ASSERT_TRUE(console.wait_for("sites/north/fire/trigger", "x", patience));
  // What the site says next has passed the same way, the other way round.
  north.burn();
  ASSERT_TRUE(panel.wait_for("fire/trigger", patience)) << north.log();
  ASSERT_TRUE(poll_until(patience, [&] { return console.count("sites/north/fire/trigger") == 2; }));
  EXPECT_EQ(panel.count("fire/trigger"), 1U);
  EXPECT_NE(panel.messages("fire/trigger").front().payload, "x");
}

} // namespace
} // namespace firefinder::test::uplink_test
