#undef CAF_SUITE
#define CAF_SUITE camera_detection

#include "actors/camera_detection/camera_detection.hpp"

#include <deque>

#include "tests/actor_support/fake_actors.hpp"
#include "tests/actor_support/fixture.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace camera_detection_test {

using namespace firefinder;
using namespace firefinder::test;

namespace {

const std::string mac = "02770000000a";
const std::string home = "10.0.0.1";

constexpr auto sdp = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=camera\r\nt=0 0\r\n"
                     "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:stream=0\r\n";

/// A camera that speaks RTSP alone, as the world has it.
struct device {
  bool there = true;
  /// Empty: it asks for none.
  std::string password;
  /// What it answers who is let in.
  std::uint32_t code = 200;
  video_outcome video = video_outcome::video;
};

/// The network, what is asked of it, and what it answers.
struct world {
  std::map<std::string, device> devices;
  std::vector<search_order> orders;
  std::vector<device_question> questions;
  std::vector<video_query> looks;
  finding_listener listener;
  /// Written down when a log-in was asked for.
  const store_log* store = nullptr;
  std::vector<std::size_t> kept_before_login;
  bool finishes = true;
  /// How long answers take.
  timespan delay{0};
  std::deque<std::pair<caf::typed_response_promise<device_answer>, device_answer>> answers;

  /// Passwords that were shown, by whatever protocol.
  std::size_t logins() const {
    return static_cast<std::size_t>(
        std::count_if(questions.begin(), questions.end(),
                      [](const device_question& x) { return x.scheme != login_scheme::none; })
        + std::count_if(looks.begin(), looks.end(),
                        [](const video_query& x) { return !x.password.empty(); }));
  }
};

std::string host_of(const std::string& url) {
  const auto start = url.find("://") + 3;
  return url.substr(start, url.find_first_of(":/", start) - start);
}

finder_actor::behavior_type fake_finder(finder_actor::pointer self, world* w) {
  return {
      [=](listen_atom, const finding_listener& listener) { w->listener = listener; },
      [=](const search_order& order) {
        w->orders.push_back(order);
        search_progress end;
        end.number = order.number;
        end.finished = true;
        end.methods = {{"onvif", "on"}};
        if (w->finishes)
          self->send(w->listener, end);
      },
      [](const finder_tick&) {},
  };
}

device_client_actor::behavior_type fake_client(device_client_actor::pointer self, world* w) {
  const auto answer_to = [=](const device_question& question) {
    w->questions.push_back(question);
    device_answer answer;
    const auto found = w->devices.find(host_of(question.url));
    if (found == w->devices.end() || !found->second.there) {
      answer.failure = device_failure::timeout;
      answer.why = "no answer";
      return answer;
    }
    const auto& x = found->second;
    if (question.protocol == device_protocol::soap) {
      answer.failure = device_failure::refused;
      return answer;
    }
    answer.code = 200;
    answer.methods = "OPTIONS, DESCRIBE, SETUP, PLAY";
    if (question.protocol == device_protocol::rtsp_options)
      return answer;
    answer.logged_in = question.scheme != login_scheme::none;
    if (answer.logged_in && w->store != nullptr)
      w->kept_before_login.push_back(w->store->records.size());
    if (!x.password.empty() && question.password != x.password) {
      answer.code = 401;
      answer.challenges = {R"(Digest realm="cam", nonce="1")"};
      return answer;
    }
    answer.code = x.code;
    answer.body = sdp;
    return answer;
  };
  return {
      [=](const device_question& question) {
        auto promise = self->make_response_promise<device_answer>();
        auto answer = answer_to(question);
        if (w->delay == timespan{0}) {
          promise.deliver(std::move(answer));
        } else {
          w->answers.emplace_back(promise, std::move(answer));
          self->delayed_send(self, w->delay, transfer_tick{});
        }
        return promise;
      },
      [=](const transfer_tick&) {
        w->answers.front().first.deliver(w->answers.front().second);
        w->answers.pop_front();
      },
  };
}

video_prober_actor::behavior_type fake_prober(video_prober_actor::pointer, world* w) {
  return {
      [=](const video_query& query) {
        w->looks.push_back(query);
        video_report report;
        report.outcome = w->devices[host_of(query.url)].video;
        report.why = report.outcome == video_outcome::video ? "" : "nothing came";
        report.codec = "h264";
        report.width = 640;
        report.height = 360;
        return report;
      },
      [](const video_tick&) {},
  };
}

/// A connection that keeps what is published.
struct wire {
  std::vector<publication> all;

  const publication* last(const std::string& topic) const {
    const auto found = std::find_if(all.rbegin(), all.rend(),
                                    [&](const publication& x) { return x.topic == topic; });
    return found == all.rend() ? nullptr : &*found;
  }

  nlohmann::json document(const std::string& topic) const {
    const auto* found = last(topic);
    return found == nullptr ? nlohmann::json::object()
                            : nlohmann::json::parse(found->payload, nullptr, false);
  }

  std::vector<std::string> events(const std::string& id) const {
    std::vector<std::string> result;
    for (const auto& x : all)
      if (x.topic == "camera/status/" + id)
        result.push_back(nlohmann::json::parse(x.payload).at("status"));
    return result;
  }
};

struct listener_log {
  std::vector<camera_facts> cameras;
  std::vector<camera_removed> removed;
};

camera_listener::behavior_type note_cameras(camera_listener::pointer, listener_log* log) {
  return {
      [log](const camera_changed& x) { log->cameras.push_back(x.camera); },
      [log](const camera_removed& x) { log->removed.push_back(x); },
  };
}

struct fixture : actor_fixture {
  world w;
  wire out;
  store_log kept;
  listener_log heard;
  camera_detection_settings settings;
  camera_workers workers;
  camera_detection_actor uut;
  store_actor store_hdl;
  std::uint64_t generation = 0;

  fixture() {
    settings.rtsp_timeout = 10s;
    w.devices[home] = {};
  }

  void start(bool with_store = true) {
    workers = {own(sys.spawn(fake_finder, &w)), own(sys.spawn(fake_client, &w)),
               own(sys.spawn(fake_prober, &w))};
    uut = own(sys.spawn(camera_detection, settings, workers, wall()));
    if (with_store) {
      w.store = &kept;
      store_hdl = own(sys.spawn(fake_store, &kept));
      caf::anon_send(uut, attach_atom_v, store_hdl);
    }
    child_behaviour how{&transcript_};
    how.published = &out.all;
    const auto connection = own(sys.spawn(fake_connection, how));
    caf::anon_send(uut, attach_atom_v, connection);
    caf::anon_send(uut, listen_atom_v, camera_listener{own(sys.spawn(note_cameras, &heard))});
    settle();
  }

  void link() {
    caf::anon_send(uut, link_up{++generation, "5", false});
    settle();
  }

  void cut() {
    caf::anon_send(uut, link_down{generation, "cut"});
    settle();
  }

  void find(const std::string& address, const std::string& hardware = mac,
            finding_kind kind = finding_kind::open_port) {
    finding x;
    x.kind = kind;
    x.address = address;
    x.mac = hardware;
    x.on_segment = true;
    if (kind == finding_kind::open_port)
      x.port = 554;
    caf::anon_send(uut, x);
    settle();
    // Who shows but a port is given time to say more of himself.
    if (kind == finding_kind::open_port)
      pass(500ms);
  }

  /// A running daemon with one camera.
  void start_with_camera() {
    start();
    link();
    find(home);
    pass(1s);
  }

  std::string discovery(const std::string& id = mac) { return "camera/discovery/" + id; }

  camera_detection_figures figures() {
    caf::scoped_actor asker{sys};
    asker->send(uut, figures_atom_v);
    settle();
    camera_detection_figures result;
    asker->receive([&](const camera_detection_figures& x) { result = x; });
    return result;
  }

  transcript transcript_;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(camera_detection_tests, fixture)

CAF_TEST(nothing is searched and nobody asked before the link is up) {
  start();
  pass(30min, 30s);
  CAF_CHECK_EQUAL(w.orders.size(), 0u);
  CAF_CHECK_EQUAL(w.questions.size(), 0u);
  CAF_CHECK_EQUAL(timers(), 0u);
  link();
  CAF_CHECK_EQUAL(w.orders.size(), 1u);
  CAF_CHECK(!w.orders[0].scan);
  CAF_CHECK(w.orders[0].onvif && w.orders[0].mdns);
}

CAF_TEST(a camera that is found is published and told at once) {
  start_with_camera();
  const auto document = out.document(discovery());
  CAF_REQUIRE(document.contains("id"));
  CAF_CHECK(document["id"] == mac);
  CAF_CHECK(document["mac"] == "02:77:00:00:00:0A");
  CAF_CHECK(document["ip"] == home);
  CAF_CHECK(document["online"] == true);
  CAF_CHECK(document["stream_active"] == true);
  CAF_CHECK(document["resolution"] == nlohmann::json::array({640, 360}));
  CAF_CHECK(out.last(discovery())->retain);
  CAF_CHECK_EQUAL(out.last(discovery())->qos, 1);
  CAF_CHECK(!out.last("camera/status/" + mac)->retain);
  CAF_CHECK(out.events(mac) == std::vector<std::string>{"online"});
  CAF_REQUIRE(!heard.cameras.empty());
  CAF_CHECK_EQUAL(heard.cameras.back().streams.at(0).width, 640u);
  CAF_CHECK_EQUAL(kept.records.count({record_kind::camera, mac}), 1u);
}

CAF_TEST(everything is published again with each link) {
  start_with_camera();
  cut();
  out.all.clear();
  pass(5min, 1s);
  CAF_CHECK(out.all.empty());
  link();
  CAF_CHECK(out.last(discovery()) != nullptr);
  CAF_CHECK(out.events(mac) == std::vector<std::string>{"online"});
}

CAF_TEST(nothing periodic outlives the link) {
  start_with_camera();
  cut();
  const auto questions = w.questions.size();
  const auto orders = w.orders.size();
  pass(2h, 30s);
  CAF_CHECK_EQUAL(w.questions.size(), questions);
  CAF_CHECK_EQUAL(w.orders.size(), orders);
}

CAF_TEST(a known camera is asked once a minute and not looked at again) {
  start_with_camera();
  const auto before = w.questions.size();
  CAF_CHECK_EQUAL(w.looks.size(), 1u);
  pass(10min, 1s);
  const auto asked = w.questions.size() - before;
  CAF_CHECK_GREATER_OR_EQUAL(asked, 9u);
  CAF_CHECK_LESS_OR_EQUAL(asked, 12u);
  CAF_CHECK_EQUAL(w.looks.size(), 1u);
  CAF_CHECK(out.events(mac) == std::vector<std::string>{"online"});
}

CAF_TEST(cameras that vanish together are each looked for) {
  const std::string other = "10.0.0.21";
  const std::string other_mac = "0277000000fe";
  w.devices[other] = w.devices[home];
  start_with_camera();
  find(other, other_mac);
  pass(5s);
  CAF_REQUIRE(out.last("camera/discovery/" + other_mac) != nullptr);
  w.devices[home].there = false;
  w.devices[other].there = false;
  pass(3min, 1s);
  for (const auto& gone : {mac, other_mac})
    CAF_CHECK(std::any_of(w.orders.begin(), w.orders.end(),
                          [&](const search_order& x) { return x.wanted == gone; }));
}

CAF_TEST(a camera that an operator forgets leaves nothing and may come again) {
  start_with_camera();
  caf::anon_send(uut, forget_atom_v, mac);
  settle();
  CAF_REQUIRE(out.last(discovery()) != nullptr);
  CAF_CHECK(out.last(discovery())->payload.empty());
  CAF_CHECK((kept.records.count({record_kind::camera, mac}) == 0
             || kept.records.at({record_kind::camera, mac}).empty()));
  find(home);
  pass(5s);
  CAF_CHECK(!out.last(discovery())->payload.empty());
  caf::anon_send(uut, forget_atom_v, std::string{"nobody"});
  settle();
}

CAF_TEST(a camera that is gone is offline after two looks and looked for elsewhere) {
  start_with_camera();
  w.devices[home].there = false;
  pass(90s, 1s);
  CAF_CHECK(out.events(mac).back() == "offline");
  CAF_CHECK(out.document(discovery())["online"] == false);
  CAF_CHECK(w.orders.back().wanted == mac);
  CAF_CHECK(!w.orders.back().scan);
  w.devices[home].there = true;
  pass(90s, 1s);
  CAF_CHECK(out.events(mac).back() == "online");
  CAF_CHECK_EQUAL(w.looks.size(), 2u);
}

CAF_TEST(one lost answer makes no camera offline) {
  start_with_camera();
  for (int i = 0; i < 5; ++i) {
    const auto asked = w.questions.size();
    w.devices[home].there = false;
    while (w.questions.size() == asked)
      pass(1s);
    w.devices[home].there = true;
    pass(3min, 1s);
  }
  CAF_CHECK(out.events(mac) == std::vector<std::string>{"online"});
}

CAF_TEST(a stream that is gone is another trouble than a camera that is) {
  start_with_camera();
  w.devices[home].code = 503;
  pass(90s, 1s);
  CAF_CHECK(out.events(mac).back() == "stream_error");
  CAF_CHECK(out.document(discovery())["online"] == true);
  CAF_CHECK(out.document(discovery())["stream_active"] == false);
}

CAF_TEST(a stream that is described but delivers nothing is not active) {
  w.devices[home].video = video_outcome::no_video;
  start_with_camera();
  CAF_CHECK(out.events(mac).back() == "stream_error");
  CAF_CHECK(out.document(discovery())["stream_active"] == false);
  pass(5min, 1s);
  CAF_CHECK(out.events(mac).back() == "stream_error");
  CAF_CHECK_GREATER(w.looks.size(), 1u);
  CAF_CHECK_LESS(w.looks.size(), 5u);
  w.devices[home].video = video_outcome::video;
  pass(10min, 1s);
  CAF_CHECK(out.events(mac).back() == "online");
}

CAF_TEST(a camera is followed to its new address) {
  start_with_camera();
  w.devices["10.0.0.7"] = w.devices[home];
  w.devices[home].there = false;
  find("10.0.0.7", mac, finding_kind::neighbour);
  const auto events = out.events(mac);
  CAF_CHECK_EQUAL(std::count(events.begin(), events.end(), "ip_changed"), 1);
  const auto document = out.document(discovery());
  CAF_CHECK(document["ip"] == "10.0.0.7");
  CAF_CHECK(document["ip_history"] == nlohmann::json::array({home}));
  CAF_CHECK(document["rtsp_urls"]["main"].get<std::string>().find("10.0.0.7") != std::string::npos);
  pass(5min, 1s);
  CAF_CHECK(out.events(mac).back() == "online" || out.events(mac).back() == "ip_changed");
  CAF_CHECK_EQUAL(heard.removed.size(), 0u);
}

CAF_TEST(a provisional id is replaced and its document removed) {
  start();
  link();
  find(home, "");
  CAF_CHECK(out.last(discovery("UNKNOWN-10-0-0-1")) != nullptr);
  find(home, mac, finding_kind::neighbour);
  CAF_CHECK(out.last(discovery("UNKNOWN-10-0-0-1"))->payload.empty());
  CAF_CHECK(out.last(discovery("UNKNOWN-10-0-0-1"))->retain);
  CAF_CHECK(out.document(discovery())["id"] == mac);
  CAF_REQUIRE_EQUAL(heard.removed.size(), 1u);
  CAF_CHECK(heard.removed[0].successor == mac);
  CAF_CHECK_EQUAL(kept.records.count({record_kind::camera, "UNKNOWN-10-0-0-1"}), 0u);
}

CAF_TEST(what was removed without a link is removed with the next one of another process) {
  start();
  link();
  find(home, "");
  cut();
  find(home, mac, finding_kind::neighbour);
  CAF_CHECK(!out.last(discovery("UNKNOWN-10-0-0-1"))->payload.empty());
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  out.all.clear();
  start();
  link();
  CAF_REQUIRE(out.last(discovery("UNKNOWN-10-0-0-1")) != nullptr);
  CAF_CHECK(out.last(discovery("UNKNOWN-10-0-0-1"))->payload.empty());
  CAF_CHECK_EQUAL(kept.records.count({record_kind::camera, "UNKNOWN-10-0-0-1"}), 0u);
}

CAF_TEST(without credentials no log in is tried) {
  w.devices[home].password = "secret";
  start_with_camera();
  pass(3h, 30s);
  CAF_CHECK_EQUAL(w.logins(), 0u);
  CAF_CHECK(out.events(mac).back() == "auth_required");
  CAF_CHECK(out.document(discovery())["online"] == true);
}

CAF_TEST(the right password is found and used) {
  w.devices[home].password = "right";
  settings.credentials = {{"default", "admin", "wrong"}, {"1", "admin", "right"}};
  start_with_camera();
  pass(10s);
  CAF_CHECK(out.events(mac).back() == "online");
  CAF_CHECK(out.document(discovery())["credential_ref"] == "1");
  CAF_REQUIRE(!w.looks.empty());
  CAF_CHECK(w.looks.back().password == "right");
  for (const auto& x : out.all) {
    CAF_CHECK(x.payload.find("right") == std::string::npos);
    CAF_CHECK(x.payload.find("wrong") == std::string::npos);
  }
  for (const auto& [key, value] : kept.records)
    CAF_CHECK(value.find("right") == std::string::npos);
}

CAF_TEST(wrong passwords are tried twice in half an hour and no more) {
  w.devices[home].password = "right";
  for (const auto* x : {"1", "2", "3", "4", "5"})
    settings.credentials.push_back({x, "admin", std::string{"wrong "} + x});
  start_with_camera();
  pass(29min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  CAF_CHECK(out.events(mac).back() == "auth_failed");
  pass(30min, 1s);
  CAF_CHECK_LESS_OR_EQUAL(w.logins(), 4u);
}

CAF_TEST(a restart forgets no wrong password) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "a"}, {"2", "admin", "b"}, {"3", "admin", "c"}};
  start_with_camera();
  pass(1min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  for (int i = 0; i < 3; ++i) {
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
    start_with_camera();
    pass(1min, 1s);
  }
  CAF_CHECK_EQUAL(w.logins(), 2u);
}

CAF_TEST(a log in is written down before it is tried) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "a"}};
  start();
  link();
  find(home);
  CAF_REQUIRE_EQUAL(w.kept_before_login.size(), 1u);
  CAF_CHECK_EQUAL(kept.records.count({record_kind::setting, "camera_logins/" + mac}), 1u);
  // The key of the fingerprints and the record of the log-in.
  CAF_CHECK_GREATER_OR_EQUAL(w.kept_before_login[0], 2u);
}

CAF_TEST(a password that was right and is refused is not tried on) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "right"}};
  start_with_camera();
  CAF_CHECK(out.events(mac).back() == "online");
  w.devices[home].password = "locked";
  const auto before = w.logins();
  pass(30min, 1s);
  CAF_CHECK_LESS_OR_EQUAL(w.logins() - before, 2u);
  CAF_CHECK(out.events(mac).back() == "auth_locked");
  const auto locked = w.logins();
  pass(20min, 1s);
  CAF_CHECK_LESS_OR_EQUAL(w.logins() - locked, 1u);
  w.devices[home].password = "right";
  pass(4h, 10s);
  CAF_CHECK(out.events(mac).back() == "online");
}

CAF_TEST(no password goes outside of private networks) {
  w.devices["203.0.113.5"].password = "right";
  settings.credentials = {{"1", "admin", "right"}};
  start();
  link();
  find("203.0.113.5");
  pass(5min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 0u);
  CAF_CHECK(out.events(mac).back() == "auth_required");
}

CAF_TEST(no password goes to a device that took the address of a camera) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "right"}};
  start_with_camera();
  const auto before = w.logins();
  find(home, "02770000000f", finding_kind::neighbour);
  pass(5min, 1s);
  CAF_CHECK_EQUAL(w.logins(), before);
  CAF_CHECK(out.events(mac).back() == "offline");
}

CAF_TEST(what frigate receives is not asked for) {
  start_with_camera();
  const auto asked = w.questions.size();
  for (int i = 0; i < 10; ++i) {
    frigate_sign sign;
    sign.prefix = "frigate";
    sign.counted = true;
    sign.cameras = {mac};
    caf::anon_send(uut, sign);
    pass(1min, 1s);
  }
  CAF_CHECK_LESS_OR_EQUAL(w.questions.size() - asked, 1u);
  CAF_CHECK(out.events(mac) == std::vector<std::string>{"online"});
  pass(5min, 1s);
  CAF_CHECK_GREATER(w.questions.size() - asked, 1u);
}

CAF_TEST(who shows a port is asked by what it speaks if it says so in time) {
  start();
  link();
  finding x;
  x.kind = finding_kind::open_port;
  x.address = home;
  x.mac = mac;
  x.on_segment = true;
  x.port = 554;
  caf::anon_send(uut, x);
  pass(400ms);
  CAF_CHECK_EQUAL(w.questions.size(), 0u);
  x.kind = finding_kind::onvif_device;
  x.services = {"http://10.0.0.1/onvif/device_service"};
  x.port = 0;
  caf::anon_send(uut, x);
  settle();
  CAF_REQUIRE(!w.questions.empty());
  CAF_CHECK(w.questions[0].protocol == device_protocol::soap);
  const auto asked = w.questions.size();
  pass(1s);
  CAF_CHECK_EQUAL(w.questions.size(), asked);
}

CAF_TEST(a search without a link ends when everybody is asked) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "wrong"}, {"2", "admin", "right"}};
  w.finishes = false;
  start();
  caf::scoped_actor asker{sys};
  asker->send(uut, search_atom_v);
  settle();
  CAF_REQUIRE_EQUAL(w.orders.size(), 1u);
  find(home);
  search_progress end;
  end.number = w.orders[0].number;
  end.finished = true;
  caf::anon_send(uut, end);
  settle();
  // The second password has to wait.
  CAF_CHECK(!asker->has_next_message());
  pass(10s);
  search_result result;
  CAF_REQUIRE(asker->has_next_message());
  asker->receive([&](const search_result& x) { result = x; });
  CAF_REQUIRE_EQUAL(result.cameras.size(), 1u);
  CAF_CHECK(result.cameras[0].video_seen);
  CAF_CHECK(result.cameras[0].credential == "2");
  pass(1h, 10s);
  CAF_CHECK_EQUAL(w.orders.size(), 1u);
}

CAF_TEST(a search is answered even when a device never is through) {
  w.finishes = false;
  start();
  caf::scoped_actor asker{sys};
  asker->send(uut, search_atom_v);
  pass(settings.search_limit + 61s, 1s);
  CAF_CHECK(asker->has_next_message());
}

CAF_TEST(what an earlier process knew is known) {
  start_with_camera();
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  out.all.clear();
  heard = {};
  start();
  CAF_CHECK_EQUAL(heard.cameras.size(), 1u);
  link();
  CAF_CHECK(out.document(discovery())["ip"] == home);
  // What was seen by the earlier process is a memory.
  CAF_CHECK(out.document(discovery())["stream_active"] == false);
  pass(3s);
  CAF_CHECK(out.document(discovery())["stream_active"] == true);
  w.devices[home].there = false;
  pass(90s, 1s);
  CAF_CHECK(out.events(mac).back() == "offline");
}

CAF_TEST(a store that does not answer keeps nobody waiting for long) {
  kept.loads = false;
  start();
  link();
  CAF_CHECK_EQUAL(w.orders.size(), 0u);
  pass(6s);
  CAF_CHECK_EQUAL(w.orders.size(), 1u);
}

CAF_TEST(searches become rare when they find the same) {
  start_with_camera();
  pass(3h, 10s);
  CAF_CHECK_LESS(w.orders.size(), 12u);
  CAF_CHECK(figures().steady);
  const auto before = w.orders.size();
  finding changed;
  changed.kind = finding_kind::network_changed;
  caf::anon_send(uut, changed);
  settle();
  CAF_CHECK_EQUAL(w.orders.size(), before + 1);
  CAF_CHECK(!figures().steady);
}

CAF_TEST(a camera that shows no video to its user is not asked for it on and on) {
  w.devices[home].password = "right";
  w.devices[home].video = video_outcome::unauthorized;
  settings.credentials = {{"1", "admin", "right"}};
  start_with_camera();
  const auto before = w.logins();
  pass(29min, 1s);
  CAF_CHECK_LESS_OR_EQUAL(w.logins() - before, 1u);
  CAF_CHECK_LESS_OR_EQUAL(w.looks.size(), 1u);
  CAF_CHECK(out.events(mac).back() == "auth_locked");
}

CAF_TEST(streams that cannot be looked at are taken for good and looked at again) {
  w.devices[home].video = video_outcome::unable;
  start_with_camera();
  CAF_CHECK(out.events(mac).back() == "online");
  CAF_CHECK(out.document(discovery())["stream_active"] == true);
  CAF_CHECK(figures().problems.at(0).code == "video_not_verified");
  pass(3h, 10s);
  CAF_CHECK_GREATER(w.looks.size(), 3u);
  CAF_CHECK_LESS(w.looks.size(), 15u);
  w.devices[home].video = video_outcome::no_video;
  pass(31min, 10s);
  CAF_CHECK(out.document(discovery())["stream_active"] == false);
  w.devices[home].video = video_outcome::video;
  pass(31min, 10s);
  CAF_CHECK(out.document(discovery())["stream_active"] == true);
  CAF_CHECK(figures().problems.empty());
}

CAF_TEST(many cameras that come back together are all followed on) {
  w.delay = 300ms;
  start();
  link();
  for (int i = 0; i < 100; ++i) {
    const auto address = "10.0.1." + std::to_string(i);
    w.devices[address] = {};
    find(address, fmt::format("0277000001{:02x}", i));
  }
  pass(30s);
  for (const bool there : {false, true, false}) {
    for (auto& [address, x] : w.devices)
      x.there = there;
    pass(5min, 100ms);
    const auto all = figures().cameras;
    CAF_CHECK_EQUAL(all.size(), 100u);
    CAF_CHECK_EQUAL(
        std::count_if(all.begin(), all.end(), [](const auto& x) { return x.second.reachable(); }),
        there ? 100 : 0);
  }
}

CAF_TEST(a camera that moves while it is asked is followed on) {
  w.devices[home].password = "right";
  w.delay = 300ms;
  start();
  link();
  find(home);
  pass(10s);
  CAF_CHECK(out.events(mac).back() == "auth_required");
  // In the middle of a look after it.
  const auto asked = w.questions.size();
  while (w.questions.size() == asked)
    pass(100ms);
  w.devices["10.0.0.7"] = w.devices[home];
  w.devices[home].there = false;
  find("10.0.0.7", mac, finding_kind::neighbour);
  pass(30s);
  CAF_CHECK(out.document(discovery())["ip"] == "10.0.0.7");
  const auto before = w.questions.size();
  pass(5min, 1s);
  CAF_CHECK_GREATER(w.questions.size(), before);
}

CAF_TEST(a camera that still answers where it was has not moved) {
  start_with_camera();
  w.devices["10.0.0.7"] = w.devices[home];
  find("10.0.0.7", mac, finding_kind::neighbour);
  pass(5s);
  CAF_CHECK(out.document(discovery())["ip"] == home);
  const auto events = out.events(mac);
  CAF_CHECK_EQUAL(std::count(events.begin(), events.end(), "ip_changed"), 0);
}

CAF_TEST(frigates word outweighs a look that failed) {
  start_with_camera();
  w.devices[home].code = 453;
  pass(90s, 1s);
  CAF_CHECK(out.events(mac).back() == "stream_error");
  frigate_sign sign;
  sign.prefix = "frigate";
  sign.counted = true;
  sign.cameras = {mac};
  caf::anon_send(uut, sign);
  pass(2s);
  CAF_CHECK(out.events(mac).back() == "online");
  CAF_CHECK(out.document(discovery())["stream_active"] == true);
}

CAF_TEST(a store that cannot be read lets nobody be locked out) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "a"}, {"2", "admin", "b"}, {"3", "admin", "right"}};
  start_with_camera();
  pass(1min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  const auto key = kept.records.at({record_kind::setting, "camera_detection.key"});
  kept.loads = false;
  for (int i = 0; i < 3; ++i) {
    caf::anon_send_exit(uut, caf::exit_reason::kill);
    settle();
    start();
    link();
    pass(6s);
    find(home);
    pass(5min, 1s);
  }
  CAF_CHECK_EQUAL(w.logins(), 2u);
  CAF_CHECK(kept.records.at({record_kind::setting, "camera_detection.key"}) == key);
  // One that can be read is believed at once.
  kept.loads = true;
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_store, &kept)));
  pass(30min, 1s);
  CAF_CHECK_GREATER(w.logins(), 2u);
  CAF_CHECK(out.events(mac).back() == "online");
}

CAF_TEST(while the store tells nothing no log in is tried) {
  w.devices[home].password = "right";
  settings.credentials
      = {{"1", "admin", "a"}, {"2", "admin", "b"}, {"3", "admin", "c"}, {"4", "admin", "d"}};
  start_with_camera();
  pass(1min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  const auto logins = kept.records.at({record_kind::setting, "camera_logins/" + mac});
  kept.loads = false;
  start();
  link();
  pass(6s);
  find(home);
  pass(70min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  CAF_CHECK(out.document(discovery())["status"] == "auth_failed");
  // Nor takes anything the place of what it knows.
  CAF_CHECK(kept.records.at({record_kind::setting, "camera_logins/" + mac}) == logins);
  kept.loads = true;
  pass(30min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 4u);
}

CAF_TEST(what was tried before there was a store counts with what it knows) {
  w.devices[home].password = "right";
  for (const auto* x : {"1", "2", "3", "4", "5", "6"})
    settings.credentials.push_back({x, "admin", std::string{"wrong "} + x});
  start(false);
  link();
  find(home);
  pass(1min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  // It has another key, and knows nothing of this device.
  kept.records[{record_kind::setting, "camera_detection.key"}] = "0123456789abcdef";
  kept.loads = false;
  caf::anon_send(uut, attach_atom_v, own(sys.spawn(fake_store, &kept)));
  pass(10min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  kept.loads = true;
  pass(18min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 2u);
  CAF_CHECK_EQUAL(kept.records.count({record_kind::setting, "camera_logins/" + mac}), 1u);
  CAF_CHECK_EQUAL(figures().logins, 2u);
  pass(5min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 4u);
}

CAF_TEST(a store that did not tell is asked again) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "right"}};
  start_with_camera();
  pass(1min, 1s);
  CAF_CHECK(out.events(mac).back() == "online");
  const auto key = kept.records.at({record_kind::setting, "camera_detection.key"});
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  kept.loads = false;
  w.devices[home].there = false;
  start();
  link();
  pass(2min, 1s);
  CAF_CHECK_EQUAL(figures().cameras.size(), 0u);
  kept.loads = true;
  pass(40s, 1s);
  CAF_CHECK_EQUAL(figures().cameras.size(), 1u);
  CAF_CHECK(kept.records.at({record_kind::setting, "camera_detection.key"}) == key);
}

CAF_TEST(no log in is tried that cannot be written down) {
  w.devices[home].password = "right";
  settings.credentials = {{"1", "admin", "right"}};
  kept.writes = false;
  start_with_camera();
  pass(10min, 1s);
  CAF_CHECK_EQUAL(w.logins(), 0u);
  kept.writes = true;
  pass(3min, 1s);
  CAF_CHECK(out.events(mac).back() == "online");
  // Nor without the key, by which alone the next process knows what was tried.
  CAF_CHECK_EQUAL(kept.records.count({record_kind::setting, "camera_detection.key"}), 1u);
}

CAF_TEST(searches go on after a short loss of the link) {
  start_with_camera();
  w.finishes = false;
  w.devices[home].there = false;
  pass(90s, 1s);
  CAF_REQUIRE(w.orders.back().wanted == mac);
  cut();
  link();
  CAF_CHECK(w.orders.back().wanted.empty());
  w.finishes = true;
  for (const auto& order : w.orders) {
    search_progress end;
    end.number = order.number;
    end.finished = true;
    caf::anon_send(uut, end);
  }
  settle();
  const auto before = w.orders.size();
  pass(2h, 10s);
  const auto regular
      = std::count_if(w.orders.begin() + static_cast<std::ptrdiff_t>(before), w.orders.end(),
                      [](const search_order& x) { return x.wanted.empty(); });
  CAF_CHECK_GREATER(regular, 3);
}

CAF_TEST(a camera that was there for months is not forgotten for being away a while) {
  start_with_camera();
  pass(24h * 31, 10min);
  caf::anon_send_exit(uut, caf::exit_reason::kill);
  settle();
  w.devices[home].there = false;
  start();
  link();
  pass(1h, 10s);
  CAF_CHECK(out.events(mac).back() == "offline");
  CAF_CHECK_EQUAL(heard.removed.size(), 0u);
  pass(24h * 31, 10min);
  CAF_CHECK_EQUAL(heard.removed.size(), 1u);
  CAF_CHECK(out.last(discovery())->payload.empty());
}

CAF_TEST(a look goes on when the camera gets its name) {
  start();
  link();
  find(home, "");
  w.devices[home].video = video_outcome::no_video;
  find(home, mac, finding_kind::neighbour);
  pass(1s);
  CAF_CHECK(out.document(discovery())["stream_active"] == true);
}

CAF_TEST(two devices with one address are told of) {
  start_with_camera();
  finding x;
  x.kind = finding_kind::conflict;
  x.address = home;
  x.mac = mac;
  x.other_mac = "02770000000b";
  caf::anon_send(uut, x);
  settle();
  CAF_CHECK(out.events(mac).back() == "ip_conflict");
  const auto problems = figures().problems;
  CAF_CHECK(std::any_of(problems.begin(), problems.end(), [](const problem& p) {
    return p.code == "ip_conflict" && p.subject == home && p.trouble;
  }));
}

CAF_TEST(many devices are asked a few at a time) {
  start();
  link();
  for (int i = 0; i < 200; ++i) {
    const auto address = "10.0.1." + std::to_string(i);
    w.devices[address] = {};
    find(address, fmt::format("0277000001{:02x}", i));
  }
  pass(1s);
  CAF_CHECK_EQUAL(figures().cameras.size(), 200u);
}

CAF_TEST(the actor ends with a worker and the workers with it) {
  start();
  end_log ended;
  own(sys.spawn(note_end, caf::actor_cast<caf::actor>(uut), &ended));
  settle();
  caf::anon_send_exit(workers.client, caf::exit_reason::kill);
  settle();
  CAF_CHECK(ended.ended);
  CAF_CHECK(ended.failed);
}

CAF_TEST_FIXTURE_SCOPE_END()

} // namespace camera_detection_test
