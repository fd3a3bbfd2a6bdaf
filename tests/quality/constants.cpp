#include "tests/quality/disturb.hpp"
#include "tests/quality/landscape.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace firefinder::quality {

study constants(const bench& b) {
  const auto detected = read_detector(detector_file(b));
  const auto events = seen_by_two(read_figlib(figlib_file(b), usual_confidence));
  const auto missing = disturbed(events, {.stray = 0.03, .missed = 0.1, .any_confidence = true}, 1);

  study result;
  auto& t = result.tables.emplace_back();
  t.title = "Landscape, other constants";
  t.note
      = "One setting at a time is another: on the detector's sequences one camera decides, on "
        "FIgLib's two must agree. In the last two columns 3 % of the frames before ignition hold "
        "a stray box, 10 % of the boxes are missed, and confidence is anything from 0.1 to 0.9.";
  t.columns = {"setting",      "recall",         "frames median / p90",
               "false",        "unlabelled",     "two cameras",
               "their frames", "two, disturbed", "their frames then"};
  const auto row = [&](const std::string& name, const std::vector<std::string>& settings) {
    const auto one = by_label(detected, judged_by_us(b, detected, 1, settings), every);
    const auto two = measure(events, judged_by_us(b, events, 2, settings), 2, every);
    const auto hard = measure(events, judged_by_us(b, missing, 2, settings), 2, every);
    t.rows.push_back({name, found_of_all(one.fires), spread(one.fires.frames, 1),
                      found_of_all(one.no_fires), found_of_all(one.unknown), found_of_all(two),
                      spread(two.frames, 1), found_of_all(hard), spread(hard.frames, 1)});
  };
  row("as it is", {});
  for (const char* other :
       {"persistence_needed=2", "persistence_needed=4", "persistence_needed=5",
        "persistence_evidence=2", "persistence_evidence=2.5", "persistence_evidence=3.3",
        "persistence_evidence=4", "persistence_frames=5", "persistence_frames=12", "hysteresis=1",
        "agreement_window_s=900", "agreement_window_s=1800", "agreement_window_s=7200",
        "verification=growth", "verification=either"})
    row(other, {fmt::format("consensus.{}", other)});
  return result;
}

} // namespace firefinder::quality
