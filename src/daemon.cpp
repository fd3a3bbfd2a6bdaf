#include "src/daemon.hpp"

#include "actors/bridge/bridge.hpp"
#include "actors/bridge/schema.hpp"
#include "actors/connection/connection.hpp"
#include "actors/connection/paho_client.hpp"
#include "actors/consensus/consensus.hpp"
#include "actors/consensus/explain.hpp"
#include "actors/control/control.hpp"
#include "actors/discovery/argusai.hpp"
#include "actors/discovery/device_documents.hpp"
#include "actors/discovery/discovery.hpp"
#include "actors/drill/drill.hpp"
#include "actors/frigate/frigate.hpp"
#include "actors/frigate/frigate_api.hpp"
#include "actors/frigate/frigate_writer.hpp"
#include "actors/health/health.hpp"
#include "actors/health/probe.hpp"
#include "actors/store/store.hpp"
#include "actors/supervisor/supervisor.hpp"
#include "actors/web/web.hpp"
#include "actors/web/web_server.hpp"
#include "messages/log.hpp"
#include "messages/types.hpp"
#include "src/camera_tree.hpp"
#include "src/exit_codes.hpp"
#include "src/local_time.hpp"
#include "src/logging.hpp"
#include "src/program_version.hpp"
#include "src/relocations.hpp"
#include "src/service_manager.hpp"
#include "src/signals.hpp"
#include "src/state_lock.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <malloc.h>
#include <sys/resource.h>
#include <uuid/uuid.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace firefinder {

namespace {

// Without a service manager that says how long a silence may be: as in
// config/firefinder.service, where the reasons stand.
constexpr auto usual_watchdog = std::chrono::minutes{3};

// The contract gives two seconds; what follows an exit needs a part of them.
constexpr auto stop_grace = std::chrono::milliseconds{1800};

// One that was told to stop has this long, and its successor must not be turned away.
constexpr auto handover = stop_grace + std::chrono::seconds{1};

// Changes with every boot of the machine (random(4)).
std::string boot_id() {
  std::string result;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"} >> std::ws, result);
  return result;
}

unsigned worker_threads(const configuration::settings& settings) {
  for (const auto& [key, value] : settings.caf)
    if (key == "scheduler.max-threads") {
      unsigned threads = 0;
      std::istringstream{value} >> threads;
      return std::max(1U, threads);
    }
  return std::max(1U, std::thread::hardware_concurrency());
}

// The C library gives nearly each thread a heap of its own, up to eight for each processor, and
// most threads here wait. So as many as there are threads with work when it is busy: CAF's workers,
// the one on which paho receives, and the store's.
//
// What a report of many cameras takes for a moment goes back to the system. Left to itself the C
// library learns from the first such piece to keep all later ones, and twice as much at the end of
// each heap.
void share_heaps([[maybe_unused]] const configuration::settings& settings) {
#ifdef __GLIBC__
  constexpr int most_kept = 512 * 1'024;
  mallopt(M_ARENA_MAX, static_cast<int>(worker_threads(settings)) + 2);
  mallopt(M_MMAP_THRESHOLD, most_kept);
  mallopt(M_TRIM_THRESHOLD, most_kept);
#endif
}

// CAF writes a list of names as ['a', 'b']; people write a, b or YAML's [a, b].
std::string name_list(const std::string& text) {
  std::string result;
  std::string name;
  const auto end_name = [&] {
    if (!name.empty())
      result += (result.empty() ? "'" : ",'") + name + '\'';
    name.clear();
  };
  for (const char c : text) {
    if (c == ',')
      end_name();
    else if (std::string_view{"[]\"' "}.find(c) == std::string_view::npos)
      name += c;
  }
  end_name();
  return '[' + result + ']';
}

std::string argument(const std::string& key, const std::string& value) {
  return fmt::format("--{}={}", key,
                     key == "logger.component-blacklist" ? name_list(value) : value);
}

// CAF's command line parser complains of what its file parser passes over in silence.
bool parses(caf::actor_system_config& config, std::vector<std::string> arguments) {
  std::istringstream no_file;
  return !config.parse(std::move(arguments), no_file);
}

// Our defaults for CAF, then what the user sets under `caf`.
status configure(caf::actor_system_config& config, const configuration::settings& settings) {
  register_types(config);
  // Idle workers wait; CAF's default polls (docs/decisions/0001).
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{worker_threads(settings)});
  config.set("scheduler.max-throughput", std::size_t{50});
  config.set("logger.file-name", std::string{});
  std::vector<std::string> arguments;
  for (const auto& [key, value] : settings.caf) {
    if (key == "logger.file-name" && !value.empty()
        && !std::ofstream{value, std::ios::app}.is_open())
      // CAF's logger would stop the whole daemon after 127 lines.
      return status::failure(fmt::format(
          "caf.{}: cannot write '{}'; name a file in a directory that this user may write", key,
          value));
    arguments.push_back(argument(key, value));
  }
  if (!parses(config, std::move(arguments)))
    return status::failure("caf: the keys contradict each other");
  return {};
}

supervisor_settings supervision() {
  supervisor_settings result;
  result.watchdog = watchdog_of_service_manager().value_or(usual_watchdog);
  return result;
}

// A core dump holds the broker's password, and everything that was ever decoded.
void leave_no_core_dump() {
  constexpr rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

presentations forms_of(const discovery_settings& settings) {
  return {[settings](discovery_mode mode) -> std::unique_ptr<presentation> {
            auto device = make_device_presentation(settings);
            if (mode != discovery_mode::argusai)
              return device;
            return make_argusai_presentation(settings, std::move(device));
          },
          [settings](const std::set<std::string>& cameras) {
            auto migrated = settings;
            migrated.mode = discovery_mode::device;
            return make_migrated_presentation(migrated, make_device_presentation(migrated),
                                              cameras);
          },
          [settings](const std::string& instance) {
            auto other = settings;
            other.instance = instance;
            return make_argusai_presentation(other, make_device_presentation(other));
          }};
}

// What decides in an exercise: as the decision of the house does, for cameras of its own.
consensus_settings exercise_of(consensus_settings decision) {
  decision.exercise = true;
  decision.enabled = true;
  decision.tuned = false;
  decision.policy = degraded_policy::trouble;
  decision.acceptance.cameras.clear();
  decision.acceptance.frigate_prefixes.clear();
  decision.acceptance.burst_sampling = false;
  decision.tracking.registered.reset();
  decision.witnesses.clear();
  decision.zones.clear();
  decision.instance += "/drill";
  return decision;
}

std::string new_uuid() {
  uuid_t id;
  uuid_generate_random(id);
  std::array<char, 37> printed{};
  uuid_unparse_lower(id, printed.data());
  return printed.data();
}

spawners children(caf::actor_system& system, const configuration::settings& settings) {
  spawners result;
  auto memory = settings.store;
  memory.boot = boot_id();
  result.store = [&system, memory](std::uint32_t) {
    return system.spawn<caf::detached>(store, memory, wall_clock{system_wall_clock});
  };
  result.connection = [&system, settings = settings.connection](std::uint32_t start) mutable {
    settings.generation_base = std::uint64_t{start} << 32U;
    settings.gather = true;
    return system.spawn<caf::detached>(connection, settings, client_factory{make_paho_client});
  };
  auto decision = settings.consensus;
  decision.enabled = settings.services.consensus;
  decision.trackers = worker_threads(settings);
  result.consensus = [&system, decision](std::uint32_t) {
    return system.spawn(consensus, decision, wall_clock{system_wall_clock});
  };
  auto reports = settings.health;
  reports.version = program_version();
  result.health = [&system, reports](std::uint32_t) {
    auto probe = system.spawn<caf::detached>(resource_probe, std::string{"/"});
    return system.spawn(health, reports, probe, wall_clock{system_wall_clock});
  };
  auto requests = settings.bridge;
  requests.version = program_version();
  requests.explained = explained_line;
  requests.told_drill = report_line;
  requests.decides = settings.services.consensus;
  result.bridge = [&system, requests](std::uint32_t) {
    return system.spawn(bridge, requests, wall_clock{system_wall_clock});
  };
  const auto& frigates = settings.frigate;
  const auto has_api = std::any_of(frigates.instances.begin(), frigates.instances.end(),
                                   [](const frigate_instance& x) { return !x.api_url.empty(); });
  if ((settings.services.consensus && (has_api || frigates.burst_sampling))
      || (settings.services.camera_detection && frigates.configuration.wanted()))
    result.frigate = [&system, frigates](std::uint32_t) {
      const auto& told = frigates.configuration;
      const auto prefix
          = frigates.instances.empty() ? std::string{"frigate"} : frigates.instances.front().prefix;
      auto api = system.spawn<caf::detached>(frigate_api, frigates.labels, http_limits{});
      auto writer = system.spawn<caf::detached>(
          frigate_writer, new_configuration{told.broker_host, told.broker_port, prefix});
      return system.spawn(frigate, frigates, api, writer);
    };
  if (settings.services.camera_detection)
    result.camera_detection = [&system, cameras = settings.cameras](std::uint32_t) {
      return spawn_camera_detection(system, cameras);
    };
  result.drill = [&system, drills = settings.drill, played = exercise_of(decision)](std::uint32_t) {
    const auto decide = [&system, played] {
      return system.spawn(consensus, played, wall_clock{system_wall_clock});
    };
    return system.spawn(drill, drills, drill_means{decide, new_uuid, system_wall_clock});
  };
  result.control = [&system, choices = settings.control](std::uint32_t) {
    return system.spawn(control, choices, wall_clock{system_wall_clock});
  };
  if (settings.services.discovery) {
    auto announced = settings.discovery;
    announced.version = program_version();
    announced.request_schema = request_schema(settings.bridge.limits);
    announced.local_day = local_day;
    announced.started_at = system_wall_clock();
    result.discovery = [&system, announced](std::uint32_t) {
      return system.spawn(discovery, announced, forms_of(announced), wall_clock{system_wall_clock});
    };
  }
  if (settings.web.is_served()) {
    auto page = settings.web;
    page.version = program_version();
    page.started_at = system_wall_clock();
    const decision_language words{[](const decision_record& x) { return in_words(x); },
                                  [](const camera_standing& x) { return in_words(x); },
                                  decision_from};
    result.web = [&system, page, words](std::uint32_t) {
      auto server = system.spawn<caf::detached>(web_server, page);
      // What it writes for a thousand cameras keeps no worker from the alarm.
      return system.spawn<caf::detached>(web, page, server, words, wall_clock{system_wall_clock});
    };
  }
  return result;
}

// What a process that started now would find.
status is_usable(const configuration::sources& from) {
  const auto now = configuration::load(from);
  if (!now.errors.empty())
    return status::failure(now.errors.front());
  return check_caf_options(now.values);
}

// Two daemons on one store would give each other's alarms away. Where no lock can be had,
// neither can a store, most likely, which is told as such; it stops no alarm. The exit code,
// when this is the end.
std::optional<int> claim_state(state_lock& lock, const store_settings& store) {
  if (store.folder.empty())
    return std::nullopt;
  const auto path = fmt::format("{}/{}.lock", store.folder, store.name);
  switch (lock.take(path, handover, stop_is_pending)) {
  case state_lock::outcome::busy:
    FF_LOG("config", critical,
           "store.path: another daemon works with {0}/{1}.db and {0}/{1}.packets and has locked "
           "{2}. Stop that one, or give this one a store.path (STATE_DIR) of its own",
           store.folder, store.name, path);
    return exit_code::busy;
  case state_lock::outcome::given_up:
    return exit_code::success;
  case state_lock::outcome::impossible:
    FF_LOG("main", warning, "{} cannot be locked against a second daemon: {}", path, lock.why());
    break;
  case state_lock::outcome::held:
    break;
  }
  return std::nullopt;
}

// Whoever renames a daemon would not think that it begins without its memory.
void tell_of_former_names(const store_settings& store) {
  std::error_code ignored;
  const std::filesystem::path folder{store.folder};
  if (store.folder.empty() || std::filesystem::exists(folder / (store.name + ".db"), ignored))
    return;
  for (auto x = std::filesystem::directory_iterator{folder, ignored};
       x != std::filesystem::directory_iterator{}; x.increment(ignored)) {
    const auto name = x->path().filename().string();
    if (name.starts_with("firefinder") && name.ends_with(".db"))
      FF_LOG(
          "config", warning,
          "this is the first start with {1}/{2}.db, and there is {1}/{0} too. If that is of this "
          "daemon under an earlier mqtt.topic_prefix, home_assistant.instance or services, stop "
          "this one and rename {1}/{0} to {1}/{2}.db (and {0}-wal to {2}.db-wal, if it is there): "
          "it goes on with its alarms and clears what stands at the broker under its earlier names",
          name, store.folder, store.name);
  }
}

} // namespace

status check_caf_options(const configuration::settings& settings) {
  for (const auto& [key, value] : settings.caf) {
    caf::actor_system_config scratch;
    if (!parses(scratch, {argument(key, value)}))
      return status::failure(fmt::format("caf.{}: CAF knows no such key, or cannot read '{}' as "
                                         "its value; docs/operations.md lists the useful ones",
                                         key, value));
  }
  return {};
}

daemon_end run_daemon(const configuration::result& loaded, const configuration::sources& from) {
  leave_no_core_dump();
  share_heaps(loaded.values);
  release_relocations();
  for (const auto& text : loaded.notices)
    FF_LOG("config", info, "{}", text);
  for (const auto& text : loaded.warnings)
    FF_LOG("config", warning, "{}", text);

  caf::actor_system_config config;
  if (const auto configured = configure(config, loaded.values); !configured) {
    FF_LOG("config", critical, "{}", configured.why());
    end_logging();
    return {exit_code::configuration};
  }
  state_lock lock;
  if (const auto end = claim_state(lock, loaded.values.store)) {
    end_logging();
    return {*end};
  }
  tell_of_former_names(loaded.values.store);
  FF_LOG("main", info, "firefinder {} as {} for {}:{}", program_version(),
         loaded.values.consensus.service_id, loaded.values.connection.host,
         loaded.values.connection.port);

  int code = exit_code::success;
  bool restarts = false;
  std::optional<signal_waiter> signals;
  {
    caf::actor_system system{config};
    caf::scoped_actor self{system};
    const auto& broker = loaded.values.connection;
    auto outside = service_manager(fmt::format("{}:{}", broker.host, broker.port));
    outside.may_restart = [&from] { return is_usable(from); };
    // Before the supervisor ends, which is waited for.
    outside.restarting = [&restarts, tell = std::move(outside.restarting)] {
      restarts = true;
      tell();
    };
    const auto root = system.spawn<caf::detached>(
        supervisor, supervision(), children(system, loaded.values), std::move(outside));
    self->monitor(root);
    signals.emplace([root] { caf::anon_send(root, stop_atom_v); }, stop_grace);
    self->receive([&code](const caf::down_msg& down) {
      if (down.reason)
        code = exit_code::internal;
    });
    signals->ending(code);
  }
  FF_LOG("main", info, "ended");
  // While the deadline still runs: the reader may have stalled.
  end_logging();
  return {code, restarts && code == exit_code::success && !stop_is_pending()};
}

} // namespace firefinder
