#include "src/recording/arrivals.hpp"

namespace firefinder::recording {

double arrivals::take(double wall, std::chrono::nanoseconds arrived) {
  behind_ = wall < latest_;
  latest_ = behind_ ? latest_ + std::chrono::duration<double>(arrived - arrived_).count() : wall;
  arrived_ = arrived;
  return latest_;
}

} // namespace firefinder::recording
