#pragma once

#include "messages/camera.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace firefinder {

/// When known cameras are looked after, and what a look at one means.
class following {
public:
  /// One look that fails may be a lost packet: another follows after so long.
  static constexpr timespan second_look = std::chrono::seconds{5};
  /// So many in a row mean something.
  static constexpr std::uint32_t looks_that_count = 2;
  /// Frigate counts its frames once a minute; two of its reports may be lost.
  static constexpr timespan fed_span = std::chrono::seconds{150};

  explicit following(timespan interval) : interval_(interval) {}

  /// Follows a camera, if it is not followed yet; looks at it within `spread`.
  void add(const std::string& id, monotonic now, timespan spread = timespan{0});
  void remove(const std::string& id);
  /// Looks at it now.
  void hurry(const std::string& id, monotonic now);
  /// All are looked at within `spread`.
  void restart(monotonic now, timespan spread);
  /// Frigate receives frames of it, so that nothing has to be asked.
  void fed(const std::string& id, monotonic now);
  [[nodiscard]] bool is_fed(const std::string& id, monotonic now) const;

  /// Cameras whose turn it is, at most `most`, longest overdue first. Each is out until `seen`.
  [[nodiscard]] std::vector<std::string> due(monotonic now, std::size_t most);

  /// When the next one is; nothing while there is none.
  [[nodiscard]] std::optional<monotonic> next() const;

  /// What a look brought.
  enum class look : std::uint8_t {
    /// Its stream is there.
    fine,
    /// It answers, but its stream is not there.
    fault,
    /// It does not answer.
    silence,
    /// It does not let us in; what that means is told elsewhere.
    no_entry,
  };

  /// Takes what a look at a camera brought. Tells how the camera is; nothing: that will be
  /// known after the second look.
  [[nodiscard]] std::optional<camera_condition> seen(const std::string& id, look how,
                                                     monotonic now);

private:
  struct watched {
    monotonic due{};
    monotonic fed_until = monotonic::min();
    std::uint32_t silences = 0;
    std::uint32_t faults = 0;
    bool out = false;
  };

  void schedule(const std::string& id, watched& x, monotonic when);
  [[nodiscard]] timespan share(const std::string& id, timespan of) const;

  timespan interval_;
  std::map<std::string, watched> cameras_;
  /// Moments of those that are not out.
  std::set<std::pair<monotonic, std::string>> order_;
};

/// When the network is searched.
class search_tempo {
public:
  /// Once as many searches in a row have found the same cameras, …
  static constexpr int equal_searches = 3;
  /// … they come at most so often.
  static constexpr timespan steady_interval = std::chrono::minutes{30};

  search_tempo(timespan interval, bool smart) : interval_(interval), smart_(smart) {}

  /// A search has ended, and these cameras are known now.
  void finished(const std::set<std::string>& cameras);
  /// The network has changed: what was found says nothing of it.
  void disturb();
  /// From the end of one search to the next.
  [[nodiscard]] timespan pause() const;
  [[nodiscard]] bool steady() const noexcept { return smart_ && equal_ >= equal_searches; }

private:
  timespan interval_;
  bool smart_;
  int equal_ = 0;
  std::set<std::string> last_;
};

} // namespace firefinder
