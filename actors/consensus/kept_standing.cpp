#include "actors/consensus/kept_standing.hpp"

#include <utility>

namespace firefinder {

camera_standing kept_standing::full() const {
  camera_standing result;
  if (shared_ != nullptr) {
    result.agrees = shared_->agrees;
    result.reason = shared_->reason;
    result.verified_by = shared_->verified_by;
    result.samples_needed = shared_->samples_needed;
    result.growth_needed = shared_->growth_needed;
    result.frames = shared_->frames;
    result.seen_needed = shared_->seen_needed;
    result.evidence_needed = shared_->evidence_needed;
  }
  result.object = object_;
  result.samples = samples_;
  result.growth = growth_;
  result.seen = seen_;
  result.confidence = confidence_;
  result.confidence_needed = confidence_needed_;
  result.evidence = evidence_;
  result.area = area_;
  result.cadence_s = cadence_s_;
  result.window_s = window_s_;
  return result;
}

void standing_pool::keep(const camera_standing& x, kept_standing& to) {
  kept_standing::shared shared{x.agrees,      x.reason,        x.samples_needed,  x.frames,
                               x.seen_needed, x.growth_needed, x.evidence_needed, x.verified_by};
  // Mostly it is of the kind that it was.
  if (to.shared_ == nullptr || *to.shared_ != shared)
    to.shared_ = &*shared_.insert(std::move(shared)).first;
  to.object_ = x.object;
  to.samples_ = x.samples;
  to.growth_ = x.growth;
  to.seen_ = x.seen;
  to.confidence_ = x.confidence;
  to.confidence_needed_ = x.confidence_needed;
  to.evidence_ = x.evidence;
  to.area_ = x.area;
  to.cadence_s_ = x.cadence_s;
  to.window_s_ = x.window_s;
}

} // namespace firefinder
