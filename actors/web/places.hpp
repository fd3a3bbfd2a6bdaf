#pragma once

#include "actors/web/file_descriptor.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace firefinder {

/// The places of connections. Whoever finds none waits in the queue of the system: no descriptor is
/// spent on him that the alarm may need. They are given back through a pipe, so that only the
/// thread that accepts knows who sits where.
class places {
public:
  /// Streams of events, and what a few people ask beside them.
  static constexpr std::size_t count = 24;
  /// A browser opens some six.
  static constexpr std::size_t of_one_network = 12;
  /// The rest is for this machine: who watches the daemon from here always gets in.
  static constexpr std::size_t of_other_machines = 20;

  places();

  /// Whether it could be set up; errno says why not.
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(give_back_); }

  /// Waits for a free place until then, or until `stop` is readable.
  [[nodiscard]] std::optional<std::uint8_t> find(int stop,
                                                 std::chrono::steady_clock::time_point until);

  /// Gives a free place to a guest, of whom this is the network; empty: this machine. False: he, or
  /// all from elsewhere, have as many as they may.
  [[nodiscard]] bool take(std::uint8_t place, const std::string& guest);

  /// From any thread; nothing else is.
  void give_back(std::uint8_t place) const;

private:
  void take_back();

  std::array<std::optional<std::string>, count> guests_;
  file_descriptor given_back_;
  file_descriptor give_back_;
};

} // namespace firefinder
