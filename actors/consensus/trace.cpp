#include "actors/consensus/trace.hpp"

#include <algorithm>
#include <utility>

namespace firefinder {

namespace {

// In the order in which `decode` judges.
std::string why_dropped(const detection& found, const acceptance_settings& settings) {
  if (found.confidence < settings.min_confidence)
    return to_string(drop_reason::low_confidence);
  if (found.area < settings.min_area_ratio)
    return to_string(drop_reason::small_area);
  if (found.area > settings.max_area_ratio)
    return to_string(drop_reason::large_area);
  return {};
}

bool is_measured(drop_reason reason) {
  return reason == drop_reason::low_confidence || reason == drop_reason::small_area
         || reason == drop_reason::large_area;
}

} // namespace

std::vector<sample_trace> traces_of(const inbound& message, const decoded& result,
                                    const acceptance_settings& settings) {
  std::vector<sample_trace> traces;
  for (const auto& what : result.dropped)
    if (!is_measured(what.reason)) {
      sample_trace trace;
      trace.camera = what.camera;
      trace.t = message.received_at;
      trace.dropped = to_string(what.reason);
      traces.insert(traces.end(), what.count, trace);
    }
  // What was dropped for a number is decoded once more without limits, to have the number.
  const bool all_there = std::none_of(result.dropped.begin(), result.dropped.end(),
                                      [](const drop& what) { return is_measured(what.reason); });
  auto seen = result.seen;
  if (!all_there) {
    auto lenient = settings;
    lenient.min_confidence = 0;
    lenient.min_area_ratio = 0;
    lenient.max_area_ratio = 1;
    seen = decode(message, lenient).seen;
  }
  if (!seen)
    return traces;
  sample_trace trace;
  trace.camera = seen->camera;
  trace.t = message.received_at;
  for (const auto& found : seen->detections) {
    trace.object = found.object;
    trace.area = found.area;
    trace.confidence = found.confidence;
    trace.dropped = why_dropped(found, settings);
    traces.push_back(trace);
  }
  if (seen->detections.empty() && seen->kind == sighting_kind::frame)
    traces.push_back(std::move(trace));
  return traces;
}

} // namespace firefinder
