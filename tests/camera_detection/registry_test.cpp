#include "actors/camera_detection/registry.hpp"

#include "actors/camera_detection/documents.hpp"
#include "actors/camera_detection/shown_url.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace firefinder::registry_test {

using namespace std::chrono_literals;

namespace {

constexpr unix_seconds wall = 1'700'000'000;
const std::string mac_a = "02770000000a";
const std::string mac_b = "02770000000b";

struct registry : testing::Test {
  camera_detection_settings settings;
  camera_registry uut{settings};
  monotonic now = 1h;

  static finding found(finding_kind kind, const std::string& address, const std::string& mac = {}) {
    finding x;
    x.kind = kind;
    x.address = address;
    x.mac = mac;
    x.on_segment = !mac.empty();
    if (kind == finding_kind::open_port || kind == finding_kind::mdns_service)
      x.port = 554;
    if (kind == finding_kind::onvif_device) {
      x.services = {"http://" + address + "/onvif/device_service"};
      x.endpoint = "endpoint of " + address;
    }
    return x;
  }

  static device_report report(const std::string& address,
                              const std::vector<std::string>& macs = {}) {
    device_report x;
    x.answered = true;
    x.onvif = !macs.empty();
    x.rtsp = true;
    x.macs = macs;
    x.condition = camera_condition::online;
    camera_stream stream;
    stream.name = "main";
    stream.url = "rtsp://" + address + ":554/main";
    x.streams = {stream};
    return x;
  }

  registry_changes hear(finding_kind kind, const std::string& address,
                        const std::string& mac = {}) {
    return uut.hear(found(kind, address, mac), now);
  }

  registry_changes learn(const std::string& address, const device_report& told) {
    return uut.learn(address, told, "", false, now, wall);
  }

  /// A camera that was found by its port.
  registry_changes camera(const std::string& address, const std::string& mac) {
    (void)hear(finding_kind::open_port, address, mac);
    return learn(address, report(address));
  }

  std::vector<std::string> ids() {
    std::vector<std::string> result;
    for (const auto& [id, x] : uut.all())
      result.push_back(id);
    return result;
  }
};

using names = std::vector<std::string>;
using set = std::set<std::string>;

} // namespace

TEST_F(registry, asks_once_whoever_was_found) {
  EXPECT_EQ(hear(finding_kind::open_port, "10.0.0.1", mac_a).to_ask, set{"10.0.0.1"});
  (void)learn("10.0.0.1", report("10.0.0.1"));
  EXPECT_TRUE(hear(finding_kind::open_port, "10.0.0.1", mac_a).to_ask.empty());
  // A further way is more to ask about.
  EXPECT_EQ(hear(finding_kind::onvif_device, "10.0.0.1", mac_a).to_ask, set{"10.0.0.1"});
  EXPECT_EQ(uut.find(mac_a)->methods, (names{"rtsp_scan", "onvif"}));
}

TEST_F(registry, is_one_camera_for_three_ways) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1");
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a}));
  (void)hear(finding_kind::mdns_service, "10.0.0.1");
  (void)hear(finding_kind::open_port, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a}));
  EXPECT_EQ(ids(), names{mac_a});
  EXPECT_EQ(uut.find(mac_a)->methods.size(), 3u);
  EXPECT_EQ(uut.find(mac_a)->mac, "02:77:00:00:00:0A");
}

TEST_F(registry, leaves_alone_who_is_no_camera) {
  (void)hear(finding_kind::open_port, "10.0.0.9");
  device_report printer;
  printer.answered = true;
  const auto changes = learn("10.0.0.9", printer);
  EXPECT_TRUE(changes.changed.empty());
  EXPECT_EQ(uut.size(), 0u);
  EXPECT_TRUE(hear(finding_kind::open_port, "10.0.0.9").to_ask.empty());
  now += camera_registry::ask_again;
  EXPECT_EQ(hear(finding_kind::open_port, "10.0.0.9").to_ask, set{"10.0.0.9"});
}

TEST_F(registry, replaces_a_provisional_id) {
  (void)hear(finding_kind::open_port, "10.0.0.1");
  EXPECT_EQ(learn("10.0.0.1", report("10.0.0.1")).changed, set{"UNKNOWN-10-0-0-1"});
  const auto changes = hear(finding_kind::neighbour, "10.0.0.1", mac_a);
  ASSERT_EQ(changes.removed.size(), 1u);
  EXPECT_EQ(changes.removed[0].id, "UNKNOWN-10-0-0-1");
  EXPECT_EQ(changes.removed[0].successor, mac_a);
  EXPECT_EQ(changes.changed, set{mac_a});
  EXPECT_EQ(ids(), names{mac_a});
  EXPECT_EQ(uut.find("UNKNOWN-10-0-0-1")->id, mac_a);
}

TEST_F(registry, names_what_has_no_hardware_address_as_well_as_it_can) {
  (void)hear(finding_kind::onvif_device, "10.9.0.1");
  EXPECT_EQ(learn("10.9.0.1", report("10.9.0.1")).changed, set{"onvif-endpoint-of-10-9-0-1"});
  (void)hear(finding_kind::open_port, "10.9.0.2");
  auto told = report("10.9.0.2");
  told.serial_number = "4C0098/7";
  EXPECT_EQ(learn("10.9.0.2", told).changed, set{"sn-4C0098-7"});
  (void)hear(finding_kind::open_port, "10.9.0.3");
  told.serial_number = "00000000";
  EXPECT_EQ(learn("10.9.0.3", told).changed, set{"UNKNOWN-10-9-0-3"});
}

TEST_F(registry, follows_a_camera_to_another_address) {
  (void)camera("10.0.0.1", mac_a);
  const auto heard = hear(finding_kind::neighbour, "10.0.0.7", mac_a);
  EXPECT_EQ(heard.to_ask, set{"10.0.0.7"});
  const auto subject = uut.subject("10.0.0.7");
  ASSERT_TRUE(subject);
  ASSERT_EQ(subject->known_streams.size(), 1u);
  EXPECT_EQ(subject->known_streams[0].url, "rtsp://10.0.0.7:554/main");
  EXPECT_EQ(subject->rtsp_ports, std::vector<std::uint16_t>{554});

  const auto changes = learn("10.0.0.7", report("10.0.0.7"));
  EXPECT_EQ(changes.moved, set{mac_a});
  EXPECT_EQ(ids(), names{mac_a});
  const auto* x = uut.find(mac_a);
  EXPECT_EQ(x->address, "10.0.0.7");
  EXPECT_EQ(x->former_addresses, names{"10.0.0.1"});
  EXPECT_EQ(x->streams.at(0).url, "rtsp://10.0.0.7:554/main");
}

TEST_F(registry, does_not_believe_an_address_that_does_not_answer) {
  (void)camera("10.0.0.1", mac_a);
  (void)hear(finding_kind::neighbour, "10.0.0.7", mac_a);
  EXPECT_TRUE(learn("10.0.0.7", device_report{}).moved.empty());
  EXPECT_EQ(uut.find(mac_a)->address, "10.0.0.1");
}

TEST_F(registry, does_not_swing_between_two_addresses_of_one_device) {
  (void)camera("10.0.0.1", mac_a);
  (void)hear(finding_kind::neighbour, "10.0.0.7", mac_a);
  (void)learn("10.0.0.7", report("10.0.0.7"));
  now += 10s;
  EXPECT_TRUE(hear(finding_kind::neighbour, "10.0.0.1", mac_a).to_ask.empty());
  now += camera_registry::settling;
  EXPECT_FALSE(hear(finding_kind::neighbour, "10.0.0.1", mac_a).to_ask.empty());
}

TEST_F(registry, passes_over_the_address_that_a_camera_gives_itself_first) {
  (void)camera("10.0.0.1", mac_a);
  EXPECT_TRUE(hear(finding_kind::neighbour, "169.254.3.4", mac_a).to_ask.empty());
}

TEST_F(registry, notices_that_another_device_took_the_address) {
  (void)camera("10.0.0.1", mac_a);
  EXPECT_FALSE(uut.displaced(mac_a));
  EXPECT_EQ(hear(finding_kind::neighbour, "10.0.0.1", mac_b).to_check, set{mac_a});
  EXPECT_TRUE(uut.displaced(mac_a));
  EXPECT_EQ(uut.device_at("10.0.0.1"), mac_b);
  (void)hear(finding_kind::neighbour, "10.0.0.1", mac_a);
  EXPECT_FALSE(uut.displaced(mac_a));
}

TEST_F(registry, swaps_two_cameras) {
  (void)camera("10.0.0.1", mac_a);
  (void)camera("10.0.0.2", mac_b);
  (void)hear(finding_kind::neighbour, "10.0.0.2", mac_a);
  (void)hear(finding_kind::neighbour, "10.0.0.1", mac_b);
  (void)learn("10.0.0.2", report("10.0.0.2"));
  (void)learn("10.0.0.1", report("10.0.0.1"));
  EXPECT_EQ(uut.find(mac_a)->address, "10.0.0.2");
  EXPECT_EQ(uut.find(mac_b)->address, "10.0.0.1");
  EXPECT_FALSE(uut.displaced(mac_a));
  EXPECT_FALSE(uut.displaced(mac_b));
}

TEST_F(registry, joins_the_two_network_sockets_of_one_camera) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a, mac_b}));
  (void)hear(finding_kind::onvif_device, "10.0.0.2", mac_b);
  (void)learn("10.0.0.2", report("10.0.0.2", {mac_a, mac_b}));
  EXPECT_EQ(ids(), names{mac_a});
  EXPECT_EQ(uut.find(mac_b)->id, mac_a);
  EXPECT_EQ(uut.find(mac_b)->address, "10.0.0.1");
}

TEST_F(registry, follows_a_camera_whose_cable_went_to_its_other_socket) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a, mac_b}));
  (void)uut.check(mac_a, camera_condition::offline, "", wall);
  (void)hear(finding_kind::onvif_device, "10.0.0.2", mac_b);
  EXPECT_EQ(learn("10.0.0.2", report("10.0.0.2", {mac_a, mac_b})).moved, set{mac_a});
  EXPECT_EQ(uut.find(mac_b)->id, mac_a);
}

TEST_F(registry, lets_nobody_take_the_place_of_others_by_what_he_says) {
  const std::string rogue = "0277000000ff";
  // Of cameras that are not known yet …
  (void)hear(finding_kind::onvif_device, "10.0.0.66", rogue);
  (void)learn("10.0.0.66", report("10.0.0.66", {rogue, mac_a, mac_b}));
  EXPECT_TRUE(uut.find(rogue)->aliases.empty());
  (void)camera("10.0.0.1", mac_a);
  (void)hear(finding_kind::onvif_device, "10.0.0.2", mac_b);
  (void)learn("10.0.0.2", report("10.0.0.2", {mac_b}));
  EXPECT_EQ(ids(), (names{mac_a, mac_b, rogue}));
  // … nor of those that are, also from behind a router.
  (void)learn("10.0.0.66", report("10.0.0.66", {rogue, mac_a, mac_b}));
  EXPECT_TRUE(uut.find(rogue)->aliases.empty());
  (void)hear(finding_kind::onvif_device, "10.9.0.66");
  const auto told = report("10.9.0.66", {mac_a});
  EXPECT_EQ(uut.would_move("10.9.0.66", told), "10.0.0.1");
  EXPECT_TRUE(uut.learn("10.9.0.66", told, "", true, now, wall).moved.empty());
  EXPECT_EQ(uut.find(mac_a)->address, "10.0.0.1");
}

TEST_F(registry, keeps_cameras_apart_for_which_a_repeater_speaks) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  auto first = report("10.0.0.1", {"0277000000a1"});
  first.serial_number = "SERIAL-1";
  (void)learn("10.0.0.1", first);
  (void)hear(finding_kind::onvif_device, "10.0.0.2", mac_a);
  auto second = report("10.0.0.2", {"0277000000a2"});
  second.serial_number = "SERIAL-2";
  EXPECT_EQ(uut.would_move("10.0.0.2", second), "10.0.0.1");
  const auto changes = uut.learn("10.0.0.2", second, "", true, now, wall);
  EXPECT_TRUE(changes.moved.empty());
  EXPECT_EQ(changes.changed, set{"0277000000a2"});
  EXPECT_EQ(ids(), (names{mac_a, "0277000000a2"}));
  for (int i = 0; i < 3; ++i) {
    now += 10min;
    EXPECT_TRUE(hear(finding_kind::neighbour, "10.0.0.1", mac_a).to_ask.empty());
    EXPECT_TRUE(hear(finding_kind::neighbour, "10.0.0.2", mac_a).to_ask.empty());
    EXPECT_TRUE(learn("10.0.0.1", first).moved.empty());
    EXPECT_TRUE(learn("10.0.0.2", second).moved.empty());
  }
  EXPECT_EQ(ids(), (names{mac_a, "0277000000a2"}));
}

TEST_F(registry, leaves_a_camera_with_two_addresses_at_the_first) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a}));
  (void)hear(finding_kind::neighbour, "10.0.0.2", mac_a);
  const auto told = report("10.0.0.2", {mac_a});
  EXPECT_EQ(uut.would_move("10.0.0.2", told), "10.0.0.1");
  EXPECT_TRUE(uut.learn("10.0.0.2", told, "", true, now, wall).changed.empty());
  EXPECT_EQ(ids(), names{mac_a});
  EXPECT_EQ(uut.find(mac_a)->address, "10.0.0.1");
}

TEST_F(registry, takes_no_server_without_a_stream_for_a_camera) {
  (void)hear(finding_kind::open_port, "10.0.0.9", mac_a);
  auto relay = report("10.0.0.9");
  relay.streams.clear();
  relay.condition = camera_condition::stream_error;
  (void)learn("10.0.0.9", relay);
  EXPECT_EQ(uut.size(), 0u);
  relay.condition = camera_condition::auth_required;
  (void)learn("10.0.0.9", relay);
  EXPECT_EQ(uut.size(), 1u);
}

TEST_F(registry, counts_the_log_ins_of_both_sockets_as_those_of_one_device) {
  auto x = found(finding_kind::onvif_device, "10.0.0.1", mac_a);
  x.endpoint = "e";
  (void)uut.hear(x, now);
  x.address = "10.0.0.2";
  x.mac = mac_b;
  (void)uut.hear(x, now);
  EXPECT_EQ(uut.device_at("10.0.0.1"), uut.device_at("10.0.0.2"));
}

TEST_F(registry, keeps_a_size_that_was_measured) {
  (void)camera("10.0.0.1", mac_a);
  video_report seen;
  seen.outcome = video_outcome::video;
  seen.width = 640;
  seen.height = 360;
  (void)uut.watch(mac_a, seen, wall);
  auto told = report("10.0.0.1");
  told.streams[0].width = 1920;
  told.streams[0].height = 1080;
  EXPECT_TRUE(learn("10.0.0.1", told).changed.empty());
  EXPECT_EQ(uut.find(mac_a)->streams[0].width, 640u);
}

TEST_F(registry, keeps_clones_apart_that_tell_one_hardware_address) {
  const std::string factory = "001122334455";
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {factory}));
  (void)hear(finding_kind::onvif_device, "10.0.0.2", mac_b);
  (void)learn("10.0.0.2", report("10.0.0.2", {factory}));
  EXPECT_EQ(ids(), (names{mac_a, mac_b}));
}

TEST_F(registry, keeps_clones_apart_that_tell_one_endpoint_and_serial_number) {
  for (const auto& [address, mac] : {std::pair{"10.0.0.1", mac_a}, {"10.0.0.2", mac_b}}) {
    auto x = found(finding_kind::onvif_device, address, mac);
    x.endpoint = "same";
    (void)uut.hear(x, now);
    auto told = report(address);
    told.onvif = true;
    told.serial_number = "SERIAL-1";
    (void)learn(address, told);
  }
  EXPECT_EQ(ids(), (names{mac_a, mac_b}));
}

TEST_F(registry, finds_a_camera_behind_a_router_again_by_its_endpoint) {
  auto x = found(finding_kind::onvif_device, "10.9.0.1");
  x.endpoint = "e";
  (void)uut.hear(x, now);
  (void)learn("10.9.0.1", report("10.9.0.1"));
  (void)uut.check("onvif-e", camera_condition::offline, "", wall);
  x.address = "10.9.0.2";
  (void)uut.hear(x, now);
  EXPECT_EQ(learn("10.9.0.2", report("10.9.0.2")).moved, set{"onvif-e"});
  EXPECT_EQ(ids(), names{"onvif-e"});
}

TEST_F(registry, reports_two_devices_at_one_address) {
  (void)camera("10.0.0.1", mac_a);
  auto x = found(finding_kind::conflict, "10.0.0.1", mac_a);
  x.other_mac = mac_b;
  EXPECT_EQ(uut.hear(x, now).changed, set{mac_a});
  ASSERT_EQ(uut.disputes().count("10.0.0.1"), 1u);
  EXPECT_EQ(uut.find(mac_a)->address, "10.0.0.1");
}

TEST_F(registry, keeps_a_camera_whose_address_another_one_claims) {
  (void)camera("10.0.0.1", mac_a);
  (void)hear(finding_kind::neighbour, "10.0.0.1", mac_b);
  EXPECT_TRUE(uut.displaced(mac_a));
  auto x = found(finding_kind::conflict, "10.0.0.1", mac_b);
  x.other_mac = mac_a;
  EXPECT_EQ(uut.hear(x, now).changed, set{mac_a});
  EXPECT_FALSE(uut.displaced(mac_a));
  EXPECT_EQ(uut.device_at("10.0.0.1"), mac_a);
  now += 1min;
  (void)hear(finding_kind::neighbour, "10.0.0.1", mac_b);
  EXPECT_FALSE(uut.displaced(mac_a));
}

TEST_F(registry, looks_after_a_camera_that_says_goodbye) {
  (void)hear(finding_kind::onvif_device, "10.0.0.1", mac_a);
  (void)learn("10.0.0.1", report("10.0.0.1", {mac_a}));
  auto bye = found(finding_kind::onvif_goodbye, "10.0.0.1");
  bye.endpoint = "endpoint of 10.0.0.1";
  EXPECT_EQ(uut.hear(bye, now).to_check, set{mac_a});
}

TEST_F(registry, gives_names) {
  (void)camera("10.0.0.1", mac_a);
  EXPECT_EQ(uut.find(mac_a)->name, "Camera-00:00:0A");
  auto told = report("10.0.0.1");
  told.manufacturer = "Acme";
  told.model = "Acme X1";
  (void)learn("10.0.0.1", told);
  EXPECT_EQ(uut.find(mac_a)->name, "Acme X1");
  told.model = "X1";
  (void)learn("10.0.0.1", told);
  EXPECT_EQ(uut.find(mac_a)->name, "Acme X1");

  settings.names = {{"north", "North mast"}};
  settings.canonical = [](const std::string& name, const std::string& prefix) {
    return name == mac_a || (prefix == "nvr" && name == "n") ? std::string{"north"} : name;
  };
  camera_registry named{settings};
  (void)named.hear(found(finding_kind::open_port, "10.0.0.1", mac_a), now);
  (void)named.learn("10.0.0.1", told, "", false, now, wall);
  EXPECT_EQ(named.find(mac_a)->name, "North mast");
  EXPECT_EQ(named.named("n", "nvr"), named.find(mac_a));
  EXPECT_EQ(named.named("n", "other"), nullptr);
}

TEST_F(registry, tells_nothing_when_nothing_changed) {
  (void)camera("10.0.0.1", mac_a);
  EXPECT_TRUE(learn("10.0.0.1", report("10.0.0.1")).changed.empty());
  EXPECT_TRUE(uut.check(mac_a, camera_condition::online, "", wall + 60).changed.empty());
  EXPECT_EQ(uut.find(mac_a)->last_seen, wall + 60);
}

TEST_F(registry, believes_in_video_when_it_has_come) {
  (void)camera("10.0.0.1", mac_a);
  video_report seen;
  seen.outcome = video_outcome::video;
  seen.width = 640;
  seen.height = 360;
  seen.codec = "h264";
  EXPECT_EQ(uut.watch(mac_a, seen, wall).changed, set{mac_a});
  EXPECT_TRUE(uut.find(mac_a)->video_seen);
  EXPECT_EQ(uut.find(mac_a)->streams[0].width, 640u);
  // Asked again it does not know the size, which stays.
  (void)learn("10.0.0.1", report("10.0.0.1"));
  EXPECT_EQ(uut.find(mac_a)->streams[0].width, 640u);
  EXPECT_TRUE(uut.find(mac_a)->video_seen);

  seen = {};
  seen.outcome = video_outcome::no_video;
  EXPECT_EQ(uut.watch(mac_a, seen, wall).changed, set{mac_a});
  EXPECT_EQ(uut.find(mac_a)->condition, camera_condition::stream_error);
  EXPECT_FALSE(uut.find(mac_a)->video_seen);
  seen.outcome = video_outcome::unable;
  EXPECT_TRUE(uut.watch(mac_a, seen, wall).changed.empty());
}

TEST_F(registry, has_room_for_so_many_and_says_when_it_has_not) {
  for (std::size_t i = 0; i < max_known_cameras + 1; ++i)
    (void)camera(fmt::format("10.1.{}.{}", i / 250, i % 250 + 1), fmt::format("0277{:08x}", i));
  EXPECT_EQ(uut.size(), max_known_cameras);
  EXPECT_TRUE(uut.full());
}

TEST_F(registry, remembers_no_more_devices_than_it_may) {
  for (std::size_t i = 0; i < 3 * camera_registry::max_devices; ++i)
    (void)hear(finding_kind::open_port, fmt::format("10.{}.{}.1", i / 250, i % 250));
  EXPECT_EQ(uut.size(), 0u);
  EXPECT_FALSE(uut.subject("10.0.0.1"));
}

TEST_F(registry, survives_a_restart) {
  (void)camera("10.0.0.1", mac_a);
  video_report seen;
  seen.outcome = video_outcome::video;
  (void)uut.watch(mac_a, seen, wall);
  const auto text = stored_text(*uut.find(mac_a));
  const auto back = from_stored_text(text);
  ASSERT_TRUE(back);
  auto expected = *uut.find(mac_a);
  EXPECT_EQ(*back, expected);

  camera_registry after{settings};
  ASSERT_TRUE(after.restore(*back));
  EXPECT_FALSE(after.restore(*back));
  EXPECT_EQ(after.hear(found(finding_kind::neighbour, "10.0.0.5", mac_a), now).to_ask,
            set{"10.0.0.5"});
  for (const auto* bad : {"", "{}", "[]", R"({"id":1})", R"({"removed":true})"})
    EXPECT_FALSE(from_stored_text(bad)) << bad;
}

TEST_F(registry, tells_documents_without_passwords_that_parse) {
  (void)camera("10.0.0.1", mac_a);
  auto facts = *uut.find(mac_a);
  facts.name = "na\"me\x01\xff";
  const auto document
      = nlohmann::json::parse(discovery_payload(facts, true, {}, "node", 1'700'000'000.5));
  EXPECT_EQ(document.at("id"), mac_a);
  EXPECT_EQ(document.at("rtsp_urls").at("main"), "rtsp://10.0.0.1:554/main");
  EXPECT_EQ(document.at("timestamp"), "2023-11-14T22:13:20Z");
  EXPECT_EQ(document.at("stream_active"), true);
  EXPECT_TRUE(document.at("resolution").is_null());
  const auto status = nlohmann::json::parse(status_payload(facts, "offline", "node", wall));
  EXPECT_EQ(status.at("status"), "offline");
  EXPECT_EQ(status.at("camera_id"), mac_a);
}

TEST(shown_url, shows_no_password) {
  const std::vector<camera_credential> ours{{"1", "admin", "s3cret!"}};
  EXPECT_EQ(shown_url("rtsp://10.0.0.1:554/stream1?channel=1", ours),
            "rtsp://10.0.0.1:554/stream1?channel=1");
  EXPECT_EQ(shown_url("rtsp://10.0.0.1/user=admin&password=x&channel=1", {}),
            "rtsp://10.0.0.1/***");
  EXPECT_EQ(shown_url("rtsp://10.0.0.1/live/s3cret!/1", ours), "rtsp://10.0.0.1/***");
  EXPECT_EQ(shown_url("rtsp://10.0.0.1/live/s3cret%21", ours), "rtsp://10.0.0.1/***");
  EXPECT_EQ(shown_url("nothing", ours), "nothing");
}

TEST(private_address, is_where_passwords_may_go) {
  for (const auto* x : {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.9", "169.254.1.1",
                        "100.64.0.1", "127.0.0.1"})
    EXPECT_TRUE(is_private_address(x)) << x;
  for (const auto* x : {"8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "100.128.0.1",
                        "11.0.0.1", "", "fe80::1", "10.1.2", "camera"})
    EXPECT_FALSE(is_private_address(x)) << x;
}

} // namespace firefinder::registry_test
