#pragma once

#include "actors/bridge/schema.hpp"
#include "messages/announce.hpp"
#include "messages/control.hpp"
#include "messages/decision.hpp"
#include "messages/detection.hpp"
#include "messages/drill.hpp"
#include "messages/search.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace firefinder {

/// Longest request that is looked at, in bytes.
inline constexpr std::size_t max_request_bytes = 4'096;

/// Longest command that is looked at, in bytes.
inline constexpr std::size_t max_command_bytes = 64;

/// Requests that only ask are answered so often in a second, at the most.
inline constexpr std::uint32_t max_answers_per_second = 5;

/// Requests that change something: at once, and in a second after that. Who asks too much must not
/// keep an alarm from being acknowledged.
inline constexpr std::uint32_t max_changes = 20;
inline constexpr std::uint32_t max_changes_per_second = 10;

/// Commands that the control has and has not answered yet, at the most.
inline constexpr std::size_t max_commands_under_way = 200;

/// Commands that wait for that, at the most: one each for all that a large house has.
inline constexpr std::size_t max_commands_waiting = 2'000;

/// Answers to commands: at once, and in a second after that. As many as are under way may all be
/// refused at once.
inline constexpr std::uint32_t max_command_answers = 200;
inline constexpr std::uint32_t max_command_answers_per_second = 50;

/// Cameras that are told of in one answer, at the most. With names and objects of 128 bytes, and
/// as many problems, that is well within what anybody reads of a message.
inline constexpr std::size_t max_told_cameras = 100;

/// Why something that was asked for is not done.
enum class rejection : std::uint8_t {
  /// There is no such request, command or member.
  unknown,
  /// There is nothing, or something that is needed is missing.
  incomplete,
  too_long,
  /// No JSON object, or nested too deep, or with a member that is there twice.
  unreadable,
  wrong_type,
  out_of_range,
  /// Of unknown age.
  retained,
  /// More in a second than are followed, or than there is room for.
  too_many,
  /// By the one who was to do it.
  declined,
};

[[nodiscard]] inline std::string to_string(rejection x) {
  switch (x) {
  case rejection::unknown:
    return "unknown";
  case rejection::incomplete:
    return "incomplete";
  case rejection::too_long:
    return "too_long";
  case rejection::unreadable:
    return "unreadable";
  case rejection::wrong_type:
    return "wrong_type";
  case rejection::out_of_range:
    return "out_of_range";
  case rejection::retained:
    return "retained";
  case rejection::too_many:
    return "too_many";
  case rejection::declined:
    return "declined";
  }
  return "invalid";
}

/// An order, and what people know it by: the name of the value that it sets, or empty.
struct named_order {
  std::string name;
  operator_order order;
};

/// What somebody asks over MQTT.
struct bridge_request {
  request_kind what = request_kind::status;
  /// Of `explain`.
  explain_query query;
  /// Of `drill`.
  drill_order drill;
  /// Of `discovery_forget`.
  forget_order forget;
  /// For the control, one after another; empty: it is not about operators' decisions.
  std::vector<named_order> orders;
};

/// A request as it was read.
struct parsed_request {
  /// None when it cannot be answered.
  std::optional<bridge_request> request;
  /// Why it cannot, and what is allowed, for people; and for those who count.
  std::string error;
  rejection why = rejection::unknown;
  /// What the asker wants to see in the answer again, as JSON; empty: nothing.
  std::string transaction;
};

/// Reads a request: `operation` is what follows `bridge/request/` in its topic, the payload a JSON
/// object or empty. `size` is the length of the payload as it was published, which may have been
/// too long to be kept. All of it is checked before anything is asked of anybody.
[[nodiscard]] parsed_request parse_request(std::string_view operation, std::string_view payload,
                                           std::uint64_t size, const request_limits& limits = {});

/// Whether a request of this name changes something; one that does not exist only asks.
[[nodiscard]] bool is_change(std::string_view operation) noexcept;

/// The order that sets back what `done`, of kind `arm` or `tune`, has set.
[[nodiscard]] operator_order set_back(const operator_order& done, const decision_tuning& before);

/// A command as it was read.
struct parsed_command {
  /// None when it cannot be followed.
  std::optional<named_order> order;
  /// As of `parsed_request`.
  std::string error;
  rejection why = rejection::unknown;
  /// Whether there is such a command at all; otherwise nobody is told.
  bool known = false;
};

/// Reads a command: `name` is what stands between `<base>/` and `/set` in its topic, the payload
/// plain text as Home Assistant sends it.
[[nodiscard]] parsed_command parse_command(std::string_view name, std::string_view payload,
                                           std::uint64_t size, const request_limits& limits = {});

/// Whether an operation may stand in the topic of an answer: one or two levels of letters, digits,
/// dashes and underscores, at most 64 bytes.
[[nodiscard]] bool is_answerable(std::string_view operation) noexcept;

/// The answer to a request that was met; `data` is JSON, `warning` for people, or empty. What
/// nobody would read (`max_payload_bytes`) is refused instead.
[[nodiscard]] std::string ok_response(const std::string& data, const std::string& transaction,
                                      const std::string& warning = {});

/// The answer to one that was not.
[[nodiscard]] std::string error_response(const std::string& error, const std::string& transaction);

/// What is told beside the figures of the decision.
struct bridge_facts {
  std::string version;
  unix_seconds now = 0;
  double uptime_s = 0;
  /// MQTT version of the link: "5" or "3.1.1".
  std::string protocol;
  /// Requests that were not done because there were too many.
  std::uint64_t requests_dropped = 0;
  /// Requests and commands that were refused, by reason.
  std::map<rejection, std::uint64_t> refused;
  /// Whether this daemon decides at all.
  bool decides = true;
  /// What came of the last exercise, as JSON; empty: there was none, or nobody says so.
  std::string last_drill{};
};

/// A decision as JSON with at most `max_told_cameras` of its cameras, those that agree first;
/// `cameras_more` says how many others there are. As it is when it has no more.
[[nodiscard]] std::string shortened(const std::string& decision);

/// The data of an answer to `status`, JSON. `decision` tells as JSON how the cameras stand now;
/// empty: nobody said so. Of more than `max_told_cameras` those that agree come first, then those
/// that the decision tells of; `cameras_total` counts all.
[[nodiscard]] std::string status_data(const consensus_figures& figures, const bridge_facts& facts,
                                      const std::string& decision);

/// The data of an answer to `options`, JSON: what holds now.
[[nodiscard]] std::string options_data(const decision_tuning& tuning);

/// The data of an answer to `rescan`, JSON, with at most `max_told_cameras`; `cameras_more` says
/// how many others there are. Without addresses of streams, which may carry passwords.
[[nodiscard]] std::string search_data(const search_result& found);

/// Two JSON objects as one; a member that both have is the second's. What is no object is passed
/// over.
[[nodiscard]] std::string merged(const std::string& first, const std::string& second);

/// Commands on their way to the control. Of each at most one is under way, so that a slider that
/// is faster than the control does not queue up there, and the latest value waits.
class command_queue {
public:
  enum class turn : std::uint8_t {
    now,
    /// When something under way has ended.
    later,
    /// There is no room.
    never,
  };

  struct entry {
    std::string command;
    named_order order;
  };

  /// Takes a command; with `now` the caller gives the order at once.
  [[nodiscard]] turn add(const std::string& command, named_order order);

  /// The order of this command has ended; the one to give next, if any.
  [[nodiscard]] std::optional<entry> ended(const std::string& command);

private:
  std::set<std::string> under_way_;
  std::map<std::string, named_order> waiting_;
  /// Those that wait for room only, in the order in which they came.
  std::deque<std::string> ready_;
};

/// Bounds what is answered: a burst, by default as many as are allowed in a second, refilled at
/// that rate.
class answer_budget {
public:
  explicit answer_budget(std::uint32_t per_second = max_answers_per_second)
    : answer_budget(per_second, per_second) {}

  answer_budget(std::uint32_t per_second, std::uint32_t burst)
    : per_second_(per_second), burst_(burst), left_(burst) {}

  /// Whether one more answer may be given now.
  [[nodiscard]] bool spend(monotonic now);

private:
  double per_second_;
  double burst_;
  double left_;
  std::optional<monotonic> last_;
};

} // namespace firefinder
