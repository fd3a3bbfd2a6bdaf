#pragma once

#include "actors/camera_detection/settings.hpp"
#include "messages/camera.hpp"
#include "messages/device.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace firefinder {

/// A device that may be a camera, as it was found.
struct interview_subject {
  /// IPv4 address that it was heard from. Every question goes there, whatever the device says.
  std::string address;
  /// Addresses of its ONVIF device service, as it tells them; none: it speaks no ONVIF.
  std::vector<std::string> services;
  /// RTSP ports that take connections, or are announced.
  std::vector<std::uint16_t> rtsp_ports;
  /// Path of a stream that it announces by mDNS.
  std::string path;
  /// What is known of its maker, for the order of RTSP paths; may be empty.
  std::string manufacturer;
  /// Streams that it had before: they are asked for first.
  std::vector<camera_stream> known_streams;
  /// A password may be shown readable to everybody, where nothing better is offered.
  bool allow_basic = false;
  /// For each question.
  timespan deadline = std::chrono::seconds{5};
};

/// What became of a log-in.
enum class login_result : std::uint8_t {
  accepted,
  refused,
  /// The device says that it takes none from us for a while.
  locked,
};

/// What a device told of itself.
struct device_report {
  /// It answered at all, by any protocol.
  bool answered = false;
  /// It speaks ONVIF, or RTSP.
  bool onvif = false;
  bool rtsp = false;
  std::string manufacturer;
  std::string model;
  std::string serial_number;
  std::string firmware_version;
  /// Hardware addresses of its network interfaces, 12 lower-case hex digits, as it tells them.
  std::vector<std::string> macs;
  /// Text of its log-in prompt; empty: none.
  std::string realm;
  /// How far its clock is ahead of ours, in seconds; 0: not told.
  double clock_ahead_s = 0;
  /// The best one first, named `main` and `sub` where they are such; none: none was found.
  std::vector<camera_stream> streams;
  /// `online` when it has a stream that was described, `offline` when it did not answer;
  /// otherwise why there is none.
  camera_condition condition = camera_condition::offline;
  /// For people, when it is not `online`.
  std::string reason;
};

/// Finds out what a device is: first everything that it tells without a log-in, then what it
/// tells after one. Does nothing itself: it says what to ask next, and is told the answers.
class interview {
public:
  enum class step : std::uint8_t {
    /// `question` is to be put, and `answer` called.
    ask,
    /// The device wants a log-in: `log_in` or `without_login` is to be called, whenever one
    /// may be tried.
    log_in,
    /// `report` is complete.
    done,
  };

  explicit interview(interview_subject subject);
  interview(interview&&) noexcept;
  interview& operator=(interview&&) noexcept;
  ~interview();

  [[nodiscard]] step next() const noexcept;

  /// What to ask now. `now` is the wall clock; `nonce` are 16 random bytes, never the same.
  [[nodiscard]] device_question question(unix_seconds now, const std::string& nonce) const;

  /// Takes the answer to the question. Tells what became of the log-in that it tried, if it
  /// tried one that was not known to be right.
  [[nodiscard]] std::optional<login_result> answer(const device_answer& what, unix_seconds now);

  /// While `next` is `log_in`: whether ONVIF wants it, and not RTSP.
  [[nodiscard]] bool logs_in_by_onvif() const noexcept;

  /// Tries this one; the questions from here on carry it.
  void log_in(const camera_credential& with);

  /// Ends without one, because of this.
  void without_login(camera_condition why, std::string reason);

  /// What is known so far.
  [[nodiscard]] const device_report& report() const noexcept;

private:
  struct conversation;
  std::unique_ptr<conversation> conversation_;
};

} // namespace firefinder
