#pragma once

#include "actors/frigate/burst.hpp"
#include "actors/frigate/configuring.hpp"
#include "actors/frigate/settings.hpp"
#include "messages/actors.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// State of the frigate actor: knows when each instance is to be asked, by its API and by
/// MQTT, tells consensus what the API answers, and has the first one's configuration say what
/// cameras there are.
class frigate_state {
public:
  static inline const char* name = "frigate";

  /// How often the API is asked while it answers, and while it does not.
  static constexpr timespan interval = std::chrono::minutes{10};
  static constexpr timespan retry_interval = std::chrono::seconds{30};

  /// From this failure in a row on consensus is told: one may be a restart of Frigate.
  static constexpr std::uint32_t failures_told = 3;

  explicit frigate_state(frigate_actor::stateful_pointer<frigate_state> self) : self_(self) {}
  frigate_state(const frigate_state&) = delete;
  frigate_state& operator=(const frigate_state&) = delete;

  /// Ends the workers.
  ~frigate_state();

  frigate_actor::behavior_type make_behavior(frigate_settings settings, frigate_api_actor api,
                                             frigate_writer_actor writer);

private:
  struct instance {
    frigate_instance what;
    /// A question to the API is under way, and there is another.
    bool asking = false;
    bool again = false;
    /// What it has in sight is asked once for each link.
    bool wants_objects = false;
    std::uint32_t failures = 0;
    burst sampling;
    /// Of the tick that counts.
    std::uint64_t api_tick = 0;
    std::uint64_t sample_tick = 0;
  };

  void attach(const connection_actor& connection, const consensus_actor& consensus);
  void on_link_up(std::uint64_t generation);
  void on_link_down();
  void on_sign(const frigate_sign& sign);
  void on_tick(const frigate_tick& tick);
  void ask(std::uint32_t which);
  void on_report(std::uint32_t which, frigate_report report);
  void on_candidate(const frigate_candidate& what);
  void sample(std::uint32_t which);
  void request_activity(const instance& of);
  void on_configuration_tick(const frigate_configuration_tick& tick);
  void configure();
  void write();
  void write_files();
  void ask_for_alarm(std::function<void(double)> then);
  void change();
  void clear_away(const frigate_outcome& done);
  void written(const frigate_outcome& what);
  void restart();
  void publish(bool anew);
  [[nodiscard]] monotonic now() const;

  frigate_actor::stateful_pointer<frigate_state> self_;
  frigate_settings settings_;
  frigate_api_actor api_;
  frigate_writer_actor writer_;
  std::optional<connection_actor> connection_;
  std::optional<consensus_actor> consensus_;
  std::vector<instance> instances_;
  /// Of the link; 0: there is none.
  std::uint64_t generation_ = 0;
  /// Absent: nothing of the configuration is ours.
  std::optional<configuring> configuring_;
  /// Of the tick that counts, and when it comes.
  std::uint64_t configuration_tick_ = 0;
  std::optional<monotonic> configuration_due_;
  std::string published_;
  std::string told_failure_;
};

/// Behaviour of the frigate actor. It ends with its workers, and they with it.
frigate_actor::behavior_type frigate(frigate_actor::stateful_pointer<frigate_state> self,
                                     frigate_settings settings, frigate_api_actor api,
                                     frigate_writer_actor writer);

} // namespace firefinder
