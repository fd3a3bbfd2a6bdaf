#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace firefinder {

/// The places of connections. Whoever finds none waits in the queue of the system: no descriptor is
/// spent on him that the alarm may need.
class places {
public:
  /// Streams of events, and what a few people ask beside them.
  static constexpr std::size_t count = 24;
  /// A browser opens some six.
  static constexpr std::size_t of_one_network = 12;
  /// The rest is for this machine: who watches the daemon from here always gets in.
  static constexpr std::size_t of_other_machines = 20;

  /// A free one.
  [[nodiscard]] std::optional<std::uint8_t> find() const;

  /// Gives a free place to a guest, of whom this is the network; empty: this machine. False: he, or
  /// all from elsewhere, have as many as they may.
  [[nodiscard]] bool take(std::uint8_t place, const std::string& guest);

  void give_back(std::uint8_t place);

private:
  std::array<std::optional<std::string>, count> guests_;
};

} // namespace firefinder
