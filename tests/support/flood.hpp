#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::test {

/// What one publisher of a flood sends, over and over.
struct flood_source {
  std::string topic;
  std::string payload;
  int qos = 0;
  /// Messages a second.
  double rate = 0;
};

/// Publishers that send at their rate, or less if the broker does not take it, each by a connection
/// and a thread of its own.
class flood {
public:
  flood(std::uint16_t port, const std::vector<flood_source>& sources);

  /// Ends it.
  ~flood();
  flood(const flood&) = delete;
  flood& operator=(const flood&) = delete;

  /// Messages that the broker has taken so far, and their bytes.
  [[nodiscard]] std::uint64_t messages() const;
  [[nodiscard]] std::uint64_t bytes() const;

  /// Why a publisher gave up; empty when none did.
  [[nodiscard]] std::string failure() const;

private:
  struct publisher;
  std::vector<std::unique_ptr<publisher>> publishers_;
};

/// A detection message of a camera, of about `bytes`, with a box that does not grow among
/// such that are too uncertain to count.
[[nodiscard]] std::string padded_detection(const std::string& camera, std::size_t bytes);

/// A Frigate event of about `bytes` about an object that does not grow; its path pads it.
[[nodiscard]] std::string padded_event(const std::string& camera, std::size_t bytes);

/// Sources of every kind: on topics of their own and on those that cameras share, quality
/// of service 0 and 1, payloads of 2 KB and of 200 kB, and signs of life. With scale 1 they
/// send 7,000 messages and 76 MB a second.
[[nodiscard]] std::vector<flood_source> flood_of_every_kind(double scale = 1);

/// Six sources of detection messages of 200 kB in which not one of 100,000 entries is a
/// detection: of the payloads that were tried, what takes longest to decode. With scale 1 they send
/// 600 messages and 120 MB a second.
[[nodiscard]] std::vector<flood_source> costly_flood(double scale = 1);

} // namespace firefinder::test
