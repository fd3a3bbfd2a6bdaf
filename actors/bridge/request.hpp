#pragma once

#include "messages/decision.hpp"
#include "messages/detection.hpp"
#include "messages/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace firefinder {

/// Longest request that is looked at, in bytes.
inline constexpr std::size_t max_request_bytes = 4'096;

/// Answers that are given in a second at the most.
inline constexpr std::uint32_t max_answers_per_second = 5;

/// Cameras that are told of in one answer, at the most. With names and objects of 128 bytes, and
/// as many problems, that is well within what anybody reads of a message.
inline constexpr std::size_t max_told_cameras = 100;

/// What somebody asks over MQTT.
struct bridge_request {
  enum class operation : std::uint8_t { explain, status };
  operation what = operation::status;
  /// Of `explain`.
  explain_query query;
};

/// A request as it was read.
struct parsed_request {
  /// None when it cannot be answered.
  std::optional<bridge_request> request;
  /// Why it cannot, and what is allowed, for people.
  std::string error;
  /// What the asker wants to see in the answer again, as JSON; empty: nothing.
  std::string transaction;
};

/// Reads a request: `operation` is the last level of its topic, the payload a JSON object or
/// empty. `size` is the length of the payload as it was published, which may have been too long
/// to be kept.
[[nodiscard]] parsed_request parse_request(std::string_view operation, std::string_view payload,
                                           std::uint64_t size);

/// The answer to a request that was met; `data` is JSON. What nobody would read
/// (`max_payload_bytes`) is refused instead.
[[nodiscard]] std::string ok_response(const std::string& data, const std::string& transaction);

/// The answer to one that was not.
[[nodiscard]] std::string error_response(const std::string& error, const std::string& transaction);

/// What is told beside the figures of the decision.
struct bridge_facts {
  std::string version;
  unix_seconds now = 0;
  double uptime_s = 0;
  /// MQTT version of the link: "5" or "3.1.1".
  std::string protocol;
  /// Requests that were not answered because there were too many.
  std::uint64_t requests_dropped = 0;
  /// Whether this daemon decides at all.
  bool decides = true;
};

/// A decision as JSON with at most `max_told_cameras` of its cameras, those that agree first;
/// `cameras_more` says how many others there are. As it is when it has no more.
[[nodiscard]] std::string shortened(const std::string& decision);

/// The data of an answer to `status`, JSON. `decision` tells as JSON how the cameras stand now;
/// empty: nobody said so. Of more than `max_told_cameras` those that agree come first, then those
/// that the decision tells of; `cameras_total` counts all.
[[nodiscard]] std::string status_data(const consensus_figures& figures, const bridge_facts& facts,
                                      const std::string& decision);

/// Bounds what is answered: a burst of `max_answers_per_second`, refilled at that rate.
class answer_budget {
public:
  /// Whether one more answer may be given now.
  [[nodiscard]] bool spend(monotonic now);

private:
  double left_ = max_answers_per_second;
  std::optional<monotonic> last_;
};

} // namespace firefinder
