#include "tests/fuzz/decoded_checks.hpp"

#include "actors/consensus/track.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace firefinder::fuzz {

// A message as the connection hands it on.
inbound message(std::string topic, std::string_view payload, monotonic arrived,
                unix_seconds received_at) {
  inbound result;
  result.topic = std::move(topic);
  result.size = payload.size();
  if (payload.size() <= max_payload_bytes)
    result.payload = payload;
  result.qos = 1;
  result.arrived = arrived;
  result.received_at = received_at;
  return result;
}

// Whether `text` may stand in JSON, judged by the library that writes ours.
bool is_text(const std::string& text) {
  return nlohmann::json::accept('"' + [&] {
    std::string escaped;
    for (const char c : text) {
      if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20)
        escaped += '.';
      else
        escaped += c;
    }
    return escaped;
  }() + '"');
}

// What holds of every detection that counts.
void expect_sound(const detection& x, bool by_frigate, const acceptance_settings& settings) {
  expect_within(x.confidence,
                by_frigate ? settings.min_confidence * confidence_hysteresis
                           : settings.min_confidence,
                1, "the confidence counts");
  if (by_frigate)
    expect(x.box.x2 <= 1 && x.box.y2 <= 1, "a frame holds its boxes");
  else
    expect_within(x.area, settings.min_area_ratio, settings.max_area_ratio, "the area counts");
  expect(x.area > 0, "there is no fire without an area");
  for (const double corner : {x.box.x1, x.box.y1, x.box.x2, x.box.y2})
    expect(std::isfinite(corner) && corner >= 0, "the box is finite");
  expect(x.box.x1 <= x.box.x2 && x.box.y1 <= x.box.y2, "the box is not inside out");
  expect_within(overlap(x.box, x.box), 0, 1, "an overlap is a ratio");
  expect(x.object.size() <= max_name_bytes && is_text(x.object), "the object has a sound name");
}

// What holds of whatever a publisher sends.
void expect_sound(const decoded& x, const inbound& from, const acceptance_settings& settings) {
  expect(x.seen || !x.dropped.empty(), "nothing is dropped in silence");
  expect(x.dropped.size() <= from.size + 1, "no more is dropped than was sent");
  for (const auto& one : x.dropped) {
    expect(std::string_view{to_string(one.reason)} != "unknown", "a reason has a name");
    expect(one.camera.size() <= max_name_bytes, "a camera in the log has a short name");
  }
  expect(x.seen || !x.missed, "what was missed came before something");
  if (!x.seen)
    return;
  if (x.missed) {
    expect(x.missed->at <= x.seen->at && x.missed->captured < x.seen->captured,
           "what was missed came before");
    for (const auto& one : x.missed->detections)
      expect_sound(one, true, settings);
  }
  const auto& camera = x.seen->camera;
  expect(!camera.empty() && camera.size() <= max_name_bytes && camera != "unknown"
             && is_text(camera)
             && std::none_of(camera.begin(), camera.end(),
                             [](unsigned char c) { return c < 0x20 || c == 0x7f; }),
         "a camera has a sound name");
  expect(x.seen->at <= from.arrived && (from.waited_before != 0 || x.seen->at == from.arrived)
             && x.seen->received_at == from.received_at,
         "our clocks alone say when");
  for (const auto& one : x.seen->detections)
    expect_sound(one, !x.seen->source.empty(), settings);
}

} // namespace firefinder::fuzz
