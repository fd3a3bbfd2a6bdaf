#pragma once

#include "actors/consensus/activity.hpp"
#include "actors/consensus/decode.hpp"
#include "actors/consensus/devices.hpp"
#include "actors/consensus/log_limiter.hpp"
#include "actors/consensus/pace.hpp"
#include "actors/consensus/settings.hpp"
#include "actors/consensus/sights.hpp"
#include "actors/consensus/tracking.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace firefinder {

/// State of a tracker: decodes what the connection routes to it, follows the
/// cameras that fall to it, hands on those that do not.
class tracker_state {
public:
  static inline const char* name = "tracker";

  explicit tracker_state(tracker_actor::stateful_pointer<tracker_state> self) : self_(self) {}

  tracker_actor::behavior_type make_behavior(acceptance_settings acceptance,
                                             const tracking_settings& tracking_rules,
                                             std::size_t index, verdict_listener consensus);

private:
  void on_inbound(inbound& message);
  void on_activity(const inbound& message);
  void on_cameras(const frigate_cameras& told);
  void on_objects(const frigate_objects& seen);
  void take_over(const known_devices::change& news);
  void hand_over(sighting seen);
  void on_sighting(const sighting& seen);
  void suggest(const sighting& seen);
  void show(const sighting& seen, const std::vector<tracking::sighted>& evidence);
  void tell_sights();
  void arm_sights();
  void tune(const decision_tuning& tuning);
  void take_up_tuning();
  void forget(const std::string& camera);
  void send_traces(std::vector<sample_trace> traces, bool repeated);
  void on_sign(frigate_sign sign);
  void forget_source(const std::string& prefix);
  void restore(const restoration& before);
  void keep(const sighting& seen);
  void send_kept();
  void note(const drop& what);
  void advance();
  void report(verdict v, bool news);
  void arm();
  [[nodiscard]] monotonic now() const;
  [[nodiscard]] tracker_figures figures() const;

  tracker_actor::stateful_pointer<tracker_state> self_;
  acceptance_settings acceptance_;
  std::optional<decoder> decoder_;
  std::optional<tracking> cameras_;
  std::optional<known_devices> devices_;
  /// How cameras that may be spelled in several ways were first spelled.
  std::unordered_map<std::string, std::string> names_;
  std::optional<activity> activity_;
  timespan window_{};
  std::size_t index_ = 0;
  verdict_listener consensus_;
  std::vector<sighting_listener> peers_;
  std::optional<store_actor> store_;
  /// Whoever wants to know what every detection is; mostly nobody.
  std::optional<trace_listener> tracer_;
  /// Whoever shows what cameras see, and the pace of that.
  std::vector<sight_listener> sight_listeners_;
  sights sights_;
  std::vector<camera_sight> untold_sights_;
  /// What a camera sees is to be heard before how it stands, which is then told: whoever shows both
  /// does so once a second, and a fire is not to wait for its second turn.
  pace sights_pace_{64};
  /// When the pending tick for that comes; none when none is pending.
  std::optional<monotonic> sights_armed_;
  /// What operators have changed; none: nothing was told.
  std::optional<decision_tuning> tuning_;
  std::optional<std::set<std::string>> registered_;
  /// For that listener, who wants to know of what was dropped too.
  std::optional<decoder> unlimited_;
  /// Samples that wait for the store, which writes one bundle at a time.
  std::vector<sighting> to_keep_;
  bool keeping_ = false;
  /// Before it nothing more is given to the store, and the tick that waits for it; 0: none.
  monotonic keep_from_ = monotonic::min();
  std::uint64_t keep_tick_ = 0;
  std::uint64_t not_kept_ = 0;
  /// When someone was last listening before this process; `never` when that is not known.
  monotonic listened_until_ = never;
  /// What waited at the broker still comes: time does not pass until then.
  monotonic patient_until_{};
  log_limiter log_{std::chrono::minutes{1}};
  std::uint64_t messages_ = 0;
  std::uint64_t accepted_ = 0;
  std::uint64_t repeated_ = 0;
  std::map<drop_reason, std::uint64_t> dropped_;
  /// When each Frigate instance, by prefix, was last reported to be alive.
  std::map<std::string, monotonic> reported_alive_;
  /// When a candidate of each Frigate instance, by prefix, was last told of; of other
  /// detectors under none.
  std::map<std::string, monotonic> suggested_;
  /// When the pending tick comes; none when none is pending.
  std::optional<monotonic> armed_;
  /// Number of that tick, of the one for what cameras see, and of the last one of all.
  std::uint64_t tick_number_ = 0;
  std::uint64_t sights_tick_ = 0;
  std::uint64_t last_tick_ = 0;
};

/// Behaviour of tracker `index`. Until it knows its peers every camera is its own.
tracker_actor::behavior_type tracker(tracker_actor::stateful_pointer<tracker_state> self,
                                     acceptance_settings acceptance,
                                     tracking_settings tracking_rules, std::size_t index,
                                     verdict_listener consensus);

} // namespace firefinder
