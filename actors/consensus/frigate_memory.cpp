#include "actors/consensus/frigate_memory.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace firefinder {

namespace {

// Of no more values than are kept of anything.
double median_of(const std::vector<double>& values) {
  if (values.empty())
    return 0;
  std::array<double, std::max(current_score::most, clock_lag::most)> sorted{};
  std::sort(sorted.begin(), std::copy(values.begin(), values.end(), sorted.begin()));
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

void add_to(std::vector<double>& values, double value, std::size_t most) {
  if (values.size() == most)
    values.erase(values.begin());
  values.push_back(value);
}

// What cameras offer as main and sub streams, and Frigate's documentation as examples.
constexpr std::array<frame_size, 60> plausible_sizes{{
    {320, 180},   {320, 240},   {320, 320},   {352, 240},   {352, 288},   {416, 416},
    {426, 240},   {480, 270},   {480, 320},   {480, 360},   {512, 288},   {600, 400},
    {640, 352},   {640, 360},   {640, 368},   {640, 384},   {640, 480},   {640, 640},
    {704, 396},   {704, 480},   {704, 576},   {720, 405},   {720, 480},   {720, 576},
    {720, 1280},  {768, 432},   {768, 576},   {800, 450},   {800, 480},   {800, 600},
    {848, 480},   {854, 480},   {864, 480},   {896, 504},   {896, 512},   {960, 540},
    {960, 544},   {960, 720},   {1024, 576},  {1024, 768},  {1080, 1920}, {1280, 720},
    {1280, 800},  {1280, 960},  {1280, 1024}, {1440, 1080}, {1536, 864},  {1600, 900},
    {1600, 1200}, {1920, 1080}, {1920, 1440}, {2048, 1152}, {2048, 1536}, {2304, 1296},
    {2560, 1440}, {2560, 1920}, {2592, 1944}, {2688, 1520}, {3072, 2048}, {3840, 2160},
}};
static_assert(plausible_sizes.size() <= 64);

// Four decimals, and a little for the way back from text.
constexpr double rounding = 0.5e-4 + 1e-9;

bool fits(const frame_size& size, const pixel_box& box, double x, double y) {
  const auto width = static_cast<double>(size.width);
  const auto height = static_cast<double>(size.height);
  return box[2] <= width && box[3] <= height
         && std::abs(std::floor((box[0] + box[2]) / 2) / width - x) <= rounding
         && std::abs(box[3] / height - y) <= rounding;
}

} // namespace

void current_score::add(double score) { add_to(scores_, score, most); }

double current_score::median() const { return median_of(scores_); }

void frame_inference::begin_anew() {
  candidates_ = ~std::uint64_t{0};
  agreeing_ = 0;
}

void frame_inference::add(const pixel_box& box, double x, double y) {
  std::uint64_t fitting = 0;
  for (std::size_t i = 0; i < plausible_sizes.size(); ++i)
    if (fits(plausible_sizes[i], box, x, y))
      fitting |= std::uint64_t{1} << i;
  if (size_.width != 0 && !fits(size_, box, x, y)) {
    // The camera delivers another size now, unless it is a slip.
    if (++misfits_ >= enough)
      size_ = {0, 0};
  } else {
    misfits_ = 0;
  }
  if ((candidates_ & fitting) == 0)
    begin_anew();
  if (fitting == 0)
    return;
  candidates_ &= fitting;
  if (++agreeing_ < enough || !std::has_single_bit(candidates_))
    return;
  size_ = plausible_sizes[static_cast<std::size_t>(std::countr_zero(candidates_))];
}

void clock_lag::add(double lag_s) { add_to(lags_, lag_s, most); }

double clock_lag::notable_s() const {
  if (lags_.size() < enough)
    return 0;
  const auto median = median_of(lags_);
  return std::abs(median) > ordinary_s ? median : 0;
}

const std::string& frigate_memory::key(std::string_view prefix, std::string_view name) {
  // No topic has a line break.
  key_ = prefix;
  key_ += '\n';
  key_ += name;
  return key_;
}

} // namespace firefinder
