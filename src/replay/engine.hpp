#pragma once

#include "actors/consensus/settings.hpp"
#include "messages/decision.hpp"
#include "messages/detection.hpp"
#include "messages/trace.hpp"
#include "src/recording/message.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace firefinder::replay {

/// Who is told what happens. The functions may be empty.
struct observer {
  /// Every decision, as the consensus actor makes it.
  std::function<void(const decision_record&)> decision{};
  /// What every detection was. Costs time, so it is asked for only if it is given.
  std::function<void(const sample_trace&)> sample{};
};

/// The consensus actor and its tracker, the daemon's own, in virtual time on the thread of
/// the caller. The broker is there all the time; whatever is published goes nowhere.
class engine {
public:
  /// `topic_prefix`: as configured, either empty or ending in a slash.
  engine(const consensus_settings& settings, std::string topic_prefix, observer who);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Lets time pass until `what.t`, which must not be less than before, then hands the
  /// message over and waits until everything that follows from it is done. False: nobody
  /// listens to its topic.
  [[nodiscard]] bool feed(recording::message& what);

  /// Topic filters, without the prefix, to which the decision listens.
  [[nodiscard]] std::vector<std::string> filters() const;

  /// What was made of it so far.
  [[nodiscard]] tracker_figures figures();

private:
  class parts;
  std::unique_ptr<parts> parts_;
};

} // namespace firefinder::replay
