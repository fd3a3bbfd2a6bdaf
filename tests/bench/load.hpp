#pragma once

#include "tests/support/net.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace firefinder::test {

/// Who sends what.
enum class sender : std::uint8_t {
  /// Cameras' own detectors: 200 bytes on `fire/detection/<camera>`.
  direct,
  /// Frigate: events of 2 KB on `frigate/events`.
  frigate,
};

/// What a load consists of.
struct load_options {
  sender from = sender::direct;
  /// Cameras, which send in turn; at most 99,999.
  std::size_t cameras = 2;
  int qos = 0;
  /// Messages a second; 0: as fast as the broker and `received` let it.
  double rate = 0;
  /// How many of a hundred Frigate events are of people and cars.
  unsigned others_percent = 0;
  /// Messages that were received; with it no more than `most_ahead` are under way, so that the
  /// broker has nothing to drop. Without it nobody is waited for.
  std::function<std::uint64_t()> received{};
  std::uint64_t most_ahead = 2'000;
  /// Ends by itself after so many; 0: never.
  std::uint64_t messages = 0;
};

/// One message of a load over and over: encoded once as a PUBLISH packet (MQTT 3.1.1, section
/// 3.3), of which only the camera, the time, a digit of the box and the packet identifier change.
/// The object does not grow, and no two messages of a camera are alike.
class message_template {
public:
  message_template(sender from, int qos, const std::string& label);

  /// Adds the packet to `out`: this camera, taken at this moment (microseconds since 1970).
  void encode(std::string& out, std::size_t camera, std::int64_t moment, std::uint16_t id);

  /// Bytes of its payload.
  [[nodiscard]] std::size_t payload_bytes() const noexcept { return payload_bytes_; }

  /// Its payload, with this camera and this moment.
  [[nodiscard]] std::string payload(std::size_t camera, std::int64_t moment);

  /// The topic of this camera's messages.
  [[nodiscard]] std::string topic(std::size_t camera);

private:
  void fill(std::size_t camera, std::int64_t moment, std::uint16_t id);

  std::string bytes_;
  std::size_t payload_bytes_ = 0;
  std::size_t topic_bytes_ = 0;
  std::vector<std::size_t> cameras_;
  std::vector<std::size_t> moments_;
  std::vector<std::size_t> digits_;
  /// Where the packet identifier stands; 0: it has none.
  std::size_t id_ = 0;
  std::uint64_t count_ = 0;
};

/// The name of a camera of a load, such as `cam-00042`.
[[nodiscard]] std::string load_camera(std::size_t camera);

/// A client on a bare socket that sends a load, in a thread of its own. At quality of service 1
/// it counts the acknowledgements, and no more than a thousand messages wait for theirs.
class load {
public:
  load(std::uint16_t port, load_options options);

  /// Ends it.
  ~load();
  load(const load&) = delete;
  load& operator=(const load&) = delete;

  /// Sends no more, and waits until what was sent is on its way (at quality of service 1:
  /// acknowledged). Throws when the connection was lost.
  void stop();

  /// Waits until the messages that were asked for are sent; then as `stop`.
  void finish();

  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

private:
  void run();
  void connect();
  void send(std::string& bytes);
  void take_acknowledgements();
  [[nodiscard]] bool wait_for_socket(short events, int milliseconds) const;
  [[nodiscard]] std::uint64_t due(std::chrono::steady_clock::time_point begin) const;

  load_options options_;
  descriptor socket_;
  std::vector<message_template> templates_;
  std::uint64_t acknowledged_bytes_ = 0;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<bool> stopping_ = false;
  std::string failure_;
  std::thread thread_;
};

} // namespace firefinder::test
