#include "tests/rig/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace firefinder::rig {

namespace {

constexpr std::size_t max_columns = 66;
constexpr std::size_t bar_rows = 2;
constexpr std::size_t label_width = 10;

// Codes of ECMA-48's "select graphic rendition".
constexpr auto bold = "1";
constexpr auto faint = "2";
constexpr auto yellow = "33";
constexpr auto red = "1;31";

constexpr std::array<std::string_view, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 4> letters{" ", ".", ":", "#"};

/// What a column of a chart shows: the last frame before its end, for at most a
/// second, so that the gaps between frames are closed and dead cameras show.
const frame* shown(std::span<const frame> frames, double from, double to, double now) {
  const frame* result = nullptr;
  for (const auto& x : frames)
    if (x.at < to && x.at <= now && x.at > from - 1)
      result = &x;
  return result;
}

/// A part of a bar: level 0 (empty) to 1 (full).
std::string_view part_of_bar(double level, bool ascii) {
  const auto pick = [&](const auto& parts) {
    const auto top = static_cast<double>(parts.size() - 1);
    return parts[static_cast<std::size_t>(std::lround(std::clamp(level, 0.0, 1.0) * top))];
  };
  return ascii ? pick(letters) : pick(blocks);
}

/// The time axis of all charts.
class axis {
public:
  explicit axis(double duration)
    : step_{std::max(0.25, std::ceil(duration / static_cast<double>(max_columns) * 4) / 4)},
      columns_{static_cast<std::size_t>(duration / step_) + 1} {
    // nop
  }

  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

  [[nodiscard]] double from(std::size_t column) const noexcept {
    return static_cast<double>(column) * step_;
  }

  [[nodiscard]] double to(std::size_t column) const noexcept { return from(column + 1); }

  [[nodiscard]] std::size_t column(double at) const noexcept {
    return std::min(columns_ - 1, static_cast<std::size_t>(std::max(0.0, at) / step_));
  }

  /// Seconds between two labels: 8 columns.
  [[nodiscard]] double label_step() const noexcept { return step_ * 8; }

private:
  double step_;
  std::size_t columns_;
};

/// Writes `word` into `line` from `column` on.
void place(std::string& line, std::size_t column, std::string_view word) {
  if (line.size() < column + word.size())
    line.resize(column + word.size(), ' ');
  line.replace(column, word.size(), word);
}

std::string bars(const camera_track& camera, const axis& time, const extent& range,
                 const style& how, double top, std::size_t row) {
  const auto rows = static_cast<double>(bar_rows);
  const auto floor = static_cast<double>(bar_rows - 1 - row) / rows;
  const auto verified = verified_at(camera.frames);
  std::string result;
  for (std::size_t i = 0; i < time.columns(); ++i) {
    const auto* x = shown(camera.frames, time.from(i), time.to(i), range.now);
    const bool lowest = row + 1 == bar_rows;
    if (x == nullptr) {
      result += ' ';
    } else if (!counts(*x)) {
      const auto* mark = x->area ? "?" : how.ascii ? "-" : "·";
      result += lowest ? paint(how, faint, mark) : " ";
    } else {
      auto part = part_of_bar((*x->area / top - floor) * rows, how.ascii);
      if (lowest && part == " ")
        part = how.ascii ? letters[1] : blocks[1];
      result += paint(how, verified && x->at >= *verified ? red : yellow, std::string{part});
    }
  }
  return result;
}

std::string growth_row(const camera_track& camera, const axis& time, const extent& range) {
  std::string line;
  for (auto at = 0.0; at < range.duration && at <= range.now; at += time.label_step())
    if (const auto growth = growth_at(camera.frames, at))
      place(line, time.column(at), fmt::format("{:.2f}", *growth));
  return line;
}

std::string summary(const camera_track& camera, const extent& range) {
  const auto counting = std::ranges::count_if(
      camera.frames, [&](const frame& x) { return counts(x) && x.at <= range.now; });
  std::string outcome = "waits for six sightings";
  const auto verified = verified_at(camera.frames);
  if (verified && *verified <= range.now)
    outcome = fmt::format("growing: {:.1f}x reached at {:.1f} s", growth_ratio, *verified);
  else if (growth_at(camera.frames, range.now))
    outcome = "not growing";
  return fmt::format("{} sightings, {}", counting, outcome);
}

} // namespace

std::string paint(const style& how, const char* code, std::string text) {
  return how.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

std::vector<std::string> draw(std::span<const camera_track> cameras, const extent& range,
                              const style& how) {
  const axis time{range.duration};
  const std::string margin(label_width, ' ');
  std::vector<std::string> lines;
  for (const auto& camera : cameras) {
    auto top = 0.0;
    for (const auto& x : camera.frames)
      top = std::max(top, counts(x) ? *x.area : 0.0);
    lines.push_back(fmt::format("{}  {}", paint(how, bold, fmt::format("{:<14}", camera.id)),
                                summary(camera, range)));
    for (std::size_t row = 0; row < bar_rows; ++row) {
      const auto label = row == 0 ? fmt::format("{:>6.2f} %", top * 100) : std::string(8, ' ');
      lines.push_back(fmt::format("{}  {}", label, bars(camera, time, range, how, top, row)));
    }
    lines.push_back(
        paint(how, faint, fmt::format("  growth  {}", growth_row(camera, time, range))));
    lines.emplace_back();
  }
  std::string seconds;
  for (auto at = 0.0; at < range.duration; at += time.label_step())
    place(seconds, time.column(at), fmt::format("{:g}{}", at, at > 0 ? "" : " s"));
  lines.push_back(margin + seconds);
  std::string mark;
  if (range.trigger_at)
    mark = std::string(time.column(*range.trigger_at), ' ')
           + paint(how, red, fmt::format("^ fire/trigger at {:.2f} s", *range.trigger_at));
  lines.push_back(margin + mark);
  lines.push_back(paint(how, faint,
                        fmt::format("bars: area of the box, up to the share of the frame at their "
                                    "left;  {} no box",
                                    how.ascii ? "-" : "·")));
  lines.push_back(paint(how, faint,
                        fmt::format("? confidence below {:.2f};  growth: median of the last 3 "
                                    "areas / of the first 3",
                                    min_confidence)));
  return lines;
}

} // namespace firefinder::rig
