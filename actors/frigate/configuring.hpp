#pragma once

#include "actors/frigate/camera_choice.hpp"
#include "actors/frigate/settings.hpp"
#include "messages/camera.hpp"
#include "messages/frigate.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// The course of Frigate's configuration: when it is written, with what, when Frigate may be
/// started anew for it, and what is wrong with it.
class configuring {
public:
  /// What is new is waited for until nothing came for `settle`, though not longer than
  /// `longest_settle`; then it is written, unless that was done less than `pause` ago.
  static constexpr timespan settle = std::chrono::seconds{10};
  static constexpr timespan longest_settle = std::chrono::minutes{1};
  static constexpr timespan pause = std::chrono::minutes{5};
  /// What Frigate has refused is tried again after this, if nothing changes before.
  static constexpr timespan refused_pause = std::chrono::minutes{30};
  /// Frigate is not started anew more often.
  static constexpr timespan restart_pause = std::chrono::minutes{30};
  /// Nor sooner after a link came up, or after something that could become an alarm counted:
  /// so long may Frigate take to tell of an object again.
  static constexpr timespan quiet = std::chrono::seconds{75};
  /// Nor sooner after an alarm.
  static constexpr timespan alarm_quiet = std::chrono::minutes{30};

  configuring(frigate_settings settings, bool has_api);

  void on_camera(const camera_facts& camera, monotonic now);
  void on_removed(const camera_removed& camera, monotonic now);
  /// The link to the broker came up, or is gone. Without it nobody tells of fires.
  void on_link(bool up, monotonic now);
  /// Something may become an alarm until that moment.
  void on_candidate(monotonic until);
  /// What the API told of the instance.
  void on_report(const frigate_cameras& report, monotonic now);

  enum class step : std::uint8_t { none, write, restart };

  /// What to do now. Nothing while the last thing is under way.
  [[nodiscard]] step next(monotonic now) const;
  /// When to look again.
  [[nodiscard]] std::optional<monotonic> due(monotonic now) const;

  /// Whether Frigate takes changes while it runs: the objects end that it follows in a camera
  /// which changes or goes. Then `may_write` is to be asked first.
  [[nodiscard]] bool disturbs() const;
  /// It is being found out how long ago the last alarm was. To be followed by `may_write`.
  void begin_question();
  /// There was an alarm so long ago; negative: none. Whether there is something that may be
  /// written now: while a fire may be in sight these are only cameras that Frigate lacks, and
  /// the rest waits.
  [[nodiscard]] bool may_write(double last_alarm_ago_s, monotonic now);
  /// Takes up to write what there is. To be followed by `on_written`.
  void begin(monotonic now);
  /// What the files are to say first; nothing: none is written.
  [[nodiscard]] std::optional<frigate_files> files() const;
  /// What the API is to do then; nothing: it is not asked. Without an address.
  [[nodiscard]] std::optional<frigate_change> change() const;
  /// What the files are to say last, when the API has done it: the secrets go of those that were
  /// removed, not of what the outcome says to be refused.
  [[nodiscard]] std::optional<frigate_files> leftovers(const frigate_outcome& done) const;
  void on_written(const frigate_outcome& what, monotonic now);

  /// Frigate is being told to start anew. To be followed by `on_restart`.
  void begin_restart();
  /// There was an alarm so long ago; negative: none. Whether Frigate may be started anew.
  [[nodiscard]] bool may_restart(double last_alarm_ago_s, monotonic now);
  void on_restart(const std::string& failure, monotonic now);

  /// Every camera that Frigate should have, as YAML, with placeholders.
  [[nodiscard]] std::string document() const;

  [[nodiscard]] frigate_figures figures() const;

private:
  void touch(monotonic now);
  [[nodiscard]] std::optional<monotonic> write_due() const;
  [[nodiscard]] std::optional<monotonic> calm_due() const;
  [[nodiscard]] bool is_new(const std::string& id) const;
  [[nodiscard]] bool has_new() const;
  [[nodiscard]] bool restart_is_ours() const;
  [[nodiscard]] monotonic restart_due() const;
  [[nodiscard]] block_rules rules() const;
  [[nodiscard]] const camera_credential* credential_of(const frigate_source& camera) const;
  [[nodiscard]] frigate_source shown(const frigate_source& camera) const;
  [[nodiscard]] bool knows_version() const;

  frigate_settings settings_;
  bool has_api_ = false;
  camera_choice choice_;
  std::string version_;
  bool asked_ = false;

  // -- writing
  bool dirty_ = false;
  monotonic first_change_{};
  monotonic last_change_{};
  std::optional<monotonic> last_write_;
  timespan pause_ = pause;
  bool busy_ = false;
  /// Only cameras that Frigate lacks are written.
  bool only_new_ = false;
  /// After an alarm, nothing else is before this.
  monotonic calm_again_{};
  /// What is being written.
  frigate_blocks blocks_;
  std::vector<frigate_secret> secrets_;
  std::set<std::string> names_;
  std::string failure_;
  /// Why a camera is not written, by its name in Frigate.
  std::map<std::string, std::string> left_out_;

  // -- what Frigate has
  /// Those that were written, and whether Frigate was asked since.
  std::set<std::string> written_;
  /// Those that it has, as its API told last; nothing: it did not.
  std::optional<std::set<std::string>> present_;
  std::optional<monotonic> last_success_;
  std::map<std::string, std::string> faults_;

  // -- starting it anew
  bool restart_wanted_ = false;
  /// Those for whose secrets it was.
  std::set<std::string> restarted_for_;
  std::optional<monotonic> last_restart_;
  std::optional<monotonic> link_since_;
  monotonic candidate_until_{};
  monotonic look_again_{};
  std::string restart_failure_;

  std::uint64_t changes_ = 0;
  std::uint64_t restarts_ = 0;
};

} // namespace firefinder
