#pragma once

#include "tests/quality/sequences.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace firefinder::quality {

/// A trigger: when, in unix seconds, and which cameras agreed.
struct trigger {
  double t = 0;
  std::set<std::string> cameras;

  friend bool operator==(const trigger&, const trigger&) = default;
};

/// The scene as a recording: every frame of every camera a message of `fire/detection/<camera>`,
/// an empty one for a frame without a box.
[[nodiscard]] std::string recording(const scene& x);

/// The program under test, as its users have it.
class replayer {
public:
  explicit replayer(std::filesystem::path binary) : binary_(std::move(binary)) {}

  /// What each recording triggers, each replayed by itself, with these settings (`key=value`).
  /// Throws when the program fails.
  [[nodiscard]] std::vector<std::vector<trigger>>
  play(const std::vector<std::string>& recordings, const std::vector<std::string>& settings) const;

private:
  std::filesystem::path binary_;
};

} // namespace firefinder::quality
