#pragma once

#include "actors/frigate/merge.hpp"
#include "messages/frigate.hpp"

#include <cstdint>
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
/// changes is first written, by which Frigate checks it, then removed and added; when it cannot
/// be added what there was is put back. Before, the whole text is written and Frigate must start
/// anew; it is read again just before, so that what its owner wrote meanwhile is not lost.
/// Frigate writes nothing that it refuses. Of removed cameras, those whose secrets the
/// configuration still names in the end are told as refused.
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

  /// Asks nothing more, except what one camera needs that is half changed.
  void give_up(std::string why);

  [[nodiscard]] const frigate_outcome& outcome() const noexcept { return outcome_; }

private:
  enum class purpose : std::uint8_t {
    /// Reads the configuration, to see what is missing.
    read,
    /// Reads it again, to see whether it is still the same.
    compare,
    change,
    /// Reads it at last, to see which secrets it names.
    look_for_secrets,
  };

  struct step {
    purpose why = purpose::change;
    api_request request;
    /// The camera that it is about; empty: all.
    std::string camera;
    /// Frigate has it, but does not use it before its next start.
    bool wants_restart = false;
    /// How often it is asked until it is done.
    int tries = 1;
    /// What is asked when it is not done; without a method: nothing.
    api_request otherwise;
  };

  void read(purpose why);
  void on_failure(step asked, std::string_view failure, long code, std::string_view body);
  void on_configuration(std::string text);
  void on_comparison(std::string text);
  void save(std::string text);
  void put(const camera_change& change);
  void keep_secrets(std::string_view text);
  void fail(std::string why);

  frigate_change what_;
  std::deque<step> steps_;
  /// The camera that was asked about last.
  std::string current_;
  /// What was read, and what it is to become, where the whole is written.
  std::string before_;
  std::string after_;
  int comparisons_ = 0;
  frigate_outcome outcome_;
};

/// What a server says of an error, for people: its first lines, without addresses' users and
/// passwords and without control characters.
[[nodiscard]] std::string error_text(std::string_view body);

} // namespace firefinder
