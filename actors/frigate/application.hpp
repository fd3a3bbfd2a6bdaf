#pragma once

#include "actors/frigate/merge.hpp"
#include "messages/frigate.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace firefinder {

/// A request to Frigate's API.
struct api_request {
  /// `GET`, `POST` or `PUT`.
  std::string method;
  /// Such as `/api/config/raw`.
  std::string resource;
  std::string content_type;
  std::string body;
};

/// Changes the cameras in Frigate's configuration by its API: reads the configuration, and
/// writes what is missing. Since 0.17 each camera is added to the running Frigate; one that
/// changes is first written, by which Frigate checks it, then removed and added. Before, the
/// whole text is written and Frigate must start anew. Frigate writes nothing that it refuses.
/// Does nothing itself: it says what to ask, and is told the answers.
class application {
public:
  explicit application(frigate_change what);

  /// Whether there is nothing left to ask; then `outcome` is complete.
  [[nodiscard]] bool done() const noexcept { return steps_.empty(); }

  /// What to ask now.
  [[nodiscard]] const api_request& next() const { return steps_.front().request; }

  /// Takes the answer. `failure` is why there is none, for people; empty: there is one.
  void answer(std::string_view failure, long code, std::string_view body);

  [[nodiscard]] const frigate_outcome& outcome() const noexcept { return outcome_; }

private:
  struct step {
    api_request request;
    /// The camera that it is about; empty: all.
    std::string camera;
    /// Frigate has it, but does not use it before its next start.
    bool wants_restart = false;
  };

  void on_configuration(std::string_view body);
  void put(const camera_change& change);
  void put(const std::string& camera, const char* topic, const std::string& json);
  void fail(std::string why);

  frigate_change what_;
  std::deque<step> steps_;
  bool has_configuration_ = false;
  frigate_outcome outcome_;
};

/// What a server says of an error, for people: its first lines, without addresses' users and
/// passwords and without control characters.
[[nodiscard]] std::string error_text(std::string_view body);

} // namespace firefinder
