#pragma once

#include "actors/camera_detection/following.hpp"
#include "actors/camera_detection/interview.hpp"
#include "actors/camera_detection/ledger.hpp"
#include "actors/camera_detection/registry.hpp"
#include "actors/camera_detection/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// Who works for the camera detection actor. They end with it.
struct camera_workers {
  finder_actor finder;
  device_client_actor client;
  video_prober_actor prober;
};

/// State of the camera detection actor: owns the registry of cameras; has the network
/// searched, devices asked what they are and streams looked at; tells what follows.
class camera_detection_state {
public:
  static inline const char* name = "camera_detection";

  /// Devices that are asked at a time, cameras that are looked after, and streams that are
  /// looked at.
  static constexpr std::size_t max_interviews = 32;
  static constexpr std::size_t max_checks = 32;
  static constexpr std::size_t max_looks = 4;

  /// A camera that did not answer for so long is forgotten.
  static constexpr timespan forget_after = std::chrono::hours{24 * 30};

  explicit camera_detection_state(
      camera_detection_actor::stateful_pointer<camera_detection_state> self)
    : self_(self) {}
  camera_detection_state(const camera_detection_state&) = delete;
  camera_detection_state& operator=(const camera_detection_state&) = delete;

  /// Ends the workers.
  ~camera_detection_state();

  camera_detection_actor::behavior_type make_behavior(camera_detection_settings settings,
                                                      camera_workers workers, wall_clock wall);

private:
  /// An interview that goes on.
  struct conversation {
    interview talk;
    std::uint64_t number = 0;
    /// As the ledger knows the device, and the credential that is tried.
    std::string device{};
    std::string credential{};
    login_service tries_at = login_service::rtsp;
    /// How a password was shown to RTSP last.
    login_scheme shown = login_scheme::none;
    /// The camera that is looked after by it; empty: none.
    std::string looks_after{};
    /// Something new was heard of the device since it began.
    bool again = false;
    /// Waits for its turn to try a log-in.
    std::optional<monotonic> resumes{};
  };

  void attach(const connection_actor& connection);
  void attach(const store_actor& store);
  void ask_store(const store_actor& store);
  void take_up(std::vector<store_record> cameras, std::vector<store_record> settings,
               bool complete);
  void on_link_up(std::uint64_t generation);
  void on_link_down();
  void begin_work();

  void search(const std::string& wanted);
  void on_finding(const finding& what);
  void on_progress(const search_progress& progress);
  caf::typed_response_promise<search_result> search_now();
  void answer_searches();
  [[nodiscard]] bool searches_regularly() const;

  void ask(const std::string& address, const std::string& looks_after = {});
  void start_waiting();
  void go_on(const std::string& address);
  void on_answer(const std::string& address, std::uint64_t number, const device_answer& answer);
  void log_in(const std::string& address, conversation& x);
  void finish(const std::string& address);
  void conclude(conversation x, const std::string& address, bool both_answer);
  void release(const std::string& id);
  [[nodiscard]] bool one_device(const std::string& a, const std::string& b) const;

  void look_after();
  void check(const std::string& id);
  void on_checked(const std::string& id, const std::string& address, const std::string& reference,
                  const device_answer& answer);
  void seen(const std::string& id, following::look how, const std::string& reason);

  void watch(const std::string& id);
  void start_looks();
  void on_looked(const std::string& id, const std::string& url, const std::string& reference,
                 const video_report& report);
  void refuse(const std::string& id, const std::string& reference, const char* what);

  void apply(registry_changes changes);
  void tell(const std::string& id);
  void remove(const camera_removed& what);
  void publish_all();
  void publish_camera(const camera_facts& camera);
  void publish_status(const camera_facts& camera, const std::string& event);
  void publish(const std::string& topic, std::string payload, bool retain);
  void write(store_record what);
  void keep(const camera_facts& camera);
  void keep_logins(const std::string& device);
  void keep_key(std::function<void(bool kept)> then);
  void forget_old();
  void frigate_counts(const frigate_sign& sign);

  void arm();
  void on_tick(const camera_tick& tick);
  [[nodiscard]] camera_detection_figures figures() const;
  [[nodiscard]] std::vector<problem>
  problems(const std::map<std::string, camera_facts>& cameras) const;
  [[nodiscard]] bool streams(const camera_facts& camera) const;
  [[nodiscard]] bool busy() const;
  [[nodiscard]] monotonic now() const;

  camera_detection_actor::stateful_pointer<camera_detection_state> self_;
  camera_detection_settings settings_;
  wall_clock wall_;
  std::optional<camera_workers> workers_;
  std::optional<camera_registry> registry_;
  std::optional<login_ledger> ledger_;
  std::optional<following> following_;
  std::optional<search_tempo> tempo_;
  std::optional<connection_actor> connection_;
  std::optional<store_actor> store_;
  std::vector<camera_listener> listeners_;
  std::vector<search_listener> watchers_;
  /// Of the link; 0: there is none.
  std::uint64_t generation_ = 0;
  /// What an earlier process knew is taken up, or will not come.
  bool ready_ = false;
  /// The store was asked for it, and has told everything.
  bool asked_store_ = false;
  bool complete_ = false;
  /// When the store is asked again, which did not tell.
  std::optional<monotonic> ask_again_;
  bool silence_told_ = false;
  /// Of the fingerprints of the ledger, until the store has it.
  std::string unkept_key_;
  /// Wall clock at the start, and when each camera was written down last.
  unix_seconds started_ = 0;
  std::map<std::string, unix_seconds> kept_;

  /// Searches that go on, and whether they are regular ones, not for a camera that vanished.
  std::map<std::uint64_t, bool> searches_;
  std::uint64_t last_search_ = 0;
  std::uint64_t finished_searches_ = 0;
  std::optional<monotonic> next_search_;
  /// The network has changed while one went on.
  bool search_again_ = false;
  /// When cameras that vanished were looked for last, and those that still are to be.
  monotonic last_wanted_ = monotonic::min();
  std::deque<std::string> wanted_;
  std::map<std::string, std::string> methods_;
  /// Who waits for a search, and since when.
  std::vector<caf::typed_response_promise<search_result>> promises_;
  monotonic promised_at_{};

  std::map<std::string, conversation> conversations_;
  std::uint64_t last_conversation_ = 0;
  /// Those with cameras that seem to have moved, by their number.
  std::map<std::uint64_t, conversation> moving_;
  /// Addresses that are asked at these moments, if nothing is heard of them before.
  std::map<std::string, monotonic> later_;
  /// Addresses that wait for a conversation, and the cameras that are looked after by it.
  std::deque<std::pair<std::string, std::string>> waiting_;
  /// Cameras that are looked after just now.
  std::set<std::string> checks_;
  /// Cameras whose password is only taken readable.
  std::set<std::string> basic_;
  /// Cameras whose streams are looked at, that wait for it, and when the next look at a bad one
  /// is.
  std::set<std::string> looks_;
  std::deque<std::string> look_queue_;
  struct retry {
    monotonic at{};
    std::uint32_t times = 0;
  };
  std::map<std::string, retry> look_again_;
  /// Cameras that could not be looked at, and why the last one could not.
  std::set<std::string> unjudged_;
  std::string unable_;

  /// Conditions that were published last.
  std::map<std::string, camera_condition> told_;
  /// Cameras whose removal no link has heard of yet.
  std::set<std::string> unheard_removals_;
  std::optional<monotonic> armed_;
  std::uint64_t tick_ = 0;
};

/// Behaviour of the camera detection actor. It ends with any of its workers, and they with it.
camera_detection_actor::behavior_type
camera_detection(camera_detection_actor::stateful_pointer<camera_detection_state> self,
                 camera_detection_settings settings, camera_workers workers, wall_clock wall);

} // namespace firefinder
