#include "actors/consensus/trace.hpp"

#include <utility>

namespace firefinder {

namespace {

bool is_measured(drop_reason reason) {
  return reason == drop_reason::low_confidence || reason == drop_reason::small_area
         || reason == drop_reason::large_area;
}

bool is_same(const detection& a, const detection& b) {
  return a.object == b.object && a.area == b.area && a.confidence == b.confidence;
}

// Why one that was dropped was.
drop_reason why_dropped(const detection& found, const acceptance_settings& settings) {
  if (found.confidence < settings.min_confidence)
    return drop_reason::low_confidence;
  return found.area < settings.min_area_ratio ? drop_reason::small_area : drop_reason::large_area;
}

} // namespace

acceptance_settings without_limits(acceptance_settings settings) {
  settings.min_confidence = 0;
  settings.min_area_ratio = 0;
  settings.max_area_ratio = 1;
  return settings;
}

std::vector<sample_trace> traces_of(const inbound& message, const decoded& result,
                                    const decoded& all, const acceptance_settings& settings) {
  std::vector<sample_trace> traces;
  sample_trace trace;
  trace.t = message.received_at;
  for (const auto& what : result.dropped)
    if (!is_measured(what.reason)) {
      trace.camera = what.camera;
      trace.dropped = to_string(what.reason);
      traces.insert(traces.end(), what.count, trace);
    }
  if (!all.seen)
    return traces;
  trace.camera = all.seen->camera;
  // Those that count stand in both, in the same order.
  std::size_t counted = 0;
  for (const auto& found : all.seen->detections) {
    trace.object = found.object;
    trace.area = found.area;
    trace.confidence = found.confidence;
    trace.dropped.clear();
    if (result.seen && counted < result.seen->detections.size()
        && is_same(found, result.seen->detections[counted]))
      ++counted;
    else
      trace.dropped = to_string(why_dropped(found, settings));
    traces.push_back(trace);
  }
  if (all.seen->detections.empty() && all.seen->kind == sighting_kind::frame) {
    trace.dropped.clear();
    traces.push_back(std::move(trace));
  }
  return traces;
}

} // namespace firefinder
