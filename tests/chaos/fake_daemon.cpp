// What a daemon looks like to the chaos test, with one fault of its own: without it
// nobody knows whether the test would notice. Takes the arguments of `firefinder run`
// and the name of its fault in MISDEED; empty: none.

#include "tests/chaos/lasting_peer.hpp"
#include "tests/support/detections.hpp"
#include "tests/support/net.hpp"
#include "tests/support/wait.hpp"

#include <nlohmann/json.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace firefinder::chaos {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::size_t enough_frames = 7;
// More than the self-test allows.
constexpr std::size_t much_memory = 300UL << 20U;

volatile std::sig_atomic_t stop_wanted = 0;

extern "C" void want_stop(int) { stop_wanted = 1; }

std::map<std::string, std::string> settings_of(int argc, char** argv) {
  std::map<std::string, std::string> result;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    if (const auto at = text.find('='); at != std::string::npos)
      result[text.substr(0, at)] = text.substr(at + 1);
  }
  return result;
}

/// Says what is the beginning of no packet.
void speak_no_mqtt(std::uint16_t port) {
  const auto connection = test::connect_to(port);
  const std::string nonsense = "\x10\xff\xff\xff\xff\xff";
  static_cast<void>(test::poll_until(1s, [&] {
    return ::send(connection.get(), nonsense.data(), nonsense.size(), MSG_NOSIGNAL) > 0;
  }));
}

class impostor {
public:
  impostor(std::map<std::string, std::string> settings, std::string misdeed)
    : settings_(std::move(settings)), misdeed_(std::move(misdeed)),
      port_(static_cast<std::uint16_t>(std::stoi(settings_.at("mqtt.port")))),
      main_(port_,
            {settings_.at("mqtt.client_id"), {"fire/detection/+"}, "system/fire_consensus/lwt"}),
      second_(port_,
              {settings_.at("mqtt.client_id") + "-presence1", {}, "firefinder/bridge/state"}) {}

  int run() {
    say("online");
    while (stop_wanted == 0) {
      if (!decided_ && seen("north") && seen("south"))
        decide();
      std::this_thread::sleep_for(5ms);
    }
    return leave();
  }

private:
  [[nodiscard]] bool is(const char* misdeed) const { return misdeed_ == misdeed; }

  [[nodiscard]] bool seen(const std::string& camera) const {
    return main_.messages("fire/detection/" + camera).size() >= enough_frames;
  }

  void say(const char* word) {
    main_.post("system/fire_consensus/lwt", word, 1, true);
    second_.post("firefinder/bridge/state", word, 1, true);
  }

  [[nodiscard]] json trigger(const std::string& id) const {
    const auto now = test::unix_now();
    const auto ttl = std::stod(settings_.at("consensus.trigger_ttl_s"));
    json cameras{"north", "south"};
    if (is("false camera"))
      cameras.push_back("noise-0");
    return {{"action", "trigger"},
            {"timestamp", now},
            {"trigger_id", id},
            {"consensus_cameras", cameras},
            {"expires_at", is("late") ? now - 5 : now + ttl}};
  }

  void send(const json& payload) {
    main_.post("fire/trigger", payload.dump(), is("quality") ? 1 : 2, is("retained"));
  }

  void report(json payload) {
    payload["action"] = "trigger_missed";
    payload["missed_at"] = test::unix_now();
    main_.post("fire/trigger_missed", payload.dump());
  }

  void decide() {
    decided_ = true;
    // A life of its own: what a daemon without memory decides after a restart is new.
    const auto id = "fake-" + std::to_string(::getpid());
    const auto first = trigger(id);
    if (is("crash"))
      std::abort();
    if (is("says so"))
      std::cerr << "terminate called without an active exception\n";
    if (is("malformed"))
      speak_no_mqtt(port_);
    if (is("memory"))
      memory_.assign(much_memory, 'x');
    if (is("needless report"))
      report(first);
    if (!is("lost"))
      send(first);
    if (is("repeated"))
      send(first);
    if (is("second"))
      send(trigger(id + "-again"));
    json state{{"consensus_count", 2}, {"fire_detected", true}, {"state", "cooldown"}};
    if (is("state"))
      state["state"] = "idle";
    main_.post("fire/consensus_state", state.dump(), 1, true);
  }

  int leave() {
    if (is("stop"))
      std::this_thread::sleep_for(2600ms);
    if (!is("presence"))
      say("offline");
    main_.leave(1s);
    second_.leave(1s);
    return is("exit code") ? 3 : 0;
  }

  std::map<std::string, std::string> settings_;
  std::string misdeed_;
  std::uint16_t port_;
  lasting_peer main_;
  lasting_peer second_;
  bool decided_ = false;
  std::vector<char> memory_;
};

} // namespace

} // namespace firefinder::chaos

int main(int argc, char** argv) {
  using namespace firefinder::chaos;
  struct sigaction action {};
  action.sa_handler = want_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  const char* misdeed = std::getenv("MISDEED");
  return impostor{settings_of(argc, argv), misdeed == nullptr ? "" : misdeed}.run();
}
