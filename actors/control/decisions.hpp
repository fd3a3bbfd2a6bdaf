#pragma once

#include "actors/control/memory.hpp"
#include "actors/control/remembered.hpp"
#include "actors/control/settings.hpp"
#include "messages/control.hpp"
#include "messages/house.hpp"
#include "messages/store.hpp"
#include "messages/time.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace firefinder {

/// Now, by both clocks.
struct control_moment {
  monotonic now{};
  unix_seconds wall = 0;
};

/// What operators have decided about arming, values, cameras and zones, beside what the
/// configuration says.
///
/// Changes are returned as records for the store; one without a value removes it. A value of the
/// configuration that is other than when an operator changed it has been changed since by the
/// owner, whose word is the later one.
class decisions {
public:
  /// Most cameras about which anything is decided, and most snoozes at a time.
  static constexpr std::size_t max_cameras = 1'000;
  static constexpr std::size_t max_snoozes = 200;
  /// Shortest snooze.
  static constexpr timespan shortest_snooze = std::chrono::minutes{1};
  /// Longest name of a camera, in characters, and longest id, in bytes.
  static constexpr std::size_t max_name = 120;
  static constexpr std::size_t max_id = 128;
  /// Cameras or zones that a refusal names.
  static constexpr std::size_t max_named = 20;

  explicit decisions(control_settings settings);

  /// What became of an order.
  struct outcome {
    /// Why it was not met, and what is allowed, for people; empty: it was, and nothing has
    /// changed otherwise.
    std::string error;
    /// What holds now, a JSON object.
    std::string data;
    std::vector<store_record> writes;
  };

  /// Does what an operator wants; not for alarms, nor to remove a camera, which others must
  /// forget as well.
  [[nodiscard]] outcome obey(const operator_order& order, control_moment at);

  /// A camera that may be forgotten.
  struct removal {
    /// Why it may not be; empty: it may.
    std::string error;
    std::string id;
    /// Somebody has told of it, who must forget it as well.
    bool heard = false;
  };

  /// Whether the camera that an operator calls so may be removed.
  [[nodiscard]] removal removable(const std::string& camera) const;

  /// Forgets what was decided about the camera of this id.
  [[nodiscard]] outcome remove(const std::string& id);

  /// Snoozes that are over by now end.
  [[nodiscard]] std::vector<store_record> end_snoozes(monotonic now);

  /// When the next one ends.
  [[nodiscard]] std::optional<monotonic> next_end() const;

  /// What was taken up from the store.
  struct restored {
    std::vector<store_record> writes;
    /// What the owner should know of it, for people.
    std::vector<std::string> notes;
  };

  /// Takes up what an earlier process has written, but for the keys `decided`, about which this
  /// one has decided since. Snoozes that ended in between are over; so are those that begin in
  /// the future, for then the wall clock was set.
  [[nodiscard]] restored restore(const std::vector<store_record>& records,
                                 const std::set<std::string>& decided, control_moment at);

  /// Takes up the cameras that an earlier process has told the store of. Those of the
  /// configuration need not be remembered, nor those whose key a camera has that is there.
  void restore_known(const std::vector<store_record>& records);

  /// There is such a camera. It is remembered, so that after a restart operators can decide about
  /// it before it is heard again. Returns whether `describe` may say anything else now.
  [[nodiscard]] bool learn(const house_camera& camera);

  /// There is no such camera any more; what was decided about it holds for its successor.
  [[nodiscard]] std::vector<store_record> forget(const house_camera_gone& gone);

  /// Nobody tells of cameras any more.
  void forget_told() { told_.clear(); }

  /// Cameras that operators can call before they are heard again.
  [[nodiscard]] remembered_cameras& remembered() noexcept { return remembered_; }

  /// Somebody has disarmed, and until `restore` or an order nobody knows more of it. Returns
  /// whether that is news.
  [[nodiscard]] bool assume_disarmed();

  /// What decisions go by.
  [[nodiscard]] decision_tuning tuning() const;

  /// Fills in all but the alarm.
  void describe(control_state& to) const;

private:
  struct running_snooze {
    snooze what;
    monotonic end{};
  };
  /// Whether of a zone, and its target.
  using snooze_id = std::pair<bool, std::string>;
  struct found_camera {
    std::string error;
    std::string id;
  };

  [[nodiscard]] outcome tune(const operator_order& order);
  [[nodiscard]] outcome begin_snooze(const operator_order& order, control_moment at);
  [[nodiscard]] outcome wake(const operator_order& order);
  [[nodiscard]] outcome add(const operator_order& order);
  [[nodiscard]] outcome change_camera(const operator_order& order, control_moment at);
  [[nodiscard]] std::string change(camera_decision& to, const std::string& id,
                                   const operator_order& order, control_moment at) const;

  [[nodiscard]] bool is_known(const std::string& id) const;
  [[nodiscard]] std::set<std::string> known() const;
  [[nodiscard]] bool is_here(const std::string& id) const;
  [[nodiscard]] bool is_decided(const std::string& id) const;
  [[nodiscard]] int match(const std::string& id, const std::string& called) const;
  [[nodiscard]] found_camera find(const std::string& called) const;
  [[nodiscard]] std::string key_of(const std::string& id) const;
  [[nodiscard]] std::string name_of(const std::string& id) const;
  [[nodiscard]] bool counts(const std::string& id) const;
  [[nodiscard]] double configured(std::string_view value) const;
  [[nodiscard]] double tuned(std::string_view value) const;
  [[nodiscard]] std::string target_error(const operator_order& order, snooze_id& target) const;
  [[nodiscard]] bool restore_one(const store_record& record, control_moment at, restored& result);
  [[nodiscard]] store_record record_of(const snooze_id& target) const;
  [[nodiscard]] store_record record_of(const std::string& camera) const;
  void forget_namesakes(const std::string& id, const std::string& key);
  [[nodiscard]] std::optional<told_camera> last_told(const std::string& id) const;

  control_settings settings_;
  arming arming_;
  bool assumed_disarmed_ = false;
  /// By the names that operators call them.
  std::map<std::string, tuned_value, std::less<>> tuned_;
  /// By the camera's id.
  std::map<std::string, camera_decision> cameras_;
  std::map<snooze_id, running_snooze> snoozes_;
  /// Cameras that consensus tells of, by id. Null: key and name are those that go with the id, as
  /// mostly.
  std::map<std::string, std::unique_ptr<told_camera>> told_;
  /// Of those that are not in the configuration.
  remembered_cameras remembered_;
};

} // namespace firefinder
