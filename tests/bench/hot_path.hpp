#pragma once

#include "actors/consensus/agreement.hpp"
#include "actors/consensus/decode.hpp"
#include "actors/consensus/tracking.hpp"
#include "tests/bench/load.hpp"

#include <cstdint>
#include <string>

namespace firefinder::test {

/// Messages of a load as the connection hands them on: of so many cameras in turn. Of 50, each
/// sends one a second; Frigate one in 10 s, as it tells of an object that grows.
class message_source {
public:
  message_source(sender from, const std::string& label, std::size_t cameras)
    : template_(from, 1, label), cameras_(cameras), apart_(from == sender::direct ? 20 : 200) {}

  [[nodiscard]] inbound next() {
    const auto camera = count_ % cameras_;
    const auto passed = apart_ * static_cast<std::int64_t>(count_++);
    const auto moment = epoch + std::chrono::microseconds{passed}.count();
    inbound result;
    result.topic = template_.topic(camera);
    result.payload = template_.payload(camera, moment);
    result.size = result.payload.size();
    result.qos = 1;
    result.arrived = std::chrono::seconds{1000} + passed;
    result.received_at = static_cast<double>(moment) / 1e6;
    return result;
  }

private:
  /// 2025-06-15, in microseconds since 1970.
  static constexpr std::int64_t epoch = 1'750'000'000'000'000;

  message_template template_;
  std::size_t cameras_;
  std::chrono::milliseconds apart_;
  std::uint64_t count_ = 0;
};

/// All that is pure between a message and a decision.
class hot_path {
public:
  /// The steps of one message. Apart from the caller, so that what it costs can be told apart.
  [[gnu::noinline]] void hear(const inbound& message) {
    const auto said = decoder_.decode(message);
    if (!said.seen)
      return;
    const auto outcome = cameras_.add(*said.seen);
    accepted_ += outcome.accepted;
    if (outcome.change)
      static_cast<void>(
          vote_.add(*outcome.change, outcome.change->at, to_seconds(outcome.change->at)));
  }

  /// Detections that were evidence.
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

private:
  decoder decoder_{acceptance_settings{}};
  tracking cameras_{tracking_settings{}};
  agreement vote_{consensus_settings{}};
  std::uint64_t accepted_ = 0;
};

} // namespace firefinder::test
