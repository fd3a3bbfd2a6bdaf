#pragma once

#include "messages/drill.hpp"
#include "messages/problem.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// How far one exercise has come, and what it is that it waits for.
class course {
public:
  /// `base_topic`: under which it takes place, for those who read of its failure.
  course(std::string id, const drill_order& order, bool scheduled, std::string base_topic,
         monotonic now, unix_seconds wall);

  [[nodiscard]] const std::string& id() const noexcept { return report_.id; }
  [[nodiscard]] bool is_live() const noexcept { return report_.live; }
  [[nodiscard]] bool is_scheduled() const noexcept { return report_.scheduled; }
  [[nodiscard]] std::uint32_t cameras() const noexcept { return report_.cameras; }

  /// So many virtual cameras take part.
  void take_part(std::uint32_t cameras) noexcept { report_.cameras = cameras; }

  /// A step is reached; only the first time counts.
  void mark(drill_step step, monotonic now);

  [[nodiscard]] bool has(drill_step step) const noexcept { return reached_.count(step) != 0; }

  /// It does without this step.
  void skip(drill_step step) { skipped_.insert(step); }

  /// Whether nothing is left to be reached.
  [[nodiscard]] bool is_complete() const noexcept;

  /// The first step that is not reached.
  [[nodiscard]] drill_step next() const noexcept;

  /// How the virtual cameras stand, for those who read of a failure.
  void note(std::string standing) { standing_ = std::move(standing); }

  /// What is to be known though it may pass.
  void warn(std::string text) { report_.warnings.push_back(std::move(text)); }

  [[nodiscard]] drill_report passed(monotonic now);

  /// It ends at the next step, or at this one.
  [[nodiscard]] drill_report failed(std::string reason, monotonic now);
  [[nodiscard]] drill_report failed(drill_step step, std::string reason, monotonic now);

  /// It has lasted its time.
  [[nodiscard]] drill_report overdue(timespan limit, monotonic now);

private:
  [[nodiscard]] drill_report ended(monotonic now);

  drill_report report_;
  std::string base_topic_;
  std::string standing_;
  monotonic begun_;
  std::map<drill_step, monotonic> reached_;
  std::set<drill_step> skipped_;
};

/// A report as a JSON object, in a line.
[[nodiscard]] std::string report_line(const drill_report& report);

/// The same where there was none: Home Assistant has to be told that nothing is known.
[[nodiscard]] std::string unknown_line();

/// What is known of earlier exercises.
struct drill_memory {
  /// None: there was none.
  std::optional<drill_report> last;
  /// Wall clock since when those that begin by themselves fail, and how the last of them did; 0:
  /// they do not.
  unix_seconds trouble_since = 0;
  std::string trouble;

  /// Takes note of one that has ended.
  void add(const drill_report& report);

  /// What is wrong with the house by that.
  [[nodiscard]] std::vector<problem> problems() const;

  friend bool operator==(const drill_memory&, const drill_memory&) = default;
};

/// As it stands in the store, and from there; none when it cannot be read.
[[nodiscard]] std::string stored_text(const drill_memory& memory);
[[nodiscard]] std::optional<drill_memory> memory_from(std::string_view text);

} // namespace firefinder
