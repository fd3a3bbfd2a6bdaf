#pragma once

#include "actors/consensus/agreement.hpp"
#include "actors/consensus/camera_keys.hpp"
#include "actors/consensus/kept_standing.hpp"
#include "actors/consensus/log_limiter.hpp"
#include "actors/consensus/pace.hpp"
#include "actors/consensus/roster.hpp"
#include "actors/consensus/settings.hpp"
#include "actors/consensus/vigilance.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// State of the consensus actor: hears the verdicts of its trackers, decides,
/// and follows each trigger until the broker has it.
class consensus_state {
public:
  static inline const char* name = "consensus";

  explicit consensus_state(consensus_actor::stateful_pointer<consensus_state> self) : self_(self) {}
  consensus_state(const consensus_state&) = delete;
  consensus_state& operator=(const consensus_state&) = delete;

  /// Ends the trackers: a monitored child does not end with its parent.
  ~consensus_state();

  consensus_actor::behavior_type make_behavior(consensus_settings settings, wall_clock wall);

  /// The trackers, in order.
  [[nodiscard]] const std::vector<tracker_actor>& trackers() const noexcept { return trackers_; }

private:
  /// A trigger, or the report of a missed one, that the broker has not acknowledged.
  struct pending_trigger {
    /// That of its decision; 0 for a report of a missed one.
    std::uint64_t number = 0;
    publication what;
    /// It is written down, or cannot be: the connection may have it.
    bool stored = false;
    /// When it was decided; `never`: by an earlier process.
    monotonic decided = never;
  };

  /// An answer that waits for the trackers.
  struct gathering {
    caf::typed_response_promise<consensus_figures> answer;
    consensus_figures sum;
    std::size_t missing = 0;
  };

  struct draining {
    caf::typed_response_promise<done_atom> answer;
    int rounds = 0;
    std::size_t missing = 0;
    /// Ends the recovery, not the work.
    bool recovery = false;
  };

  /// An explanation of the present that waits for the trackers.
  struct explaining {
    caf::typed_response_promise<decision_record> answer;
    std::string camera;
    std::map<std::string, camera_standing> standings;
    std::size_t missing = 0;
    /// A tracker was silent.
    bool incomplete = false;
  };

  /// A camera that the trackers forget.
  struct forgetting {
    caf::typed_response_promise<done_atom> answer;
    std::string id;
    /// The ids by which they follow it.
    std::vector<std::string> names;
    std::size_t missing = 0;
    /// A tracker was silent.
    bool incomplete = false;
  };

  /// An answer to `ping_atom` that waits for the trackers.
  struct roll_call {
    caf::typed_response_promise<done_atom> answer;
    std::size_t missing = 0;
  };

  void spawn_trackers();
  void attach(const connection_actor& connection);
  void attach(const store_actor& store);
  void restore(const recovered& before);
  void take_up();
  void recover(const recovered& before);
  void become_ready();
  void stop_waiting_for_store();
  void wait_while_unknown();
  void catch_up();
  void act_on(const std::string& camera, agreement::outlook how, bool stands_otherwise);
  void answer_ready();
  void tune(const decision_tuning& tuning);
  void leave_out_cameras();
  void stop_waiting_for_tuning();
  caf::typed_response_promise<done_atom> forget(const std::string& camera);
  void forgotten(std::uint64_t number);
  caf::typed_response_promise<done_atom> ready();
  void on_verdict(const verdict& v);
  void review();
  void tell(const std::string& camera, const agreement::outlook& how,
            const std::string& trigger_id);
  void tell_now(const std::string& camera, const agreement::outlook& how,
                const std::string& trigger_id);
  void tell(const decision_record& record);
  void tell_late();
  [[nodiscard]] bool is_writing_alarm() const;
  /// Without its cameras.
  [[nodiscard]] decision_record record_of(const agreement::outlook& how) const;
  [[nodiscard]] decision_record record_of(const std::string& camera,
                                          const agreement::outlook& how) const;
  /// Returns the identity of the trigger.
  std::string raise(decision d);
  void enqueue(pending_trigger trigger);
  void hand_over_stored(const std::string& id);
  void hand_over(const std::string& id);
  void settle(alarm_outcome outcome);
  void write_outcome(const std::string& id);
  void remember();
  void on_delivered(const delivered& event);
  void on_expired(const expired& event);
  void hold_while_pending();
  void arm_cooldown();
  void answer_drained();
  void publish_state();
  void publish_state_if_changed();
  void on_link_up();
  void on_link_down(const std::string& reason);
  void on_vigilance_tick(const vigilance_tick& tick);
  void on_candidate(frigate_candidate what);
  void on_cameras(const frigate_cameras& told);
  void take_over(const known_devices::change& news);
  void look_around();
  void log_changes(const std::vector<vigilance::finding>& found);
  void arm_vigilance();
  void ask_store(std::uint64_t asker);
  void take_report(const reported_problems& report);
  [[nodiscard]] std::vector<vigilance::finding> troubles() const;
  [[nodiscard]] problem told(const vigilance::finding& x) const;
  [[nodiscard]] std::vector<problem> told(const std::vector<vigilance::finding>& all) const;
  [[nodiscard]] unix_seconds wall_at(monotonic moment) const;
  void add_watch(consensus_figures& to) const;
  void listen(const house_listener& listener);
  [[nodiscard]] bool shows_house() const;
  void tell_cameras();
  void on_down(const caf::down_msg& down);
  void follow_cameras();
  void show(const std::string& camera);
  [[nodiscard]] std::optional<house_camera> shown_camera(const std::string& id) const;
  [[nodiscard]] camera_standing standing_of(const std::string& id,
                                            const vigilance::view& camera) const;
  [[nodiscard]] house_state present_house();
  void tell_house();
  void arm_house();
  [[nodiscard]] std::vector<problem> problems() const;
  caf::typed_response_promise<consensus_figures> figures();
  void add_figures(std::uint64_t number, tracker_figures* part);
  void part_arrived(std::uint64_t number);
  caf::typed_response_promise<done_atom> drain();
  void drain_round(std::uint64_t number);
  void drained(std::uint64_t number);
  caf::typed_response_promise<decision_record> explain(const explain_query& query);
  void explain_now(const std::string& camera,
                   const caf::typed_response_promise<decision_record>& answer);
  void explained(std::uint64_t number);
  void look_back(const explain_query& query, unix_seconds at, int tries,
                 caf::typed_response_promise<decision_record> answer);
  static void narrow_down(decision_record decision, const std::string& camera,
                          caf::typed_response_promise<decision_record> answer);
  void mark_witnesses(decision_record& x) const;
  void show_names(decision_record& x) const;
  void keep(decision_record decision);
  void keep_now();
  caf::typed_response_promise<done_atom> ping();
  void answered(std::uint64_t number, std::size_t tracker, const caf::error* fault);
  [[nodiscard]] monotonic now() const;

  consensus_actor::stateful_pointer<consensus_state> self_;
  consensus_settings settings_;
  wall_clock wall_;
  std::optional<agreement> agreement_;
  std::vector<decision_listener> decision_listeners_;
  /// What operators have changed; none: nothing was told yet.
  std::optional<decision_tuning> tuning_;
  /// The first of it is still waited for, and with it the samples of before.
  bool awaits_tuning_ = false;
  std::optional<recovered> before_;
  std::uint64_t tuning_tick_ = 0;
  /// What was before is still waited for: nothing is decided, but for a time only.
  bool awaits_store_ = false;
  std::uint64_t store_tick_ = 0;
  /// Which camera is shown under which key.
  camera_keys keys_;
  /// Who shows the house, and what they were told.
  std::vector<house_listener> house_listeners_;
  roster roster_;
  pace roster_pace_{8};
  house_state house_;
  std::optional<monotonic> house_told_at_;
  /// It may stand otherwise, and its problems too.
  bool house_waits_ = false;
  bool problems_wait_ = true;
  /// When the pending tick comes; none when none is pending.
  std::optional<monotonic> house_armed_;
  std::uint64_t house_tick_ = 0;
  /// The last trigger, as people are told of it.
  struct raised {
    unix_seconds at = 0;
    std::string id;
    std::vector<std::string> cameras;
  };
  raised last_raised_;
  /// The decision that the store was given last.
  struct kept_key {
    decision_reason reason{};
    std::uint32_t agreeing = 0;
    monotonic at{};
  };
  std::optional<kept_key> last_kept_;
  /// A later one that it was not given yet.
  std::optional<decision_record> unkept_;
  /// How each camera stood last, and which of them see anything.
  standing_pool standing_pool_;
  std::map<std::string, kept_standing> standings_;
  /// Keys of these.
  struct by_text {
    bool operator()(const std::string* a, const std::string* b) const { return *a < *b; }
  };
  std::set<const std::string*, by_text> seeing_;
  /// What was told last, and to those who hear of every decision.
  decision_reason told_reason_ = decision_reason::too_few_cameras;
  kept_key last_told_{};
  /// Decisions that are told when the connection has the alarm that is being written down.
  std::vector<decision_record> behind_alarm_;
  /// A camera that stands otherwise since; of that nobody was told yet.
  std::optional<std::string> untold_;
  /// Start of the cooldown as it was written down last.
  monotonic kept_cooldown_ = never;
  std::vector<tracker_actor> trackers_;
  std::optional<connection_actor> connection_;
  std::optional<store_actor> store_;
  /// Who asks Frigate for more, and who wants to know what it sees.
  std::vector<frigate_watcher> watchers_;
  /// The store was asked for the time before, and has answered.
  bool asked_ = false;
  bool recovering_ = false;
  /// Ends of triggers that the store could not write down yet.
  std::map<std::string, alarm_outcome> unwritten_;
  std::vector<caf::typed_response_promise<done_atom>> waiting_;
  /// Drainings that wait for the store.
  std::vector<caf::typed_response_promise<done_atom>> drained_;
  bool link_is_up_ = false;
  std::map<std::string, pending_trigger> pending_;
  std::uint64_t missed_ = 0;
  /// Triggers since the start.
  std::uint64_t raised_ = 0;
  std::uint64_t delivered_ = 0;
  duration_histogram deliveries_;
  std::map<decision_reason, std::uint64_t> decisions_;
  std::uint64_t cooldown_number_ = 0;
  std::optional<vigilance> vigilance_;
  /// Code, subject and beginning of each trouble that was found last.
  std::map<std::pair<std::string, std::string>, monotonic> troubles_;
  std::uint64_t troubles_revision_ = 0;
  /// What other parts of the house have found, by who reports it.
  std::map<std::string, std::vector<vigilance::finding>> reported_;
  std::uint32_t last_threshold_ = 0;
  log_limiter log_{std::chrono::minutes{1}};
  /// When the pending tick comes; none when none is pending.
  std::optional<monotonic> vigilance_armed_;
  std::uint64_t vigilance_number_ = 0;
  /// Number of the last tick of those that share `vigilance_tick`.
  std::uint64_t last_tick_ = 0;
  /// What `fire/consensus_state` said last, without its time.
  struct picture_key {
    std::uint64_t agreement = 0;
    std::uint64_t troubles = 0;
    std::uint32_t threshold = 0;
    bool cooldown = false;
    friend bool operator==(const picture_key&, const picture_key&) = default;
  };
  [[nodiscard]] picture_key present() const;
  std::optional<picture_key> told_;
  std::uint64_t last_gathering_ = 0;
  std::map<std::uint64_t, gathering> gatherings_;
  std::map<std::uint64_t, draining> drainings_;
  std::map<std::uint64_t, explaining> explainings_;
  std::map<std::uint64_t, roll_call> roll_calls_;
  std::map<std::uint64_t, forgetting> forgettings_;
};

/// Behaviour of the consensus actor. It spawns its trackers itself and ends
/// with an error when one of them does, because part of the cameras is then lost.
consensus_actor::behavior_type consensus(consensus_actor::stateful_pointer<consensus_state> self,
                                         consensus_settings settings, wall_clock wall);

} // namespace firefinder
