// The command `discover` with a camera detection that does as the first argument says:
// `found`, `empty`, `fails`, `endless`, `mute` or `stuck`. Then `--json` and `--timeout S`.

#include "src/discover/command.hpp"
#include "src/logging.hpp"
#include "src/signals.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/actor_support/fake_cameras.hpp"

namespace {

using namespace firefinder;

camera_facts front() {
  camera_facts x;
  x.id = "02770000000a";
  x.mac = "02:77:00:00:00:0A";
  x.address = "10.0.0.9";
  x.name = "Front door with a name that is much too long for any terminal that people use";
  x.methods = {"onvif", "arp"};
  x.streams = {{"main", "rtsp://10.0.0.9/1", 2560, 1440, 15, "h264", {}}};
  x.condition = camera_condition::online;
  return x;
}

test::camera_script script_of(const std::string& what) {
  test::camera_script result;
  result.progress = {{1, "asking 254 addresses of 10.0.0.0/24", 3, 1, 254, 100, false, {}}};
  result.figures->cameras["02770000000a"] = front();
  result.figures->methods = {{"network_scan", "off"}};
  if (what == "found") {
    result.result->cameras = {front()};
    result.result->methods = {{"onvif", "on"}, {"network_scan", "off"}};
    result.result->took_s = 1.5;
  }
  result.fails = what == "fails";
  if (what == "endless" || what == "mute" || what == "stuck")
    result.result.reset();
  if (what == "mute")
    result.figures.reset();
  return result;
}

// A worker that looks into no mailbox.
caf::behavior sleeper(caf::event_based_actor*, std::chrono::seconds time) {
  return {[time](caf::tick_atom) { std::this_thread::sleep_for(time); }};
}

} // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  discover::options asked;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    asked.json = asked.json || argument == "--json";
    if (argument == "--timeout" && i + 1 < argc)
      asked.timeout_s = std::atof(argv[++i]);
  }
  block_signals();
  set_up_logging({"off", "text"});
  const auto script = script_of(what);
  discover::equipment with;
  with.camera_detection = [&](caf::actor_system& system) {
    if (what == "stuck") {
      const auto worker = system.spawn<caf::detached>(sleeper, std::chrono::seconds{50});
      caf::anon_send(worker, caf::tick_atom_v);
    }
    return camera_detection_actor{system.spawn(test::fake_camera_detection, &script)};
  };
  with.payload = [](const camera_facts& x) { return nlohmann::json{{"id", x.id}}.dump(); };
  return discover::run(asked, with);
}
