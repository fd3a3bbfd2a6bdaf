// Frigate's API as versions 0.16 and 0.18 have it.

#include "actors/frigate/application.hpp"
#include "actors/frigate/camera_block.hpp"
#include "actors/frigate/frigate_api.hpp"
#include "actors/frigate/yaml_text.hpp"
#include "messages/types.hpp"
#include "tests/frigate/cameras.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <mutex>
#include <thread>

namespace firefinder::application_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::camera;
using test::http_reply;
using test::http_server;

frigate_blocks blocks(const std::vector<camera_facts>& cameras,
                      std::vector<std::string> removed = {}) {
  frigate_sources all;
  for (const auto& x : cameras)
    all.emplace(x.id, *source_of(x));
  return {yaml_text(cameras_block(all, {"0.18.0", frigate_settings{}.labels, 0.7})),
          std::move(removed)};
}

/// Has a configuration, and does with it what Frigate does.
class fake_frigate {
public:
  explicit fake_frigate(std::string text) : text_(std::move(text)) {}

  /// From 0.16 on the raw configuration is a text of JSON.
  bool raw_is_json = true;
  /// Takes no camera with this in it.
  std::string refuses = "never";
  /// Says of what is to be added with this in it, so often, that it cannot now.
  std::string cannot_add = "never";
  int failures = 0;
  int failure_code = 500;
  /// The owner's file after each time that it was read, as long as there are such.
  std::vector<std::string> edits;

  [[nodiscard]] std::string text() const {
    const std::lock_guard guard{lock_};
    return text_;
  }

  http_reply answer(const std::string& request) {
    const std::lock_guard guard{lock_};
    const auto line = request.substr(0, request.find(" HTTP"));
    const auto body = request.substr(request.find("\r\n\r\n") + 4);
    done.push_back(line);
    if (line == "GET /api/config/raw") {
      auto reply = http_reply::answer(raw_is_json ? json(text_).dump() : text_);
      if (!edits.empty()) {
        text_ = edits.front();
        edits.erase(edits.begin());
      }
      return reply;
    }
    if (line == "POST /api/config/save?save_option=saveonly") {
      if (body.find(refuses) != std::string::npos)
        return http_reply::answer(
            json{{"message", "Your configuration is invalid.\nKeyError: '" + refuses
                                 + "' in rtsp://admin:hunter2@192.0.2.1/x"}}
                .dump(),
            400);
      text_ = body;
      return http_reply::answer(R"({"success": true})");
    }
    if (line == "PUT /api/config/set")
      return set(json::parse(body));
    if (line == "POST /api/restart")
      return http_reply::answer(R"({"success": true})");
    return http_reply::answer("", 404);
  }

  std::vector<std::string> done;
  /// Names of cameras in the running Frigate, as it was told to add and remove them.
  std::vector<std::string> told;

private:
  http_reply set(const json& body) {
    auto root = YAML::Load(text_);
    const auto& [name, data] = *body["config_data"]["cameras"].items().begin();
    if (data.dump().find(refuses) != std::string::npos)
      return http_reply::answer(
          R"({"success": false, "message": "Error parsing config. Check logs for error message."})",
          400);
    const auto topic = body.value("update_topic", "");
    if (failures > 0 && topic.ends_with("/add")
        && data.dump().find(cannot_add) != std::string::npos) {
      --failures;
      return http_reply::answer("busy", failure_code);
    }
    if (data == "")
      root["cameras"].remove(name);
    else
      root["cameras"][name] = YAML::Load(data.dump());
    text_ = YAML::Dump(root);
    if (body.contains("update_topic")) {
      EXPECT_EQ(body["requires_restart"], 0);
      told.push_back(body["update_topic"]);
    } else {
      EXPECT_EQ(body["requires_restart"], 1);
    }
    return http_reply::answer(R"({"success": true})");
  }

  mutable std::mutex lock_;
  std::string text_;
};

class frigate_change_test : public testing::Test {
protected:
  struct config : caf::actor_system_config {
    config() { register_types(*this); }
  };

  frigate_outcome apply(fake_frigate& frigate, const std::string& version,
                        const frigate_blocks& what) {
    http_server server{[&](const std::string& request) { return frigate.answer(request); }};
    return ask(frigate_change{server.url(), version, what});
  }

  template <class Question>
  frigate_outcome ask(const Question& question) {
    frigate_outcome result;
    self_->request(worker_, test::patience, question)
        .receive([&](frigate_outcome& x) { result = std::move(x); },
                 [&](const caf::error& why) { ADD_FAILURE() << system_.render(why); });
    return result;
  }

  ~frigate_change_test() override { self_->send_exit(worker_, caf::exit_reason::kill); }

  config config_;
  caf::actor_system system_{config_};
  caf::scoped_actor self_{system_};
  frigate_api_actor worker_ = system_.spawn<caf::detached>(frigate_api, frigate_settings{}.labels,
                                                           http_limits{2s, 2s, 1'000'000});
};

using lines = std::vector<std::string>;

constexpr auto old_text = "mqtt: {host: a}\n";

TEST_F(frigate_change_test, adds_cameras_to_a_running_0_17) {
  fake_frigate frigate{old_text};
  const auto what = blocks({camera("aabbccddeeff"), camera("001122334455")});
  for (const auto* version : {"0.17.2", "0.18.0-beta1"}) {
    const auto x = apply(frigate, version, what);
    EXPECT_EQ(x.failure, "");
    EXPECT_FALSE(x.wants_restart);
    EXPECT_EQ(x.changed, version == std::string{"0.17.2"});
  }
  EXPECT_EQ(frigate.told,
            (lines{"config/cameras/cam_001122334455/add", "config/cameras/cam_aabbccddeeff/add"}));
  // The second time there was nothing to do.
  EXPECT_EQ(frigate.done, (lines{"GET /api/config/raw", "PUT /api/config/set",
                                 "PUT /api/config/set", "GET /api/config/raw"}));
  const auto root = YAML::Load(frigate.text());
  EXPECT_TRUE(root["cameras"]["cam_aabbccddeeff"]["detect"]["enabled"].as<bool>());
  EXPECT_EQ(root["cameras"]["cam_aabbccddeeff"]["detect"]["width"].as<int>(), 640);
  EXPECT_EQ(root["mqtt"]["host"].Scalar(), "a");
}

TEST_F(frigate_change_test, checks_a_camera_that_changes_before_it_goes) {
  fake_frigate frigate{old_text};
  EXPECT_EQ(apply(frigate, "0.18.0", blocks({camera("aabbccddeeff")})).failure, "");
  frigate.told.clear();
  frigate.done.clear();
  const auto x = apply(frigate, "0.18.0", blocks({camera("aabbccddeeff", "192.0.2.99")}));
  EXPECT_EQ(x.failure, "");
  EXPECT_TRUE(x.changed);
  EXPECT_EQ(frigate.done.size(), 4U);
  EXPECT_EQ(frigate.told, (lines{"config/cameras/cam_aabbccddeeff/remove",
                                 "config/cameras/cam_aabbccddeeff/add"}));
  EXPECT_NE(frigate.text().find("192.0.2.99"), std::string::npos);

  frigate.refuses = "192.0.2.111";
  frigate.told.clear();
  const auto bad = apply(frigate, "0.18.0", blocks({camera("aabbccddeeff", "192.0.2.111")}));
  EXPECT_NE(bad.failure.find("Error parsing config"), std::string::npos);
  EXPECT_EQ(bad.refused, lines{"cam_aabbccddeeff"});
  EXPECT_FALSE(bad.wants_restart);
  EXPECT_EQ(frigate.told, lines{});
  EXPECT_NE(frigate.text().find("192.0.2.99"), std::string::npos);
}

TEST_F(frigate_change_test, removes_only_cameras_of_ours) {
  fake_frigate frigate{"cameras: {front: {a: 1}, cam_aabbccddeeff: {a: 1}}\n"};
  EXPECT_EQ(apply(frigate, "0.17.0", blocks({}, {"cam_aabbccddeeff", "front"})).failure, "");
  EXPECT_EQ(frigate.told, lines{"config/cameras/cam_aabbccddeeff/remove"});
  EXPECT_EQ(YAML::Load(frigate.text())["cameras"].size(), 1U);
}

TEST_F(frigate_change_test, one_that_is_refused_does_not_hold_up_the_others) {
  fake_frigate frigate{old_text};
  frigate.refuses = "FRIGATE_CAM_001122334455_USER";
  auto with_password = camera("001122334455");
  with_password.credential = "1";
  const auto x = apply(frigate, "0.17.0", blocks({with_password, camera("aabbccddeeff")}));
  EXPECT_NE(x.failure, "");
  EXPECT_EQ(x.refused, lines{"cam_001122334455"});
  EXPECT_TRUE(x.changed);
  // It may not know the secret yet.
  EXPECT_TRUE(x.wants_restart);
  EXPECT_EQ(frigate.told, lines{"config/cameras/cam_aabbccddeeff/add"});
}

TEST_F(frigate_change_test, writes_the_whole_text_of_an_older_one) {
  fake_frigate frigate{"# mine\nmqtt: {host: a}\n"};
  for (const auto* version : {"0.14.1", "0.16.4-abc", ""}) {
    frigate.raw_is_json = version != std::string{"0.14.1"};
    const auto x = apply(frigate, version, blocks({camera("aabbccddeeff")}));
    EXPECT_EQ(x.failure, "");
    EXPECT_EQ(x.changed, version == std::string{"0.14.1"});
    EXPECT_EQ(x.wants_restart, x.changed);
  }
  EXPECT_TRUE(frigate.text().starts_with("# mine\nmqtt: {host: a}\n# firefinder: begin"));
  EXPECT_EQ(frigate.done, (lines{"GET /api/config/raw", "GET /api/config/raw",
                                 "POST /api/config/save?save_option=saveonly",
                                 "GET /api/config/raw", "GET /api/config/raw"}));
}

TEST_F(frigate_change_test, tells_why_a_text_is_refused) {
  fake_frigate frigate{old_text};
  frigate.refuses = "FRIGATE_CAM_AABBCCDDEEFF_USER";
  auto with_password = camera("aabbccddeeff");
  with_password.credential = "1";
  const auto x = apply(frigate, "0.16.0", blocks({with_password}));
  EXPECT_NE(x.failure.find("KeyError"), std::string::npos);
  EXPECT_EQ(x.failure.find("hunter2"), std::string::npos);
  EXPECT_EQ(x.failure.find('\n'), std::string::npos);
  EXPECT_FALSE(x.changed);
  EXPECT_TRUE(x.wants_restart);
  EXPECT_EQ(frigate.text(), old_text);
  frigate.refuses = "192.0.2.7";
  EXPECT_FALSE(apply(frigate, "0.16.0", blocks({camera("aabbccddeeff")})).wants_restart);
}

TEST_F(frigate_change_test, leaves_a_configuration_alone_that_has_no_place) {
  fake_frigate frigate{"cameras: {front: {a: 1}}\n"};
  const auto x = apply(frigate, "0.16.0", blocks({camera("aabbccddeeff")}));
  EXPECT_NE(x.failure.find("# firefinder: begin"), std::string::npos);
  EXPECT_EQ(frigate.done.size(), 1U);
  fake_frigate broken{"a: ["};
  EXPECT_NE(apply(broken, "0.17.0", blocks({camera("aabbccddeeff")})).failure, "");
  EXPECT_EQ(broken.done.size(), 1U);
}

TEST_F(frigate_change_test, ends_with_a_server_that_does_not_work) {
  const auto change = [&](const http_reply& reply) {
    http_server server{{{"/api/config/raw", reply}}};
    const auto x = ask(
        frigate_change{server.url("user:hunter2"), "0.17.0", blocks({camera("aabbccddeeff")})});
    EXPECT_EQ(server.requests().size(), 1U);
    EXPECT_FALSE(x.changed);
    EXPECT_EQ(x.failure.find("hunter2"), std::string::npos);
    return x.failure;
  };
  EXPECT_NE(change(http_reply::answer("", 401)).find("login"), std::string::npos);
  EXPECT_NE(change(http_reply::answer("locked", 503)).find("503"), std::string::npos);
  EXPECT_NE(change(http_reply::answer("<html>", 404)), "");
  EXPECT_NE(change({"HTTP/1.1 200 OK\r\n\r\n", http_reply::then::never_stop}), "");
  EXPECT_NE(change({"", http_reply::then::close}), "");
  // A refusal in the middle of it, without an answer.
  http_server half{[](const std::string& request) {
    return request.starts_with("GET") ? http_reply::answer(old_text)
                                      : http_reply{"", http_reply::then::close};
  }};
  const auto x = ask(frigate_change{half.url(), "0.17.0",
                                    blocks({camera("aabbccddeeff"), camera("001122334455")})});
  EXPECT_NE(x.failure, "");
  EXPECT_EQ(half.requests().size(), 2U);
}

// -- one that changes -------------------------------------------------------------------------

struct frigate_move_test : frigate_change_test {
  fake_frigate frigate{old_text};

  // Moves the first of two cameras.
  frigate_outcome move() {
    const auto other = camera("ffffffffffff");
    EXPECT_EQ(apply(frigate, "0.18.0", blocks({camera("aabbccddeeff"), other})).failure, "");
    frigate.told.clear();
    return apply(
        frigate, "0.18.0",
        blocks({camera("aabbccddeeff", "192.0.2.99"), camera("ffffffffffff", "192.0.2.8")}));
  }

  [[nodiscard]] std::string address(const std::string& name) const {
    return YAML::Load(frigate.text())["cameras"][name]["ffmpeg"]["inputs"][0]["path"].Scalar();
  }

  frigate_move_test() { frigate.cannot_add = "192.0.2.99"; }
};

TEST_F(frigate_move_test, is_added_again_when_that_failed_at_first) {
  frigate.failures = 2;
  const auto x = move();
  EXPECT_EQ(x.failure, "");
  EXPECT_EQ(x.refused, lines{});
  EXPECT_EQ(address("cam_aabbccddeeff"), "rtsp://192.0.2.99:554/main");
  EXPECT_EQ(address("cam_ffffffffffff"), "rtsp://192.0.2.8:554/main");
}

TEST_F(frigate_move_test, is_put_back_when_it_cannot_be_added) {
  for (const int code : {400, 500}) {
    frigate.failure_code = code;
    frigate.failures = 1'000;
    const auto x = move();
    EXPECT_NE(x.failure.find("busy"), std::string::npos);
    EXPECT_TRUE(x.changed);
    EXPECT_EQ(x.refused, code == 400 ? lines{"cam_aabbccddeeff"} : lines{});
    EXPECT_EQ(address("cam_aabbccddeeff"), "rtsp://192.0.2.7:554/main");
    ASSERT_GE(frigate.told.size(), 2U);
    EXPECT_EQ(frigate.told[0], "config/cameras/cam_aabbccddeeff/remove");
    EXPECT_EQ(frigate.told[1], "config/cameras/cam_aabbccddeeff/add");
    EXPECT_LT(frigate.failures, 999);
    EXPECT_GT(frigate.failures, 980);
    // One that is ill answers the others as little; one that refuses does not.
    EXPECT_EQ(frigate.told.size(), code == 400 ? 4U : 2U);
    frigate.failures = 0;
  }
}

// -- its file meanwhile --------------------------------------------------------------------------

TEST_F(frigate_change_test, keeps_what_the_owner_wrote_meanwhile) {
  fake_frigate frigate{old_text};
  frigate.edits = {"mqtt: {host: b}\n", "mqtt: {host: b}\n"};
  const auto x = apply(frigate, "0.16.0", blocks({camera("aabbccddeeff")}));
  EXPECT_EQ(x.failure, "");
  EXPECT_TRUE(x.changed);
  EXPECT_TRUE(frigate.text().starts_with("mqtt: {host: b}\n# firefinder: begin"));
}

TEST_F(frigate_change_test, leaves_a_file_that_does_not_come_to_rest) {
  fake_frigate frigate{old_text};
  for (int i = 0; i < 100; ++i)
    frigate.edits.push_back("mqtt: {host: h" + std::to_string(i) + "}\n");
  const auto x = apply(frigate, "0.16.0", blocks({camera("aabbccddeeff")}));
  EXPECT_NE(x.failure.find("changed by another"), std::string::npos);
  EXPECT_FALSE(x.changed);
  EXPECT_LE(frigate.done.size(), 10U);
  EXPECT_EQ(frigate.text().find("cam_"), std::string::npos);
}

// -- secrets that are in use
// -----------------------------------------------------------------------

TEST_F(frigate_change_test, tells_of_which_removed_cameras_secrets_are_still_named) {
  constexpr auto used = "go2rtc: {streams: {x: 'rtsp://{FRIGATE_CAM_AABBCCDDEEFF_USER}@h/'}}\n"
                        "# firefinder: begin\ncameras:\n  cam_aabbccddeeff: {a: 1}\n"
                        "  cam_001122334455: {a: 1}\n# firefinder: end\n";
  const auto what = blocks({}, {"cam_aabbccddeeff", "cam_001122334455"});
  for (const auto* version : {"0.16.0", "0.18.0"}) {
    fake_frigate frigate{used};
    const auto x = apply(frigate, version, what);
    EXPECT_EQ(x.failure, "");
    EXPECT_TRUE(x.changed);
    EXPECT_EQ(x.refused, lines{"cam_aabbccddeeff"});
  }
}

// -- one that takes too long -------------------------------------------------------------------

TEST(application, gives_up_without_leaving_a_camera_half_changed) {
  const auto old = blocks({camera("aabbccddeeff"), camera("ffffffffffff")});
  const auto what
      = blocks({camera("aabbccddeeff", "192.0.2.99"), camera("ffffffffffff", "192.0.2.98")});
  for (int answered = 0; answered < 7; ++answered) {
    application x{{"", "0.18.0", what}};
    x.answer("", 200, old.cameras);
    for (int i = 0; i < answered; ++i)
      x.answer("", 200, "");
    if (answered == 6) {
      EXPECT_TRUE(x.done());
      x.give_up("slow");
      EXPECT_EQ(x.outcome().failure, "");
      break;
    }
    x.give_up("slow");
    EXPECT_EQ(x.outcome().failure, "slow");
    int left = 0;
    for (; !x.done(); ++left)
      x.answer("", 200, "");
    EXPECT_EQ(left, answered % 3 == 0 ? 0 : 3 - answered % 3) << answered;
  }
}

TEST_F(frigate_change_test, does_not_take_for_ever) {
  fake_frigate frigate{old_text};
  std::vector<camera_facts> many;
  for (int i = 100; i < 200; ++i)
    many.push_back(camera("aabbccddd" + std::to_string(i)));
  http_server server{[&](const std::string& request) {
    std::this_thread::sleep_for(10ms);
    return frigate.answer(request);
  }};
  http_limits limits{2s, 2s, 1'000'000};
  limits.course = 50ms;
  const auto slow = system_.spawn<caf::detached>(frigate_api, frigate_settings{}.labels, limits);
  self_->request(slow, test::patience, frigate_change{server.url(), "0.18.0", blocks(many)})
      .receive(
          [&](const frigate_outcome& x) {
            EXPECT_NE(x.failure.find("took longer"), std::string::npos);
            EXPECT_EQ(x.refused, lines{});
          },
          [&](const caf::error& why) { ADD_FAILURE() << system_.render(why); });
  EXPECT_LT(frigate.told.size(), 10U);
  self_->send_exit(slow, caf::exit_reason::kill);
}

TEST_F(frigate_change_test, starts_frigate_anew) {
  http_server server{{{"/api/restart", http_reply::answer(R"({"success": true})")}}};
  EXPECT_EQ(ask(frigate_restart{server.url()}).failure, "");
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_TRUE(server.requests()[0].starts_with("POST /api/restart "));
  http_server login{{{"/api/restart", http_reply::answer("", 401)}}};
  EXPECT_NE(ask(frigate_restart{login.url()}).failure, "");
}

TEST(error_text, is_short_and_tells_no_password) {
  EXPECT_EQ(error_text(R"({"success": false, "message": "Line 3:\n\ncameras -> x"})"),
            "Line 3: cameras -> x");
  EXPECT_EQ(error_text("plain\ttext\x01\xff"), "plain text");
  EXPECT_EQ(error_text("a rtsp://u:p@ss/w@h/x b"), "a rtsp://h/x b");
  EXPECT_EQ(error_text("http://h/x"), "http://h/x");
  EXPECT_LE(error_text(std::string(100'000, 'x')).size(), 400U);
  EXPECT_EQ(error_text(""), "");
}

} // namespace
} // namespace firefinder::application_test
