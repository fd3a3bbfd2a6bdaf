#pragma once

#include "tests/chaos/lasting_peer.hpp"

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace firefinder::chaos {

/// Two cameras that see a fire grow, and others that see something flicker. They
/// publish straight to the broker.
class fire {
public:
  /// `brief`: it is seen until shortly after the detection that decides.
  fire(lasting_peer& way, std::uint64_t seed, bool brief, int noise_cameras);

  /// It begins to burn.
  void light();

  /// Publishes what the cameras have seen since.
  void publish_due();

  /// Unix seconds of the detection that decides, if all of them arrive.
  [[nodiscard]] double decides_at() const;

  [[nodiscard]] static std::set<std::string> cameras();

private:
  struct camera {
    std::string id;
    bool sees_fire = false;
    /// Of the first frame, after the fire was lit.
    double offset = 0;
    int frames = 0;
  };

  void publish(camera& c);

  lasting_peer& way_;
  std::mt19937_64 random_;
  bool brief_;
  double lit_at_ = 0;
  std::vector<camera> cameras_;
};

} // namespace firefinder::chaos
