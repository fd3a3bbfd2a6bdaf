#pragma once

#include <string>
#include <vector>

namespace firefinder::test {

/// A message that must not count as a detection.
struct malformed {
  /// What is wrong with it.
  std::string name;
  std::string topic;
  std::string payload;
};

/// Messages that are no detections, each as it would be sent the `time`-th time (0,
/// 1, …): were it taken for one, the object would grow from time to time. All of
/// them speak for cameras whose names begin with "bad".
[[nodiscard]] std::vector<malformed> malformed_payloads(int time);

/// A correct detection, built from the same template.
[[nodiscard]] malformed well_formed(int time);

} // namespace firefinder::test
